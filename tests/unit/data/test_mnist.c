/* The real MNIST, where QNN_DATA names its folder: counts and figures that its description gives. */
#include <math.h>
#include <stdlib.h>

#include "runtime/data/source.h"
#include "tests/unit/cunit_main.h"

static const struct qnn_data_source mnist = {.kind = QNN_SOURCE_IDX, .name = "mnist"};

static void check_split(enum qnn_split split, size_t count, int32_t first_label)
{
    struct qnn_dataset data;
    char error[QNN_ERROR_SIZE];
    CU_ASSERT_TRUE_FATAL(qnn_data_load(&mnist, NULL, split, &data, error));
    CU_ASSERT_EQUAL(data.count, count);
    CU_ASSERT_EQUAL(data.labels[0], first_label);
    const struct qnn_dataset_need need = {.element = QNN_U8, .height = 1, .width = 1, .channels = 784, .classes = 10};
    CU_ASSERT_TRUE(qnn_dataset_check(&data, "mnist", &need, error));
    CU_ASSERT_EQUAL(data.height, 28);
    double sum = 0.0;
    for (size_t i = 0; i < count * 784; i++)
        sum += ((const uint8_t *)data.samples)[i];
    /* The means widely used to normalise it: 0.1307 (training) and 0.1325 (test). */
    const double mean = sum / (double)(count * 784) / 255.0;
    CU_ASSERT(fabs(mean - (split == QNN_SPLIT_TRAIN ? 0.1307 : 0.1325)) < 5e-5);
    qnn_dataset_free(&data);
}

static void test_mnist(void)
{
    check_split(QNN_SPLIT_TRAIN, 60000, 5);
    check_split(QNN_SPLIT_TEST, 10000, 7);
}

static const struct unit_case cases[] = {{"counts, labels and means", test_mnist}};

int main(void)
{
    struct qnn_dataset data;
    char error[QNN_ERROR_SIZE];
    if (!getenv("QNN_DATA") || !qnn_data_load(&mnist, NULL, QNN_SPLIT_TEST, &data, error))
        return 77;
    qnn_dataset_free(&data);
    return unit_main("data mnist", cases, sizeof cases / sizeof *cases);
}
