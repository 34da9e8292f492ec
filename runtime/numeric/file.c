/* Whole files in, whole files out: a reader with a limit, a writer that renames when all is on disk. */
#include "runtime/numeric/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/numeric/error.h"

enum { TEMPORARY_NAMES = 100 };

static bool read_all(int descriptor, unsigned char *data, size_t length, size_t *got)
{
    *got = 0;
    while (*got < length) {
        const ssize_t step = read(descriptor, data + *got, length - *got);
        if (step < 0 && errno == EINTR)
            continue;
        if (step < 0)
            return false;
        if (step == 0)
            break;
        *got += (size_t)step;
    }
    return true;
}

static bool read_descriptor(int descriptor, const char *path, size_t limit, unsigned char **data, size_t *length,
                            char *error)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0)
        return qnn_error_set(error, "%s: cannot be read: %s", path, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return qnn_error_set(error, "%s: is not a regular file", path);
    if ((uintmax_t)status.st_size > limit)
        return qnn_error_set(error, "%s: has %jd bytes; at most %zu are read", path, (intmax_t)status.st_size, limit);
    const size_t size = (size_t)status.st_size;
    unsigned char *bytes = malloc(size > 0 ? size : 1);
    if (!bytes)
        return qnn_error_set(error, "%s: no memory for its %zu bytes", path, size);
    if (!read_all(descriptor, bytes, size, length)) {
        qnn_error_set(error, "%s: cannot be read: %s", path, strerror(errno));
        free(bytes);
        return false;
    }
    *data = bytes;
    return true;
}

bool qnn_file_read(const char *path, size_t limit, unsigned char **data, size_t *length, char *error)
{
    /* O_NONBLOCK: opening a FIFO must not wait for a writer. */
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return qnn_error_set(error, "%s: cannot be opened: %s", path, strerror(errno));
    const bool ok = read_descriptor(descriptor, path, limit, data, length, error);
    close(descriptor);
    return ok;
}

static void writer_release(struct qnn_writer *writer)
{
    free(writer->path);
    free(writer->temporary);
    *writer = (struct qnn_writer){.descriptor = -1};
}

void qnn_writer_abandon(struct qnn_writer *writer)
{
    if (writer->descriptor >= 0)
        close(writer->descriptor);
    unlink(writer->temporary);
    writer_release(writer);
}

bool qnn_writer_open(struct qnn_writer *writer, const char *path, char *error)
{
    const size_t size = strlen(path) + sizeof ".tmp99";
    *writer = (struct qnn_writer){.path = strdup(path), .temporary = malloc(size), .descriptor = -1};
    if (!writer->path || !writer->temporary) {
        writer_release(writer);
        return qnn_error_set(error, "%s: no memory for its name", path);
    }
    int reason = EEXIST;
    for (int i = 0; i < TEMPORARY_NAMES && writer->descriptor < 0 && reason == EEXIST; i++) {
        snprintf(writer->temporary, size, "%s.tmp%d", path, i);
        writer->descriptor = open(writer->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        reason = errno;
    }
    if (writer->descriptor >= 0)
        return true;
    writer_release(writer);
    return qnn_error_set(error, "%s: cannot be written: %s", path,
                         reason == EEXIST ? "too many .tmp files lie beside it; remove them" : strerror(reason));
}

/* Reports a system error, drops the temporary. */
static bool writer_fail(struct qnn_writer *writer, char *error)
{
    qnn_error_set(error, "%s: cannot be written: %s; an older file is unchanged", writer->path, strerror(errno));
    qnn_writer_abandon(writer);
    return false;
}

bool qnn_writer_add(struct qnn_writer *writer, const void *bytes, size_t length, char *error)
{
    const unsigned char *at = bytes;
    while (length > 0) {
        const ssize_t step = write(writer->descriptor, at, length);
        if (step < 0 && errno == EINTR)
            continue;
        if (step <= 0)
            return writer_fail(writer, error);
        at += step;
        length -= (size_t)step;
    }
    return true;
}

/* Makes the rename itself durable. Some file systems cannot sync a folder; the file is whole either way. */
static void sync_folder(const char *path)
{
    char *folder = strdup(path);
    if (!folder)
        return;
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder ? 1 : 0] = '\0';
    const int descriptor = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0) {
        fsync(descriptor);
        close(descriptor);
    }
    free(folder);
}

bool qnn_writer_commit(struct qnn_writer *writer, char *error)
{
    if (fsync(writer->descriptor) != 0)
        return writer_fail(writer, error);
    const int closed = close(writer->descriptor);
    writer->descriptor = -1;
    if (closed != 0 || rename(writer->temporary, writer->path) != 0)
        return writer_fail(writer, error);
    sync_folder(writer->path);
    writer_release(writer);
    return true;
}
