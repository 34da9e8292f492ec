/*
 * safetensors, writing: the header is built in memory, then header and tensors go to the file in the order given.
 */
#include "runtime/numeric/safetensors.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/numeric/file.h"
#include "runtime/numeric/utf8.h"

enum { PREFIX = 8 };

struct header {
    char *bytes; /* the first PREFIX are the length */
    size_t length;
    size_t capacity;
    bool no_memory;
};

static void add_bytes(struct header *header, const char *bytes, size_t length)
{
    if (header->no_memory)
        return;
    if (header->capacity - header->length < length) {
        const size_t capacity = 2 * header->capacity + length + 256;
        char *grown = realloc(header->bytes, capacity);
        header->no_memory = !grown;
        if (!grown)
            return;
        header->bytes = grown;
        header->capacity = capacity;
    }
    memcpy(header->bytes + header->length, bytes, length);
    header->length += length;
}

static void add_text(struct header *header, const char *text)
{
    add_bytes(header, text, strlen(text));
}

static void add_number(struct header *header, size_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%zu", number);
    add_text(header, text);
}

/* A JSON string: quotation mark, reverse solidus and control characters are escaped (RFC 8259, section 7). */
static void add_string(struct header *header, const char *string)
{
    add_text(header, "\"");
    for (const char *c = string; *c; c++) {
        char escape[8];
        if (*c == '"' || *c == '\\')
            add_bytes(header, (const char[]){'\\', *c}, 2);
        else if ((unsigned char)*c < ' ') {
            snprintf(escape, sizeof escape, "\\u%04x", (unsigned)*c);
            add_text(header, escape);
        } else
            add_bytes(header, c, 1);
    }
    add_text(header, "\"");
}

static void add_metadata(struct header *header, const struct qnn_metadata *metadata, size_t count)
{
    add_text(header, "\"__metadata__\":{");
    for (size_t i = 0; i < count; i++) {
        add_text(header, i > 0 ? "," : "");
        add_string(header, metadata[i].key);
        add_text(header, ":");
        add_string(header, metadata[i].value);
    }
    add_text(header, "}");
}

static size_t tensor_bytes(const struct qnn_tensor *tensor)
{
    return qnn_tensor_elements(tensor) * qnn_dtype_size(tensor->dtype);
}

/* Adds one tensor whose data begin at offset. */
static void add_tensor(struct header *header, const struct qnn_tensor *tensor, size_t offset)
{
    add_string(header, tensor->name);
    add_text(header, ":{\"dtype\":\"");
    add_text(header, qnn_dtype_name(tensor->dtype));
    add_text(header, "\",\"shape\":[");
    for (size_t i = 0; i < tensor->rank; i++) {
        add_text(header, i > 0 ? "," : "");
        add_number(header, tensor->shape[i]);
    }
    add_text(header, "],\"data_offsets\":[");
    add_number(header, offset);
    add_text(header, ",");
    add_number(header, offset + tensor_bytes(tensor));
    add_text(header, "]}");
}

static void build_header(struct header *header, const struct qnn_tensor *tensors, size_t tensor_count,
                         const struct qnn_metadata *metadata, size_t metadata_count)
{
    const char *separator = "";
    size_t offset = 0;
    add_bytes(header, "\0\0\0\0\0\0\0\0", PREFIX);
    add_text(header, "{");
    if (metadata_count > 0) {
        add_metadata(header, metadata, metadata_count);
        separator = ",";
    }
    for (size_t i = 0; i < tensor_count; i++) {
        add_text(header, separator);
        add_tensor(header, &tensors[i], offset);
        offset += tensor_bytes(&tensors[i]);
        separator = ",";
    }
    add_text(header, "}");
    while (header->length % 8 != 0 && !header->no_memory)
        add_text(header, " ");
    const uint64_t length = header->length - PREFIX;
    if (!header->no_memory)
        memcpy(header->bytes, &length, PREFIX);
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Sorts names in place; they must be UTF-8 and differ. */
static bool check_names(const char *path, const char **names, size_t count, char *error)
{
    for (size_t i = 0; i < count; i++)
        if (!qnn_utf8_valid(names[i], strlen(names[i])))
            return qnn_error_set(error, "%s: the name '%s' is not UTF-8", path, names[i]);
    qsort(names, count, sizeof *names, compare_names);
    for (size_t i = 1; i < count; i++)
        if (strcmp(names[i - 1], names[i]) == 0)
            return qnn_error_set(error, "%s: the name '%s' is given twice", path, names[i]);
    return true;
}

static bool check(const char *path, const struct qnn_tensor *tensors, size_t tensor_count,
                  const struct qnn_metadata *metadata, size_t metadata_count, char *error)
{
    const size_t most = tensor_count > metadata_count ? tensor_count : metadata_count;
    const char **names = malloc((most + 1) * sizeof *names);
    if (!names)
        return qnn_error_set(error, "%s: no memory to check its names", path);
    for (size_t i = 0; i < metadata_count; i++)
        names[i] = metadata[i].key;
    bool ok = check_names(path, names, metadata_count, error);
    for (size_t i = 0; i < metadata_count && ok; i++)
        if (!qnn_utf8_valid(metadata[i].value, strlen(metadata[i].value)))
            ok = qnn_error_set(error, "%s: the value of metadata '%s' is not UTF-8", path, metadata[i].key);
    for (size_t i = 0; i < tensor_count; i++) {
        QNN_CHECK(tensors[i].rank <= QNN_TENSOR_MAX_RANK && tensors[i].dtype < QNN_DTYPE_COUNT);
        QNN_CHECK(strcmp(tensors[i].name, "__metadata__") != 0);
        names[i] = tensors[i].name;
    }
    ok = ok && check_names(path, names, tensor_count, error);
    free(names);
    return ok;
}

static bool write_all(const char *path, const struct header *header, const struct qnn_tensor *tensors,
                      size_t tensor_count, char *error)
{
    struct qnn_writer writer;
    if (!qnn_writer_open(&writer, path, error) || !qnn_writer_add(&writer, header->bytes, header->length, error))
        return false;
    for (size_t i = 0; i < tensor_count; i++)
        if (!qnn_writer_add(&writer, tensors[i].data, tensor_bytes(&tensors[i]), error))
            return false;
    return qnn_writer_commit(&writer, error);
}

bool qnn_safetensors_write(const char *path, const struct qnn_tensor *tensors, size_t tensor_count,
                           const struct qnn_metadata *metadata, size_t metadata_count, char *error)
{
    struct header header = {0};
    if (!check(path, tensors, tensor_count, metadata, metadata_count, error))
        return false;
    build_header(&header, tensors, tensor_count, metadata, metadata_count);
    const bool ok = header.no_memory ? qnn_error_set(error, "%s: no memory for its header", path)
                                     : write_all(path, &header, tensors, tensor_count, error);
    free(header.bytes);
    return ok;
}
