/*
 * Sizes of work memory: the compiler plans it, kernels use it.
 */
#ifndef QNN_NUMERIC_WORK_H
#define QNN_NUMERIC_WORK_H

#include <stddef.h>

/* Floats that training a convolution of these channels may use (qnn_conv_train_forward, qnn_conv_train_backward); a constant
 * expression. Only 3x3 kernels with stride 1, dilation 1, one group, and at least QNN_CONV_WORK_CHANNELS inputs and
 * outputs use any. */
#define QNN_CONV_WORK(inputs, outputs) ((size_t)36 * ((size_t)(inputs) + 32) * ((size_t)(outputs) + 32))
enum { QNN_CONV_WORK_CHANNELS = 32 };

#endif
