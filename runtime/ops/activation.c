/* Standalone activations: the loops of one, forward and backward, for every line of activations.def. */
#include "runtime/ops/activation.h"

#include "runtime/ops/elementwise.h"
#include "runtime/quantizers/activations.h"
#include "runtime/thread_pool.h"

/* Arrays of one call: y of z forward; dz of z and dy backward. */
struct elements {
    struct qnn_activation activation;
    const float *z, *dy;
    float *out;
};

#define QNN_ACTIVATION(NAME, name)                                                                                     \
    static void name##_forward_part(void *context, size_t begin, size_t end, int thread)                               \
    {                                                                                                                  \
        (void)thread;                                                                                                  \
        const struct elements e = *(const struct elements *)context;                                                   \
        QNN_SAME_ELEMENT for (size_t i = begin; i < end; i++) e.out[i] = qnn_##name##_output(&e.activation, e.z[i]);   \
    }                                                                                                                  \
    static void name##_backward_part(void *context, size_t begin, size_t end, int thread)                              \
    {                                                                                                                  \
        (void)thread;                                                                                                  \
        const struct elements e = *(const struct elements *)context;                                                   \
        QNN_SAME_ELEMENT for (size_t i = begin; i < end; i++) e.out[i] =                                               \
            qnn_##name##_gradient(&e.activation, e.z[i], e.dy[i]);                                                     \
    }                                                                                                                  \
    void qnn_##name##_forward(size_t count, const struct qnn_activation *activation, const float *z, float *y)         \
    {                                                                                                                  \
        struct elements e = {.activation = *activation, .z = z, .out = y};                                             \
        qnn_parallel(count, ELEMENT_GRAIN, name##_forward_part, &e);                                                   \
    }                                                                                                                  \
    void qnn_##name##_backward(size_t count, const struct qnn_activation *activation, const float *z, const float *dy, \
                               float *dz)                                                                              \
    {                                                                                                                  \
        struct elements e = {.activation = *activation, .z = z, .dy = dy, .out = dz};                                  \
        qnn_parallel(count, ELEMENT_GRAIN, name##_backward_part, &e);                                                  \
    }
#include "runtime/quantizers/activations.def"

/* ---- Learned scalars --------------------------------------------------------------------------------------------- */

enum { SUM_PARTS = 64 };

struct learned_sums {
    const struct qnn_learned *learned;
    const struct qnn_activation *activation;
    const float *z, *dy;
    size_t count;
    double parts[SUM_PARTS];
};

static void sum_parts(void *context, size_t begin, size_t end, int thread)
{
    (void)thread;
    struct learned_sums *s = context;
    const size_t most = (s->count + SUM_PARTS - 1) / SUM_PARTS;
    for (size_t part = begin; part < end; part++) {
        const size_t first = part * most < s->count ? part * most : s->count;
        const size_t count = s->count - first < most ? s->count - first : most;
        s->parts[part] = s->learned->gradient(s->activation, count, s->z + first, s->dy + first);
    }
}

void qnn_learned_gradient(size_t count, const struct qnn_learned *learned, const struct qnn_activation *activation,
                          const float *z, const float *dy, float *gradient)
{
    struct learned_sums s = {.learned = learned, .activation = activation, .z = z, .dy = dy, .count = count};
    double sum = 0.0;
    qnn_parallel(SUM_PARTS, 1 + (size_t)ELEMENT_GRAIN * SUM_PARTS / (count + 1), sum_parts, &s);
    for (int part = 0; part < SUM_PARTS; part++)
        sum += s.parts[part];
    gradient[0] = (float)sum;
}
