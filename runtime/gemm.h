/*
 * Matrix products in float32, row-major, split over the thread pool.
 *
 * All operands are dense (no leading dimension apart from the row length) and aligned as float. c does not overlap a or
 * b. Every element of c is a sum in an order that depends on the sizes only, not on the number of threads. Any size
 * may be 0: an empty reduction gives zeros.
 *
 * Where OpenBLAS is open (blas.h), it computes what it is the faster one for; without it all is built in (gemm.c).
 */
#ifndef QNN_GEMM_H
#define QNN_GEMM_H

#include <stdint.h>

/* c[m][n] = a[m][k] * b[n][k]^T: the forward product of a dense layer (m = batch, n = units, k = inputs). */
void qnn_gemm_nt(int m, int n, int k, const float *a, const float *b, float *c);

/* c[m][n] = a[m][k] * b[k][n]: the gradient of a dense layer's input (m = batch, n = inputs, k = units). */
void qnn_gemm_nn(int m, int n, int k, const float *a, const float *b, float *c);

/* c[m][n] = a[k][m]^T * b[k][n]: the gradient of a dense layer's weights (m = units, n = inputs, k = batch). */
void qnn_gemm_tn(int m, int n, int k, const float *a, const float *b, float *c);

/* c[m][n] = a[m][k] * b[n][k]^T over integers held in float32, exactly. max_product >= max|a| * max|b|, a positive
 * integer below 2^24; k * max_product < 2^31 (both are the caller's proof; a violation aborts). The reduction is cut
 * into blocks whose every partial sum stays below 2^24, where float32 adds integers without rounding; the blocks are
 * added in int32 (docs/numerics.md, "Accumulate"). */
void qnn_gemm_nt_exact(int m, int n, int k, int32_t max_product, const float *a, const float *b, int32_t *c);

#endif
