/* The maps of Winograd's minimal filtering, one direction each, and what applies them to both. */
#include "runtime/ops/winograd.h"

#include "runtime/gemm_kernel.h"

/* One direction. */
typedef void line_map(const qnn_vector *from, qnn_vector *to);

/* Points 0, 1, -1, infinity. */
static inline __attribute__((always_inline)) void image_2(const qnn_vector *x, qnn_vector *to)
{
    to[0] = x[0] - x[2];
    to[1] = x[1] + x[2];
    to[2] = x[2] - x[1];
    to[3] = x[3] - x[1];
}

static inline __attribute__((always_inline)) void kernel_2(const qnn_vector *w, qnn_vector *to)
{
    const qnn_vector half = qnn_broadcast(0.5f), ends = w[0] + w[2];
    to[0] = w[0];
    to[1] = half * (ends + w[1]);
    to[2] = half * (ends - w[1]);
    to[3] = w[2];
}

static inline __attribute__((always_inline)) void result_2(const qnn_vector *p, qnn_vector *to)
{
    to[0] = p[0] + p[1] + p[2];
    to[1] = p[1] - p[2] + p[3];
}

static inline __attribute__((always_inline)) void result_gradient_2(const qnn_vector *d, qnn_vector *to)
{
    to[0] = d[0];
    to[1] = d[0] + d[1];
    to[2] = d[0] - d[1];
    to[3] = d[1];
}

static inline __attribute__((always_inline)) void kernel_gradient_2(const qnn_vector *p, qnn_vector *to)
{
    const qnn_vector half = qnn_broadcast(0.5f), even = half * (p[1] + p[2]);
    to[0] = p[0] + even;
    to[1] = half * (p[1] - p[2]);
    to[2] = p[3] + even;
}

/* Points 0, +-A, +-B, infinity. The map of images has a row for each point that is the product of all the other
 * points' linear factors; that of kernels has the powers of the point over N = that product at the point. Even and odd
 * powers are shared by a point and its negative. */
#define A 0.75f
#define B 1.5f
#define A2 (A * A)
#define B2 (B * B)
#define SCALE_0 (1.0f / (A2 * B2))
#define SCALE_A (1.0f / (2.0f * A2 * (A2 - B2)))
#define SCALE_B (1.0f / (2.0f * B2 * (B2 - A2)))
#define TIMES(constant, x) (qnn_broadcast(constant) * (x))
#define TIMES_ADD(constant, x, y) qnn_multiply_add(qnn_broadcast(constant), x, y)

static inline __attribute__((always_inline)) void image_4(const qnn_vector *x, qnn_vector *to)
{
    const qnn_vector x1 = x[1], x2 = x[2], x3 = x[3], x4 = x[4];
    const qnn_vector even_a = TIMES_ADD(-B2, x2, x4), odd_a = TIMES(A, TIMES_ADD(-B2, x1, x3));
    const qnn_vector even_b = TIMES_ADD(-A2, x2, x4), odd_b = TIMES(B, TIMES_ADD(-A2, x1, x3));
    to[0] = TIMES_ADD(A2 * B2, x[0], TIMES_ADD(-(A2 + B2), x2, x4));
    to[5] = TIMES_ADD(A2 * B2, x1, TIMES_ADD(-(A2 + B2), x3, x[5]));
    to[1] = even_a + odd_a;
    to[2] = even_a - odd_a;
    to[3] = even_b + odd_b;
    to[4] = even_b - odd_b;
}

static inline __attribute__((always_inline)) void kernel_4(const qnn_vector *w, qnn_vector *to)
{
    const qnn_vector even_a = TIMES_ADD(SCALE_A * A2, w[2], TIMES(SCALE_A, w[0]));
    const qnn_vector even_b = TIMES_ADD(SCALE_B * B2, w[2], TIMES(SCALE_B, w[0]));
    const qnn_vector odd_a = TIMES(SCALE_A * A, w[1]), odd_b = TIMES(SCALE_B * B, w[1]);
    to[0] = TIMES(SCALE_0, w[0]);
    to[5] = w[2];
    to[1] = even_a + odd_a;
    to[2] = even_a - odd_a;
    to[3] = even_b + odd_b;
    to[4] = even_b - odd_b;
}

static inline __attribute__((always_inline)) void result_4(const qnn_vector *p, qnn_vector *to)
{
    const qnn_vector even_a = p[1] + p[2], odd_a = p[1] - p[2];
    const qnn_vector even_b = p[3] + p[4], odd_b = p[3] - p[4];
    to[0] = p[0] + even_a + even_b;
    to[1] = TIMES_ADD(B, odd_b, TIMES(A, odd_a));
    to[2] = TIMES_ADD(B2, even_b, TIMES(A2, even_a));
    to[3] = TIMES_ADD(B2 * B, odd_b, TIMES_ADD(A2 * A, odd_a, p[5]));
}

