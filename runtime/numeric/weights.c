/* Integer weights and scales from latent weights; sums in double, in index order. */
#include "runtime/numeric/weights.h"

#include <math.h>

#include "runtime/numeric/error.h"

size_t qnn_weight_scale_count(enum qnn_weight_scale kind, size_t units)
{
    return kind == QNN_WEIGHT_SCALE_CHANNEL ? units : 1;
}

static double mean_magnitude(const float *latent, size_t count)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; i++)
        sum += fabs((double)latent[i]);
    return count > 0 ? sum / (double)count : 0.0;
}

void qnn_weights_binary(size_t units, size_t inputs, const float *latent, enum qnn_weight_scale kind, float h,
                        int8_t *codes, float *scale)
{
    for (size_t i = 0; i < units * inputs; i++)
        codes[i] = latent[i] >= 0.0f ? 1 : -1;
    const size_t groups = qnn_weight_scale_count(kind, units);
    const size_t size = units * inputs / (groups ? groups : 1);
    for (size_t g = 0; g < groups; g++)
        scale[g] = kind == QNN_WEIGHT_SCALE_NONE ? h : (float)mean_magnitude(latent + g * size, size);
}

/* Quantizes one group of weights that share a threshold; returns the mean magnitude of those kept, 1 for none. */
static double ternary_group(size_t count, const float *latent, float delta, int8_t *codes)
{
    const double threshold = (double)delta * mean_magnitude(latent, count);
    double kept_sum = 0.0;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const double magnitude = fabs((double)latent[i]);
        if (magnitude > threshold) {
            codes[i] = latent[i] > 0.0f ? 1 : -1;
            kept_sum += magnitude;
            kept++;
        } else {
            codes[i] = 0;
        }
    }
    return kept > 0 ? kept_sum / (double)kept : 1.0;
}

void qnn_weights_ternary(size_t units, size_t inputs, const float *latent, enum qnn_weight_scale kind, float delta,
                         int8_t *codes, float *scale)
{
    QNN_CHECK(delta >= 0.0f);
    const size_t groups = qnn_weight_scale_count(kind, units);
    const size_t size = units * inputs / (groups ? groups : 1);
    for (size_t g = 0; g < groups; g++) {
        const double mean = ternary_group(size, latent + g * size, delta, codes + g * size);
        scale[g] = kind == QNN_WEIGHT_SCALE_NONE ? 1.0f : (float)mean;
    }
}
