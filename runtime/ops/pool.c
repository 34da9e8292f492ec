/*
 * Pools. An output position is a row of channels, and so is every tap, so all loops run over channels.
 *
 * Forward, threads share the output positions. Backward, windows may overlap and several outputs may give to one input,
 * so threads share the images: each clears its part of dx and adds to it in the order of outputs and taps.
 */
#include "runtime/ops/pool.h"

#include "runtime/numeric/error.h"
#include "runtime/ops/elementwise.h"
#include "runtime/thread_pool.h"

#include <stdbool.h>
#include <string.h>

enum { CHANNEL_BLOCK = 256 }; /* channels whose flags are at hand */

struct pool {
    struct qnn_window window;
    size_t channels;
    float scale; /* of the sum of the taps */
    const float *x, *y, *dy;
    const uint8_t *minimum;
    float *result, *dx;
};

/* One output position: its row among all outputs, and its first tap among all inputs, both in positions. */
struct place {
    size_t output, input;
};

static struct place place_of(const struct qnn_window *w, size_t output)
{
    const size_t width = (size_t)w->out_width, height = (size_t)w->out_height, line = output / width;
    const size_t row = line % height * (size_t)w->stride_height, column = output % width * (size_t)w->stride_width;
    return (struct place){.output = output,
                          .input = (line / height * (size_t)w->height + row) * (size_t)w->width + column};
}

/* Input position of tap (r, s) of a place. */
static size_t tap_of(const struct qnn_window *w, struct place place, int r, int s)
{
    return place.input + (size_t)r * (size_t)w->width + (size_t)s;
}

static struct pool pool_of(const struct qnn_window *w, int channels)
{
    QNN_CHECK(channels > 0 && w->kernel_height > 0 && w->kernel_width > 0 && w->dilation == 1);
    QNN_CHECK(w->stride_height > 0 && w->stride_width > 0 && w->pad_top == 0 && w->pad_left == 0);
    QNN_CHECK((w->out_height - 1) * w->stride_height + w->kernel_height <= w->height);
    QNN_CHECK((w->out_width - 1) * w->stride_width + w->kernel_width <= w->width);
    return (struct pool){.window = *w, .channels = (size_t)channels};
}

/* y = the larger of y and x. */
static void take_larger(size_t count, const float *restrict x, float *restrict y)
{
    for (size_t i = 0; i < count; i++)
        y[i] = x[i] > y[i] ? x[i] : y[i];
}

static void take_asked(size_t count, const uint8_t *restrict minimum, const float *restrict x, float *restrict y)
{
    for (size_t i = 0; i < count; i++) {
        const float larger = x[i] > y[i] ? x[i] : y[i], smaller = x[i] < y[i] ? x[i] : y[i];
        y[i] = minimum[i] ? smaller : larger;
    }
}

static void add(size_t count, const float *restrict x, float *restrict y)
{
    for (size_t i = 0; i < count; i++)
        y[i] += x[i];
}

static void multiply(size_t count, float factor, float *y)
{
    for (size_t i = 0; i < count; i++)
        y[i] *= factor;
}

/* The first tap, then the others in order, joined by the kind of pool. */
typedef void join_function(const struct pool *pool, const float *x, float *y);

static void join_larger(const struct pool *pool, const float *x, float *y)
{
    take_larger(pool->channels, x, y);
}

static void join_asked(const struct pool *pool, const float *x, float *y)
{
    take_asked(pool->channels, pool->minimum, x, y);
}

static void join_sum(const struct pool *pool, const float *x, float *y)
{
    add(pool->channels, x, y);
}

static inline __attribute__((always_inline)) void reduce(const struct pool *pool, size_t begin, size_t end,
                                                         join_function *join)
{
    const struct qnn_window *w = &pool->window;
    for (size_t output = begin; output < end; output++) {
        const struct place place = place_of(w, output);
        float *y = pool->result + output * pool->channels;
        memcpy(y, pool->x + place.input * pool->channels, pool->channels * sizeof *y);
        for (int tap = 1; tap < w->kernel_height * w->kernel_width; tap++)
            join(pool, pool->x + tap_of(w, place, tap / w->kernel_width, tap % w->kernel_width) * pool->channels, y);
        if (pool->scale != 1.0f)
            multiply(pool->channels, pool->scale, y);
    }
}

