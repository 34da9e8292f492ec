/* NPY arrays as samples, labels and targets: headers are believed only for the bytes that do follow them. */
#include "runtime/data/npy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/data/npy_header.h"
#include "runtime/numeric/file.h"

_Static_assert(sizeof(float) == 4 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "<f4 is this machine's float");

static const size_t size_limit = (size_t)4 << 30; /* bytes of a file */

/* One file: its header and its elements as they are in it. */
struct array {
    const char *name;
    struct npy_header header;
    unsigned char *bytes;
};

static bool read_stream(struct byte_stream *stream, struct array *array, char *error)
{
    if (!npy_header_read(stream, &array->header, error))
        return false;
    const size_t size = array->header.elements * (size_t)array->header.size;
    array->bytes = malloc(size);
    if (!array->bytes)
        return qnn_error_set(error, "%s: no memory for its %zu elements", stream->name, array->header.elements);
    return byte_stream_read(stream, array->bytes, size, error) && byte_stream_end(stream, error);
}

/* Reads one whole file; the caller frees array->bytes, also after a failure. */
static bool read_array(const char *name, const void *bytes, size_t length, struct array *array, char *error)
{
    struct byte_stream stream;
    *array = (struct array){.name = name};
    if (!byte_stream_open(&stream, name, bytes, length, error))
        return false;
    const bool ok = read_stream(&stream, array, error);
    byte_stream_close(&stream);
    return ok;
}

/* Every float is finite. width: elements of a row, for the message. */
static bool check_finite(const struct array *array, size_t width, char *error)
{
    for (size_t i = 0; i < array->header.elements; i++) {
        float value;
        memcpy(&value, array->bytes + i * sizeof value, sizeof value);
        if (!isfinite(value))
            return qnn_error_set(error, "%s: element %zu of row %zu is not finite", array->name, i % width, i / width);
    }
    return true;
}

/* ---- Samples ----------------------------------------------------------------------------------------------------- */

static bool is_type(const struct npy_header *header, const char *type)
{
    char text[8];
    npy_type_text(header, text);
    return strcmp(text, type) == 0;
}

static bool set_element(const struct array *array, enum qnn_element *element, char *error)
{
    static const char *const types[QNN_ELEMENT_COUNT] = {[QNN_U8] = "|u1", [QNN_I8] = "|i1", [QNN_F32] = "<f4"};
    for (int i = 0; i < QNN_ELEMENT_COUNT; i++)
        if (is_type(&array->header, types[i])) {
            *element = (enum qnn_element)i;
            return true;
        }
    char text[8];
    npy_type_text(&array->header, text);
    return qnn_error_set(error,
                         "%s: has samples of type '%s'; |u1, |i1 and <f4 are read: convert them with "
                         "array.astype(numpy.uint8), int8 or float32",
                         array->name, text);
}

/* Takes the elements over. */
static bool set_samples(struct qnn_dataset *data, struct array *array, char *error)
{
    const struct npy_header *header = &array->header;
    if (header->rank < 2)
        return qnn_error_set(error,
                             "%s: has %zu dimension%s; samples are [N, H, W, C], [N, H, W] or [N, F]: this is not a "
                             "file of samples",
                             array->name, header->rank, header->rank == 1 ? "" : "s");
    if (!set_element(array, &data->element, error))
        return false;
    const size_t features = header->elements / header->shape[0];
    if (data->element == QNN_F32 && !check_finite(array, features, error))
        return false;
    data->count = header->shape[0];
    data->height = header->rank > 2 ? header->shape[1] : 1;
    data->width = header->rank > 2 ? header->shape[2] : 1;
    data->channels = header->rank == 4 ? header->shape[3] : header->rank == 3 ? 1 : header->shape[1];
    data->samples = array->bytes;
    array->bytes = NULL;
    return true;
}

/* ---- Labels and targets ------------------------------------------------------------------------------------------ */

/* An integer of the file as it is; *negative where it is below zero. */
static uint64_t read_integer(const struct npy_header *header, const unsigned char *bytes, bool *negative)
{
    const size_t size = (size_t)header->size;
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value |= (uint64_t)bytes[header->order == '>' ? size - 1 - i : i] << (8 * i);
    *negative = header->kind == 'i' && (value >> (8 * size - 1) & 1);
    return value;
}

