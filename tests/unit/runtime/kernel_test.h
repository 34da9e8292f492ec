/*
 * What the tests of the kernels share: memory, seeded random values, comparison, and a gradient by central differences
 * of a plain reference in double. Kernels run in float32; the reference is the formula, written once more as simply as
 * possible.
 */
#ifndef QNN_TESTS_KERNEL_TEST_H
#define QNN_TESTS_KERNEL_TEST_H

#include "runtime/numeric/random.h"
#include "runtime/thread_pool.h"
#include "tests/unit/cunit_main.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const int odd_sizes[] = {1, 2, 3, 5, 7, 8, 17, 63, 64, 65};
enum { ODD_SIZE_COUNT = sizeof odd_sizes / sizeof odd_sizes[0] };

static inline void *zeros(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (!memory)
        abort();
    return memory;
}

static inline float *floats(size_t count)
{
    return zeros(count, sizeof(float));
}

/* Uniform in [low, high), the same for the same seed. */
static inline void fill(uint64_t seed, size_t count, float low, float high, float *values)
{
    const struct qnn_stream stream = {.seed = seed, .purpose = QNN_RANDOM_TEST, .index = 0};
    qnn_random_fill_uniform(&stream, 0, count, values);
    for (size_t i = 0; i < count; i++)
        values[i] = low + (high - low) * values[i];
}

static inline float *random_floats(uint64_t seed, size_t count, float low, float high)
{
    float *values = floats(count);
    fill(seed, count, low, high, values);
    return values;
}

/* Integers low .. high as floats. */
static inline float *random_integers(uint64_t seed, size_t count, int low, int high)
{
    float *values = random_floats(seed, count, (float)low, (float)(high + 1));
    for (size_t i = 0; i < count; i++)
        values[i] = fminf(floorf(values[i]), (float)high);
    return values;
}

static inline float *copy_floats(const float *values, size_t count)
{
    float *copy = floats(count);
    memcpy(copy, values, count * sizeof *copy);
    return copy;
}

/* |a - b| <= tolerance * (1 + |b|); NaN is not close to anything. */
static inline bool is_close(double a, double b, double tolerance)
{
    return fabs(a - b) <= tolerance * (1.0 + fabs(b));
}

static inline bool same_bits(const void *a, const void *b, size_t bytes)
{
    return memcmp(a, b, bytes) == 0;
}

/* d(loss)/d(x[i]) of a reference: loss(context, x) in double, x changed and restored. */
static inline double difference_quotient(double (*loss)(const void *context, const double *x), const void *context,
                                         double *x, size_t i)
{
    const double step = 1e-6, kept = x[i];
    x[i] = kept + step;
    const double above = loss(context, x);
    x[i] = kept - step;
    const double below = loss(context, x);
    x[i] = kept;
    return (above - below) / (2.0 * step);
}

static inline double *doubles_of(const float *values, size_t count)
{
    double *copy = zeros(count, sizeof(double));
    for (size_t i = 0; i < count; i++)
        copy[i] = (double)values[i];
    return copy;
}

/* Runs `test` under one thread and under three: what holds for one must hold for several. */
static inline void with_threads(void (*test)(void))
{
    static const int counts[] = {1, 3};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        CU_ASSERT_FATAL(qnn_threads_start(counts[i]));
        test();
        qnn_threads_stop();
    }
}

#endif
