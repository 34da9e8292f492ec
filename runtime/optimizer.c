/*
 * Optimizers. A tensor is taken in chunks that stay in the first-level cache: the rule writes the update of a chunk,
 * then the update is applied, then the codes are made where they need no sum over the layer. Memory, which bounds this
 * pass, is read and written once.
 */
#include "runtime/optimizer.h"

#include "runtime/numeric/error.h"
#include "runtime/thread_pool.h"

#include <float.h>
#include <math.h>

enum {
    CHUNK = 1024,         /* elements: six arrays of 4 KiB */
    CHUNKS_PER_THREAD = 8 /* worth waking one */
};

/* The constants of one update, in float as the loops use them. */
struct step {
    float lr, decay, shrink; /* shrink: adamw's lr * decay */
    float momentum;
    bool nesterov;
    float beta1, beta2, rest1, rest2; /* rest = 1 - beta */
    float size, root, eps;            /* adam: d = -size * m / (sqrt(v) * root + eps) */
};

struct update {
    const struct qnn_optimizer *optimizer;
    struct qnn_parameter *parameter;
    struct step step;
    bool without_fit; /* effective weights need no look at the others: made in the same pass */
    struct qnn_weight_fit fit;
    uint64_t flips[QNN_MAX_THREADS];
};

/* The arrays of one chunk. */
struct chunk {
    float *restrict w, *restrict m, *restrict v;
    const float *restrict g;
};

/* A moment whose gradient has become 0 decays into the denormal numbers and, rounded to nearest, stays there for good;
 * many processors then take a hundred times as long. */
static inline float normal_or_zero(float moment)
{
    return fabsf(moment) < FLT_MIN ? 0.0f : moment;
}

static void sgd_chunk(const struct step *s, struct chunk c, size_t count, float *restrict d)
{
    if (!c.m) {
        for (size_t i = 0; i < count; i++)
            d[i] = -s->lr * (c.g[i] + s->decay * c.w[i]);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const float g = c.g[i] + s->decay * c.w[i];
        c.m[i] = normal_or_zero(s->momentum * c.m[i] + g);
        d[i] = -s->lr * (s->nesterov ? g + s->momentum * c.m[i] : c.m[i]);
    }
}

static void adam_chunk(const struct step *s, struct chunk c, size_t count, float *restrict d)
{
    for (size_t i = 0; i < count; i++) {
        const float g = c.g[i] + s->decay * c.w[i];
        c.m[i] = normal_or_zero(s->beta1 * c.m[i] + s->rest1 * g);
        c.v[i] = normal_or_zero(s->beta2 * c.v[i] + s->rest2 * (g * g));
        d[i] = -s->size * c.m[i] / (sqrtf(c.v[i]) * s->root + s->eps) - s->shrink * c.w[i];
    }
}

typedef void chunk_rule(const struct step *step, struct chunk chunk, size_t count, float *restrict d);

static const struct {
    chunk_rule *rule;
    bool decoupled; /* decay shrinks the weight instead of adding to the gradient */
} rules[QNN_OPTIMIZER_COUNT] = {
    [QNN_OPTIMIZER_SGD] = {sgd_chunk, false},
    [QNN_OPTIMIZER_ADAM] = {adam_chunk, false},
    [QNN_OPTIMIZER_ADAMW] = {adam_chunk, true},
};

/* w += scale * d within the bound. Returns the changes of sign, +0 and -0 both counting as positive. */
static uint64_t apply_chunk(float *restrict w, const float *restrict d, size_t count, float scale, float bound)
{
    const float limit = bound > 0.0f ? bound : INFINITY;
    int flips = 0;
    for (size_t i = 0; i < count; i++) {
        const float old = w[i], moved = old + scale * d[i];
        const float low = moved < -limit ? -limit : moved;
        w[i] = low > limit ? limit : low;
        flips += (old >= 0.0f) != (w[i] >= 0.0f);
    }
    return (uint64_t)flips;
}

