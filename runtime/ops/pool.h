/*
 * Pools: maxima and averages over windows, forward and backward, and their exact integer forms.
 *
 * x [batch][height][width][channels], y [batch][out_height][out_width][channels]. The window has no padding and
 * dilation 1; windows may overlap. Buffers do not overlap.
 */
#ifndef QNN_OPS_POOL_H
#define QNN_OPS_POOL_H

#include "runtime/ops/window.h"

#include <stdint.h>

void qnn_maxpool_forward(int batch, const struct qnn_window *window, int channels, const float *x, float *y);
/* The gradient goes to the first of the largest taps in (row, column) order, found again from x and y. dx is
 * overwritten. */
void qnn_maxpool_backward(int batch, const struct qnn_window *window, int channels, const float *x, const float *y,
                          const float *dy, float *dx);

void qnn_avgpool_forward(int batch, const struct qnn_window *window, int channels, const float *x, float *y);
void qnn_avgpool_backward(int batch, const struct qnn_window *window, int channels, const float *dy, float *dx);

/* Codes held in float32: the largest tap, or the smallest in channels with minimum[c] != 0 (docs/numerics.md, falling
 * channels). minimum may be NULL: none. */
void qnn_pool_codes(int batch, const struct qnn_window *window, int channels, const uint8_t *minimum, const float *x,
                    float *y);
/* The exact sum of the taps: integers held in float32, sums of at most 2^24 in magnitude (the compiler's proof). */
void qnn_pool_sums(int batch, const struct qnn_window *window, int channels, const float *x, float *y);
/* The same where sums, or the integers too, may be larger: below 2^31. */
void qnn_pool_sums_wide(int batch, const struct qnn_window *window, int channels, const float *x, int32_t *y);
void qnn_pool_sums_of_sums(int batch, const struct qnn_window *window, int channels, const int32_t *x, int32_t *y);

#endif
