/*
 * Work on the columns of a [rows][columns] matrix, cut into tiles: blocks of columns, and where there are more rows than one
 * thread should walk alone (an image's positions), chunks of rows.
 *
 * Sums down a column are made per chunk, rows in order, and added up in the order of the chunks. The cut depends on the
 * matrix' shape only, and so does every result. Private to runtime/ops.
 */
#ifndef QNN_OPS_COLUMNS_H
#define QNN_OPS_COLUMNS_H

#include <stddef.h>

enum {
    COLUMN_BLOCK = 64,   /* columns; also the smallest piece of a thread, so that no two share a cache line */
    CHUNK_ROWS = 1024,   /* rows below which a column is one chunk: its block stays in the second-level cache */
    COLUMN_SUMS = 65536, /* pairs of sums that fit the scratch memory */
};

/* Tiles are numbered by chunk, then block. */
struct tiling {
    size_t rows, columns;
    size_t chunk_rows, chunks, blocks;
};

/* The part of a matrix that a tile covers. */
struct block {
    size_t row, rows;    /* rows row .. row + rows - 1 */
    size_t stride;       /* columns of the whole matrix */
    size_t first, width; /* columns first .. first + width - 1, 1 <= width <= COLUMN_BLOCK */
    size_t chunk;
};

/* Two sums of each column of a block. */
struct sums {
    double a[COLUMN_BLOCK], b[COLUMN_BLOCK];
};

struct tiling qnn_tiling(size_t rows, size_t columns);

static inline size_t tile_count(const struct tiling *tiling)
{
    return tiling->chunks * tiling->blocks;
}

static inline struct block tile_at(const struct tiling *tiling, size_t tile)
{
    const size_t chunk = tile / tiling->blocks, row = chunk * tiling->chunk_rows;
    const size_t first = tile % tiling->blocks * COLUMN_BLOCK;
    const size_t rows = tiling->rows - row, width = tiling->columns - first;
    return (struct block){.row = row,
                          .rows = rows < tiling->chunk_rows ? rows : tiling->chunk_rows,
                          .stride = tiling->columns,
                          .first = first,
                          .width = width < COLUMN_BLOCK ? width : COLUMN_BLOCK,
                          .chunk = chunk};
}

/* Two sums a and b of each column of a matrix of several chunks, in the scratch memory of thread 0, which nobody else uses
 * meanwhile: every tile stores its own, then all are combined, then any tile can load the totals of its columns. What a tile
 * of the first chunk stores after that takes their place. */
void qnn_sums_store(const struct tiling *tiling, struct block block, const double *a, const double *b);
void qnn_sums_combine(const struct tiling *tiling);
void qnn_sums_load(const struct tiling *tiling, struct block block, double *a, double *b);

/* sums [columns] = the sum of each column of matrix [rows][columns], in double. */
void qnn_column_sums(int rows, int columns, const float *matrix, float *sums);

#endif
