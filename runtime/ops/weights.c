/*
 * Effective weights. Scales are found first (a sum per unit, each by one thread, then one over the units in order: the
 * same for any number of threads), then one pass writes scale * code.
 */
#include "runtime/ops/weights.h"

#include "runtime/numeric/error.h"
#include "runtime/numeric/random.h"
#include "runtime/thread_pool.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    ELEMENTS_GRAIN = 16384, /* elements worth a thread */
    SUM_LANES = 16,         /* partial sums side by side, so that a sum is not one chain of additions */
    PIECE = 1024,           /* weights at a time; a multiple of the generator's groups */
};

_Static_assert(PIECE % SUM_LANES == 0, "a piece is whole lanes");

/* Sum and number of the magnitudes above a threshold; of all of them where the threshold is negative. */
struct magnitudes {
    double sum;
    size_t count;
};

struct preparation {
    size_t units, inputs;
    const struct qnn_weight_quantizer *quantizer;
    const float *latent;
    float *effective;
    float shared_threshold;  /* ternary over the layer */
    float shared_scale;      /* where the layer has one */
    struct magnitudes *unit; /* [units] results of one pass over the units */
    struct qnn_stream stream;
};

/* A piece at a time in plain loops, each of which vectorises: select and count, then add up (zeros fill the last
 * lanes). */
static struct magnitudes magnitudes_above(const float *restrict w, size_t count, float threshold)
{
    double sum[SUM_LANES] = {0};
    struct magnitudes total = {0.0, 0};
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
            for (size_t lane = 0; lane < SUM_LANES; lane++)
                sum[lane] += (double)counted[i + lane];
        total.count += (size_t)above;
    }
    for (size_t lane = 0; lane < SUM_LANES; lane++)
        total.sum += sum[lane];
    return total;
}

static double mean_of(struct magnitudes m)
{
    return m.count > 0 ? m.sum / (double)m.count : 0.0;
}

/* The largest float t with t <= threshold: |w| > t is then |w| > threshold in double, as runtime/numeric compares. */
static float threshold_of(const struct qnn_weight_quantizer *quantizer, double mean)
{
    const double threshold = (double)quantizer->delta * mean;
    const float rounded = (float)threshold;
    return (double)rounded > threshold ? nextafterf(rounded, 0.0f) : rounded;
}

/* TWN: the scale is the mean of the kept magnitudes, 1 where none is kept. */
static float ternary_scale(struct magnitudes kept)
{
    return kept.count > 0 ? (float)mean_of(kept) : 1.0f;
}

/* ---- Writing codes ----------------------------------------------------------------------------------------------- */

static void write_binary(const float *restrict w, size_t count, float scale, float *restrict effective)
{
    for (size_t i = 0; i < count; i++)
        effective[i] = w[i] >= 0.0f ? scale : -scale;
}

static void write_ternary(const float *restrict w, size_t count, float threshold, float scale,
                          float *restrict effective)
{
    for (size_t i = 0; i < count; i++) {
        const float code = w[i] > threshold ? scale : w[i] < -threshold ? -scale : 0.0f;
        effective[i] = code;
    }
}

/* Draws for weights first .. first + count - 1 of the layer. */
static void write_stochastic(const struct preparation *p, size_t first, size_t count, float scale)
{
    float probability[PIECE];
    uint8_t positive[PIECE];
    const float half_inverse = 0.5f / p->quantizer->h;
    for (size_t done = 0; done < count; done += PIECE) {
        const size_t piece = count - done < PIECE ? count - done : PIECE;
        const float *restrict w = p->latent + first + done;
        float *restrict effective = p->effective + first + done;
        for (size_t i = 0; i < piece; i++) {
            const float x = w[i] * half_inverse + 0.5f;
            probability[i] = x < 0.0f ? 0.0f : x > 1.0f ? 1.0f : x;
        }
        qnn_random_fill_bernoulli_each(&p->stream, first + done, piece, probability, positive);
        for (size_t i = 0; i < piece; i++)
            effective[i] = positive[i] ? scale : -scale;
    }
}