static void update_part(void *context, size_t begin, size_t end, int thread)
{
    struct update *u = context;
    const struct qnn_parameter *p = u->parameter;
    uint64_t flips = 0;
    for (size_t first = begin; first < end; first += CHUNK) {
        const size_t count = end - first < CHUNK ? end - first : CHUNK;
        float d[CHUNK];
        const struct chunk chunk = {.w = p->latent + first,
                                    .m = p->m ? p->m + first : NULL,
                                    .v = p->v ? p->v + first : NULL,
                                    .g = p->gradient + first};
        rules[u->optimizer->kind].rule(&u->step, chunk, count, d);
        flips += apply_chunk(p->latent + first, d, count, p->lr_scale, p->bound);
        if (u->without_fit)
            p->quantizer.form->write(&u->fit, p->latent + first, count, p->effective + first);
    }
    u->flips[thread] = flips;
}

static struct step step_of(const struct qnn_optimizer *o, const struct qnn_parameter *parameter)
{
    const double decay = parameter->decay ? o->weight_decay : 0.0;
    const bool decoupled = rules[o->kind].decoupled;
    const double steps = (double)o->step;
    return (struct step){.lr = (float)o->lr,
                         .decay = decoupled ? 0.0f : (float)decay,
                         .shrink = decoupled ? (float)(o->lr * decay) : 0.0f,
                         .momentum = (float)o->momentum,
                         .nesterov = o->nesterov,
                         .beta1 = (float)o->beta1,
                         .beta2 = (float)o->beta2,
                         .rest1 = (float)(1.0 - o->beta1),
                         .rest2 = (float)(1.0 - o->beta2),
                         .size = (float)(o->lr / (1.0 - pow(o->beta1, steps))),
                         .root = (float)(1.0 / sqrt(1.0 - pow(o->beta2, steps))),
                         .eps = (float)o->eps};
}

int qnn_optimizer_moments(const struct qnn_optimizer *optimizer)
{
    if (optimizer->kind == QNN_OPTIMIZER_SGD)
        return optimizer->momentum != 0.0 ? 1 : 0;
    return 2;
}

void qnn_parameter_prepare(const struct qnn_optimizer *optimizer, struct qnn_parameter *parameter)
{
    if (!parameter->effective)
        return;
    const struct qnn_rounding rounding = {.seed = optimizer->seed, .layer = parameter->layer, .step = optimizer->step};
    qnn_weights_effective(parameter->units, parameter->inputs, &parameter->quantizer, &rounding, parameter->latent,
                          parameter->effective);
}

void qnn_optimizer_begin(struct qnn_optimizer *optimizer, double lr)
{
    optimizer->step++;
    optimizer->lr = lr;
}

void qnn_optimizer_update(const struct qnn_optimizer *optimizer, struct qnn_parameter *parameter)
{
    const int moments = qnn_optimizer_moments(optimizer);
    QNN_CHECK(optimizer->step > 0 && (moments < 1 || parameter->m) && (moments < 2 || parameter->v));
    struct update u = {.optimizer = optimizer, .parameter = parameter, .step = step_of(optimizer, parameter)};
    const struct qnn_weight_quantizer *quantizer = &parameter->quantizer;
    u.without_fit =
        parameter->effective && !qnn_weight_draws(quantizer) && quantizer->form->passes(&quantizer->arguments) == 0;
    if (u.without_fit)
        u.fit = quantizer->form->start(&quantizer->arguments);
    qnn_parallel((size_t)parameter->units * (size_t)parameter->inputs, (size_t)CHUNKS_PER_THREAD * CHUNK, update_part,
                 &u);
    for (int thread = 0; thread < qnn_thread_count(); thread++)
        parameter->flips += u.flips[thread];
    if (!u.without_fit)
        qnn_parameter_prepare(optimizer, parameter);
}
