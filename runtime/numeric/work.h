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

/* Layers between signs (qnn_conv_signs_forward, qnn_dense_signs_forward): words of 64 bits that they pack signs in, for `pixels`
 * input positions of the whole batch and `taps` of the kernel; a constant expression. Outputs are packed QNN_SIGN_ROWS at
 * a time, and a window has at most QNN_SIGN_WINDOW words, taps * ceil(inputs / 64). */
#define QNN_SIGN_WORK(pixels, taps, inputs, outputs)                                                                 \
    (((size_t)(pixels) + ((size_t)(outputs) + QNN_SIGN_ROWS - 1) / QNN_SIGN_ROWS * QNN_SIGN_ROWS * (size_t)(taps)) * \
     (((size_t)(inputs) + 63) / 64))
enum { QNN_SIGN_ROWS = 8, QNN_SIGN_WINDOW = 65536 };

#endif
