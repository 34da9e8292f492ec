/* The trial of a BLAS before its products are used. Private to blas.c. */
#ifndef QNN_BLAS_TRIAL_H
#define QNN_BLAS_TRIAL_H

#include "runtime/blas_operand.h"

typedef void qnn_sgemm(int m, int n, int k, const struct qnn_blas_operand *left, const struct qnn_blas_operand *right,
                       float *c, int stride);

/* Whether small products, in every way operands can lie, equal the plain sums: of integers bit for bit, of fractions to
 * rounding. False also where there is no memory for it. */
bool qnn_blas_trial(qnn_sgemm *sgemm);

#endif
