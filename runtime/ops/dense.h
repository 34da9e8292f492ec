/*
 * The dense layer: y = x W^T + bias, forward, backward, and its exact integer form for evaluation.
 *
 * x [batch][inputs], y [batch][units], weights [units][inputs], bias [units]; float32, row-major. `weights` is what
 * the forward pass multiplies by (the codes of a quantized layer, the latent weights of a float one); dweights is the
 * gradient with respect to it. Buffers do not overlap.
 */
#ifndef QNN_OPS_DENSE_H
#define QNN_OPS_DENSE_H

#include <stdint.h>

/* bias may be NULL. */
void qnn_dense_forward(int batch, int inputs, int units, const float *x, const float *weights, const float *bias,
                       float *y);

/* dweights [units][inputs] = dy^T x; dx [batch][inputs] = dy W, left out where dx is NULL (the first layer); dbias
 * [units] = column sums of dy, left out where dbias is NULL. All three are overwritten, not added to. */
void qnn_dense_backward(int batch, int inputs, int units, const float *x, const float *weights, const float *dy,
                        float *dx, float *dweights, float *dbias);

/* acc [batch][units] = x W^T over integers held in float32, exact; no bias. max_product >= max|x| * max|w|, an integer
 * below 2^24; inputs * max_product < 2^31 is the compiler's proof, and a violation aborts. */
void qnn_dense_accumulate(int batch, int inputs, int units, int32_t max_product, const float *x, const float *weights,
                          int32_t *acc);

/* The same as floats, which runtime/numeric/unit.h reads: inputs * max_product < 2^24, or it aborts. */
void qnn_dense_accumulate_float(int batch, int inputs, int units, int32_t max_product, const float *x,
                                const float *weights, float *acc);

#endif
