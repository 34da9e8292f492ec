/*
 * Fuzzes the NPY reader. Input: a byte whose lowest two bits are the number of targets (0: labels), a byte that says how the
 * rest is shared out (the part for samples, in 1/256 of the rest), then the bytes of the samples and those of the labels,
 * each plain or gzip.
 */
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/data/npy.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check(const struct qnn_dataset *data, size_t outputs)
{
    const size_t features = qnn_dataset_features(data);
    QNN_CHECK(data->count > 0 && features > 0 && data->samples && data->outputs == outputs);
    for (size_t i = 0; data->element == QNN_F32 && i < data->count * features; i++)
        QNN_CHECK(isfinite(((const float *)data->samples)[i]));
    for (size_t i = 0; outputs == 0 && i < data->count; i++)
        QNN_CHECK(data->labels[i] >= 0 && data->labels[i] < data->classes);
    for (size_t i = 0; i < data->count * outputs; i++)
        QNN_CHECK(isfinite(data->targets[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct qnn_dataset data;
    char error[QNN_ERROR_SIZE] = "";
    if (size < 2)
        return 0;
    const size_t outputs = bytes[0] & 3, samples = (size - 2) * bytes[1] / 256;
    if (qnn_npy_parse("samples", bytes + 2, samples, "labels", bytes + 2 + samples, size - 2 - samples, outputs, &data,
                      error))
        check(&data, outputs);
    else
        QNN_CHECK(!data.samples && !data.labels && !data.targets && error[0]);
    qnn_dataset_free(&data);
    return 0;
}
