/* Joins: sums and channels side by side. Memory is all that they cost, so the work is split by elements. */
#include "runtime/ops/join.h"

#include "runtime/numeric/error.h"
#include "runtime/ops/elementwise.h"
#include "runtime/thread_pool.h"

#include <string.h>

struct sum {
    const float *a, *b;
    float *y;
};

static void add_part(void *context, size_t begin, size_t end, int thread)
{
    (void)thread;
    const struct sum *s = context;
    const float *a = s->a, *b = s->b;
    float *y = s->y;
    QNN_SAME_ELEMENT
    for (size_t i = begin; i < end; i++)
        y[i] = a[i] + b[i];
}

void qnn_add_forward(int count, const float *a, const float *b, float *y)
{
    QNN_CHECK(count >= 0);
    struct sum s = {.a = a, .b = b, .y = y};
    qnn_parallel((size_t)count, ELEMENT_GRAIN, add_part, &s);
}

void qnn_gradient_add(int count, const float *more, float *gradient)
{
    qnn_add_forward(count, gradient, more, gradient);
}

/* Rows [channels_a + channels_b] and their parts. */
struct parts {
    size_t channels_a, channels_b;
    const float *a, *b, *dy;
    float *y, *da, *db;
};

static void join_part(void *context, size_t begin, size_t end, int thread)
{
    (void)thread;
    const struct parts *p = context;
    for (size_t row = begin; row < end; row++) {
        float *y = p->y + row * (p->channels_a + p->channels_b);
        memcpy(y, p->a + row * p->channels_a, p->channels_a * sizeof *y);
        memcpy(y + p->channels_a, p->b + row * p->channels_b, p->channels_b * sizeof *y);
    }
}

static void divide_part(void *context, size_t begin, size_t end, int thread)
{
    (void)thread;
    const struct parts *p = context;
    for (size_t row = begin; row < end; row++) {
        const float *dy = p->dy + row * (p->channels_a + p->channels_b);
        if (p->da)
            memcpy(p->da + row * p->channels_a, dy, p->channels_a * sizeof *dy);
        if (p->db)
            memcpy(p->db + row * p->channels_b, dy + p->channels_a, p->channels_b * sizeof *dy);
    }
}

static void split_rows(int rows, struct parts *parts, qnn_range_function *function)
{
    qnn_parallel((size_t)rows, ELEMENT_GRAIN / (parts->channels_a + parts->channels_b) + 1, function, parts);
}

void qnn_concat_forward(int rows, int channels_a, int channels_b, const float *a, const float *b, float *y)
{
    QNN_CHECK(rows >= 0 && channels_a > 0 && channels_b > 0);
    struct parts parts = {.channels_a = (size_t)channels_a, .channels_b = (size_t)channels_b, .a = a, .b = b, .y = y};
    split_rows(rows, &parts, join_part);
}

void qnn_concat_backward(int rows, int channels_a, int channels_b, const float *dy, float *da, float *db)
{
    QNN_CHECK(rows >= 0 && channels_a > 0 && channels_b > 0);
    struct parts parts = {
        .channels_a = (size_t)channels_a, .channels_b = (size_t)channels_b, .dy = dy, .da = da, .db = db};
    split_rows(rows, &parts, divide_part);
}
