/* Folding against the chain it replaces, evaluated step by step in long double. */
#include "runtime/numeric/affine.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "tests/unit/cunit_main.h"

enum { CHANNELS = 17 };

static float random_float(float low, float high)
{
    return low + (high - low) * ((float)rand() / (float)RAND_MAX);
}

static void fill(float *values, float low, float high)
{
    for (size_t c = 0; c < CHANNELS; c++)
        values[c] = random_float(low, high);
}

/* conv with input offset, average pool, bias, batch norm, batch norm without gamma and beta. */
static void check_chain(size_t scale_count)
{
    float scale[CHANNELS], bias[CHANNELS], gamma[CHANNELS], beta[CHANNELS], mean[CHANNELS], variance[CHANNELS];
    double a[CHANNELS], b[CHANNELS];
    float rounded_a[CHANNELS], rounded_b[CHANNELS];
    int64_t sum[CHANNELS];
    size_t bad = CHANNELS;
    const float input_scale = 1.0f / 128.0f, input_offset = -1.0f, eps = 1e-5f;
    struct qnn_affine affine = {CHANNELS, a, b};
    fill(scale, 0.01f, 1.0f);
    fill(bias, -1.0f, 1.0f);
    fill(gamma, -2.0f, 2.0f);
    fill(beta, -1.0f, 1.0f);
    fill(mean, -1.0f, 1.0f);
    fill(variance, 0.0f, 2.0f);
    for (size_t c = 0; c < CHANNELS; c++)
        sum[c] = rand() % 2001 - 1000;
    qnn_affine_start(&affine, scale, scale_count, input_scale, input_offset, sum);
    qnn_affine_scale(&affine, 0.25);
    qnn_affine_bias(&affine, bias);
    qnn_affine_batchnorm(&affine, gamma, beta, mean, variance, eps);
    qnn_affine_batchnorm(&affine, NULL, NULL, mean, variance, eps);
    CU_ASSERT_TRUE(qnn_affine_round(&affine, rounded_a, rounded_b, &bad));
    for (size_t c = 0; c < CHANNELS; c++) {
        const long double deviation = sqrtl((long double)variance[c] + (long double)eps);
        CU_ASSERT_EQUAL(rounded_a[c], (float)a[c]);
        CU_ASSERT_EQUAL(rounded_b[c], (float)b[c]);
        for (int acc = -3000; acc <= 3000; acc += 500) {
            const long double weight = scale[scale_count == 1 ? 0 : c];
            /* sum of w * (s n + o) = weight_scale * (s * acc + o * sum of integer weights) */
            long double y = weight * ((long double)input_scale * acc + (long double)input_offset * (long double)sum[c]);
            y = y / 4 + (long double)bias[c];
            y = (long double)gamma[c] * (y - (long double)mean[c]) / deviation + (long double)beta[c];
            y = (y - (long double)mean[c]) / deviation;
            const long double folded = (long double)a[c] * acc + (long double)b[c];
            const long double magnitude = fabsl((long double)a[c] * acc) + fabsl((long double)b[c]) + 1 / deviation;
            CU_ASSERT(fabsl(folded - y) <= 32 * DBL_EPSILON * magnitude / deviation);
        }
    }
}

static void test_chain(void)
{
    srand(4);
    for (int trial = 0; trial < 20; trial++) {
        check_chain(1);
        check_chain(CHANNELS);
    }
}

static void test_without_offset(void)
{
    const float scale = 0.5f;
    double a[2], b[2];
    struct qnn_affine affine = {2, a, b};
    qnn_affine_start(&affine, &scale, 1, 3.0f, 0.0f, NULL);
    CU_ASSERT_EQUAL(a[0], 1.5);
    CU_ASSERT_EQUAL(a[1], 1.5);
    CU_ASSERT_EQUAL(b[1], 0.0);
}

/* Values that are not finite as floats are found, in a and in b, and the largest float is not one of them. */
static void test_not_finite(void)
{
    double a[4] = {1.0, (double)FLT_MAX, 0.0, -1.0}, b[4] = {0.0, 0.0, 0.0, 0.0};
    float out_a[4], out_b[4];
    size_t bad = 9;
    const struct qnn_affine affine = {4, a, b};
    CU_ASSERT_TRUE(qnn_affine_round(&affine, out_a, out_b, &bad));
    CU_ASSERT_EQUAL(out_a[1], FLT_MAX);
    static const double broken[] = {1e39, -1e39, (double)INFINITY, (double)NAN, 0x1.ffffffp+127};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        b[2] = broken[i];
        CU_ASSERT_FALSE(qnn_affine_round(&affine, out_a, out_b, &bad));
        CU_ASSERT_EQUAL(bad, 2);
        b[2] = 0.0;
        a[3] = broken[i];
        CU_ASSERT_FALSE(qnn_affine_round(&affine, out_a, out_b, &bad));
        CU_ASSERT_EQUAL(bad, 3);
        a[3] = -1.0;
    }
}

static const struct unit_case cases[] = {
    {"a chain of linear steps", test_chain},
    {"no input offset", test_without_offset},
    {"values that are not finite", test_not_finite},
};

UNIT_MAIN("numeric affine", cases)
