/*
 * Matrix products: three loops of blocks around the tile of gemm_kernel.h (Goto, van de Geijn 2008).
 *
 * The columns of c are cut into blocks whose packed right operand fits the second-level cache, the reduction into
 * blocks of at most DEPTH, the rows into blocks of packed left operand. Each thread owns a range of rows or columns of
 * c and packs for itself in its scratch memory. Where c is a single tile wide or high, as with the ten outputs of a
 * classifier, the longer operand is read where it lies: packing it would cost more than the product.
 *
 * An element of c is the sum of its blocks in rising order, each block summed in rising order by one register: neither
 * the number of threads nor the position in a tile changes a bit.
 */
#include "runtime/gemm.h"

#include "runtime/gemm_blas.h"
#include "runtime/gemm_kernel.h"
#include "runtime/gemm_pack.h"
#include "runtime/numeric/error.h"
#include "runtime/thread_pool.h"

#include <stdbool.h>
#include <string.h>

enum {
    DEPTH = 256,                             /* a right panel fits the first-level cache */
    COLUMN_BLOCK = 16 * TILE_COLUMNS,        /* right block: 512 KiB at most */
    ROW_BLOCK = 240 / TILE_ROWS * TILE_ROWS, /* left block: 240 KiB */
    THREAD_WORK = 1 << 17,                   /* multiply-adds that are worth a thread */
    EXACT_LIMIT = 1 << 24,                   /* float32 adds integers without rounding below it */
    SHALLOWEST_BLAS = 64                     /* pieces of an exact reduction that are worth a call of sgemm */
};
_Static_assert(DEPTH *(COLUMN_BLOCK + ROW_BLOCK) + TILE_ROWS * TILE_COLUMNS <= QNN_SCRATCH_FLOATS,
               "both packed blocks and one tile must fit the scratch memory");

struct product {
    size_t m, n, k;
    size_t depth; /* of one block of the reduction */
    struct operand left, right;
    float *c; /* one of the two results */
    int32_t *exact;
    bool split_rows;
};

struct range {
    size_t begin, end;
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t divide_up(size_t a, size_t b)
{
    return (a + b - 1) / b;
}

static void add_tile_exact(const float *tile, size_t width, size_t rows, size_t columns, bool add, int32_t *c,
                           size_t stride)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            c[i * stride + j] = (add ? c[i * stride + j] : 0) + (int32_t)tile[i * width + j];
}

static void add_tile_float(const float *tile, size_t width, size_t rows, size_t columns, bool add, float *c,
                           size_t stride)
{
    QNN_CHECK(c);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            c[i * stride + j] = add ? c[i * stride + j] + tile[i * width + j] : tile[i * width + j];
}

/* Adds rows x columns of a tile, whose rows are `width` floats apart, to c at (row, column), or writes them there. */
static void add_tile(const struct product *p, const float *tile, size_t width, bool add, size_t row, size_t column,
                     size_t rows, size_t columns)
{
    const size_t at = row * p->n + column;
    if (p->exact)
        add_tile_exact(tile, width, rows, columns, add, p->exact + at, p->n);
    else
        add_tile_float(tile, width, rows, columns, add, p->c + at, p->n);
}

/* One tile at (row, column), rows x columns of it inside c; `pitch` floats from one step of the right panel to the next.
 * A tile that is cut, or that becomes integers, goes through `spare`. */
static void store_tile(const struct product *p, size_t depth, const float *left, const float *right, size_t pitch,
                       bool add, size_t row, size_t column, size_t rows, size_t columns, float *spare)
{
    if (p->c && rows == TILE_ROWS && columns == TILE_COLUMNS) {
        tile_product_pitched(depth, left, TILE_ROWS, right, pitch, add, p->c + row * p->n + column, p->n);
        return;
    }
    tile_product_pitched(depth, left, TILE_ROWS, right, pitch, 0, spare, TILE_COLUMNS);
    add_tile(p, spare, TILE_COLUMNS, add, row, column, rows, columns);
}

/* Packed blocks: rows x columns of c at (row, column). The right panel stays in the first-level cache while the left
 * panels pass by. */
static void multiply_block(const struct product *p, size_t depth, bool add, size_t row, size_t rows, size_t column,
                           size_t columns, const float *left, const float *right, float *spare)
{
    for (size_t j = 0; j < columns; j += TILE_COLUMNS)
        for (size_t i = 0; i < rows; i += TILE_ROWS)
            store_tile(p, depth, left + i * depth, right + j * depth, TILE_COLUMNS, add, row + i, column + j,
                       least(rows - i, TILE_ROWS), least(columns - j, TILE_COLUMNS), spare);
}

