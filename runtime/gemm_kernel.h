/*
 * The inner loop of a matrix product: one tile of TILE_ROWS x TILE_COLUMNS accumulators in registers, and the vectors
 * it is made of. Private to gemm.c and gemm_pack.c.
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

/* c[TILE_ROWS][stride] = (add ? c : 0) + left * right over `depth`. */
static inline void tile_product(size_t depth, const float *restrict left, const float *restrict right, int add,
                                float *restrict c, size_t stride)
{
    qnn_vector sum[TILE_ROWS][2];
#pragma GCC unroll 16
    for (int i = 0; i < TILE_ROWS; i++)
        sum[i][0] = sum[i][1] = qnn_broadcast(0.0f);
    for (size_t k = 0; k < depth; k++) {
        const qnn_vector low = *(const qnn_vector_unaligned *)right;
        const qnn_vector high = *(const qnn_vector_unaligned *)(right + QNN_LANES);
#pragma GCC unroll 16
        for (int i = 0; i < TILE_ROWS; i++) {
            const qnn_vector x = qnn_broadcast(left[i]);
            sum[i][0] = qnn_multiply_add(x, low, sum[i][0]);
            sum[i][1] = qnn_multiply_add(x, high, sum[i][1]);
        }
        left += TILE_ROWS;
        right += TILE_COLUMNS;
    }
#pragma GCC unroll 16
    for (int i = 0; i < TILE_ROWS; i++) {
        qnn_vector_unaligned *row = (qnn_vector_unaligned *)(c + (size_t)i * stride);
        if (add) {
            sum[i][0] += row[0];
            sum[i][1] += row[1];
        }
        row[0] = sum[i][0];
        row[1] = sum[i][1];
    }
}

#endif
