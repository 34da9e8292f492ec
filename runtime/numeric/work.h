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

/* Layers whose inputs lie in bits (qnn_conv_bits_forward, qnn_dense_bits_forward): words of 64 bits that they pack into, for
 * `planes` (signs: 1) of `pixels` input positions of the whole batch and `taps` of the kernel; a constant expression.
 * Outputs are packed QNN_BIT_ROWS at a time, and a window has at most QNN_BIT_WINDOW words, planes * taps * ceil(inputs / 64). */
#define QNN_BIT_WORK(planes, pixels, taps, inputs, outputs)                                    \
    (((size_t)(planes) * (size_t)(pixels) +                                                    \
      ((size_t)(outputs) + QNN_BIT_ROWS - 1) / QNN_BIT_ROWS * QNN_BIT_ROWS * (size_t)(taps)) * \
     (((size_t)(inputs) + 63) / 64))
enum { QNN_BIT_ROWS = 8, QNN_BIT_WINDOW = 65536 };

#endif
