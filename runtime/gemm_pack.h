/* Packing of operands into the panels that the inner loop of a matrix product reads. Private to the runtime's
 * products: gemm.c and ops/conv_*.c. */
#ifndef QNN_GEMM_PACK_H
#define QNN_GEMM_PACK_H

#include <stddef.h>

/* One operand, seen as lanes (rows of the left, columns of the right operand) times depth (the reduction): element
 * (lane, k) is data[lane * lane_stride + k * depth_stride]; one of the strides is 1. */
struct operand {
    const float *data;
    size_t lane_stride, depth_stride;
};

/* Lanes first .. first + lanes - 1 and depth k .. k + depth - 1 of the operand as panels [depth][width], one after the
 * other, the last one filled with zeros. width is TILE_ROWS or TILE_COLUMNS; panels lie `stride` floats apart, at least
 * depth * width: what lies between belongs to another piece of the reduction. */
void qnn_gemm_pack(const struct operand *operand, size_t first, size_t lanes, size_t k, size_t depth, size_t width,
                   size_t stride, float *packed);

#endif
