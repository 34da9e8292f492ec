/* A matrix as a product of the BLAS takes it. */
#ifndef QNN_BLAS_OPERAND_H
#define QNN_BLAS_OPERAND_H

#include <stdbool.h>

/* A matrix as one operand of a product: [rows][columns] in memory, or transposed, [columns][rows]. */
struct qnn_blas_operand {
    const float *data;
    int stride; /* floats from one row in memory to the next */
    bool transposed;
};

#endif
