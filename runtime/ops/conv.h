/*
 * The convolution: forward, backward, the same for training steps, and its exact integer form for evaluation.
 *
 * x [batch][height][width][inputs], y [batch][out_height][out_width][outputs], weights
 * [outputs][kernel_height][kernel_width][inputs / groups], bias [outputs]; float32, channel fastest. Output channel o
 * belongs to group o / (outputs / groups) and reads that group's inputs / groups channels. groups divides both; groups
 * = inputs = outputs is the depthwise convolution. A tap outside the input reads pad_value in every channel.
 * `weights` is what the forward pass multiplies by; dweights is the gradient with respect to it. Buffers do not overlap.
 * Results depend on the sizes only, not on the number of threads.
 */
#ifndef QNN_OPS_CONV_H
#define QNN_OPS_CONV_H

#include "runtime/numeric/work.h"
#include "runtime/ops/window.h"

#include <stddef.h>
#include <stdint.h>

struct qnn_conv {
    struct qnn_window window;
    int inputs, outputs, groups;
    float pad_value;
};

/* bias may be NULL. */
void qnn_conv_forward(int batch, const struct qnn_conv *conv, const float *x, const float *weights, const float *bias,
                      float *y);

/* dweights as weights, taps in the padding included (they saw pad_value); dx as x, left out where dx is NULL (the first
 * layer); dbias [outputs], left out where NULL. All three are overwritten, not added to. */
void qnn_conv_backward(int batch, const struct qnn_conv *conv, const float *x, const float *weights, const float *dy,
                       float *dx, float *dweights, float *dbias);

/* The same as forward and backward for training steps, rounded otherwise: 3x3 kernels may go through Winograd's minimal
 * filtering (arXiv 1509.09308), with fewer products. QNN_SUMS_EXACT is for inputs that are codes: on integers the sums are
 * exact while 160 * inputs * max|x or pad_value| * max|w| < 2^24; other values have about the direct one's error.
 * QNN_SUMS_ROUNDED takes larger tiles: errors are a few times that, as those of the gradients.
 * Also for the batches whose statistics batch norms keep; never for the evaluation of a network: that is
 * qnn_conv_forward and qnn_conv_accumulate. work: QNN_CONV_WORK floats, shared by all layers of a network, contents
 * meaningless before and after; NULL: the direct convolutions. */
enum qnn_sums { QNN_SUMS_EXACT, QNN_SUMS_ROUNDED };
void qnn_conv_train_forward(int batch, const struct qnn_conv *conv, enum qnn_sums sums, const float *x,
                            const float *weights, const float *bias, float *y, float *work);
void qnn_conv_train_backward(int batch, const struct qnn_conv *conv, const float *x, const float *weights,
                             const float *dy, float *dx, float *dweights, float *dbias, float *work);

/* acc [batch][out_height][out_width][outputs] over integers held in float32, exact; pad_value is the code of the
 * padding; no bias. max_product >= max|x or pad_value| * max|w|, an integer below 2^24; products per accumulator *
 * max_product < 2^31 is the compiler's proof, and a violation aborts. */
void qnn_conv_accumulate(int batch, const struct qnn_conv *conv, int32_t max_product, const float *x,
                         const float *weights, int32_t *acc);

#endif
