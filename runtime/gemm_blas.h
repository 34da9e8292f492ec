/* The products of gemm.h by OpenBLAS. Private to gemm.c. */
#ifndef QNN_GEMM_BLAS_H
#define QNN_GEMM_BLAS_H

#include "runtime/blas.h"

#include <stddef.h>
#include <stdint.h>

/* left [m][k] times right [k][n]; one of the two results. */
struct qnn_blas_product {
    int m, n, k;
    struct qnn_blas_operand left, right;
    float *c;       /* [m][n] */
    int32_t *exact; /* [m][n], of integer operands */
    int depth;      /* for `exact`: so many products add up to less than 2^24 */
};

/* Whether OpenBLAS is to compute a product of these sizes, each of them at least 1: it is open, and for all or is the
 * faster one for this. Depends on nothing else, so that results are the same for any number of threads. */
bool qnn_blas_takes(int m, int n, int k);

/* Computes the product in parts, split by its sizes alone, on the pool. */
void qnn_blas_multiply(const struct qnn_blas_product *product);

#endif
