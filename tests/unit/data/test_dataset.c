/* Data sets in memory: sizes, the validation split and the check against a network. */
#include "runtime/data/dataset.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/cunit_main.h"

enum { COUNT = 7, FEATURES = 6, VALUES = COUNT * FEATURES, TARGETS = 2 * COUNT };

static char error[QNN_ERROR_SIZE];

/* Sample i holds i * FEATURES + j at j; label i % 3, targets 2i and 2i + 1. */
static struct qnn_dataset make(bool regression)
{
    struct qnn_dataset data = {.count = COUNT, .height = 1, .width = 2, .channels = 3, .element = QNN_U8};
    uint8_t *samples = malloc(VALUES);
    data.samples = samples;
    data.labels = regression ? NULL : malloc(COUNT * sizeof *data.labels);
    data.targets = regression ? malloc(TARGETS * sizeof *data.targets) : NULL;
    data.outputs = regression ? 2 : 0;
    data.classes = regression ? 0 : 3;
    for (size_t i = 0; i < VALUES; i++)
        samples[i] = (uint8_t)i;
    for (size_t i = 0; i < COUNT && !regression; i++)
        data.labels[i] = (int32_t)(i % 3);
    for (size_t i = 0; i < TARGETS && regression; i++)
        data.targets[i] = (float)i;
    return data;
}

static void test_split(void)
{
    for (size_t tail_count = 0; tail_count < COUNT; tail_count++) {
        for (int regression = 0; regression < 2; regression++) {
            struct qnn_dataset data = make(regression), tail;
            CU_ASSERT_TRUE_FATAL(qnn_dataset_split_tail(&data, tail_count, &tail, error));
            CU_ASSERT_EQUAL(data.count, COUNT - tail_count);
            CU_ASSERT_EQUAL(tail.count, tail_count);
            for (size_t i = 0; i < tail_count; i++) {
                const size_t whole = COUNT - tail_count + i;
                CU_ASSERT_EQUAL(*(const uint8_t *)qnn_dataset_sample(&tail, i), whole * FEATURES);
                const bool kept = regression ? tail.targets[2 * i + 1] == (float)(2 * whole + 1)
                                             : tail.labels[i] == (int32_t)(whole % 3);
                CU_ASSERT_TRUE(kept);
            }
            qnn_dataset_free(&data);
            qnn_dataset_free(&tail);
            CU_ASSERT_PTR_NULL(tail.samples);
        }
    }
}

static void test_split_refused(void)
{
    struct qnn_dataset data = make(false), tail;
    CU_ASSERT_FALSE(qnn_dataset_split_tail(&data, COUNT, &tail, error));
    CU_ASSERT_PTR_NOT_NULL(strstr(error, "validation = 7 leaves nothing to train on: there are 7"));
    CU_ASSERT_EQUAL(data.count, COUNT);
    qnn_dataset_free(&data);
}

static bool fits(const struct qnn_dataset *data, enum qnn_element element, const size_t shape[3], int classes,
                 size_t outputs)
{
    const struct qnn_dataset_need need = {.element = element,
                                          .height = shape[0],
                                          .width = shape[1],
                                          .channels = shape[2],
                                          .classes = classes,
                                          .outputs = outputs};
    return qnn_dataset_check(data, "d", &need, error);
}

static void test_check(void)
{
    static const size_t same[] = {1, 2, 3}, vector[] = {1, 1, FEATURES}, longer[] = {1, 1, FEATURES + 1},
                        turned[] = {2, 1, 3};
    struct qnn_dataset data = make(false);
    CU_ASSERT_TRUE(fits(&data, QNN_U8, same, 3, 0));
    CU_ASSERT_TRUE(fits(&data, QNN_U8, vector, 10, 0));
    CU_ASSERT_FALSE(fits(&data, QNN_U8, same, 2, 0));
    CU_ASSERT_PTR_NOT_NULL(strstr(error, "has class 2, the network has classes 0 to 1"));
    CU_ASSERT_FALSE(fits(&data, QNN_F32, same, 3, 0));
    CU_ASSERT_PTR_NOT_NULL(strstr(error, "has samples u8[1, 2, 3], the network's input is f32[1, 2, 3]"));
    CU_ASSERT_FALSE(fits(&data, QNN_U8, longer, 3, 0));
    CU_ASSERT_FALSE(fits(&data, QNN_U8, turned, 3, 0));
    CU_ASSERT_PTR_NOT_NULL(strstr(error, "the network's input is u8[2, 1, 3]"));
    CU_ASSERT_FALSE(fits(&data, QNN_U8, same, 3, 1));
    data.height = data.width = 1; /* plain features for an image */
    data.channels = FEATURES;
    CU_ASSERT_TRUE(fits(&data, QNN_U8, turned, 3, 0));
    qnn_dataset_free(&data);
    data = make(true);
    CU_ASSERT_TRUE(fits(&data, QNN_U8, same, 0, 2));
    CU_ASSERT_FALSE(fits(&data, QNN_U8, same, 0, 1));
    qnn_dataset_free(&data);
    CU_ASSERT_EQUAL(qnn_element_size(QNN_F32), 4);
    CU_ASSERT_STRING_EQUAL(qnn_element_name(QNN_I8), "i8");
}

static const struct unit_case cases[] = {
    {"validation split", test_split},
    {"a split that leaves nothing", test_split_refused},
    {"check against a network", test_check},
};

UNIT_MAIN("data dataset", cases)
