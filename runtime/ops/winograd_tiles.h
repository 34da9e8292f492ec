/* Images, and where their tiles lie. Private to runtime/ops/conv_winograd*.c. */
#ifndef QNN_OPS_WINOGRAD_TILES_H
#define QNN_OPS_WINOGRAD_TILES_H

#include "runtime/ops/winograd.h"

#include <stdbool.h>

/* An image [batch][height][width][channels]; whoever reads beside it reads `outside`. */
struct winograd_image {
    const float *data;
    int height, width;
    size_t channels;
    float outside;
};

/* A grid of tiles of results x results positions over [batch][height][width]. */
struct winograd_grid {
    int results;
    size_t rows, columns;
};

struct winograd_tile {
    size_t image;
    int row, column; /* of its first position */
};

static inline struct winograd_grid winograd_grid_of(const struct winograd *scheme, int height, int width)
{
    const int m = scheme->results;
    return (struct winograd_grid){
        .results = m, .rows = (size_t)((height + m - 1) / m), .columns = (size_t)((width + m - 1) / m)};
}

static inline struct winograd_tile winograd_tile_at(const struct winograd_grid *grid, size_t index)
{
    const size_t line = index / grid->columns;
    return (struct winograd_tile){.image = line / grid->rows,
                                  .row = (int)(line % grid->rows) * grid->results,
                                  .column = (int)(index % grid->columns) * grid->results};
}

/* pixels[size * size] = where the square at (row, column) of an image has its channels from `channel` on; `outside` for
 * positions beside the image. */
static inline void winograd_pixels(const struct winograd_image *x, size_t image, int row, int column, int size,
                                   size_t channel, const float *outside, const float **pixels)
{
    for (int i = row; i < row + size; i++) {
        const bool inside = i >= 0 && i < x->height;
        const size_t line = inside ? (image * (size_t)x->height + (size_t)i) * (size_t)x->width : 0;
        for (int j = column; j < column + size; j++)
            *pixels++ =
                inside && j >= 0 && j < x->width ? x->data + (line + (size_t)j) * x->channels + channel : outside;
    }
}

#endif
