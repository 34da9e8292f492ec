/* Calibration of a clip: range, histogram, choice. */
#include "runtime/ops/calibrate.h"

#include "runtime/numeric/error.h"
#include "runtime/numeric/quantizer.h"

#include <math.h>

/* Clips tried by QNN_CALIBRATE_MSE: every bin edge would cost bins^2 and the error is flat around its minimum. */
enum { CANDIDATE_STEP = 16 };

/* Codes per unit of a smaller clip would leave the range of float; such a tensor is as good as 0. */
static const float least_clip = 1e-30f;

void qnn_calibration_range(struct qnn_calibration *calibration, size_t count, const float *y)
{
    float maximum = calibration->maximum;
    for (size_t i = 0; i < count; i++)
        maximum = y[i] > maximum ? y[i] : maximum;
    QNN_CHECK(isfinite(maximum));
    calibration->maximum = maximum;
}

void qnn_calibration_count(struct qnn_calibration *calibration, size_t count, const float *y)
{
    const double per_unit = calibration->maximum > 0.0f ? QNN_CALIBRATION_BINS / (double)calibration->maximum : 0.0;
    for (size_t i = 0; i < count; i++) {
        const double position = y[i] > 0.0f ? (double)y[i] * per_unit : 0.0;
        const double last = QNN_CALIBRATION_BINS - 1;
        calibration->bins[(size_t)(position < last ? position : last)]++;
    }
    calibration->count += count;
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
    const float inverse = qnn_uint_inverse_step(clip, bits), step = qnn_uint_step(clip, bits);
    const double width = (double)calibration->maximum / QNN_CALIBRATION_BINS;
    double error = 0.0;
    for (int bin = 0; bin < QNN_CALIBRATION_BINS; bin++) {
        const double value = (bin + 0.5) * width;
        const double difference = value - (double)qnn_uint_value((float)value, inverse, clip) * (double)step;
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
