/*
 * Effective weights by all threads. The fit is found first (rows side by side, what was seen then joined row after row as
 * qnn_weights_fit does: the same for any number of threads), then one pass writes.
 */
#include "runtime/ops/weights.h"

#include "runtime/numeric/error.h"
#include "runtime/numeric/random.h"
#include "runtime/thread_pool.h"

#include <stddef.h>

enum { ELEMENTS_GRAIN = 16384 }; /* elements worth a thread */

struct preparation {
    size_t units, inputs;
    const struct qnn_weight_quantizer *quantizer;
    const float *latent;
    float *effective;
    struct qnn_weight_fit fit;         /* of the layer, where it has one */
    struct qnn_weight_statistics *row; /* [units] what a pass saw */
    bool draws;
    struct qnn_stream stream;
};

static void write_range(const struct preparation *p, const struct qnn_weight_fit *fit, size_t first, size_t count)
{
    const struct qnn_weight_form *form = p->quantizer->form;
    if (p->draws)
        form->draw(&p->quantizer->arguments, fit, &p->stream, first, p->latent + first, count, p->effective + first);
    else
        form->write(fit, p->latent + first, count, p->effective + first);
}

static void layer_part(void *context, size_t begin, size_t end, int thread)
{
    (void)thread;
    const struct preparation *p = context;
    write_range(p, &p->fit, begin, end - begin);
}

static void channel_part(void *context, size_t begin, size_t end, int thread)
{
    (void)thread;
    const struct preparation *p = context;
    for (size_t unit = begin; unit < end; unit++) {
        const struct qnn_weight_fit fit = qnn_weights_fit(p->quantizer, 1, p->inputs, p->latent + unit * p->inputs);
        write_range(p, &fit, unit * p->inputs, p->inputs);
    }
}

static void observe_rows(void *context, size_t begin, size_t end, int thread)
{
    (void)thread;
    const struct preparation *p = context;
    for (size_t unit = begin; unit < end; unit++)
        p->row[unit] = p->quantizer->form->observe(&p->fit, p->latent + unit * p->inputs, p->inputs);
}

static size_t unit_grain(const struct preparation *p)
{
    return ELEMENTS_GRAIN / (p->inputs + 1) + 1;
}

/* qnn_weights_fit with the rows of a pass side by side. */
static void fit_layer(struct preparation *p)
{
    const struct qnn_weight_form *form = p->quantizer->form;
    QNN_CHECK(p->units * sizeof *p->row <= QNN_SCRATCH_FLOATS * sizeof(float));
    p->fit = form->start(&p->quantizer->arguments);
    p->row = (struct qnn_weight_statistics *)(void *)qnn_thread_scratch(0);
    for (int pass = 0; pass < form->passes(&p->quantizer->arguments); pass++) {
        struct qnn_weight_statistics total = {0};
        qnn_parallel(p->units, unit_grain(p), observe_rows, p);
        for (size_t unit = 0; unit < p->units; unit++)
            qnn_weight_statistics_add(&total, &p->row[unit]);
        form->refine(&p->quantizer->arguments, pass, &total, &p->fit);
    }
}

void qnn_weights_effective(int units, int inputs, const struct qnn_weight_quantizer *quantizer,
                           const struct qnn_rounding *rounding, const float *latent, float *effective)
{
    QNN_CHECK(quantizer->form);
    struct preparation p = {.units = (size_t)units,
                            .inputs = (size_t)inputs,
                            .quantizer = quantizer,
                            .latent = latent,
                            .effective = effective,
                            .draws = rounding && qnn_weight_draws(quantizer)};
    if (p.draws)
        p.stream = (struct qnn_stream){.seed = rounding->seed,
                                       .purpose = QNN_RANDOM_ROUNDING,
                                       .index = qnn_stream_index(rounding->layer, rounding->step)};
    if (quantizer->form->group(&quantizer->arguments) == QNN_WEIGHT_GROUP_CHANNEL) {
        qnn_parallel(p.units, unit_grain(&p), channel_part, &p);
        return;
    }
    fit_layer(&p);
    qnn_parallel(p.units * p.inputs, ELEMENTS_GRAIN, layer_part, &p);
}
