/* A build without OpenBLAS (QNN_BLAS=OFF, or it was not found): every product is built in. */
#include "runtime/blas.h"

#include "runtime/numeric/error.h"

bool qnn_blas_open(enum qnn_blas_use use, char *error)
{
    (void)use;
    error[0] = '\0';
    return false;
}

void qnn_blas_close(void)
{
}

void qnn_blas_use(enum qnn_blas_use use)
{
    (void)use;
    QNN_CHECK(!"OpenBLAS is not open");
}

enum qnn_blas_use qnn_blas_used(void)
{
    return QNN_BLAS_NEVER;
}

int qnn_blas_lanes(void)
{
    return 0;
}

const char *qnn_blas_kernels(void)
{
    return NULL;
}

void qnn_blas_sgemm(int m, int n, int k, const struct qnn_blas_operand *left, const struct qnn_blas_operand *right,
                    float *c, int stride)
{
    (void)m, (void)n, (void)k, (void)left, (void)right, (void)c, (void)stride;
    QNN_CHECK(!"a product of OpenBLAS in a build without it");
}