static bool set_labels(struct qnn_dataset *data, const struct array *array, char *error)
{
    const struct npy_header *header = &array->header;
    char text[8];
    npy_type_text(header, text);
    if (header->kind == 'f')
        return qnn_error_set(error, "%s: has labels of type '%s'; classes are whole numbers, as from array.astype(int)",
                             array->name, text);
    data->labels = malloc(data->count * sizeof *data->labels);
    if (!data->labels)
        return qnn_error_set(error, "%s: no memory for its %zu labels", array->name, data->count);
    for (size_t i = 0; i < data->count; i++) {
        bool negative;
        const uint64_t label = read_integer(header, array->bytes + i * (size_t)header->size, &negative);
        if (negative || label >= QNN_NPY_CLASSES)
            return qnn_error_set(error, "%s: label %zu is %s; classes are 0 to %d", array->name, i,
                                 negative ? "negative" : "too large", QNN_NPY_CLASSES - 1);
        data->labels[i] = (int32_t)label;
        if ((int)label >= data->classes)
            data->classes = (int)label + 1;
    }
    return true;
}

static bool set_targets(struct qnn_dataset *data, struct array *array, size_t outputs, char *error)
{
    char text[8];
    npy_type_text(&array->header, text);
    if (!is_type(&array->header, "<f4"))
        return qnn_error_set(error, "%s: has targets of type '%s'; <f4 is read, as from array.astype(numpy.float32)",
                             array->name, text);
    if (!check_finite(array, outputs, error))
        return false;
    data->outputs = outputs;
    data->targets = (float *)(void *)array->bytes;
    array->bytes = NULL;
    return true;
}

/* A row for each sample, of one label or all targets. */
static bool set_truth(struct qnn_dataset *data, const char *sample_name, struct array *array, size_t outputs,
                      char *error)
{
    const struct npy_header *header = &array->header;
    const size_t width = outputs > 0 ? outputs : 1;
    const size_t wide = header->rank == 2 ? header->shape[1] : 1;
    if (header->rank < 1 || header->rank > 2 || wide != width)
        return qnn_error_set(error, "%s: has %zu dimensions and %zu numbers a row; %s are [N, %zu]%s", array->name,
                             header->rank, header->rank ? header->elements / header->shape[0] : header->elements,
                             outputs > 0 ? "targets" : "labels", width, width == 1 ? " or [N]" : "");
    if (header->shape[0] != data->count)
        return qnn_error_set(error, "%s has %zu samples and %s has %zu %s: they do not belong together", sample_name,
                             data->count, array->name, header->shape[0], outputs > 0 ? "targets" : "labels");
    return outputs > 0 ? set_targets(data, array, outputs, error) : set_labels(data, array, error);
}

/* ---- Both -------------------------------------------------------------------------------------------------------- */

bool qnn_npy_parse(const char *sample_name, const void *samples, size_t sample_length, const char *label_name,
                   const void *labels, size_t label_length, size_t outputs, struct qnn_dataset *data, char *error)
{
    struct array sample_array, label_array = {0};
    *data = (struct qnn_dataset){0};
    const bool ok = read_array(sample_name, samples, sample_length, &sample_array, error) &&
                    set_samples(data, &sample_array, error) &&
                    read_array(label_name, labels, label_length, &label_array, error) &&
                    set_truth(data, sample_name, &label_array, outputs, error);
    free(sample_array.bytes);
    free(label_array.bytes);
    if (!ok)
        qnn_dataset_free(data);
    return ok;
}

bool qnn_npy_load(const char *sample_path, const char *label_path, size_t outputs, struct qnn_dataset *data,
                  char *error)
{
    unsigned char *samples = NULL, *labels = NULL;
    size_t sample_length, label_length;
    *data = (struct qnn_dataset){0};
    const bool ok =
        qnn_file_read(sample_path, size_limit, &samples, &sample_length, error) &&
        qnn_file_read(label_path, size_limit, &labels, &label_length, error) &&
        qnn_npy_parse(sample_path, samples, sample_length, label_path, labels, label_length, outputs, data, error);
    free(samples);
    free(labels);
    return ok;
}
