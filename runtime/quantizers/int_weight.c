/*
 * int(bits, range, scale, grid) as weights: value = rint(clamp(w, -clip, clip) / scale), ties to even, scale = clip / Q, Q =
 * 2^(bits-1) - 1. range = max: the clip is max |w| of the layer or the unit. grid = narrow: -Q .. Q. Where all weights are 0
 * the scale is 1, and has no effect.
 */
#include "runtime/quantizers/weight_form.h"

#include "runtime/numeric/vector.h"

#include <math.h>

/* Arguments in the order of the row, the grid last; its only word, and that of the range, ask for nothing. BITS: 2..8. */
enum { BITS, RANGE, SCALE };

static int32_t last_value(const struct qnn_arguments *arguments)
{
    return (1 << ((int)arguments->number[BITS] - 1)) - 1;
}

static struct qnn_code_type type(const struct qnn_arguments *arguments)
{
    const int32_t last = last_value(arguments);
    return qnn_code_twos((int)arguments->number[BITS], -last, last);
}

static enum qnn_weight_group group(const struct qnn_arguments *arguments)
{
    return arguments->number[SCALE] == QNN_WEIGHT_SCALE_CHANNEL ? QNN_WEIGHT_GROUP_CHANNEL : QNN_WEIGHT_GROUP_LAYER;
}

static struct qnn_weight_fit start(const struct qnn_arguments *arguments)
{
    return (struct qnn_weight_fit){
        .scale = 1.0f, .threshold = -1.0f, .inverse = 0.0f, .last = (float)last_value(arguments)};
}

static int passes(const struct qnn_arguments *arguments)
{
    (void)arguments;
    return 1;
}

static struct qnn_weight_statistics observe(const struct qnn_weight_fit *fit, const float *row, size_t count)
{
    return qnn_weight_magnitudes(row, count, fit->threshold);
}

/* Weights so small that a step is denormal are 0. */
static void refine(const struct qnn_arguments *arguments, int pass, const struct qnn_weight_statistics *seen,
                   struct qnn_weight_fit *fit)
{
    (void)pass;
    const float scale = (float)((double)seen->greatest / last_value(arguments));
    if (scale < 0x1p-126f)
        return;
    fit->scale = scale;
    fit->inverse = (float)(1.0 / (double)scale);
}

/* Within -last .. last also where rounding of scale and inverse puts the greatest weight past it. */
static inline float grid_value(float inverse, float last, float weight)
{
    const float steps = weight * inverse;
    const float below = steps < last ? steps : last;
    return nearbyintf(below > -last ? below : -last);
}

static int32_t value(const struct qnn_weight_fit *fit, float weight)
{
    return (int32_t)grid_value(fit->inverse, fit->last, weight);
}

/* The sum makes zero of -0. */
QNN_BODY grid_body(const struct qnn_weight_fit *fit, const float *restrict weights, size_t count,
                   float *restrict effective)
{
    const float scale = fit->scale, inverse = fit->inverse, last = fit->last;
    for (size_t i = 0; i < count; i++)
        effective[i] = grid_value(inverse, last, weights[i]) * scale + 0.0f;
}

QNN_DISPATCH(grid,
             (const struct qnn_weight_fit *fit, const float *restrict weights, size_t count, float *restrict effective),
             (fit, weights, count, effective))

static void write(const struct qnn_weight_fit *fit, const float *weights, size_t count, float *effective)
{
    grid(fit, weights, count, effective);
}

const struct qnn_weight_form qnn_weight_int = {
    .type = type,
    .group = group,
    .start = start,
    .passes = passes,
    .observe = observe,
    .refine = refine,
    .value = value,
    .write = write,
};
