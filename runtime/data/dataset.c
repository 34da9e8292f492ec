/* What every data set can do whatever file it came from: sizes, checks, the validation split. */
#include "runtime/data/dataset.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    size_t size;
} elements[] = {[QNN_U8] = {"u8", 1}, [QNN_I8] = {"i8", 1}, [QNN_F32] = {"f32", 4}};
_Static_assert(sizeof elements / sizeof *elements == QNN_ELEMENT_COUNT, "one row per element");

size_t qnn_element_size(enum qnn_element element)
{
    return elements[element].size;
}

const char *qnn_element_name(enum qnn_element element)
{
    return elements[element].name;
}

size_t qnn_dataset_features(const struct qnn_dataset *data)
{
    return data->height * data->width * data->channels;
}

static size_t sample_size(const struct qnn_dataset *data)
{
    return qnn_dataset_features(data) * qnn_element_size(data->element);
}

const void *qnn_dataset_sample(const struct qnn_dataset *data, size_t index)
{
    QNN_CHECK(index < data->count);
    return (const unsigned char *)data->samples + index * sample_size(data);
}

static bool shape_fits(const struct qnn_dataset *data, const struct qnn_dataset_need *need)
{
    const bool vector = (data->height == 1 && data->width == 1) || (need->height == 1 && need->width == 1);
    if (vector)
        return qnn_dataset_features(data) == need->height * need->width * need->channels;
    return data->height == need->height && data->width == need->width && data->channels == need->channels;
}

bool qnn_dataset_check(const struct qnn_dataset *data, const char *name, const struct qnn_dataset_need *need,
                       char *error)
{
    if (data->element != need->element || !shape_fits(data, need))
        return qnn_error_set(
            error, "data set '%.100s' has samples %s[%zu, %zu, %zu], the network's input is %s[%zu, %zu, %zu]", name,
            qnn_element_name(data->element), data->height, data->width, data->channels, qnn_element_name(need->element),
            need->height, need->width, need->channels);
    if (data->outputs != need->outputs)
        return qnn_error_set(error, "data set '%.100s' has %zu targets per sample, the network has %zu (0: classes)",
                             name, data->outputs, need->outputs);
    if (need->outputs == 0 && data->classes > need->classes)
        return qnn_error_set(error, "data set '%.100s' has class %d, the network has classes 0 to %d", name,
                             data->classes - 1, need->classes - 1);
    return true;
}

/* A new block with size bytes from offset on; NULL without memory. */
static void *copy_tail(const void *block, size_t offset, size_t size)
{
    void *copy = malloc(size > 0 ? size : 1);
    if (copy)
        memcpy(copy, (const unsigned char *)block + offset, size);
    return copy;
}

bool qnn_dataset_split_tail(struct qnn_dataset *data, size_t count, struct qnn_dataset *tail, char *error)
{
    *tail = (struct qnn_dataset){0};
    if (count >= data->count)
        return qnn_error_set(error, "validation = %zu leaves nothing to train on: there are %zu training samples",
                             count, data->count);
    const size_t head = data->count - count;
    const size_t targets = data->outputs * sizeof *data->targets;
    *tail = *data;
    tail->count = count;
    tail->samples = copy_tail(data->samples, head * sample_size(data), count * sample_size(data));
    tail->labels =
        data->labels ? copy_tail(data->labels, head * sizeof *data->labels, count * sizeof *data->labels) : NULL;
    tail->targets = data->targets ? copy_tail(data->targets, head * targets, count * targets) : NULL;
    if (!tail->samples || (data->labels && !tail->labels) || (data->targets && !tail->targets)) {
        qnn_dataset_free(tail);
        return qnn_error_set(error, "no memory for %zu validation samples", count);
    }
    data->count = head;
    return true;
}

void qnn_dataset_free(struct qnn_dataset *data)
{
    free(data->samples);
    free(data->labels);
    free(data->targets);
    *data = (struct qnn_dataset){0};
}
