/*
 * Files of the runtime: whole ones read, new ones never half-written.
 *
 * A writer collects bytes in a temporary beside the target; commit syncs it and renames it, abandon (or a failed add)
 * leaves an older file as it was. Errors as in error.h.
 */
#ifndef QNN_NUMERIC_FILE_H
#define QNN_NUMERIC_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* Reads a regular file of at most limit bytes. *data is malloc'ed (never NULL), the caller frees it. */
bool qnn_file_read(const char *path, size_t limit, unsigned char **data, size_t *length, char *error);

struct qnn_writer {
    char *path;
    char *temporary;
    int descriptor;
};

/* Creates the temporary PATH.tmpN in the folder of path. */
bool qnn_writer_open(struct qnn_writer *writer, const char *path, char *error);

/* Appends bytes. On failure the writer is abandoned; further calls are not allowed. */
bool qnn_writer_add(struct qnn_writer *writer, const void *bytes, size_t length, char *error);

/* Syncs, closes and renames; the writer is finished either way. */
bool qnn_writer_commit(struct qnn_writer *writer, char *error);

/* Removes the temporary; the writer is finished. */
void qnn_writer_abandon(struct qnn_writer *writer);

#endif
