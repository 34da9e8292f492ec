/*
 * Files, by POSIX calls: every result is looked at, and what is written becomes visible by rename only.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST_READ = 64 * 1024 };

static bool fail(char *error, const char *path, const char *what, const char *reason)
{
    (void)snprintf(error, FILE_ERROR_SIZE, "%s: %s: %s", path, what, reason);
    return false;
}

/* Reads to the end of the file; the size that stat reports is not trusted. Sets errno; EFBIG above limit. */
static bool read_all(int descriptor, size_t limit, char **data, size_t *length)
{
    size_t capacity = 0, used = 0;
    char *bytes = NULL;
    for (;;) {
        if (capacity - used < 2) {
            const size_t larger = capacity ? 2 * capacity : FIRST_READ;
            char *grown = realloc(bytes, larger);
            if (!grown)
                break;
            bytes = grown;
            capacity = larger;
        }
        const ssize_t got = read(descriptor, bytes + used, capacity - used - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            break;
        used += (size_t)got;
        if (used > limit) {
            errno = EFBIG;
            break;
        }
        if (got == 0) {
            bytes[used] = '\0';
            *data = bytes;
            *length = used;
            return true;
        }
    }
    const int reason = errno;
    free(bytes);
    errno = reason;
    return false;
}

static bool is_regular(int descriptor, const char *path, char *error)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0)
        return fail(error, path, "cannot be read", strerror(errno));
    if (S_ISREG(status.st_mode))
        return true;
    return fail(error, path, "cannot be read", S_ISDIR(status.st_mode) ? "it is a folder" : "not a regular file");
}

bool file_read(const char *path, size_t limit, char **data, size_t *length, char *error)
{
    /* Without O_NONBLOCK a named pipe would wait here for a writer. */
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return fail(error, path, "cannot be opened", strerror(errno));
    bool done = is_regular(descriptor, path, error);
    if (done && !read_all(descriptor, limit, data, length)) {
        done = false;
        if (errno == EFBIG)
            (void)snprintf(error, FILE_ERROR_SIZE, "%s: larger than the limit of %zu bytes", path, limit);
        else
            (void)fail(error, path, "cannot be read", strerror(errno));
    }
    (void)close(descriptor);
    return done;
}

static bool holds_already(const char *path, const void *data, size_t length)
{
    char *old = NULL, ignored[FILE_ERROR_SIZE];
    size_t old_length = 0;
    if (!file_read(path, length, &old, &old_length, ignored))
        return false;
    const bool same = old_length == length && (length == 0 || memcmp(old, data, length) == 0);
    free(old);
    return same;
}

static bool write_all(int descriptor, const char *data, size_t length)
{
    while (length > 0) {
        const ssize_t put = write(descriptor, data, length);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        data += put;
        length -= (size_t)put;
    }
    return fsync(descriptor) == 0;
}

/* Writes the temporary and closes it; a failing close is a failing write (quota, network file systems). */
static bool write_temporary(const char *temporary, const void *data, size_t length)
{
    const int descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0)
        return false;
    const bool written = write_all(descriptor, data, length);
    const int reason = errno;
    const bool closed = close(descriptor) == 0;
    if (!written)
        errno = reason;
    return written && closed;
}

bool file_write(const char *path, const void *data, size_t length, char *error)
{
    if (holds_already(path, data, length))
        return true;
    /* The process number keeps two compilers that write into one folder apart. */
    const size_t size = strlen(path) + 32;
    char *temporary = malloc(size);
    if (!temporary)
        return fail(error, path, "cannot be written", strerror(ENOMEM));
    (void)snprintf(temporary, size, "%s.%ld.tmp", path, (long)getpid());
    const bool done = write_temporary(temporary, data, length) && rename(temporary, path) == 0;
    if (!done) {
        (void)fail(error, path, "cannot be written", strerror(errno));
        (void)unlink(temporary);
    }
    free(temporary);
    return done;
}

static bool is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool file_make_directory(const char *path, char *error)
{
    char *partial = strdup(path);
    if (!partial)
        return fail(error, path, "folder cannot be made", strerror(ENOMEM));
    bool done = true;
    /* Each prefix that ends before a slash, then the whole path; the root and doubled slashes are skipped. */
    for (size_t i = 1; done && partial[0] != '\0'; i++) {
        const char here = partial[i];
        if ((here != '/' && here != '\0') || partial[i - 1] == '/') {
            if (here == '\0')
                break;
            continue;
        }
        partial[i] = '\0';
        if (mkdir(partial, 0777) != 0 && !(errno == EEXIST && is_directory(partial)))
            done = fail(error, partial, "folder cannot be made", strerror(errno == EEXIST ? ENOTDIR : errno));
        partial[i] = here;
        if (here == '\0')
            break;
    }
    free(partial);
    return done ? is_directory(path) || fail(error, path, "folder cannot be made", strerror(ENOENT)) : false;
}

bool file_exists(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}