static void write_range(const struct preparation *p, size_t first, size_t count, float threshold, float scale)
{
    if (p->quantizer->kind == QNN_WEIGHT_BINARY)
        write_binary(p->latent + first, count, scale, p->effective + first);
    else if (p->quantizer->kind == QNN_WEIGHT_TERNARY)
        write_ternary(p->latent + first, count, threshold, scale, p->effective + first);
    else
        write_stochastic(p, first, count, scale);
}

/* ---- Passes over the layer --------------------------------------------------------------------------------------- */

static void shared_part(void *context, size_t begin, size_t end, int thread)
{
    (void)thread;
    const struct preparation *p = context;
    write_range(p, begin, end - begin, p->shared_threshold, p->shared_scale);
}

static void sum_units(void *context, size_t begin, size_t end, int thread)
{
    (void)thread;
    const struct preparation *p = context;
    for (size_t unit = begin; unit < end; unit++)
        p->unit[unit] = magnitudes_above(p->latent + unit * p->inputs, p->inputs, p->shared_threshold);
}

static void channel_part(void *context, size_t begin, size_t end, int thread)
{
    (void)thread;
    const struct preparation *p = context;
    for (size_t unit = begin; unit < end; unit++) {
        const float *w = p->latent + unit * p->inputs;
        const struct magnitudes all = magnitudes_above(w, p->inputs, -1.0f);
        float threshold = 0.0f, scale = (float)mean_of(all);
        if (p->quantizer->kind == QNN_WEIGHT_TERNARY) {
            threshold = threshold_of(p->quantizer, mean_of(all));
            scale = ternary_scale(magnitudes_above(w, p->inputs, threshold));
        }
        write_range(p, unit * p->inputs, p->inputs, threshold, scale);
    }
}

static size_t unit_grain(const struct preparation *p)
{
    return ELEMENTS_GRAIN / (p->inputs + 1) + 1;
}

/* Sum over the layer: units side by side, then in order. */
static struct magnitudes layer_magnitudes(struct preparation *p, float threshold)
{
    struct magnitudes total = {0.0, 0};
    p->shared_threshold = threshold;
    p->unit = (struct magnitudes *)(void *)qnn_thread_scratch(0);
    qnn_parallel(p->units, unit_grain(p), sum_units, p);
    for (size_t unit = 0; unit < p->units; unit++) {
        total.sum += p->unit[unit].sum;
        total.count += p->unit[unit].count;
    }
    return total;
}

static void find_shared(struct preparation *p)
{
    const struct qnn_weight_quantizer *quantizer = p->quantizer;
    const bool none = quantizer->scale == QNN_WEIGHT_SCALE_NONE;
    if (quantizer->kind == QNN_WEIGHT_TERNARY) {
        const float threshold = threshold_of(quantizer, mean_of(layer_magnitudes(p, -1.0f)));
        p->shared_scale = none ? 1.0f : ternary_scale(layer_magnitudes(p, threshold));
        p->shared_threshold = threshold;
    } else {
        p->shared_scale = none ? quantizer->h : (float)mean_of(layer_magnitudes(p, -1.0f));
    }
}

void qnn_weights_effective(int units, int inputs, const struct qnn_weight_quantizer *quantizer,
                           const struct qnn_rounding *rounding, const float *latent, float *effective)
{
    struct preparation p = {.units = (size_t)units,
                            .inputs = (size_t)inputs,
                            .quantizer = quantizer,
                            .latent = latent,
                            .effective = effective};
    QNN_CHECK(quantizer->kind > QNN_WEIGHT_FLOAT && quantizer->kind < QNN_WEIGHT_KIND_COUNT);
    QNN_CHECK(p.units * sizeof *p.unit <= QNN_SCRATCH_FLOATS * sizeof(float));
    if (quantizer->kind == QNN_WEIGHT_BINARY_STOCHASTIC)
        p.stream = (struct qnn_stream){.seed = rounding->seed,
                                       .purpose = QNN_RANDOM_ROUNDING,
                                       .index = qnn_stream_index(rounding->layer, rounding->step)};
    if (quantizer->scale == QNN_WEIGHT_SCALE_CHANNEL) {
        qnn_parallel(p.units, unit_grain(&p), channel_part, &p);
        return;
    }
    find_shared(&p);
    qnn_parallel(p.units * p.inputs, ELEMENTS_GRAIN, shared_part, &p);
}
