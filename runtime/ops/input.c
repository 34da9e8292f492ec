/* The input layer: one gathering loop per element type. */
#include "runtime/ops/input.h"

#include "runtime/thread_pool.h"

#include <stddef.h>

enum { GATHER_GRAIN = 16384 }; /* elements worth a thread */

struct gather {
    size_t features;
    const void *samples;
    const uint32_t *index;
    float scale, offset;
    float *x;
};

#define DEFINE_GATHER(name, type)                                                              \
    static void name(void *context, size_t begin, size_t end, int thread)                      \
    {                                                                                          \
        (void)thread;                                                                          \
        const struct gather g = *(const struct gather *)context;                               \
        for (size_t row = begin; row < end; row++) {                                           \
            const type *restrict sample = (const type *)g.samples + g.index[row] * g.features; \
            float *restrict x = g.x + row * g.features;                                        \
            for (size_t i = 0; i < g.features; i++)                                            \
                x[i] = g.scale * (float)sample[i] + g.offset;                                  \
        }                                                                                      \
    }
DEFINE_GATHER(gather_u8, uint8_t)
DEFINE_GATHER(gather_i8, int8_t)
DEFINE_GATHER(gather_f32, float)

static void run_gather(int batch, int features, const void *samples, const uint32_t *index, float scale, float offset,
                       float *x, qnn_range_function *function)
{
    struct gather gather = {
        .features = (size_t)features, .samples = samples, .index = index, .scale = scale, .offset = offset, .x = x};
    qnn_parallel((size_t)batch, GATHER_GRAIN / (gather.features + 1) + 1, function, &gather);
}

void qnn_input_u8(int batch, int features, const uint8_t *samples, const uint32_t *index, float scale, float offset,
                  float *x)
{
    run_gather(batch, features, samples, index, scale, offset, x, gather_u8);
}

void qnn_input_i8(int batch, int features, const int8_t *samples, const uint32_t *index, float scale, float offset,
                  float *x)
{
    run_gather(batch, features, samples, index, scale, offset, x, gather_i8);
}

void qnn_input_f32(int batch, int features, const float *samples, const uint32_t *index, float scale, float offset,
                   float *x)
{
    run_gather(batch, features, samples, index, scale, offset, x, gather_f32);
}