static void larger_part(void *context, size_t begin, size_t end, int thread)
{
    (void)thread;
    reduce(context, begin, end, join_larger);
}

static void asked_part(void *context, size_t begin, size_t end, int thread)
{
    (void)thread;
    reduce(context, begin, end, join_asked);
}

static void sum_part(void *context, size_t begin, size_t end, int thread)
{
    (void)thread;
    reduce(context, begin, end, join_sum);
}

static void split_outputs(int batch, struct pool *pool, qnn_range_function *function)
{
    const struct qnn_window *w = &pool->window;
    const size_t outputs = (size_t)batch * (size_t)w->out_height * (size_t)w->out_width;
    const size_t work = (size_t)w->kernel_height * (size_t)w->kernel_width * pool->channels;
    qnn_parallel(outputs, ELEMENT_GRAIN / work + 1, function, pool);
}

static void forward(int batch, struct pool *pool, qnn_range_function *function, const float *x, float *y, float scale)
{
    pool->x = x;
    pool->result = y;
    pool->scale = scale;
    split_outputs(batch, pool, function);
}

void qnn_maxpool_forward(int batch, const struct qnn_window *window, int channels, const float *x, float *y)
{
    struct pool pool = pool_of(window, channels);
    forward(batch, &pool, larger_part, x, y, 1.0f);
}

void qnn_pool_codes(int batch, const struct qnn_window *window, int channels, const uint8_t *minimum, const float *x,
                    float *y)
{
    struct pool pool = pool_of(window, channels);
    pool.minimum = minimum;
    forward(batch, &pool, minimum ? asked_part : larger_part, x, y, 1.0f);
}

void qnn_pool_sums(int batch, const struct qnn_window *window, int channels, const float *x, float *y)
{
    struct pool pool = pool_of(window, channels);
    forward(batch, &pool, sum_part, x, y, 1.0f);
}

/* Sums beyond what float32 holds: of codes, or of sums; the other is NULL. */
struct wide_pool {
    struct pool pool; /* window and channels */
    const float *codes;
    const int32_t *sums;
    int32_t *result;
};

static void add_codes(size_t count, const float *restrict codes, int32_t *restrict y)
{
    for (size_t i = 0; i < count; i++)
        y[i] += (int32_t)codes[i];
}

static void add_sums(size_t count, const int32_t *restrict sums, int32_t *restrict y)
{
    for (size_t i = 0; i < count; i++)
        y[i] += sums[i];
}

static void wide_part(void *context, size_t begin, size_t end, int thread)
{
    (void)thread;
    const struct wide_pool *wide = context;
    const struct qnn_window *w = &wide->pool.window;
    const size_t channels = wide->pool.channels;
    for (size_t output = begin; output < end; output++) {
        const struct place place = place_of(w, output);
        int32_t *y = wide->result + output * channels;
        memset(y, 0, channels * sizeof *y);
        for (int tap = 0; tap < w->kernel_height * w->kernel_width; tap++) {
            const size_t at = tap_of(w, place, tap / w->kernel_width, tap % w->kernel_width) * channels;
            if (wide->codes)
                add_codes(channels, wide->codes + at, y);
            else
                add_sums(channels, wide->sums + at, y);
        }
    }
}

static void sum_wide(int batch, struct wide_pool *wide)
{
    const struct qnn_window *w = &wide->pool.window;
    const size_t work = (size_t)w->kernel_height * (size_t)w->kernel_width * wide->pool.channels;
    qnn_parallel((size_t)batch * (size_t)w->out_height * (size_t)w->out_width, ELEMENT_GRAIN / work + 1, wide_part,
                 wide);
}

void qnn_pool_sums_wide(int batch, const struct qnn_window *window, int channels, const float *x, int32_t *y)
{
    sum_wide(batch, &(struct wide_pool){.pool = pool_of(window, channels), .codes = x, .result = y});
}

