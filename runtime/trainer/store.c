/* A network's tensors in safetensors files. Everything is checked before anything is copied. */
#include "runtime/trainer/store.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const char format_name[] = "qnnc-1";

static struct qnn_tensor tensor_of(const struct qnn_program *program, const struct qnn_stored *stored)
{
    struct qnn_tensor tensor = {
        .name = stored->name,
        .dtype = stored->dtype,
        .rank = stored->rank,
        .data = (const char *)program->net + stored->offset,
    };
    memcpy(tensor.shape, stored->shape, sizeof tensor.shape);
    return tensor;
}

bool qnn_store_write(const struct qnn_program *program, const char *path, enum qnn_place place,
                     const struct qnn_tensor *extra, size_t extra_count, const struct qnn_metadata *metadata,
                     size_t metadata_count, char *error)
{
    const size_t most = program->tensor_count + extra_count;
    struct qnn_tensor *tensors = calloc(most ? most : 1, sizeof *tensors);
    if (!tensors)
        return qnn_error_set(error, "%s: out of memory", path);
    size_t count = 0;
    for (size_t i = 0; i < program->tensor_count; i++)
        if (program->tensors[i].place & place)
            tensors[count++] = tensor_of(program, &program->tensors[i]);
    for (size_t i = 0; i < extra_count; i++)
        tensors[count++] = extra[i];
    struct qnn_metadata all[QNN_STORE_METADATA] = {
        {"format", format_name}, {"program", program->hash}, {"name", program->name}};
    size_t all_count = 3;
    QNN_CHECK(metadata_count + all_count <= QNN_STORE_METADATA);
    for (size_t i = 0; i < metadata_count; i++)
        all[all_count++] = metadata[i];
    const bool done = qnn_safetensors_write(path, tensors, count, all, all_count, error);
    free(tensors);
    return done;
}

static double value_at(const void *data, enum qnn_dtype dtype, size_t i)
{
    switch (dtype) {
    case QNN_DTYPE_F32:
        return (double)((const float *)data)[i];
    case QNN_DTYPE_I8:
        return ((const int8_t *)data)[i];
    case QNN_DTYPE_I32:
        return ((const int32_t *)data)[i];
    case QNN_DTYPE_I64:
        return (double)((const int64_t *)data)[i];
    default:
        QNN_CHECK(!"a stored tensor is F32, I8, I32 or I64");
        return 0;
    }
}

static bool values_fit(const struct qnn_stored *stored, const void *data, const char *path, char *error)
{
    size_t count = 1;
    for (size_t i = 0; i < stored->rank; i++)
        count *= stored->shape[i];
    const bool limited = stored->low < stored->high;
    for (size_t i = 0; i < count; i++) {
        const double value = value_at(data, stored->dtype, i);
        if (!isfinite(value) || (limited && (value < stored->low || value > stored->high)))
            return qnn_error_set(error, "%s: '%s' holds %g at element %zu, which cannot be", path, stored->name, value,
                                 i);
    }
    return true;
}

static bool belongs(const struct qnn_program *program, const struct qnn_safetensors *file, const char *path,
                    char *error)
{
    const char *format = qnn_safetensors_metadata(file, "format");
    const char *hash = qnn_safetensors_metadata(file, "program");
    if (!format || strcmp(format, format_name) != 0 || !hash)
        return qnn_error_set(error, "%s was not written by a trainer of qnnc (no format \"%s\")", path, format_name);
    if (strcmp(hash, program->hash) != 0)
        return qnn_error_set(
            error, "%s holds the weights of another program (%s, this one is %s); train again or recompile %s", path,
            hash, program->hash, program->source);
    return true;
}

static bool tensors_fit(const struct qnn_program *program, const struct qnn_safetensors *file, const char *path,
                        enum qnn_place place, char *error)
{
    for (size_t i = 0; i < program->tensor_count; i++) {
        const struct qnn_stored *stored = &program->tensors[i];
        if (!(stored->place & place))
            continue;
        const void *data = qnn_safetensors_find(file, stored->name, stored->dtype, stored->rank, stored->shape, error);
        if (!data || !values_fit(stored, data, path, error))
            return false;
    }
    return true;
}

bool qnn_store_open(const struct qnn_program *program, const char *path, enum qnn_place place,
                    struct qnn_safetensors *file, bool *fits, char *error)
{
    *fits = true;
    if (!qnn_safetensors_open(file, path, error))
        return false;
    if (belongs(program, file, path, error) && tensors_fit(program, file, path, place, error))
        return true;
    *fits = false;
    qnn_safetensors_close(file);
    return false;
}

void qnn_store_copy(const struct qnn_program *program, const struct qnn_safetensors *file, enum qnn_place place)
{
    for (size_t i = 0; i < program->tensor_count; i++) {
        const struct qnn_stored *stored = &program->tensors[i];
        if (!(stored->place & place))
            continue;
        const struct qnn_tensor *tensor = qnn_safetensors_lookup(file, stored->name);
        memcpy((char *)program->net + stored->offset, tensor->data,
               qnn_tensor_elements(tensor) * qnn_dtype_size(tensor->dtype));
    }
}
