/*
 * Fuzzes the IDX reader. Input: a byte that says how the rest is shared out (the part for images, in 1/256 of the
 * rest), then the bytes of the images and those of the labels, each plain or gzip.
 */
#include <stddef.h>
#include <stdint.h>

#include "runtime/data/idx.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct qnn_dataset data;
    char error[QNN_ERROR_SIZE];
    if (size < 1)
        return 0;
    const size_t images = (size - 1) * bytes[0] / 256;
    if (qnn_idx_parse("images", bytes + 1, images, "labels", bytes + 1 + images, size - 1 - images, &data, error)) {
        QNN_CHECK(data.count > 0 && data.samples && data.labels);
        for (size_t i = 0; i < data.count; i++)
            QNN_CHECK(data.labels[i] < data.classes);
    } else {
        QNN_CHECK(!data.samples && error[0]);
    }
    qnn_dataset_free(&data);
    return 0;
}
