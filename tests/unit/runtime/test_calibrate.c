/* Calibration: against sorting for percentiles and against a fine search for the squared error; independent of
 * batches. */
#include "kernel_test.h"

#include "runtime/quantizers/activations.h"
#include "runtime/ops/calibrate.h"

enum { COUNT = 20000 };

/* A relu output: half zeros, the rest with a long tail. */
static float *relu_like(uint64_t seed)
{
    float *y = random_floats(seed, COUNT, -1.0f, 1.0f);
    for (int i = 0; i < COUNT; i++)
        y[i] = y[i] > 0.0f ? -logf(1.0f - y[i] * 0.999f) : 0.0f;
    return y;
}

static struct qnn_calibration *calibrate(const float *y, size_t count, size_t batch)
{
    struct qnn_calibration *calibration = zeros(1, sizeof *calibration);
    for (size_t i = 0; i < count; i += batch)
        qnn_calibration_range(calibration, count - i < batch ? count - i : batch, y + i);
    for (size_t i = 0; i < count; i += batch)
        qnn_calibration_count(calibration, count - i < batch ? count - i : batch, y + i);
    return calibration;
}

static int compare_floats(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static double mean_squared_error(const float *y, float clip, int bits)
{
    double sum = 0.0;
    for (int i = 0; i < COUNT; i++) {
        const double step = (double)clip / ((1 << bits) - 1);
        const double clamped = fmin(fmax((double)y[i], 0.0), (double)clip);
        sum += pow((double)y[i] - rint(clamped / step) * step, 2.0) / COUNT;
    }
    return sum;
}

static void check_max_and_percentile(void)
{
    float *y = relu_like(1), *sorted = copy_floats(y, COUNT);
    struct qnn_calibration *c = calibrate(y, COUNT, 333);
    qsort(sorted, COUNT, sizeof *sorted, compare_floats);
    const double bin = (double)sorted[COUNT - 1] / QNN_CALIBRATION_BINS;
    CU_ASSERT_EQUAL(c->count, COUNT);
    CU_ASSERT_EQUAL(qnn_calibration_clip(c, QNN_CALIBRATE_MAX, 8, 0.0), sorted[COUNT - 1]);
    CU_ASSERT_EQUAL(qnn_calibration_clip(c, QNN_CALIBRATE_PERCENTILE, 8, 100.0), sorted[COUNT - 1]);
    static const double percentiles[] = {60.0, 90.0, 99.0, 99.9};
    for (size_t i = 0; i < sizeof percentiles / sizeof percentiles[0]; i++) {
        const double wanted = (double)sorted[(size_t)(percentiles[i] * COUNT / 100.0) - 1];
        const double clip = (double)qnn_calibration_clip(c, QNN_CALIBRATE_PERCENTILE, 8, percentiles[i]);
        CU_ASSERT(clip >= wanted && clip <= wanted + 1.01 * bin);
    }
    free(c);
    free(y);
    free(sorted);
}

static void check_mse(void)
{
    float *y = relu_like(2);
    struct qnn_calibration *c = calibrate(y, COUNT, COUNT);
    for (int bits = 1; bits <= 8; bits += bits < 4 ? 1 : 4) {
        const float clip = qnn_calibration_clip(c, QNN_CALIBRATE_MSE, bits, 0.0);
        double least = INFINITY;
        for (int i = 1; i <= 500; i++)
            least = fmin(least, mean_squared_error(y, c->maximum * (float)i / 500.0f, bits));
        CU_ASSERT(mean_squared_error(y, clip, bits) <= 1.02 * least);
        CU_ASSERT(bits > 3 || clip < 0.9f * c->maximum);
    }
    free(c);
    free(y);
}

static void check_batches_do_not_matter(void)
{
    float *y = relu_like(3);
    struct qnn_calibration *one = calibrate(y, COUNT, COUNT), *many = calibrate(y, COUNT, 17);
    CU_ASSERT(same_bits(one, many, sizeof *one));
    free(one);
    free(many);
    free(y);
}

static void check_constant_tensors(void)
{
    static const float zero[3] = {0.0f, 0.0f, 0.0f}, tiny[3] = {1e-40f, 0.0f, 0.0f}, same[3] = {2.5f, 2.5f, 2.5f};
    for (int method = 0; method < QNN_CALIBRATE_COUNT; method++) {
        struct qnn_calibration *c = calibrate(zero, 3, 3);
        CU_ASSERT_EQUAL(qnn_calibration_clip(c, (enum qnn_calibrate)method, 8, 99.0), 1.0f);
        free(c);
        c = calibrate(tiny, 3, 3);
        CU_ASSERT_EQUAL(qnn_calibration_clip(c, (enum qnn_calibrate)method, 8, 99.0), 1.0f);
        free(c);
        c = calibrate(same, 3, 3);
        CU_ASSERT(is_close((double)qnn_calibration_clip(c, (enum qnn_calibrate)method, 8, 99.0), 2.5, 1e-3));
        free(c);
    }
}

/* Magnitudes of values of both signs: the clip that their absolute values give, for int(bits) as for uint(bits - 1). */
static void check_signed(void)
{
    float *y = random_floats(4, COUNT, -3.0f, 2.0f), *magnitudes = copy_floats(y, COUNT);
    struct qnn_calibration *both = zeros(1, sizeof *both);
    for (int i = 0; i < COUNT; i++)
        magnitudes[i] = fabsf(y[i]);
    qnn_calibration_range_signed(both, COUNT / 2, y);
    qnn_calibration_range_signed(both, COUNT - COUNT / 2, y + COUNT / 2);
    qnn_calibration_count_signed(both, COUNT / 2, y);
    qnn_calibration_count_signed(both, COUNT - COUNT / 2, y + COUNT / 2);
    struct qnn_calibration *one = calibrate(magnitudes, COUNT, COUNT);
    CU_ASSERT(same_bits(both, one, sizeof *one));
    CU_ASSERT(both->maximum > 2.9f);
    CU_ASSERT_EQUAL(qnn_calibration_clip_signed(both, QNN_CALIBRATE_MAX, 8, 0.0), both->maximum);
    for (int bits = 2; bits <= 8; bits += 3) {
        const double clip = (double)qnn_calibration_clip_signed(both, QNN_CALIBRATE_MSE, bits, 0.0);
        const int last = (1 << (bits - 1)) - 1;
        double error = 0.0, least = INFINITY;
        for (int i = 0; i <= 200; i++) {
            const double tried = i == 0 ? clip : (double)both->maximum * i / 200.0;
            double sum = 0.0;
            for (int k = 0; k < COUNT; k++) {
                const double clamped = fmin(fmax((double)y[k], -tried), tried);
                sum += pow((double)y[k] - rint(clamped / tried * last) * tried / last, 2.0);
            }
            error = i == 0 ? sum : error;
            least = fmin(least, sum);
        }
        CU_ASSERT(error <= 1.02 * least);
    }
    free(both);
    free(one);
    free(y);
    free(magnitudes);
}

static void test_max_and_percentile(void)
{
    with_threads(check_max_and_percentile);
}

static void test_mse(void)
{
    with_threads(check_mse);
}

static void test_batches_do_not_matter(void)
{
    with_threads(check_batches_do_not_matter);
}

static void test_constant_tensors(void)
{
    with_threads(check_constant_tensors);
}

static void test_signed(void)
{
    with_threads(check_signed);
}

static const struct unit_case cases[] = {
    {"max and percentile", test_max_and_percentile},
    {"squared error", test_mse},
    {"batches do not matter", test_batches_do_not_matter},
    {"constant tensors", test_constant_tensors},
    {"magnitudes", test_signed},
};
UNIT_MAIN("calibrate", cases)
