/*
 * ternary(delta, scale): the sign of w where |w| > delta * mean |w|, else 0 (Ternary Weight Networks, arXiv 1605.04711).
 * The mean is that of the group. The scale is 1, or the mean of the magnitudes that are kept, of the layer or the unit; 1
 * where none is kept: then it has no effect.
 */
#include "runtime/quantizers/weight_form.h"

#include "runtime/numeric/vector.h"

#include <math.h>

/* Arguments in the order of the row. DELTA: >= 0, a float32. */
enum { DELTA, SCALE };
enum { PASS_MEAN, PASS_KEPT };

static struct qnn_code_type type(const struct qnn_arguments *arguments)
{
    (void)arguments;
    return qnn_code_sign_zero();
}

static enum qnn_weight_group group(const struct qnn_arguments *arguments)
{
    return arguments->number[SCALE] == QNN_WEIGHT_SCALE_CHANNEL ? QNN_WEIGHT_GROUP_CHANNEL : QNN_WEIGHT_GROUP_LAYER;
}

/* The first pass counts every weight. */
static struct qnn_weight_fit start(const struct qnn_arguments *arguments)
{
    (void)arguments;
    return (struct qnn_weight_fit){.scale = 1.0f, .threshold = -1.0f};
}

static int passes(const struct qnn_arguments *arguments)
{
    return arguments->number[SCALE] == QNN_WEIGHT_SCALE_NONE ? PASS_KEPT : PASS_KEPT + 1;
}

static struct qnn_weight_statistics observe(const struct qnn_weight_fit *fit, const float *row, size_t count)
{
    return qnn_weight_magnitudes(row, count, fit->threshold);
}

/* The largest float that is not above: |w| > threshold is then the comparison in double. */
static float float_below(double threshold)
{
    const float rounded = (float)threshold;
    return (double)rounded > threshold ? nextafterf(rounded, 0.0f) : rounded;
}

static void refine(const struct qnn_arguments *arguments, int pass, const struct qnn_weight_statistics *seen,
                   struct qnn_weight_fit *fit)
{
    const double mean = seen->count > 0 ? seen->sum / (double)seen->count : 0.0;
    if (pass == PASS_MEAN)
        fit->threshold = float_below((double)(float)arguments->number[DELTA] * mean);
    else if (seen->count > 0)
        fit->scale = (float)mean;
}

static int32_t value(const struct qnn_weight_fit *fit, float weight)
{
    return (weight > fit->threshold) - (weight < -fit->threshold);
}

QNN_BODY signs_body(const struct qnn_weight_fit *fit, const float *restrict weights, size_t count,
                    float *restrict effective)
{
    const float scale = fit->scale, threshold = fit->threshold;
    for (size_t i = 0; i < count; i++) {
        const float kept = weights[i] > threshold ? scale : weights[i] < -threshold ? -scale : 0.0f;
        effective[i] = kept;
    }
}

QNN_DISPATCH(signs,
             (const struct qnn_weight_fit *fit, const float *restrict weights, size_t count, float *restrict effective),
             (fit, weights, count, effective))

static void write(const struct qnn_weight_fit *fit, const float *weights, size_t count, float *effective)
{
    signs(fit, weights, count, effective);
}

const struct qnn_weight_form qnn_weight_ternary = {
    .type = type,
    .group = group,
    .start = start,
    .passes = passes,
    .observe = observe,
    .refine = refine,
    .value = value,
    .write = write,
};
