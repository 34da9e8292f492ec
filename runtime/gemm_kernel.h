/*
 * The inner loop of a matrix product: one tile of TILE_ROWS x TILE_COLUMNS accumulators in registers, and the vectors
 * it is made of. Private to gemm.c, gemm_pack.c, ops/conv_*.c and ops/winograd.c.
 *
 * Packed operands: a panel is [depth][TILE_ROWS] of the left operand or [depth][TILE_COLUMNS] of the right one,
 * zero-filled to the full width. The tile is as large as the register file allows (Goto, van de Geijn: "Anatomy of
 * high-performance matrix multiplication", 2008): one row of the right panel and all accumulators stay in registers,
 * the elements of the left panel are broadcast from memory.
 */
#ifndef QNN_GEMM_KERNEL_H
#define QNN_GEMM_KERNEL_H

#include <stddef.h>

#if defined(__AVX512F__)
#include <immintrin.h>
typedef __m512 qnn_vector;
enum { QNN_LANES = 16, TILE_ROWS = 12 }; /* 24 accumulators of 32 registers */
#define qnn_multiply_add(a, b, c) _mm512_fmadd_ps(a, b, c)
#define qnn_broadcast(x) _mm512_set1_ps(x)
#elif defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>
typedef __m256 qnn_vector;
enum { QNN_LANES = 8, TILE_ROWS = 6 }; /* 12 accumulators of 16 registers */
#define qnn_multiply_add(a, b, c) _mm256_fmadd_ps(a, b, c)
#define qnn_broadcast(x) _mm256_set1_ps(x)
#else
typedef float qnn_vector __attribute__((vector_size(16)));
enum { QNN_LANES = 4, TILE_ROWS = 4 }; /* 8 accumulators of 16 registers */
#define qnn_multiply_add(a, b, c) ((a) * (b) + (c))
#define qnn_broadcast(x) ((qnn_vector){x, x, x, x})
#endif

enum { TILE_COLUMNS = 2 * QNN_LANES };

/* The same vector at any address, and readable beside floats. */
typedef qnn_vector qnn_vector_unaligned __attribute__((aligned(4), may_alias));

/* The accumulators of a tile; an array that lives in registers once everything is inlined and unrolled. */
typedef qnn_vector tile_sums[TILE_ROWS][2];

static inline __attribute__((always_inline)) void tile_clear(tile_sums sum)
{
#pragma GCC unroll 16
    for (int i = 0; i < TILE_ROWS; i++)
        sum[i][0] = sum[i][1] = qnn_broadcast(0.0f);
}

static inline __attribute__((always_inline)) void tile_store(tile_sums sum, int add, int row, float *c)
{
    qnn_vector_unaligned *out = (qnn_vector_unaligned *)c;
    if (add) {
        sum[row][0] += out[0];
        sum[row][1] += out[1];
    }
    out[0] = sum[row][0];
    out[1] = sum[row][1];
}

/* c[TILE_ROWS][stride] = (add ? c : 0) + left * right over `depth`; `left_pitch` and `right_pitch` floats from one step
 * of the reduction to the next. */
static inline void tile_product_pitched(size_t depth, const float *restrict left, size_t left_pitch,
                                        const float *restrict right, size_t right_pitch, int add, float *restrict c,
                                        size_t stride)
{
    tile_sums sum;
    tile_clear(sum);
    for (size_t k = 0; k < depth; k++) {
        const qnn_vector low = *(const qnn_vector_unaligned *)right;
        const qnn_vector high = *(const qnn_vector_unaligned *)(right + QNN_LANES);
#pragma GCC unroll 16
        for (int i = 0; i < TILE_ROWS; i++) {
            const qnn_vector x = qnn_broadcast(left[i]);
            sum[i][0] = qnn_multiply_add(x, low, sum[i][0]);
            sum[i][1] = qnn_multiply_add(x, high, sum[i][1]);
        }
        left += left_pitch;
        right += right_pitch;
    }
#pragma GCC unroll 16
    for (int i = 0; i < TILE_ROWS; i++)
        tile_store(sum, add, i, c + (size_t)i * stride);
}