/* The part of c that one thread owns. */
static void multiply_range(const struct product *p, struct range rows, struct range columns, float *scratch)
{
    float *right = scratch, *left = right + (size_t)DEPTH * COLUMN_BLOCK, *spare = left + (size_t)DEPTH * ROW_BLOCK;
    for (size_t j = columns.begin; j < columns.end; j += COLUMN_BLOCK) {
        const size_t width = least(columns.end - j, COLUMN_BLOCK);
        for (size_t k = 0; k < p->k; k += p->depth) {
            const size_t depth = least(p->k - k, p->depth);
            qnn_gemm_pack(&p->right, j, width, k, depth, TILE_COLUMNS, depth * TILE_COLUMNS, right);
            for (size_t i = rows.begin; i < rows.end; i += ROW_BLOCK) {
                const size_t height = least(rows.end - i, ROW_BLOCK);
                qnn_gemm_pack(&p->left, i, height, k, depth, TILE_ROWS, depth * TILE_ROWS, left);
                multiply_block(p, depth, k > 0, i, height, j, width, left, right, spare);
            }
        }
    }
}

/* A tile whose left operand is read where it lies, of one vector or two. */
static void tile_in_place(size_t depth, const float *const rows[TILE_ROWS], size_t step, const float *right,
                          size_t width, float *tile)
{
    if (width == QNN_LANES && step == 1)
        tile_product_in_place(depth, rows, 1, right, 1, tile);
    else if (width == QNN_LANES)
        tile_product_in_place(depth, rows, step, right, 1, tile);
    else if (step == 1)
        tile_product_in_place(depth, rows, 1, right, 2, tile);
    else
        tile_product_in_place(depth, rows, step, right, 2, tile);
}

/* At most one tile of columns: each element of the left operand is needed once only, and packing it would cost more than
 * the product. Rows of a cut tile that are not there are the last one again. */
static void multiply_narrow(const struct product *p, struct range rows, float *scratch)
{
    const size_t width = p->n <= QNN_LANES ? QNN_LANES : TILE_COLUMNS;
    float *right = scratch, *tile = scratch + (size_t)DEPTH * TILE_COLUMNS;
    for (size_t k = 0; k < p->k; k += p->depth) {
        const size_t depth = least(p->k - k, p->depth);
        qnn_gemm_pack(&p->right, 0, p->n, k, depth, width, depth * width, right);
        for (size_t i = rows.begin; i < rows.end; i += TILE_ROWS) {
            const size_t height = least(rows.end - i, TILE_ROWS);
            const float *row[TILE_ROWS];
            for (size_t r = 0; r < TILE_ROWS; r++)
                row[r] = p->left.data + (i + least(r, height - 1)) * p->left.lane_stride + k * p->left.depth_stride;
            tile_in_place(depth, row, p->left.depth_stride, right, width, tile);
            add_tile(p, tile, width, k > 0, i, 0, height, p->n);
        }
    }
}

/* At most one tile of rows, and a right operand whose rows are contiguous: the same with the sides changed. Only a last
 * tile that is cut is packed, for it must not be read beyond its end. */
static void multiply_flat(const struct product *p, struct range columns, float *scratch)
{
    float *left = scratch, *right = left + (size_t)DEPTH * TILE_ROWS, *spare = right + (size_t)DEPTH * TILE_COLUMNS;
    for (size_t k = 0; k < p->k; k += p->depth) {
        const size_t depth = least(p->k - k, p->depth);
        qnn_gemm_pack(&p->left, 0, p->m, k, depth, TILE_ROWS, depth * TILE_ROWS, left);
        for (size_t j = columns.begin; j < columns.end; j += TILE_COLUMNS) {
            const size_t width = least(columns.end - j, TILE_COLUMNS);
            const float *panel = p->right.data + k * p->right.depth_stride + j;
            size_t pitch = p->right.depth_stride;
            if (width < TILE_COLUMNS) {
                qnn_gemm_pack(&p->right, j, width, k, depth, TILE_COLUMNS, depth * TILE_COLUMNS, right);
                panel = right;
                pitch = TILE_COLUMNS;
            }
            store_tile(p, depth, left, panel, pitch, k > 0, 0, j, p->m, width, spare);
        }
    }
}

