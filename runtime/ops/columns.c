/* Sums over the rows of a matrix, in an order that depends on nothing but its shape. */
#include "runtime/ops/columns.h"

#include "runtime/thread_pool.h"

struct column_sums {
    size_t rows, columns;
    const float *matrix;
    float *sums;
};

static void sum_block(const struct column_sums *c, struct block block)
{
    double sum[COLUMN_BLOCK] = {0};
    for (size_t row = 0; row < block.rows; row++) {
        const float *restrict x = c->matrix + row * block.stride + block.first;
        for (size_t i = 0; i < block.width; i++)
            sum[i] += (double)x[i];
    }
    for (size_t i = 0; i < block.width; i++)
        c->sums[block.first + i] = (float)sum[i];
}

static void sum_part(void *context, size_t begin, size_t end, int thread)
{
    (void)thread;
    const struct column_sums *c = context;
    for (size_t first = begin; first < end; first += COLUMN_BLOCK)
        sum_block(c, block_at(c->rows, c->columns, first, end));
}

void qnn_column_sums(int rows, int columns, const float *matrix, float *sums)
{
    struct column_sums c = {.rows = (size_t)rows, .columns = (size_t)columns, .matrix = matrix, .sums = sums};
    qnn_parallel(c.columns, COLUMN_BLOCK, sum_part, &c);
}
