/* Calibration of a clip: range, histogram, choice. */
#include "runtime/ops/calibrate.h"

#include "runtime/numeric/error.h"
#include "runtime/quantizers/activations.h"
#include "runtime/thread_pool.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Clips tried by QNN_CALIBRATE_MSE: every bin edge would cost bins^2 and the error is flat around its minimum. */
enum { CANDIDATE_STEP = 16, GRAIN = 8192 /* values worth a thread */ };

/* Codes per unit of a smaller clip would leave the range of float; such a tensor is as good as 0. */
static const float least_clip = 1e-30f;

struct pass {
    struct qnn_calibration *calibration;
    const float *y;
    bool is_signed;                 /* of magnitudes */
    float maximum[QNN_MAX_THREADS]; /* found by each part */
    bool counted[QNN_MAX_THREADS];  /* the part has bins in its thread's scratch memory */
};

static inline float magnitude(const struct pass *pass, size_t i)
{
    return pass->is_signed ? fabsf(pass->y[i]) : pass->y[i];
}

static void range_part(void *context, size_t begin, size_t end, int thread)
{
    struct pass *pass = context;
    float maximum = 0.0f;
    for (size_t i = begin; i < end; i++) {
        const float y = magnitude(pass, i);
        maximum = y > maximum ? y : maximum;
    }
    pass->maximum[thread] = maximum;
}

static void find_range(struct qnn_calibration *calibration, size_t count, const float *y, bool is_signed)
{
    struct pass pass = {.y = y, .is_signed = is_signed};
    qnn_parallel(count, GRAIN, range_part, &pass);
    for (int thread = 0; thread < qnn_thread_count(); thread++) {
        QNN_CHECK(isfinite(pass.maximum[thread]));
        if (pass.maximum[thread] > calibration->maximum)
            calibration->maximum = pass.maximum[thread];
    }
}

static uint32_t *bins_of(int thread)
{
    return (uint32_t *)(void *)qnn_thread_scratch(thread);
}

static void count_part(void *context, size_t begin, size_t end, int thread)
{
    struct pass *pass = context;
    uint32_t *bins = bins_of(thread);
    const double maximum = (double)pass->calibration->maximum, last = QNN_CALIBRATION_BINS - 1;
    const double per_unit = maximum > 0.0 ? QNN_CALIBRATION_BINS / maximum : 0.0;
    memset(bins, 0, QNN_CALIBRATION_BINS * sizeof *bins);
    pass->counted[thread] = true;
    for (size_t i = begin; i < end; i++) {
        const float y = magnitude(pass, i);
        const double position = y > 0.0f ? (double)y * per_unit : 0.0;
        bins[(size_t)(position < last ? position : last)]++;
    }
}

static void count_values(struct qnn_calibration *calibration, size_t count, const float *y, bool is_signed)
{
    struct pass pass = {.calibration = calibration, .y = y, .is_signed = is_signed};
    QNN_CHECK(count <= UINT32_MAX);
    qnn_parallel(count, GRAIN, count_part, &pass);
    for (int thread = 0; thread < qnn_thread_count(); thread++)
        for (int bin = 0; pass.counted[thread] && bin < QNN_CALIBRATION_BINS; bin++)
            calibration->bins[bin] += bins_of(thread)[bin];
    calibration->count += count;
}

void qnn_calibration_range(struct qnn_calibration *calibration, size_t count, const float *y)
{
    find_range(calibration, count, y, false);
}

void qnn_calibration_count(struct qnn_calibration *calibration, size_t count, const float *y)
{
    count_values(calibration, count, y, false);
}

void qnn_calibration_range_signed(struct qnn_calibration *calibration, size_t count, const float *y)
{
    find_range(calibration, count, y, true);
}

void qnn_calibration_count_signed(struct qnn_calibration *calibration, size_t count, const float *y)
{
    count_values(calibration, count, y, true);
}

/* The upper edge of a bin as a fraction of the maximum is exact: the number of bins is a power of two. */
static double upper_edge(const struct qnn_calibration *calibration, int bin)
{
    return (double)calibration->maximum * (bin + 1) / QNN_CALIBRATION_BINS;
}

static double percentile_clip(const struct qnn_calibration *calibration, double percentile)
{
    const double wanted = percentile * (double)calibration->count / 100.0;
    uint64_t below = 0;
    for (int bin = 0; bin < QNN_CALIBRATION_BINS; bin++) {
        below += calibration->bins[bin];
        if ((double)below >= wanted)
            return upper_edge(calibration, bin);
    }
    return (double)calibration->maximum;
}

/* Squared error of all values, each taken at the middle of its bin, under uint(bits) with this clip. */
static double squared_error(const struct qnn_calibration *calibration, int bits, float clip)
{
    const int32_t last = qnn_uint_last_code(bits);
    const struct qnn_activation uint = {
        .clip = clip, .inverse_step = qnn_inverse_step(clip, last), .step = qnn_step(clip, last)};
    const double width = (double)calibration->maximum / QNN_CALIBRATION_BINS;
    double error = 0.0;
    for (int bin = 0; bin < QNN_CALIBRATION_BINS; bin++) {
        const double value = (bin + 0.5) * width;
        const double difference = value - (double)qnn_uint_value(&uint, (float)value) * (double)uint.step;
        error += (double)calibration->bins[bin] * difference * difference;
    }
    return error;
}

static double mse_clip(const struct qnn_calibration *calibration, int bits)
{
    double best = (double)calibration->maximum, least = INFINITY;
    for (int bin = CANDIDATE_STEP - 1; bin < QNN_CALIBRATION_BINS; bin += CANDIDATE_STEP) {
        const double clip = upper_edge(calibration, bin);
        const double error = squared_error(calibration, bits, (float)clip);
        if (error < least) {
            least = error;
            best = clip;
        }
    }
    return best;
}

float qnn_calibration_clip(const struct qnn_calibration *calibration, enum qnn_calibrate method, int bits,
                           double percentile)
{
    QNN_CHECK(bits >= 1 && bits <= QNN_UINT_MAX_BITS);
    double clip = (double)calibration->maximum;
    if (clip > 0.0 && method == QNN_CALIBRATE_PERCENTILE)
        clip = percentile_clip(calibration, percentile);
    else if (clip > 0.0 && method == QNN_CALIBRATE_MSE)
        clip = mse_clip(calibration, bits);
    return (float)clip >= least_clip ? (float)clip : 1.0f;
}

/* A magnitude under int(bits) takes the steps of uint(bits - 1): both have the last code 2^(bits - 1) - 1. */
float qnn_calibration_clip_signed(const struct qnn_calibration *calibration, enum qnn_calibrate method, int bits,
                                  double percentile)
{
    return qnn_calibration_clip(calibration, method, bits - 1, percentile);
}
