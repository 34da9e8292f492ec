/* Work on the columns of a [rows][columns] matrix, in blocks whose rows stay in the second-level cache while a column
 * is read twice or three times. Private to runtime/ops. */
#ifndef QNN_OPS_COLUMNS_H
#define QNN_OPS_COLUMNS_H

#include <stddef.h>

enum { COLUMN_BLOCK = 64 }; /* columns; also the smallest piece of a thread, so that no two share a cache line */

/* The part of a matrix that a block covers. */
struct block {
    size_t rows, stride; /* stride = columns of the whole matrix */
    size_t first, width; /* columns first .. first + width - 1, 1 <= width <= COLUMN_BLOCK */
};

static inline struct block block_at(size_t rows, size_t columns, size_t first, size_t end)
{
    const size_t width = end - first < COLUMN_BLOCK ? end - first : COLUMN_BLOCK;
    return (struct block){.rows = rows, .stride = columns, .first = first, .width = width};
}

/* sums [columns] = the sum of each column of matrix [rows][columns], in double, rows in order. */
void qnn_column_sums(int rows, int columns, const float *matrix, float *sums);

#endif
