/* Convolutions by Winograd's minimal filtering (winograd.h), for training. Private to runtime/ops/conv*.c. */
#ifndef QNN_OPS_CONV_WINOGRAD_H
#define QNN_OPS_CONV_WINOGRAD_H

#include "runtime/ops/winograd_tiles.h"

#include <stdbool.h>

/* result [batch][height][width][outputs], position (i, j) = bias + the sum over taps (r, s) and channels of
 * image(i - pad_top + r, j - pad_left + s) * weights[output * output_step + tap * tap_step + channel * channel_step]. */
struct winograd_product {
    size_t batch;
    struct winograd_image image;
    int pad_top, pad_left; /* may be negative */
    const float *weights;  /* of tap 0 */
    ptrdiff_t tap_step;
    size_t output_step, channel_step; /* one of them 1 */
    const float *bias;                /* or NULL */
    int height, width;
    size_t outputs;
    float *result;
    float *work; /* positions * image.channels * (outputs rounded up to TILE_COLUMNS) floats */
};

/* dweights [outputs][9][image.channels] of the product with pads as above, from dy [batch][height][width][outputs]. */
struct winograd_weights {
    size_t batch;
    struct winograd_image image, dy; /* dy.outside is 0 */
    int pad_top, pad_left;
    float *dweights;
    float *work; /* positions * (image.channels rounded up to TILE_COLUMNS) * (outputs rounded up to TILE_ROWS) */
};

/* Whether tiles of so many channels fit the threads' scratch memory; at least 2 * QNN_LANES channels each. */
bool qnn_winograd_fits(const struct winograd *scheme, size_t channels, size_t outputs);

/* Results depend on the sizes only. */
void qnn_winograd_product(const struct winograd *scheme, const struct winograd_product *product);
void qnn_winograd_weights(const struct winograd *scheme, const struct winograd_weights *weights);

#endif
