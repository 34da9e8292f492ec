/*
 * Fuzzes the reader of CIFAR-10. Input: the bytes of one batch, plain or gzip; they are appended twice, so that a second file
 * also meets records that are there already.
 */
#include <stddef.h>
#include <stdint.h>

#include "runtime/data/cifar10.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct qnn_dataset data = {0};
    char error[QNN_ERROR_SIZE] = "";
    bool ok = qnn_cifar10_append("batch", bytes, size, &data, error);
    const size_t count = data.count;
    ok = ok && qnn_cifar10_append("batch", bytes, size, &data, error);
    if (ok) {
        QNN_CHECK(count > 0 && data.count == 2 * count && data.samples);
        for (size_t i = 0; i < data.count; i++)
            QNN_CHECK(data.labels[i] >= 0 && data.labels[i] < data.classes && data.labels[i] == data.labels[i % count]);
    } else {
        QNN_CHECK(!data.samples && !data.labels && data.count == 0 && error[0]);
    }
    qnn_dataset_free(&data);
    return 0;
}
