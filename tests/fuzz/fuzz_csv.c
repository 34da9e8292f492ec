/*
 * Fuzzes the CSV reader. Input: one byte of options (bits 0-1 element, 2-3 outputs, 4 split, 5 hold rows out, 6 a test
 * file), then the text; a test file is what follows the first zero byte.
 */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "runtime/data/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_contents(const struct qnn_dataset *data)
{
    const size_t values = data->count * qnn_dataset_features(data);
    QNN_CHECK(values > 0 && (data->labels != NULL) != (data->targets != NULL));
    for (size_t i = 0; data->element == QNN_F32 && i < values; i++)
        QNN_CHECK(isfinite(((const float *)data->samples)[i]));
    for (size_t i = 0; data->labels && i < data->count; i++)
        QNN_CHECK(data->labels[i] >= 0 && data->labels[i] < data->classes);
    for (size_t i = 0; i < data->count * data->outputs; i++)
        QNN_CHECK(isfinite(data->targets[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct qnn_dataset data;
    char error[QNN_ERROR_SIZE];
    if (size < 1)
        return 0;
    const unsigned options_byte = bytes[0];
    const char *train = (const char *)bytes + 1;
    const char *end = (const char *)bytes + size;
    const char *zero = options_byte & 64 ? memchr(train, '\0', size - 1) : NULL;
    const struct qnn_csv_options options = {.element = (enum qnn_element)(options_byte % 4 % QNN_ELEMENT_COUNT),
                                            .outputs = options_byte >> 2 & 3,
                                            .holdout = options_byte >> 5 & 1};
    const enum qnn_split split = options_byte & 16 ? QNN_SPLIT_TEST : QNN_SPLIT_TRAIN;
    const size_t train_length = (size_t)((zero ? zero : end) - train);
    const size_t test_length = zero ? (size_t)(end - zero) - 1 : 0;
    if (qnn_csv_parse("train", train, train_length, "test", zero ? zero + 1 : NULL, test_length, &options, split, &data,
                      error))
        check_contents(&data);
    else
        QNN_CHECK(!data.samples && error[0]);
    qnn_dataset_free(&data);
    return 0;
}
