/*
 * An image seen as a matrix: a row for each position of a grid, and in it the channels of every tap that the position
 * reads ("im2col"), never stored as a whole. Private to runtime/ops/conv*.c.
 *
 * The image is [batch][rows.size][columns.size][pixel] and `data` points at the first channel that is read. Lane
 * (image, i, j) of the grid [batch][rows.count][columns.count] reads, for tap (r, s) of [rows.taps][columns.taps],
 * `channels` contiguous floats at position
 *     (i * rows.step + rows.first + r * rows.tap_step, j * columns.step + columns.first + s * columns.tap_step),
 * or `outside` for each of them where the position lies outside the image.
 */
#ifndef QNN_OPS_CONV_PATCHES_H
#define QNN_OPS_CONV_PATCHES_H

#include <stddef.h>

/* One direction of the grid. */
struct axis {
    int size;        /* positions of the image */
    int count;       /* of the grid */
    int step, first; /* of the grid in the image; first may be negative */
    int taps, tap_step;
};

struct patches {
    const float *data;
    size_t pixel; /* floats from one position to the next */
    size_t batch;
    struct axis rows, columns;
    size_t channels;
    float outside;
};

static inline size_t patch_lanes(const struct patches *p)
{
    return p->batch * (size_t)p->rows.count * (size_t)p->columns.count;
}

static inline size_t patch_taps(const struct patches *p)
{
    return (size_t)p->rows.taps * (size_t)p->columns.taps;
}

/* A piece of the matrix's depth: taps tap .. tap + taps - 1, of each the channels channel .. channel + length - 1. Where
 * length is not all channels, taps is 1. */
struct patch_block {
    size_t tap, taps, channel, length;
};

/* rows[n] = where lane `lane` + n, n < lanes, has the channels from `channel` on of one tap; `outside` for taps outside
 * the image. */
void qnn_patches_point(const struct patches *patches, size_t lane, size_t lanes, size_t tap, size_t channel,
                       const float *outside, const float **rows);

/* rows [lanes][block->taps * block->length] = that part of the matrix. */
void qnn_patches_gather(const struct patches *patches, size_t lane, size_t lanes, const struct patch_block *block,
                        float *rows);

#endif