static inline __attribute__((always_inline)) void result_gradient_4(const qnn_vector *d, qnn_vector *to)
{
    const qnn_vector even_a = TIMES_ADD(A2, d[2], d[0]), even_b = TIMES_ADD(B2, d[2], d[0]);
    const qnn_vector odd_a = TIMES(A, TIMES_ADD(A2, d[3], d[1]));
    const qnn_vector odd_b = TIMES(B, TIMES_ADD(B2, d[3], d[1]));
    to[0] = d[0];
    to[5] = d[3];
    to[1] = even_a + odd_a;
    to[2] = even_a - odd_a;
    to[3] = even_b + odd_b;
    to[4] = even_b - odd_b;
}

static inline __attribute__((always_inline)) void kernel_gradient_4(const qnn_vector *p, qnn_vector *to)
{
    const qnn_vector even_a = p[1] + p[2], odd_a = p[1] - p[2];
    const qnn_vector even_b = p[3] + p[4], odd_b = p[3] - p[4];
    to[0] = TIMES_ADD(SCALE_0, p[0], TIMES_ADD(SCALE_A, even_a, TIMES(SCALE_B, even_b)));
    to[1] = TIMES_ADD(SCALE_A * A, odd_a, TIMES(SCALE_B * B, odd_b));
    to[2] = TIMES_ADD(SCALE_A * A2, even_a, TIMES_ADD(SCALE_B * B2, even_b, p[5]));
}

/* One vector of channels, both directions; sizes are constants where this is inlined. from [inputs][inputs], to
 * [outputs][outputs]. */
static inline __attribute__((always_inline)) void map_vector(line_map *map, size_t inputs, size_t outputs,
                                                             const float *const *from, size_t channel, float *to,
                                                             size_t step)
{
    qnn_vector columns[WINOGRAD_TILE * WINOGRAD_TILE];
#pragma GCC unroll 6
    for (size_t j = 0; j < inputs; j++) {
        qnn_vector line[WINOGRAD_TILE], mapped[WINOGRAD_TILE];
#pragma GCC unroll 6
        for (size_t i = 0; i < inputs; i++)
            line[i] = *(const qnn_vector_unaligned *)(from[i * inputs + j] + channel);
        map(line, mapped);
#pragma GCC unroll 6
        for (size_t i = 0; i < outputs; i++)
            columns[i * inputs + j] = mapped[i];
    }
#pragma GCC unroll 6
    for (size_t i = 0; i < outputs; i++) {
        qnn_vector mapped[WINOGRAD_TILE];
        map(columns + i * inputs, mapped);
#pragma GCC unroll 6
        for (size_t j = 0; j < outputs; j++)
            *(qnn_vector_unaligned *)(to + (i * outputs + j) * step + channel) = mapped[j];
    }
}

/* The last vector overlaps the one before it where channels are not a multiple. */
#define MAP(name, inputs, outputs)                                                            \
    static void map_##name(const float *const *from, size_t channels, float *to, size_t step) \
    {                                                                                         \
        size_t channel = 0;                                                                   \
        for (; channel + QNN_LANES <= channels; channel += QNN_LANES)                         \
            map_vector(name, inputs, outputs, from, channel, to, step);                       \
        if (channel < channels)                                                               \
            map_vector(name, inputs, outputs, from, channels - QNN_LANES, to, step);          \
    }
MAP(image_2, 4, 4)
MAP(kernel_2, 3, 4)
MAP(result_2, 4, 2)
MAP(result_gradient_2, 2, 4)
MAP(kernel_gradient_2, 4, 3)
MAP(image_4, 6, 6)
MAP(kernel_4, 3, 6)
MAP(result_4, 6, 4)
MAP(result_gradient_4, 4, 6)
MAP(kernel_gradient_4, 6, 3)

const struct winograd qnn_winograd_2 = {.results = 2,
                                        .tile = 4,
                                        .positions = 16,
                                        .image = map_image_2,
                                        .kernel = map_kernel_2,
                                        .result = map_result_2,
                                        .result_gradient = map_result_gradient_2,
                                        .kernel_gradient = map_kernel_gradient_2};
const struct winograd qnn_winograd_4 = {.results = 4,
                                        .tile = 6,
                                        .positions = 36,
                                        .image = map_image_4,
                                        .kernel = map_kernel_4,
                                        .result = map_result_4,
                                        .result_gradient = map_result_gradient_4,
                                        .kernel_gradient = map_kernel_gradient_4};
