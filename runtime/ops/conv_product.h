/* The product of an image's patches with a matrix of weights: what a convolution is forward, and what its gradient with
 * respect to the image is. Private to runtime/ops/conv*.c. */
#ifndef QNN_OPS_CONV_PRODUCT_H
#define QNN_OPS_CONV_PRODUCT_H

#include "runtime/ops/conv_patches.h"

#include <stdint.h>

/* Weight (output, tap (r, s), channel) is weights[output * output_step + r * row_step + s * column_step + channel *
 * channel_step]; output_step or channel_step is 1. */
struct tap_weights {
    const float *data;
    ptrdiff_t row_step, column_step; /* may be negative: kernels are also read backwards */
    size_t output_step, channel_step;
};

/* result[place of the lane + output], 0 <= output < outputs, = sum over taps and channels of patch * weight, and bias.
 * Lane (image, i, j) has its place at image * image_step + i * row_step + j * column_step floats. */
struct conv_product {
    struct patches patches;
    struct tap_weights weights;
    size_t outputs;
    const float *bias; /* [outputs] or NULL */
    float *result;     /* one of the two results */
    int32_t *exact;
    size_t image_step, row_step, column_step;
};

/* place[n] = the place of lane `lane` + n, n < lanes. */
void qnn_conv_places(const struct conv_product *product, size_t lane, size_t lanes, size_t *place);

/* Into result. A sum is that of its blocks in rising order, bias first, whatever the number of threads. */
void qnn_conv_product(const struct conv_product *product);

/* Into exact, over integers held in float32, without bias: max_product >= max|patch| * max|weight|, below 2^24. */
void qnn_conv_product_exact(const struct conv_product *product, int32_t max_product);

#endif
