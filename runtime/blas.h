/*
 * OpenBLAS, loaded while the program starts.
 *
 * It is loaded rather than linked, for three reasons. Which kernels it uses is decided by OPENBLAS_CORETYPE at that
 * moment, and old versions choose poor ones on processors that they do not know. On some processors old versions
 * compute wrong results or crash, so a child process first tries the kernels. And a program whose library is gone
 * still runs, with the built-in product of gemm.c.
 *
 * OPENBLAS_CORETYPE of the environment is respected. Without it, kernels for AVX-512 or AVX2 are asked for by name where
 * the processor has these and OpenBLAS would choose lesser ones. OpenBLAS's own threads are never used.
 */
#ifndef QNN_BLAS_H
#define QNN_BLAS_H

#include "runtime/blas_operand.h"

/* Which products OpenBLAS computes once it is open: those where it is faster (gemm_blas.c), all, or none. */
enum qnn_blas_use { QNN_BLAS_AUTO, QNN_BLAS_ALWAYS, QNN_BLAS_NEVER };

/* Opens OpenBLAS for the products of gemm.h; call it before any thread starts, for it forks. False where they stay
 * built in: `use` is NEVER, OpenBLAS is not there, or every choice of kernels failed the trial; why not is one line in
 * error (QNN_ERROR_SIZE bytes), empty where the build or the caller does not want OpenBLAS at all. */
bool qnn_blas_open(enum qnn_blas_use use, char *error);

/* Back to the built-in product. Without effect where OpenBLAS is not open. */
void qnn_blas_close(void);

/* Changes what OpenBLAS is used for while it is open, for comparing both products. */
void qnn_blas_use(enum qnn_blas_use use);

/* What it is used for; NEVER where it is not open. */
enum qnn_blas_use qnn_blas_used(void);

/* The kernels that OpenBLAS chose, by its own name ("SkylakeX"); NULL where it is not open. */
const char *qnn_blas_kernels(void);

/* Floats in a vector of these kernels: 4 where we do not know them, 0 where OpenBLAS is not open. */
int qnn_blas_lanes(void);

/* c[m][n] = left[m][k] * right[k][n] in the calling thread alone; `stride` floats from one row of c to the next. Only
 * while OpenBLAS is open. */
void qnn_blas_sgemm(int m, int n, int k, const struct qnn_blas_operand *left, const struct qnn_blas_operand *right,
                    float *c, int stride);

#endif
