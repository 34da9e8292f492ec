/* Dropout: draws the mask in pieces that stay in the first-level cache, forward and backward alike. */
#include "runtime/ops/dropout.h"

#include "runtime/numeric/random.h"
#include "runtime/ops/elementwise.h"
#include "runtime/thread_pool.h"

enum { PIECE = 1024 }; /* elements; a divisor of ELEMENT_GRAIN and a multiple of the generator's groups */

struct mask {
    struct qnn_stream stream;
    float keep, scale;
    const float *from;
    float *to;
};

static void apply_mask(void *context, size_t begin, size_t end, int thread)
{
    (void)thread;
    const struct mask *m = context;
    uint8_t kept[PIECE];
    for (size_t first = begin; first < end; first += PIECE) {
        const size_t count = end - first < PIECE ? end - first : PIECE;
        qnn_random_fill_bernoulli(&m->stream, first, count, m->keep, kept);
        const float *from = m->from + first;
        float *to = m->to + first;
        QNN_SAME_ELEMENT
        for (size_t i = 0; i < count; i++) {
            const float scaled = from[i] * m->scale; /* read in any case: no branch */
            to[i] = kept[i] ? scaled : 0.0f;
        }
    }
}

static void drop(size_t count, const struct qnn_dropout *dropout, uint64_t step, const float *from, float *to)
{
    struct mask mask = {.stream = {.seed = dropout->seed,
                                   .purpose = QNN_RANDOM_DROPOUT,
                                   .index = qnn_stream_index(dropout->layer, step)},
                        .keep = (float)(1.0 - dropout->p),
                        .scale = (float)(1.0 / (1.0 - dropout->p)),
                        .from = from,
                        .to = to};
    qnn_parallel(count, ELEMENT_GRAIN, apply_mask, &mask);
}

void qnn_dropout_forward(size_t count, const struct qnn_dropout *dropout, uint64_t step, const float *x, float *y)
{
    drop(count, dropout, step, x, y);
}

void qnn_dropout_backward(size_t count, const struct qnn_dropout *dropout, uint64_t step, const float *dy, float *dx)
{
    drop(count, dropout, step, dy, dx);
}
