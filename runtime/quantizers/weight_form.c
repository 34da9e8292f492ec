/* What every weight form shares: fits, sums of magnitudes, freezing. */
#include "runtime/quantizers/weight_form.h"

#include "runtime/numeric/error.h"
#include "runtime/numeric/vector.h"

#include <math.h>

enum {
    SUM_LANES = 16, /* partial sums side by side, so that a sum is not one chain of additions */
    PIECE = 1024,   /* weights at a time */
};

_Static_assert(PIECE % SUM_LANES == 0, "a piece is whole lanes");

/* A piece at a time in plain loops, each of which vectorises: select and count, then add up (zeros fill the last
 * lanes). */
QNN_BODY magnitudes_body(const float *w, size_t count, float threshold, struct qnn_weight_statistics *result)
{
    double sum[SUM_LANES] = {0};
    float greatest[SUM_LANES] = {0};
    struct qnn_weight_statistics total = {0};
    for (size_t first = 0; first < count; first += PIECE) {
        const size_t piece = count - first < PIECE ? count - first : PIECE;
        float counted[PIECE] = {0};
        int above = 0;
        for (size_t i = 0; i < piece; i++) {
            const float magnitude = fabsf(w[first + i]);
            counted[i] = magnitude > threshold ? magnitude : 0.0f;
            above += magnitude > threshold;
        }
        for (size_t i = 0; i < piece; i += SUM_LANES)
            for (size_t lane = 0; lane < SUM_LANES; lane++) {
                sum[lane] += (double)counted[i + lane];
                greatest[lane] = counted[i + lane] > greatest[lane] ? counted[i + lane] : greatest[lane];
            }
        total.count += (uint32_t)above;
    }
    for (size_t lane = 0; lane < SUM_LANES; lane++) {
        total.sum += sum[lane];
        total.greatest = greatest[lane] > total.greatest ? greatest[lane] : total.greatest;
    }
    *result = total;
}

QNN_DISPATCH(magnitudes, (const float *w, size_t count, float threshold, struct qnn_weight_statistics *result),
             (w, count, threshold, result))

struct qnn_weight_statistics qnn_weight_magnitudes(const float *row, size_t count, float threshold)
{
    struct qnn_weight_statistics result;
    magnitudes(row, count, threshold, &result);
    return result;
}

void qnn_weight_statistics_add(struct qnn_weight_statistics *total, const struct qnn_weight_statistics *more)
{
    total->sum += more->sum;
    total->greatest = more->greatest > total->greatest ? more->greatest : total->greatest;
    total->count += more->count;
}

struct qnn_weight_fit qnn_weights_fit(const struct qnn_weight_quantizer *quantizer, size_t rows, size_t inputs,
                                      const float *latent)
{
    const struct qnn_weight_form *form = quantizer->form;
    struct qnn_weight_fit fit = form->start(&quantizer->arguments);
    for (int pass = 0; pass < form->passes(&quantizer->arguments); pass++) {
        struct qnn_weight_statistics total = {0};
        for (size_t row = 0; row < rows; row++) {
            const struct qnn_weight_statistics seen = form->observe(&fit, latent + row * inputs, inputs);
            qnn_weight_statistics_add(&total, &seen);
        }
        form->refine(&quantizer->arguments, pass, &total, &fit);
    }
    return fit;
}

size_t qnn_weight_groups(const struct qnn_weight_quantizer *quantizer, size_t units)
{
    return quantizer->form->group(&quantizer->arguments) == QNN_WEIGHT_GROUP_CHANNEL ? units : 1;
}

bool qnn_weight_draws(const struct qnn_weight_quantizer *quantizer)
{
    return quantizer->form && quantizer->form->draws && quantizer->form->draws(&quantizer->arguments);
}

bool qnn_weight_is_sign(const struct qnn_weight_quantizer *quantizer)
{
    const struct qnn_weight_form *form = quantizer->form;
    if (!form || qnn_weight_draws(quantizer) || form->passes(&quantizer->arguments) > 0)
        return false;
    return form->type(&quantizer->arguments).encoding == QNN_ENCODING_SIGN &&
           form->start(&quantizer->arguments).scale == 1.0f;
}

void qnn_weights_freeze(size_t units, size_t inputs, const struct qnn_weight_quantizer *quantizer, const float *latent,
                        int8_t *codes, float *scale)
{
    const size_t groups = qnn_weight_groups(quantizer, units), rows = groups == 1 ? units : 1;
    const struct qnn_code_type type = quantizer->form->type(&quantizer->arguments);
    QNN_CHECK(qnn_code_magnitude(&type) <= INT8_MAX);
    for (size_t g = 0; g < groups; g++) {
        const size_t first = g * rows * inputs;
        const struct qnn_weight_fit fit = qnn_weights_fit(quantizer, rows, inputs, latent + first);
        scale[g] = fit.scale;
        for (size_t i = first; i < first + rows * inputs; i++)
            codes[i] = (int8_t)quantizer->form->value(&fit, latent[i]);
    }
}
