/* Dropout: the same mask forward and backward, the right share, scaled; another step or layer, another mask. */
#include "kernel_test.h"

#include "runtime/ops/dropout.h"

enum { COUNT = 50021 };

static const struct qnn_dropout quarter = {.p = 0.25, .seed = 9, .layer = 2};

static void check_mask(void)
{
    float *x = random_floats(1, COUNT, 1.0f, 2.0f), *y = floats(COUNT), *dx = floats(COUNT);
    int kept = 0;
    bool consistent = true;
    qnn_dropout_forward(COUNT, &quarter, 5, x, y);
    qnn_dropout_backward(COUNT, &quarter, 5, x, dx);
    for (int i = 0; i < COUNT; i++) {
        kept += y[i] != 0.0f;
        consistent &= y[i] == 0.0f || is_close((double)y[i], (double)x[i] / 0.75, 1e-6);
    }
    CU_ASSERT(consistent);
    CU_ASSERT(same_bits(y, dx, COUNT * sizeof *y));
    CU_ASSERT(fabs(kept / (double)COUNT - 0.75) < 0.01); /* five standard deviations */
    float *in_place = copy_floats(x, COUNT);
    qnn_dropout_forward(COUNT, &quarter, 5, in_place, in_place);
    CU_ASSERT(same_bits(in_place, y, COUNT * sizeof *y));
    free(in_place);
    free(x);
    free(y);
    free(dx);
}

static void test_mask(void)
{
    with_threads(check_mask);
}

static double agreement(const float *a, const float *b)
{
    int same = 0;
    for (int i = 0; i < COUNT; i++)
        same += (a[i] == 0.0f) == (b[i] == 0.0f);
    return same / (double)COUNT;
}

/* Independent masks agree on 0.75^2 + 0.25^2 of the elements. */
static void test_independence(void)
{
    float *x = random_floats(1, COUNT, 1.0f, 2.0f), *first = floats(COUNT), *other = floats(COUNT);
    const struct qnn_dropout next_layer = {.p = 0.25, .seed = 9, .layer = 3},
                             next_seed = {.p = 0.25, .seed = 10, .layer = 2};
    CU_ASSERT_FATAL(qnn_threads_start(2));
    qnn_dropout_forward(COUNT, &quarter, 5, x, first);
    qnn_dropout_forward(COUNT, &quarter, 6, x, other);
    CU_ASSERT(fabs(agreement(first, other) - 0.625) < 0.012);
    qnn_dropout_forward(COUNT, &next_layer, 5, x, other);
    CU_ASSERT(fabs(agreement(first, other) - 0.625) < 0.012);
    qnn_dropout_forward(COUNT, &next_seed, 5, x, other);
    CU_ASSERT(fabs(agreement(first, other) - 0.625) < 0.012);
    const struct qnn_dropout nothing = {.p = 0.0, .seed = 9, .layer = 2};
    qnn_dropout_forward(COUNT, &nothing, 5, x, other);
    CU_ASSERT(same_bits(other, x, COUNT * sizeof *x));
    qnn_threads_stop();
    free(x);
    free(first);
    free(other);
}

static const struct unit_case cases[] = {
    {"mask", test_mask},
    {"independence", test_independence},
};
UNIT_MAIN("dropout", cases)