void qnn_pool_sums_of_sums(int batch, const struct qnn_window *window, int channels, const int32_t *x, int32_t *y)
{
    sum_wide(batch, &(struct wide_pool){.pool = pool_of(window, channels), .sums = x, .result = y});
}

static float average_scale(const struct qnn_window *w)
{
    return 1.0f / (float)(w->kernel_height * w->kernel_width);
}

void qnn_avgpool_forward(int batch, const struct qnn_window *window, int channels, const float *x, float *y)
{
    struct pool pool = pool_of(window, channels);
    forward(batch, &pool, sum_part, x, y, average_scale(window));
}

/* dx += dy in the channels of a tap that equals the maximum and comes first: `open` is all ones until then. */
static void give_to_first(size_t count, const float *restrict x, const float *restrict y, const float *restrict dy,
                          uint32_t *restrict open, float *restrict dx)
{
    for (size_t i = 0; i < count; i++) {
        const uint32_t here = x[i] == y[i] ? open[i] : 0;
        dx[i] += here ? dy[i] : 0.0f;
        open[i] &= ~here;
    }
}

static void max_gradient(const struct pool *pool, struct place place)
{
    const struct qnn_window *w = &pool->window;
    uint32_t open[CHANNEL_BLOCK];
    for (size_t first = 0; first < pool->channels; first += CHANNEL_BLOCK) {
        const size_t left = pool->channels - first, count = left < CHANNEL_BLOCK ? left : CHANNEL_BLOCK;
        const size_t output = place.output * pool->channels + first;
        memset(open, 0xff, count * sizeof *open);
        for (int tap = 0; tap < w->kernel_height * w->kernel_width; tap++) {
            const size_t input =
                tap_of(w, place, tap / w->kernel_width, tap % w->kernel_width) * pool->channels + first;
            give_to_first(count, pool->x + input, pool->y + output, pool->dy + output, open, pool->dx + input);
        }
    }
}

static void add_scaled(size_t count, float factor, const float *restrict dy, float *restrict dx)
{
    for (size_t i = 0; i < count; i++)
        dx[i] += dy[i] * factor;
}

static void average_gradient(const struct pool *pool, struct place place)
{
    const struct qnn_window *w = &pool->window;
    const float *dy = pool->dy + place.output * pool->channels;
    for (int r = 0; r < w->kernel_height; r++)
        for (int s = 0; s < w->kernel_width; s++)
            add_scaled(pool->channels, pool->scale, dy, pool->dx + tap_of(w, place, r, s) * pool->channels);
}

/* Images begin .. end - 1: whatever an output gives to lies in its own image. */
static void backward_part(void *context, size_t begin, size_t end, int thread)
{
    (void)thread;
    const struct pool *pool = context;
    const struct qnn_window *w = &pool->window;
    const size_t outputs = (size_t)w->out_height * (size_t)w->out_width;
    const size_t size = (size_t)w->height * (size_t)w->width * pool->channels;
    for (size_t image = begin; image < end; image++) {
        memset(pool->dx + image * size, 0, size * sizeof *pool->dx);
        for (size_t output = image * outputs; output < (image + 1) * outputs; output++) {
            if (pool->y)
                max_gradient(pool, place_of(w, output));
            else
                average_gradient(pool, place_of(w, output));
        }
    }
}

static void backward(int batch, struct pool *pool)
{
    const struct qnn_window *w = &pool->window;
    const size_t size = (size_t)w->height * (size_t)w->width * pool->channels;
    qnn_parallel((size_t)batch, ELEMENT_GRAIN / size + 1, backward_part, pool);
}

void qnn_maxpool_backward(int batch, const struct qnn_window *window, int channels, const float *x, const float *y,
                          const float *dy, float *dx)
{
    struct pool pool = pool_of(window, channels);
    pool.x = x;
    pool.y = y;
    pool.dy = dy;
    pool.dx = dx;
    backward(batch, &pool);
}

void qnn_avgpool_backward(int batch, const struct qnn_window *window, int channels, const float *dy, float *dx)
{
    struct pool pool = pool_of(window, channels);
    pool.dy = dy;
    pool.dx = dx;
    pool.scale = average_scale(window);
    backward(batch, &pool);
}
