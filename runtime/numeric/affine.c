/* Folding in double, one rounding to float at the end. */
#include "runtime/numeric/affine.h"

#include <math.h>

#include "runtime/numeric/error.h"

void qnn_affine_start(struct qnn_affine *affine, const float *weight_scale, size_t weight_scale_count,
                      float input_scale, float input_offset, const int64_t *weight_sum)
{
    QNN_CHECK(weight_scale_count == 1 || weight_scale_count == affine->channels);
    QNN_CHECK(weight_sum || input_offset == 0.0f);
    for (size_t c = 0; c < affine->channels; c++) {
        const double scale = weight_scale[weight_scale_count == 1 ? 0 : c];
        affine->a[c] = scale * (double)input_scale;
        affine->b[c] = weight_sum ? scale * (double)input_offset * (double)weight_sum[c] : 0.0;
    }
}

void qnn_affine_bias(struct qnn_affine *affine, const float *bias)
{
    for (size_t c = 0; c < affine->channels; c++)
        affine->b[c] += (double)bias[c];
}

void qnn_affine_batchnorm(struct qnn_affine *affine, const float *gamma, const float *beta, const float *mean,
                          const float *variance, float eps)
{
    for (size_t c = 0; c < affine->channels; c++) {
        const double slope = (gamma ? (double)gamma[c] : 1.0) / sqrt((double)variance[c] + (double)eps);
        affine->a[c] *= slope;
        affine->b[c] = (affine->b[c] - (double)mean[c]) * slope + (beta ? (double)beta[c] : 0.0);
    }
}

void qnn_affine_scale(struct qnn_affine *affine, double factor)
{
    for (size_t c = 0; c < affine->channels; c++) {
        affine->a[c] *= factor;
        affine->b[c] *= factor;
    }
}

/* Converts without undefined behaviour: a double beyond the range of float is reported, not converted. */
static bool round_once(double value, float *rounded)
{
    /* The midpoint between the largest float and 2^128 rounds to infinity (IEEE 754, ties to even). */
    const double overflow = 0x1.ffffffp+127;
    if (!(fabs(value) < overflow))
        return false;
    *rounded = (float)value;
    return true;
}

bool qnn_affine_round(const struct qnn_affine *affine, float *a, float *b, size_t *bad_channel)
{
    for (size_t c = 0; c < affine->channels; c++) {
        if (!round_once(affine->a[c], &a[c]) || !round_once(affine->b[c], &b[c])) {
            *bad_channel = c;
            return false;
        }
    }
    return true;
}
