/*
 * safetensors, reading: the JSON becomes a list of entries in header order; the entries are checked against each other
 * and the file; then the data are copied so that each tensor is aligned.
 */
#include "runtime/numeric/safetensors.h"

#include <cjson/cJSON.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/numeric/file.h"
#include "runtime/numeric/utf8.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the format is little-endian and data are used in place");
_Static_assert(sizeof(size_t) == 8, "files beyond 4 GiB of offsets need 64 bits");

static const size_t file_limit = (size_t)4 << 30; /* bytes */
static const size_t header_limit = 100000000;     /* bytes; the limit of the reference reader */
enum { PREFIX = 8, ALIGNMENT = 64 };

static const struct {
    const char *name;
    size_t size;
} dtypes[] = {
    [QNN_DTYPE_F32] = {"F32", 4}, [QNN_DTYPE_F64] = {"F64", 8},   [QNN_DTYPE_I8] = {"I8", 1},
    [QNN_DTYPE_U8] = {"U8", 1},   [QNN_DTYPE_I16] = {"I16", 2},   [QNN_DTYPE_I32] = {"I32", 4},
    [QNN_DTYPE_I64] = {"I64", 8}, [QNN_DTYPE_BOOL] = {"BOOL", 1},
};
_Static_assert(sizeof dtypes / sizeof *dtypes == QNN_DTYPE_COUNT, "one row per dtype");

const char *qnn_dtype_name(enum qnn_dtype dtype)
{
    return dtypes[dtype].name;
}

size_t qnn_dtype_size(enum qnn_dtype dtype)
{
    return dtypes[dtype].size;
}

size_t qnn_tensor_elements(const struct qnn_tensor *tensor)
{
    size_t elements = 1;
    for (size_t i = 0; i < tensor->rank; i++)
        elements *= tensor->shape[i];
    return elements;
}

/* A tensor of the header with the place of its data. */
struct entry {
    struct qnn_tensor *tensor;
    size_t begin; /* bytes from the end of the header */
    size_t end;
};

/* A count in JSON: an integer 0 .. 2^53. */
static bool json_count(const cJSON *item, size_t *value)
{
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0.0 && item->valuedouble <= 0x1p53))
        return false;
    *value = (size_t)item->valuedouble;
    return (double)*value == item->valuedouble;
}

static bool parse_dtype(const cJSON *item, enum qnn_dtype *dtype)
{
    for (int i = 0; cJSON_IsString(item) && i < QNN_DTYPE_COUNT; i++) {
        if (strcmp(item->valuestring, dtypes[i].name) == 0) {
            *dtype = (enum qnn_dtype)i;
            return true;
        }
    }
    return false;
}

static bool parse_shape(const char *path, const cJSON *item, struct qnn_tensor *tensor, char *error)
{
    if (!cJSON_IsArray(item))
        return qnn_error_set(error, "%s: tensor '%s' has no list for its shape", path, tensor->name);
    for (const cJSON *size = item->child; size; size = size->next) {
        if (tensor->rank == QNN_TENSOR_MAX_RANK)
            return qnn_error_set(error, "%s: tensor '%s' has more than %d dimensions", path, tensor->name,
                                 QNN_TENSOR_MAX_RANK);
        if (!json_count(size, &tensor->shape[tensor->rank]))
            return qnn_error_set(error, "%s: tensor '%s': a dimension is not a whole number", path, tensor->name);
        tensor->rank++;
    }
    return true;
}

/* The bytes a tensor needs; false where the product overflows. */
static bool tensor_bytes(const struct qnn_tensor *tensor, size_t *bytes)
{
    *bytes = qnn_dtype_size(tensor->dtype);
    for (size_t i = 0; i < tensor->rank; i++)
        if (__builtin_mul_overflow(*bytes, tensor->shape[i], bytes))
            return false;
    return true;
}

static bool parse_tensor(const char *path, const cJSON *item, size_t data_length, struct entry *entry, char *error)
{
    struct qnn_tensor *tensor = entry->tensor;
    size_t bytes;
    tensor->name = item->string;
    const cJSON *dtype = cJSON_GetObjectItemCaseSensitive(item, "dtype");
    const cJSON *shape = cJSON_GetObjectItemCaseSensitive(item, "shape");
    const cJSON *offsets = cJSON_GetObjectItemCaseSensitive(item, "data_offsets");
    if (!cJSON_IsObject(item) || !dtype || !shape || !offsets || cJSON_GetArraySize(item) != 3)
        return qnn_error_set(error, "%s: tensor '%s' must have dtype, shape and data_offsets and nothing else", path,
                             tensor->name);
    if (!parse_dtype(dtype, &tensor->dtype))
        return qnn_error_set(error, "%s: tensor '%s' has the unknown dtype '%s'", path, tensor->name,
                             cJSON_IsString(dtype) ? dtype->valuestring : "(not a string)");
    if (!parse_shape(path, shape, tensor, error))
        return false;
    if (!cJSON_IsArray(offsets) || cJSON_GetArraySize(offsets) != 2 || !json_count(offsets->child, &entry->begin) ||
        !json_count(offsets->child->next, &entry->end))
        return qnn_error_set(error, "%s: tensor '%s': data_offsets must be two whole numbers", path, tensor->name);
    if (entry->begin > entry->end || entry->end > data_length)
        return qnn_error_set(error, "%s: tensor '%s' lies at bytes %zu to %zu of %zu: the file is damaged or cut off",
                             path, tensor->name, entry->begin, entry->end, data_length);
    if (!tensor_bytes(tensor, &bytes))
        return qnn_error_set(error, "%s: tensor '%s': the product of its shape overflows", path, tensor->name);
    if (bytes != entry->end - entry->begin)
        return qnn_error_set(error, "%s: tensor '%s' needs %zu bytes and has %zu", path, tensor->name, bytes,
                             entry->end - entry->begin);
    return true;
}