static void multiply_part(void *context, size_t begin, size_t end, int thread)
{
    const struct product *p = context;
    const struct range part = {begin, end}, all_rows = {0, p->m}, all_columns = {0, p->n};
    const struct range rows = p->split_rows ? part : all_rows, columns = p->split_rows ? all_columns : part;
    float *scratch = qnn_thread_scratch(thread);
    if (p->n <= TILE_COLUMNS)
        multiply_narrow(p, rows, scratch);
    else if (p->m <= TILE_ROWS && p->right.lane_stride == 1)
        multiply_flat(p, columns, scratch);
    else
        multiply_range(p, rows, columns, scratch);
}

/* Splits the longer side of c: the shorter operand is packed by every thread, the longer one only once. */
static void multiply(struct product *p, size_t depth)
{
    const size_t size = p->m * p->n;
    QNN_CHECK(p->c || p->exact);
    if (size == 0)
        return;
    if (p->k == 0) {
        memset(p->c ? (void *)p->c : (void *)p->exact, 0, size * sizeof(float));
        return;
    }
    p->depth = divide_up(p->k, divide_up(p->k, depth)); /* even blocks: no short last one */
    p->split_rows = p->m > p->n;
    const size_t tile = p->split_rows ? TILE_ROWS : TILE_COLUMNS;
    const size_t line = p->k * (p->split_rows ? p->n : p->m);
    const size_t grain = divide_up(divide_up(THREAD_WORK, line), tile) * tile;
    qnn_parallel(p->split_rows ? p->m : p->n, grain, multiply_part, p);
}

/* How an operand lies: its lanes (rows of the left one, columns of the right one) contiguous along the reduction, or
 * across it. */
enum layout { ALONG, ACROSS };

static struct operand operand(const float *data, int lanes, int k, enum layout layout)
{
    return layout == ALONG ? (struct operand){.data = data, .lane_stride = (size_t)k, .depth_stride = 1}
                           : (struct operand){.data = data, .lane_stride = 1, .depth_stride = (size_t)lanes};
}

static struct product product(int m, int n, int k, struct operand left, struct operand right)
{
    QNN_CHECK(m >= 0 && n >= 0 && k >= 0);
    return (struct product){.m = (size_t)m, .n = (size_t)n, .k = (size_t)k, .left = left, .right = right};
}

static bool takes_blas(int m, int n, int k)
{
    return m > 0 && n > 0 && k > 0 && qnn_blas_takes(m, n, k);
}

/* The left operand is [m][k] to BLAS where it lies along the reduction, the right one [k][n] where it lies across. */
static struct qnn_blas_product blas_product(int m, int n, int k, const float *a, enum layout left, const float *b,
                                            enum layout right)
{
    return (struct qnn_blas_product){.m = m,
                                     .n = n,
                                     .k = k,
                                     .left = {a, left == ALONG ? k : m, left == ACROSS},
                                     .right = {b, right == ALONG ? k : n, right == ALONG}};
}

static void multiply_floats(int m, int n, int k, const float *a, enum layout left, const float *b, enum layout right,
                            float *c)
{
    if (takes_blas(m, n, k)) {
        struct qnn_blas_product p = blas_product(m, n, k, a, left, b, right);
        p.c = c;
        qnn_blas_multiply(&p);
        return;
    }
    struct product p = product(m, n, k, operand(a, m, k, left), operand(b, n, k, right));
    p.c = c;
    multiply(&p, DEPTH);
}

void qnn_gemm_nt(int m, int n, int k, const float *a, const float *b, float *c)
{
    multiply_floats(m, n, k, a, ALONG, b, ALONG, c);
}

void qnn_gemm_nn(int m, int n, int k, const float *a, const float *b, float *c)
{
    multiply_floats(m, n, k, a, ALONG, b, ACROSS, c);
}

void qnn_gemm_tn(int m, int n, int k, const float *a, const float *b, float *c)
{
    multiply_floats(m, n, k, a, ACROSS, b, ACROSS, c);
}

void qnn_gemm_nt_exact(int m, int n, int k, int32_t max_product, const float *a, const float *b, int32_t *c)
{
    QNN_CHECK(max_product >= 1 && max_product < EXACT_LIMIT && (int64_t)k * max_product <= INT32_MAX);
    const int depth = (EXACT_LIMIT - 1) / max_product;
    if (depth >= SHALLOWEST_BLAS && takes_blas(m, n, k)) {
        struct qnn_blas_product p = blas_product(m, n, k, a, ALONG, b, ALONG);
        p.exact = c;
        p.depth = depth;
        qnn_blas_multiply(&p);
        return;
    }
    struct product p = product(m, n, k, operand(a, m, k, ALONG), operand(b, n, k, ALONG));
    p.exact = c;
    multiply(&p, least(DEPTH, (size_t)depth));
}
