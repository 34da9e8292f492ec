/* Histograms: edges, values outside, NaN; saturation by equality. */
#include "tests/unit/cunit_main.h"

#include "runtime/histogram.h"

#include <math.h>

static void test_bins(void)
{
    const float values[] = {-1.0f, -0.51f, -0.5f, -0.01f, 0.0f,     0.49f,    0.5f,
                            1.0f,  7.0f,   -7.0f, NAN,    INFINITY, -INFINITY};
    const uint64_t expected[] = {5, 2, 2, 4};
    uint64_t counts[4];
    qnn_histogram(sizeof values / sizeof values[0], values, 1.0f, 4, counts);
    for (int i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(counts[i], expected[i]);
    qnn_histogram(3, values, 2.5f, 1, counts);
    CU_ASSERT_EQUAL(counts[0], 3);
    qnn_histogram(0, values, 1.0f, 4, counts);
    CU_ASSERT_EQUAL(counts[0] + counts[1] + counts[2] + counts[3], 0);
}

static void test_saturation(void)
{
    const float values[] = {0.2f, -0.2f, nextafterf(0.2f, 0.0f), 0.0f, 1.0f};
    CU_ASSERT_EQUAL(qnn_count_saturated(5, values, 0.2f), 2);
    CU_ASSERT_EQUAL(qnn_count_saturated(5, values, 1.0f), 1);
    CU_ASSERT_EQUAL(qnn_count_saturated(5, values, 0.0f), 0);
}

static const struct unit_case cases[] = {
    {"bins", test_bins},
    {"saturation", test_saturation},
};
UNIT_MAIN("histogram", cases)
