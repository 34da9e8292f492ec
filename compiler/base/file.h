/*
 * Files: reading whole ones and writing outputs that are never half-written.
 *
 * Every function returns false on failure and puts one line into error (which holds FILE_ERROR_SIZE bytes) that names
 * the file, what failed and the system's reason.
 */
#ifndef QNN_BASE_FILE_H
#define QNN_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

enum { FILE_ERROR_SIZE = 512 };

/* Reads a regular file of at most limit bytes. *data is malloc'ed, zero-terminated; the caller frees it. */
bool file_read(const char *path, size_t limit, char **data, size_t *length, char *error);
/* Writes length bytes to path: to a temporary in the same folder, synced, then renamed. Leaves an older file alone on
 * failure. A file that already holds these very bytes is left untouched, so that make sees no change. */
bool file_write(const char *path, const void *data, size_t length, char *error);
/* Makes a folder and its parents; an existing folder is fine. */
bool file_make_directory(const char *path, char *error);
bool file_exists(const char *path);

#endif
