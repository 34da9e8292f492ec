/*
 * Matrix products by OpenBLAS, equal for any number of threads.
 *
 * OpenBLAS's own threads change how a sum is ordered, and so does any split that follows the number of threads. Here
 * the longer side of c is split by its length alone, into at most PARTS parts; each is one call of sgemm in one thread
 * of the pool. Every part packs the whole shorter operand for itself, so narrow parts would cost more than they save.
 */
#include "runtime/gemm_blas.h"

#include "runtime/gemm_kernel.h"
#include "runtime/numeric/error.h"
#include "runtime/thread_pool.h"

#include <limits.h>

/*
 * Where OpenBLAS 0.3.21 is faster than the built-in product (tests/bench/gemm_step.c, docs/results/speed.md): small
 * products, for which it has special kernels, and those with at least LEAST_SIDE rows, columns and steps.
 * Built in with vectors of 16 floats, large products are as fast or faster than its SkylakeX kernels.
 */
#if defined(__AVX512F__)
enum { SMALL_WORK = 1 << 19, LEAST_SIDE = INT_MAX };
#elif defined(__AVX2__) && defined(__FMA__)
enum { SMALL_WORK = 1 << 19, LEAST_SIDE = 16 };
#else
enum { SMALL_WORK = 0, LEAST_SIDE = 0 };
#endif

enum { PARTS = 8, NARROWEST_PART = 128, PART_MULTIPLE = 16 };

/* A block of an exact product as floats, in the scratch memory of a thread. */
enum { BLOCK_ROWS = 256, BLOCK_COLUMNS = QNN_SCRATCH_FLOATS / BLOCK_ROWS };

static int least(int a, int b)
{
    return a < b ? a : b;
}

static int divide_up(int a, int b)
{
    return (a - 1) / b + 1;
}

bool qnn_blas_takes(int m, int n, int k)
{
    if (qnn_blas_used() != QNN_BLAS_AUTO)
        return qnn_blas_used() == QNN_BLAS_ALWAYS;
    if (qnn_blas_lanes() < QNN_LANES)
        return false;
    return (double)m * n * k <= SMALL_WORK || (m >= LEAST_SIDE && n >= LEAST_SIDE && k >= LEAST_SIDE);
}

struct block {
    int row, rows, column, columns, first, depth; /* of c, and of the reduction */
};

/* The operand from (row, column) on. */
static struct qnn_blas_operand from(const struct qnn_blas_operand *operand, int row, int column)
{
    const size_t stride = (size_t)operand->stride;
    struct qnn_blas_operand part = *operand;
    part.data += operand->transposed ? (size_t)column * stride + (size_t)row : (size_t)row * stride + (size_t)column;
    return part;
}

static void multiply_block(const struct qnn_blas_product *p, const struct block *b, float *c, int stride)
{
    const struct qnn_blas_operand left = from(&p->left, b->row, b->first), right = from(&p->right, b->first, b->column);
    qnn_blas_sgemm(b->rows, b->columns, b->depth, &left, &right, c, stride);
}

/* All of the reduction for one block of c: in pieces that float32 adds without rounding, in whatever order; the pieces
 * are added as integers. */
static void multiply_block_exact(const struct qnn_blas_product *p, struct block b, float *sums)
{
    for (b.first = 0; b.first < p->k; b.first += p->depth) {
        b.depth = least(p->k - b.first, p->depth);
        multiply_block(p, &b, sums, b.columns);
        for (int i = 0; i < b.rows; i++) {
            int32_t *c = p->exact + (size_t)(b.row + i) * (size_t)p->n + (size_t)b.column;
            const float *sum = sums + (size_t)i * (size_t)b.columns;
            for (int j = 0; j < b.columns; j++)
                c[j] = (b.first > 0 ? c[j] : 0) + (int32_t)sum[j];
        }
    }
}

static void multiply_part_exact(const struct qnn_blas_product *p, const struct block *part, float *sums)
{
    struct block b;
    for (int i = 0; i < part->rows; i += BLOCK_ROWS)
        for (int j = 0; j < part->columns; j += BLOCK_COLUMNS) {
            b = (struct block){.row = part->row + i, .column = part->column + j};
            b.rows = least(part->rows - i, BLOCK_ROWS);
            b.columns = least(part->columns - j, BLOCK_COLUMNS);
            multiply_block_exact(p, b, sums);
        }
}

static bool splits_rows(const struct qnn_blas_product *p)
{
    return p->m > p->n;
}

static int part_length(const struct qnn_blas_product *p)
{
    const int side = splits_rows(p) ? p->m : p->n;
    const int even = side < PARTS * NARROWEST_PART ? NARROWEST_PART : divide_up(side, PARTS);
    return divide_up(even, PART_MULTIPLE) * PART_MULTIPLE;
}

/* Parts begin .. end - 1. */
static void multiply_parts(void *context, size_t begin, size_t end, int thread)
{
    const struct qnn_blas_product *p = context;
    const int length = part_length(p);
    for (size_t i = begin; i < end; i++) {
        struct block part = {.rows = p->m, .columns = p->n, .depth = p->k};
        if (splits_rows(p)) {
            part.row = (int)i * length;
            part.rows = least(length, p->m - part.row);
        } else {
            part.column = (int)i * length;
            part.columns = least(length, p->n - part.column);
        }
        if (p->exact)
            multiply_part_exact(p, &part, qnn_thread_scratch(thread));
        else
            multiply_block(p, &part, p->c + (size_t)part.row * (size_t)p->n + (size_t)part.column, p->n);
    }
}

void qnn_blas_multiply(const struct qnn_blas_product *product)
{
    QNN_CHECK(product->m > 0 && product->n > 0 && product->k > 0);
    struct qnn_blas_product p = *product;
    const int side = splits_rows(&p) ? p.m : p.n;
    qnn_parallel((size_t)divide_up(side, part_length(&p)), 1, multiply_parts, &p);
}
