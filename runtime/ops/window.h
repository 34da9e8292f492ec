/*
 * The geometry that convolutions and pools share: where a window of taps lies for each output position.
 *
 * Tensors are [batch][height][width][channels], channel fastest. Output position (i, j) reads the taps
 *     (i * stride_height - pad_top + r * dilation, j * stride_width - pad_left + s * dilation)
 * for r < kernel_height, s < kernel_width. A tap outside the input is padding; the bottom and right padding follow from
 * the output's size. Pools have no padding: every tap lies inside.
 */
#ifndef QNN_OPS_WINDOW_H
#define QNN_OPS_WINDOW_H

struct qnn_window {
    int height, width; /* of the input */
    int kernel_height, kernel_width;
    int stride_height, stride_width;
    int pad_top, pad_left;
    int dilation; /* distance of neighbouring taps, both ways; 1 for pools */
    int out_height, out_width;
};

#endif