/* The same of a packed right panel. */
static inline void tile_product_across(size_t depth, const float *restrict left, size_t pitch,
                                       const float *restrict right, int add, float *restrict c, size_t stride)
{
    tile_product_pitched(depth, left, pitch, right, TILE_COLUMNS, add, c, stride);
}

/* A tile of `vectors` (1 or 2) vectors, c[TILE_ROWS][vectors * QNN_LANES] = left * right, whose left operand is read
 * where it lies: element k of row i is rows[i][k * step]. The right operand is a packed panel of the tile's width.
 * `vectors` and `step` should be constants where this is inlined. */
static inline __attribute__((always_inline)) void tile_product_in_place(size_t depth,
                                                                        const float *const rows[TILE_ROWS], size_t step,
                                                                        const float *restrict right, int vectors,
                                                                        float *restrict c)
{
    const float *row[TILE_ROWS];
    tile_sums sum;
    tile_clear(sum);
#pragma GCC unroll 16
    for (int i = 0; i < TILE_ROWS; i++)
        row[i] = rows[i];
    for (size_t k = 0; k < depth; k++) {
        const qnn_vector *panel = (const qnn_vector *)right + k * (size_t)vectors;
        const qnn_vector low = *(const qnn_vector_unaligned *)panel;
        const qnn_vector high = *(const qnn_vector_unaligned *)(panel + vectors - 1);
#pragma GCC unroll 16
        for (int i = 0; i < TILE_ROWS; i++) {
            const qnn_vector x = qnn_broadcast(row[i][k * step]);
            sum[i][0] = qnn_multiply_add(x, low, sum[i][0]);
            if (vectors == 2)
                sum[i][1] = qnn_multiply_add(x, high, sum[i][1]);
        }
    }
#pragma GCC unroll 16
    for (int i = 0; i < TILE_ROWS; i++) {
        qnn_vector_unaligned *out = (qnn_vector_unaligned *)c + i * vectors;
        out[0] = sum[i][0];
        if (vectors == 2)
            out[1] = sum[i][1];
    }
}

/* The same of packed panels. */
static inline void tile_product(size_t depth, const float *restrict left, const float *restrict right, int add,
                                float *restrict c, size_t stride)
{
    tile_product_across(depth, left, TILE_ROWS, right, add, c, stride);
}

/* The left operand where it lies: `runs` pieces of the reduction, each `length` contiguous floats at rows[run * pitch +
 * i] for row i of the tile. The right operand is a packed panel of depth runs * length. Row i of the tile goes to
 * c + place[i]. What the rows hold is read once per panel of the right operand and is in the first-level cache for all
 * but the first, so that packing it would only cost. */
static inline void tile_product_rows(size_t runs, size_t length, const float *const *rows, size_t pitch,
                                     const float *restrict right, int add, float *restrict c, const size_t *place)
{
    tile_sums sum;
    tile_clear(sum);
#pragma GCC unroll 16
    for (int i = 0; i < TILE_ROWS; i++)
        __builtin_prefetch(c + place[i], 1);
    for (size_t run = 0; run < runs; run++, rows += pitch) {
        const float *row[TILE_ROWS];
#pragma GCC unroll 16
        for (int i = 0; i < TILE_ROWS; i++)
            row[i] = rows[i];
        for (size_t k = 0; k < length; k++) {
            const qnn_vector low = *(const qnn_vector_unaligned *)right;
            const qnn_vector high = *(const qnn_vector_unaligned *)(right + QNN_LANES);
#pragma GCC unroll 16
            for (int i = 0; i < TILE_ROWS; i++) {
                const qnn_vector x = qnn_broadcast(row[i][k]);
                sum[i][0] = qnn_multiply_add(x, low, sum[i][0]);
                sum[i][1] = qnn_multiply_add(x, high, sum[i][1]);
            }
            right += TILE_COLUMNS;
        }
    }
#pragma GCC unroll 16
    for (int i = 0; i < TILE_ROWS; i++)
        tile_store(sum, add, i, c + place[i]);
}

#endif
