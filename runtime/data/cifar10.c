/* CIFAR-10: record by record, so that a file never makes its reader allocate more than twice of what it holds. */
#include "runtime/data/cifar10.h"

#include <stdlib.h>

#include "runtime/data/byte_stream.h"
#include "runtime/numeric/file.h"

enum {
    SIDE = QNN_CIFAR10_SIDE,
    CHANNELS = QNN_CIFAR10_CHANNELS,
    RECORD = QNN_CIFAR10_RECORD,
    PLANE = SIDE * SIDE,
    FIRST_CAPACITY = 64
};
static const size_t file_limit = (size_t)QNN_CIFAR10_MOST_RECORDS * RECORD; /* bytes, also of a compressed one */

/* Room for one more sample and its label. */
static bool reserve(struct qnn_dataset *data, size_t *capacity)
{
    if (data->count < *capacity)
        return true;
    const size_t larger = *capacity ? 2 * *capacity : FIRST_CAPACITY;
    unsigned char *samples = realloc(data->samples, larger * (RECORD - 1));
    if (samples)
        data->samples = samples;
    int32_t *labels = realloc(data->labels, larger * sizeof *labels);
    if (labels)
        data->labels = labels;
    if (!samples || !labels)
        return false;
    *capacity = larger;
    return true;
}

/* Three planes to pixels. */
static void interleave(const unsigned char *planes, unsigned char *pixels)
{
    for (size_t i = 0; i < PLANE; i++)
        for (size_t c = 0; c < CHANNELS; c++)
            pixels[CHANNELS * i + c] = planes[PLANE * c + i];
}

static bool add_record(const char *name, size_t number, const unsigned char record[RECORD], struct qnn_dataset *data,
                       size_t *capacity, char *error)
{
    if (record[0] >= QNN_CIFAR10_CLASSES)
        return qnn_error_set(error,
                             "%s: record %zu (byte %zu) has the label %d, beyond 9: this is not a batch of the binary "
                             "version of CIFAR-10",
                             name, number, number * RECORD, record[0]);
    if (!reserve(data, capacity))
        return qnn_error_set(error, "%s: no memory for its records", name);
    interleave(record + 1, (unsigned char *)data->samples + data->count * (RECORD - 1));
    data->labels[data->count++] = record[0];
    if (record[0] >= data->classes)
        data->classes = record[0] + 1;
    return true;
}

static bool add_records(struct byte_stream *stream, struct qnn_dataset *data, char *error)
{
    unsigned char record[RECORD];
    size_t capacity = data->count, number = 0;
    for (;; number++) {
        size_t got = 0;
        if (!byte_stream_read_some(stream, record, RECORD, &got, error))
            return false;
        if (got == 0)
            break;
        if (got < RECORD)
            return qnn_error_set(error,
                                 "%s: record %zu (byte %zu) has %zu of %d bytes: cut off, or not a batch of the binary "
                                 "version of CIFAR-10",
                                 stream->name, number, number * RECORD, got, RECORD);
        if (number == QNN_CIFAR10_MOST_RECORDS)
            return qnn_error_set(error, "%s: has more than %d records; a batch of CIFAR-10 has 10000", stream->name,
                                 QNN_CIFAR10_MOST_RECORDS);
        if (!add_record(stream->name, number, record, data, &capacity, error))
            return false;
    }
    if (number == 0)
        return qnn_error_set(error, "%s: is empty", stream->name);
    return byte_stream_end(stream, error);
}

bool qnn_cifar10_append(const char *name, const void *bytes, size_t length, struct qnn_dataset *data, char *error)
{
    struct byte_stream stream;
    bool ok = byte_stream_open(&stream, name, bytes, length, error);
    if (ok) {
        data->height = data->width = SIDE;
        data->channels = CHANNELS;
        data->element = QNN_U8;
        ok = add_records(&stream, data, error);
        byte_stream_close(&stream);
    }
    if (!ok)
        qnn_dataset_free(data);
    return ok;
}

bool qnn_cifar10_load(const char *const *paths, size_t count, struct qnn_dataset *data, char *error)
{
    *data = (struct qnn_dataset){0};
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++) {
        unsigned char *bytes = NULL;
        size_t length;
        ok = qnn_file_read(paths[i], file_limit, &bytes, &length, error) &&
             qnn_cifar10_append(paths[i], bytes, length, data, error);
        free(bytes);
    }
    if (!ok)
        qnn_dataset_free(data);
    return ok;
}
