/*
 * Packing of operands into panels: a plain copy where lanes are contiguous, a transposition in blocks of 4 x 4 where
 * the reduction is. Packing touches every element once per product; element by element it would cost as much as the
 * product of a batch of 200.
 */
#include "runtime/gemm_pack.h"

#include "runtime/gemm_kernel.h"

#include <string.h>

typedef float block_row __attribute__((vector_size(16)));
typedef block_row block_row_unaligned __attribute__((aligned(4), may_alias));
enum { BLOCK = 4 };

/* One lane after the other at distance `width`. */
static void pack_lane(const float *restrict source, size_t depth, size_t width, float *restrict panel)
{
    for (size_t k = 0; k < depth; k++)
        panel[k * width] = source[k];
}

/* Four lanes at once: rows of the source become columns of the panel. */
static void pack_four_lanes(const float *source, size_t stride, size_t depth, size_t width, float *panel)
{
    size_t k = 0;
    for (; k + BLOCK <= depth; k += BLOCK) {
        const block_row r0 = *(const block_row_unaligned *)(source + k);
        const block_row r1 = *(const block_row_unaligned *)(source + stride + k);
        const block_row r2 = *(const block_row_unaligned *)(source + 2 * stride + k);
        const block_row r3 = *(const block_row_unaligned *)(source + 3 * stride + k);
        const block_row low01 = __builtin_shufflevector(r0, r1, 0, 4, 1, 5);
        const block_row high01 = __builtin_shufflevector(r0, r1, 2, 6, 3, 7);
        const block_row low23 = __builtin_shufflevector(r2, r3, 0, 4, 1, 5);
        const block_row high23 = __builtin_shufflevector(r2, r3, 2, 6, 3, 7);
        float *out = panel + k * width;
        *(block_row_unaligned *)out = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
        *(block_row_unaligned *)(out + width) = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
        *(block_row_unaligned *)(out + 2 * width) = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
        *(block_row_unaligned *)(out + 3 * width) = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
    }
    for (size_t lane = 0; lane < BLOCK; lane++)
        pack_lane(source + lane * stride + k, depth - k, width, panel + k * width + lane);
}

static void pack_transposed(const float *source, size_t stride, size_t lanes, size_t depth, size_t width, float *panel)
{
    size_t lane = 0;
    for (; lane + BLOCK <= lanes; lane += BLOCK)
        pack_four_lanes(source + lane * stride, stride, depth, width, panel + lane);
    for (; lane < lanes; lane++)
        pack_lane(source + lane * stride, depth, width, panel + lane);
    for (; lane < width; lane++)
        for (size_t k = 0; k < depth; k++)
            panel[k * width + lane] = 0.0f;
}

/* `lanes` and `width` are constants where this is inlined for a full panel: a copy is then a few vector moves. */
static inline __attribute__((always_inline)) void copy_rows(const float *source, size_t stride, size_t lanes,
                                                            size_t depth, size_t width, float *panel)
{
    for (size_t k = 0; k < depth; k++) {
        memcpy(panel + k * width, source + k * stride, lanes * sizeof *panel);
        for (size_t lane = lanes; lane < width; lane++)
            panel[k * width + lane] = 0.0f;
    }
}

static void pack_copied(const float *source, size_t stride, size_t lanes, size_t depth, size_t width, float *panel)
{
    if (lanes == TILE_COLUMNS && width == TILE_COLUMNS)
        copy_rows(source, stride, TILE_COLUMNS, depth, TILE_COLUMNS, panel);
    else if (lanes == TILE_ROWS && width == TILE_ROWS)
        copy_rows(source, stride, TILE_ROWS, depth, TILE_ROWS, panel);
    else
        copy_rows(source, stride, lanes, depth, width, panel);
}

void qnn_gemm_pack(const struct operand *operand, size_t first, size_t lanes, size_t k, size_t depth, size_t width,
                   size_t stride, float *packed)
{
    for (size_t lane = 0; lane < lanes; lane += width) {
        const size_t filled = lanes - lane < width ? lanes - lane : width;
        const float *source = operand->data + (first + lane) * operand->lane_stride + k * operand->depth_stride;
        if (operand->depth_stride == 1)
            pack_transposed(source, operand->lane_stride, filled, depth, width, packed);
        else
            pack_copied(source, operand->depth_stride, filled, depth, width, packed);
        packed += stride;
    }
}
