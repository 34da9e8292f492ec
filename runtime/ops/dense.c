/* The dense layer: matrix products, and the bias. */
#include "runtime/ops/dense.h"

#include "runtime/gemm.h"
#include "runtime/numeric/error.h"
#include "runtime/ops/columns.h"
#include "runtime/thread_pool.h"

enum { BIAS_GRAIN = 16384, EXACT_FLOAT_LIMIT = 1 << 24 };

struct bias {
    size_t units;
    const float *bias;
    float *y;
};

static void add_bias(void *context, size_t begin, size_t end, int thread)
{
    (void)thread;
    const struct bias *b = context;
    for (size_t row = begin; row < end; row++) {
        float *restrict y = b->y + row * b->units;
        const float *restrict bias = b->bias;
        for (size_t i = 0; i < b->units; i++)
            y[i] += bias[i];
    }
}

void qnn_dense_forward(int batch, int inputs, int units, const float *x, const float *weights, const float *bias,
                       float *y)
{
    qnn_gemm_nt(batch, units, inputs, x, weights, y);
    if (!bias || units == 0)
        return;
    struct bias b = {.units = (size_t)units, .bias = bias, .y = y};
    qnn_parallel((size_t)batch, (size_t)BIAS_GRAIN / (size_t)units + 1, add_bias, &b);
}

void qnn_dense_backward(int batch, int inputs, int units, const float *x, const float *weights, const float *dy,
                        float *dx, float *dweights, float *dbias)
{
    qnn_gemm_tn(units, inputs, batch, dy, x, dweights);
    if (dx)
        qnn_gemm_nn(batch, inputs, units, dy, weights, dx);
    if (dbias)
        qnn_column_sums(batch, units, dy, dbias);
}

void qnn_dense_accumulate(int batch, int inputs, int units, int32_t max_product, const float *x, const float *weights,
                          int32_t *acc)
{
    qnn_gemm_nt_exact(batch, units, inputs, max_product, x, weights, acc);
}

void qnn_dense_accumulate_float(int batch, int inputs, int units, int32_t max_product, const float *x,
                                const float *weights, float *acc)
{
    QNN_CHECK(max_product >= 1 && (int64_t)inputs * max_product < EXACT_FLOAT_LIMIT);
    qnn_gemm_nt(batch, units, inputs, x, weights, acc);
}