static bool parse_metadata(struct qnn_safetensors *file, const cJSON *map, char *error)
{
    if (!cJSON_IsObject(map))
        return qnn_error_set(error, "%s: __metadata__ is not a map of strings", file->path);
    file->metadata = calloc((size_t)cJSON_GetArraySize(map) + 1, sizeof *file->metadata);
    if (!file->metadata)
        return qnn_error_set(error, "%s: no memory for its metadata", file->path);
    for (const cJSON *item = map->child; item; item = item->next) {
        if (!cJSON_IsString(item))
            return qnn_error_set(error, "%s: metadata '%s' is not a string", file->path, item->string);
        file->metadata[file->metadata_count++] = (struct qnn_metadata){.key = item->string, .value = item->valuestring};
    }
    return true;
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Refuses two members of one JSON object with the same name: readers would differ in which one they take. */
static bool check_unique(const char *path, const cJSON *object, char *error)
{
    size_t count = 0;
    const char **names = malloc(((size_t)cJSON_GetArraySize(object) + 1) * sizeof *names);
    if (!names)
        return qnn_error_set(error, "%s: no memory to check its names", path);
    for (const cJSON *item = object->child; item; item = item->next)
        names[count++] = item->string;
    qsort(names, count, sizeof *names, compare_names);
    bool unique = true;
    for (size_t i = 1; i < count && unique; i++) {
        unique = strcmp(names[i - 1], names[i]) != 0;
        if (!unique)
            qnn_error_set(error, "%s: the name '%s' occurs twice in its header", path, names[i]);
    }
    free(names);
    return unique;
}

static int compare_begins(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    if (a->begin != b->begin)
        return a->begin < b->begin ? -1 : 1;
    return a->end < b->end ? -1 : a->end > b->end;
}

/* Sorted by their place, the tensors must cover the data exactly. */
static bool check_cover(const char *path, const struct entry *entries, size_t count, size_t data_length, char *error)
{
    size_t covered = 0;
    for (size_t i = 0; i < count; i++) {
        if (entries[i].begin != covered)
            return qnn_error_set(error, "%s: tensor '%s' begins at byte %zu, %s", path, entries[i].tensor->name,
                                 entries[i].begin,
                                 entries[i].begin < covered ? "inside another tensor" : "after a hole");
        covered = entries[i].end;
    }
    if (covered != data_length)
        return qnn_error_set(error, "%s: %zu bytes at the end belong to no tensor", path, data_length - covered);
    return true;
}

/* Copies every tensor to an aligned place of one block. */
static bool copy_data(struct qnn_safetensors *file, const struct entry *entries, const unsigned char *data, char *error)
{
    size_t size = ALIGNMENT;
    for (size_t i = 0; i < file->tensor_count; i++)
        size += (entries[i].end - entries[i].begin + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    unsigned char *block = aligned_alloc(ALIGNMENT, size);
    if (!block)
        return qnn_error_set(error, "%s: no memory for its %zu bytes", file->path, size);
    file->data = block;
    for (size_t i = 0; i < file->tensor_count; i++) {
        const size_t length = entries[i].end - entries[i].begin;
        memcpy(block, data + entries[i].begin, length);
        entries[i].tensor->data = block;
        block += (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
    return true;
}

static bool parse_members(struct qnn_safetensors *file, struct entry *entries, const unsigned char *data,
                          size_t data_length, char *error)
{
    const cJSON *root = file->header;
    for (const cJSON *item = root->child; item; item = item->next) {
        if (strcmp(item->string, "__metadata__") == 0) {
            if (!parse_metadata(file, item, error) || !check_unique(file->path, item, error))
                return false;
            continue;
        }
        struct entry *entry = &entries[file->tensor_count];
        entry->tensor = &file->tensors[file->tensor_count];
        if (!parse_tensor(file->path, item, data_length, entry, error))
            return false;
        file->tensor_count++;
    }
    qsort(entries, file->tensor_count, sizeof *entries, compare_begins);
    return check_cover(file->path, entries, file->tensor_count, data_length, error) &&
           copy_data(file, entries, data, error);
}

static bool parse_header(struct qnn_safetensors *file, const unsigned char *header, size_t header_length,
                         size_t data_length, char *error)
{
    const char *end = NULL;
    const char *text = (const char *)header;
    if (header_length == 0 || text[0] != '{' || !qnn_utf8_valid(text, header_length) ||
        memchr(text, '\0', header_length))
        return qnn_error_set(error, "%s: is not a safetensors file: the header is not JSON", file->path);
    file->header = cJSON_ParseWithLengthOpts(text, header_length, &end, 0);
    if (!file->header)
        return qnn_error_set(error, "%s: is not a safetensors file: the header is not JSON near byte %td", file->path,
                             end ? PREFIX + (end - text) : 0);
    for (; end < text + header_length; end++)
        if (*end != ' ')
            return qnn_error_set(error, "%s: the header has text after its JSON", file->path);
    if (!check_unique(file->path, file->header, error))
        return false;
    const size_t members = (size_t)cJSON_GetArraySize(file->header);
    struct entry *entries = calloc(members + 1, sizeof *entries);
    file->tensors = calloc(members + 1, sizeof *file->tensors);
    bool ok = entries && file->tensors;
    if (ok)
        ok = parse_members(file, entries, header + header_length, data_length, error);
    else
        qnn_error_set(error, "%s: no memory for its %zu tensors", file->path, members);
    free(entries);
    return ok;
}

bool qnn_safetensors_parse(struct qnn_safetensors *file, const char *path, const void *bytes, size_t length,
                           char *error)
{
    *file = (struct qnn_safetensors){.path = strdup(path)};
    if (!file->path)
        return qnn_error_set(error, "%s: no memory for its name", path);
    uint64_t header_length = 0;
    bool ok = length >= PREFIX;
    if (ok)
        memcpy(&header_length, bytes, PREFIX);
    if (!ok)
        qnn_error_set(error, "%s: is not a safetensors file: it has %zu bytes", path, length);
    else if (header_length > header_limit || header_length > length - PREFIX)
        ok = qnn_error_set(error, "%s: is not a safetensors file or is cut off: header of %llu bytes in a file of %zu",
                           path, (unsigned long long)header_length, length);
    else
        ok = parse_header(file, (const unsigned char *)bytes + PREFIX, (size_t)header_length,
                          length - PREFIX - (size_t)header_length, error);
    if (!ok)
        qnn_safetensors_close(file);
    return ok;
}

bool qnn_safetensors_open(struct qnn_safetensors *file, const char *path, char *error)
{
    unsigned char *bytes;
    size_t length;
    *file = (struct qnn_safetensors){0};
    if (!qnn_file_read(path, file_limit, &bytes, &length, error))
        return false;
    const bool ok = qnn_safetensors_parse(file, path, bytes, length, error);
    free(bytes);
    return ok;
}

void qnn_safetensors_close(struct qnn_safetensors *file)
{
    cJSON_Delete(file->header);
    free(file->path);
    free(file->tensors);
    free(file->metadata);
    free(file->data);
    *file = (struct qnn_safetensors){0};
}

const struct qnn_tensor *qnn_safetensors_lookup(const struct qnn_safetensors *file, const char *name)
{
    for (size_t i = 0; i < file->tensor_count; i++)
        if (strcmp(file->tensors[i].name, name) == 0)
            return &file->tensors[i];
    return NULL;
}

const char *qnn_safetensors_metadata(const struct qnn_safetensors *file, const char *key)
{
    for (size_t i = 0; i < file->metadata_count; i++)
        if (strcmp(file->metadata[i].key, key) == 0)
            return file->metadata[i].value;
    return NULL;
}

enum { SHAPE_TEXT = 21 * QNN_TENSOR_MAX_RANK + 3 };

/* "[10,20]" */
static const char *shape_text(size_t rank, const size_t *shape, char text[SHAPE_TEXT])
{
    size_t at = 0;
    text[at++] = '[';
    for (size_t i = 0; i < rank; i++)
        at += (size_t)snprintf(text + at, SHAPE_TEXT - at, i > 0 ? ",%zu" : "%zu", shape[i]);
    text[at++] = ']';
    text[at] = '\0';
    return text;
}

const void *qnn_safetensors_find(const struct qnn_safetensors *file, const char *name, enum qnn_dtype dtype,
                                 size_t rank, const size_t *shape, char *error)
{
    char has[SHAPE_TEXT], expected[SHAPE_TEXT];
    QNN_CHECK(rank <= QNN_TENSOR_MAX_RANK);
    const struct qnn_tensor *tensor = qnn_safetensors_lookup(file, name);
    if (!tensor) {
        qnn_error_set(error, "%s: tensor '%s' is missing: the file belongs to another program", file->path, name);
        return NULL;
    }
    if (tensor->dtype != dtype) {
        qnn_error_set(error, "%s: tensor '%s' has dtype %s, expected %s", file->path, name,
                      qnn_dtype_name(tensor->dtype), qnn_dtype_name(dtype));
        return NULL;
    }
    if (tensor->rank != rank || (rank > 0 && memcmp(tensor->shape, shape, rank * sizeof *shape) != 0)) {
        qnn_error_set(error, "%s: tensor '%s' has shape %s, expected %s", file->path, name,
                      shape_text(tensor->rank, tensor->shape, has), shape_text(rank, shape, expected));
        return NULL;
    }
    return tensor->data;
}
