/*
 * binary(sampling, scale, h): +1 for w >= 0 (-0.0 included), else -1. The scale is h (BinaryConnect's H, arXiv 1511.00363)
 * or mean |w| of the layer or the unit (XNOR-Net, arXiv 1603.05279). With sampling = stochastic training draws +1 with
 * probability clip((w / h + 1) / 2, 0, 1).
 */
#include "runtime/quantizers/weight_form.h"

#include "runtime/numeric/vector.h"

/* Arguments in the order of the row. H: > 0; below 0 it represents the word glorot, until settled. */
enum { SAMPLING, SCALE, H };

static struct qnn_code_type type(const struct qnn_arguments *arguments)
{
    (void)arguments;
    return qnn_code_sign();
}

static enum qnn_weight_group group(const struct qnn_arguments *arguments)
{
    return arguments->number[SCALE] == QNN_WEIGHT_SCALE_CHANNEL ? QNN_WEIGHT_GROUP_CHANNEL : QNN_WEIGHT_GROUP_LAYER;
}

static void settle(struct qnn_arguments *arguments, double glorot)
{
    if (arguments->number[H] < 0)
        arguments->number[H] = glorot;
}

/* Latent weights start over [-h, h] and stay there. */
static double limit(const struct qnn_arguments *arguments)
{
    return arguments->number[H] > 0 ? arguments->number[H] : 0;
}

static struct qnn_weight_fit start(const struct qnn_arguments *arguments)
{
    return (struct qnn_weight_fit){.scale = (float)arguments->number[H], .threshold = -1.0f};
}

static int passes(const struct qnn_arguments *arguments)
{
    return arguments->number[SCALE] == QNN_WEIGHT_SCALE_NONE ? 0 : 1;
}

static struct qnn_weight_statistics observe(const struct qnn_weight_fit *fit, const float *row, size_t count)
{
    return qnn_weight_magnitudes(row, count, fit->threshold);
}

static void refine(const struct qnn_arguments *arguments, int pass, const struct qnn_weight_statistics *seen,
                   struct qnn_weight_fit *fit)
{
    (void)arguments;
    (void)pass;
    fit->scale = seen->count > 0 ? (float)(seen->sum / (double)seen->count) : 0.0f;
}

static int32_t value(const struct qnn_weight_fit *fit, float weight)
{
    (void)fit;
    return weight >= 0.0f ? 1 : -1;
}

QNN_BODY signs_body(float scale, const float *restrict weights, size_t count, float *restrict effective)
{
    for (size_t i = 0; i < count; i++)
        effective[i] = weights[i] >= 0.0f ? scale : -scale;
}

QNN_DISPATCH(signs, (float scale, const float *restrict weights, size_t count, float *restrict effective),
             (scale, weights, count, effective))

static void write(const struct qnn_weight_fit *fit, const float *weights, size_t count, float *effective)
{
    signs(fit->scale, weights, count, effective);
}

static bool draws(const struct qnn_arguments *arguments)
{
    return arguments->number[SAMPLING] == QNN_WEIGHT_SAMPLING_STOCHASTIC;
}

static void draw(const struct qnn_arguments *arguments, const struct qnn_weight_fit *fit,
                 const struct qnn_stream *stream, size_t first, const float *weights, size_t count, float *effective)
{
    enum { PIECE = 1024 }; /* weights at a time; a multiple of the generator's groups */
    float probability[PIECE];
    uint8_t positive[PIECE];
    const float half_inverse = 0.5f / (float)arguments->number[H];
    for (size_t done = 0; done < count; done += PIECE) {
        const size_t piece = count - done < PIECE ? count - done : PIECE;
        for (size_t i = 0; i < piece; i++) {
            const float x = weights[done + i] * half_inverse + 0.5f;
            probability[i] = x < 0.0f ? 0.0f : x > 1.0f ? 1.0f : x;
        }
        qnn_random_fill_bernoulli_each(stream, first + done, piece, probability, positive);
        for (size_t i = 0; i < piece; i++)
            effective[done + i] = positive[i] ? fit->scale : -fit->scale;
    }
}

const struct qnn_weight_form qnn_weight_binary = {
    .type = type,
    .group = group,
    .settle = settle,
    .initial = limit,
    .bound = limit,
    .start = start,
    .passes = passes,
    .observe = observe,
    .refine = refine,
    .value = value,
    .write = write,
    .draws = draws,
    .draw = draw,
};
