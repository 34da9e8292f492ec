/* The IDX format: headers are believed only for the bytes that do follow them. */
#include "runtime/data/idx.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/data/byte_stream.h"
#include "runtime/numeric/file.h"

enum { UNSIGNED_BYTE = 0x08, MAX_RANK = 4 };
static const size_t size_limit = (size_t)4 << 30; /* bytes, of a file and of what it inflates to */

/* The header of one file. */
struct shape {
    size_t rank;
    size_t size[MAX_RANK];
    size_t elements;
};

static uint32_t big_endian(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* The product of rank big-endian sizes; false beyond limit. */
static bool product(const unsigned char *sizes, size_t rank, size_t limit, size_t *elements)
{
    *elements = 1;
    for (size_t i = 0; i < rank; i++)
        if (__builtin_mul_overflow(*elements, big_endian(sizes + 4 * i), elements))
            return false;
    return *elements <= limit;
}

/* Whether the sizes make sense when their bytes are reversed. */
static bool reversed_sizes_fit(const unsigned char *sizes, size_t rank, size_t limit)
{
    unsigned char reversed[4 * MAX_RANK] = {0};
    size_t elements;
    for (size_t i = 0; i < 4 * rank; i++)
        reversed[i] = sizes[i - i % 4 + 3 - i % 4];
    return product(reversed, rank, limit, &elements);
}

static bool check_magic(const char *name, const unsigned char magic[4], size_t low_rank, size_t high_rank, char *error)
{
    if (magic[0] != 0 && magic[1] == UNSIGNED_BYTE && magic[2] == 0 && magic[3] == 0)
        return qnn_error_set(error, "%s: its header is little-endian; IDX files are big-endian", name);
    if (magic[0] != 0 || magic[1] != 0)
        return qnn_error_set(error, "%s: is not an IDX file (it begins %02x %02x %02x %02x)", name, magic[0], magic[1],
                             magic[2], magic[3]);
    if (magic[2] != UNSIGNED_BYTE)
        return qnn_error_set(error, "%s: has IDX element type 0x%02x; only unsigned bytes (0x08) are read", name,
                             magic[2]);
    if (magic[3] < low_rank || magic[3] > high_rank)
        return qnn_error_set(error, "%s: has %d dimensions, expected %zu: %s", name, magic[3], low_rank,
                             low_rank == 1 ? "this is not a file of labels" : "this is not a file of images");
    return true;
}

static bool read_shape(struct byte_stream *stream, size_t low_rank, size_t high_rank, struct shape *shape, char *error)
{
    unsigned char magic[4], sizes[4 * MAX_RANK] = {0};
    if (!byte_stream_read(stream, magic, sizeof magic, error) ||
        !check_magic(stream->name, magic, low_rank, high_rank, error))
        return false;
    *shape = (struct shape){.rank = magic[3]};
    if (!byte_stream_read(stream, sizes, 4 * shape->rank, error))
        return false;
    const size_t bound = byte_stream_bound(stream);
    const size_t limit = bound < size_limit ? bound : size_limit;
    if (!product(sizes, shape->rank, limit, &shape->elements)) {
        if (reversed_sizes_fit(sizes, shape->rank, limit))
            return qnn_error_set(error, "%s: its sizes are little-endian; IDX files are big-endian", stream->name);
        return qnn_error_set(error,
                             "%s: claims more elements than a file of its size (or 4 GiB) can hold: "
                             "damaged or cut off",
                             stream->name);
    }
    if (shape->elements == 0)
        return qnn_error_set(error, "%s: has no elements", stream->name);
    for (size_t i = 0; i < shape->rank; i++)
        shape->size[i] = big_endian(sizes + 4 * i);
    return true;
}

static unsigned char *read_elements(struct byte_stream *stream, size_t low_rank, size_t high_rank, struct shape *shape,
                                    char *error)
{
    if (!read_shape(stream, low_rank, high_rank, shape, error))
        return NULL;
    unsigned char *elements = malloc(shape->elements);
    if (!elements) {
        qnn_error_set(error, "%s: no memory for its %zu elements", stream->name, shape->elements);
        return NULL;
    }
    if (byte_stream_read(stream, elements, shape->elements, error) && byte_stream_end(stream, error))
        return elements;
    free(elements);
    return NULL;
}

/* Reads one whole file of rank low_rank to high_rank; the caller frees the elements. */
static unsigned char *read_file(const char *name, const void *bytes, size_t length, size_t low_rank, size_t high_rank,
                                struct shape *shape, char *error)
{
    struct byte_stream stream;
    if (!byte_stream_open(&stream, name, bytes, length, error))
        return NULL;
    unsigned char *elements = read_elements(&stream, low_rank, high_rank, shape, error);
    byte_stream_close(&stream);
    return elements;
}

static bool set_labels(struct qnn_dataset *data, const char *name, const unsigned char *labels, char *error)
{
    data->labels = malloc(data->count * sizeof *data->labels);
    if (!data->labels)
        return qnn_error_set(error, "%s: no memory for its %zu labels", name, data->count);
    for (size_t i = 0; i < data->count; i++) {
        data->labels[i] = labels[i];
        if (labels[i] >= data->classes)
            data->classes = labels[i] + 1;
    }
    return true;
}

bool qnn_idx_parse(const char *image_name, const void *images, size_t image_length, const char *label_name,
                   const void *labels, size_t label_length, struct qnn_dataset *data, char *error)
{
    struct shape image_shape, label_shape;
    *data = (struct qnn_dataset){0};
    data->samples = read_file(image_name, images, image_length, 3, 4, &image_shape, error);
    if (!data->samples)
        return false;
    data->element = QNN_U8;
    data->count = image_shape.size[0];
    data->height = image_shape.size[1];
    data->width = image_shape.size[2];
    data->channels = image_shape.rank == 4 ? image_shape.size[3] : 1;
    unsigned char *bytes = read_file(label_name, labels, label_length, 1, 1, &label_shape, error);
    bool ok = bytes != NULL;
    if (ok && label_shape.size[0] != data->count)
        ok = qnn_error_set(error, "%s has %zu images and %s has %zu labels: they do not belong together", image_name,
                           data->count, label_name, label_shape.size[0]);
    ok = ok && set_labels(data, label_name, bytes, error);
    free(bytes);
    if (!ok)
        qnn_dataset_free(data);
    return ok;
}

bool qnn_idx_load(const char *image_path, const char *label_path, struct qnn_dataset *data, char *error)
{
    unsigned char *images = NULL, *labels = NULL;
    size_t image_length, label_length;
    *data = (struct qnn_dataset){0};
    const bool ok = qnn_file_read(image_path, size_limit, &images, &image_length, error) &&
                    qnn_file_read(label_path, size_limit, &labels, &label_length, error) &&
                    qnn_idx_parse(image_path, images, image_length, label_path, labels, label_length, data, error);
    free(images);
    free(labels);
    return ok;
}
