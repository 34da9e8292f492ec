/* A library in the place of OpenBLAS that computes a wrong product, or crashes where QNN_BLAS_CRASHES is defined. */
#include <cblas.h>
#include <stdlib.h>

char *openblas_get_corename(void)
{
    return "Wrong";
}

void cblas_sgemm(const enum CBLAS_ORDER order, const enum CBLAS_TRANSPOSE left_form,
                 const enum CBLAS_TRANSPOSE right_form, const blasint m, const blasint n, const blasint k,
                 const float alpha, const float *left, const blasint left_stride, const float *right,
                 const blasint right_stride, const float beta, float *c, const blasint stride)
{
    (void)order, (void)left_form, (void)right_form, (void)k, (void)alpha, (void)left, (void)left_stride, (void)right;
    (void)right_stride, (void)beta;
#ifdef QNN_BLAS_CRASHES
    abort();
#endif
    for (blasint i = 0; i < m; i++)
        for (blasint j = 0; j < n; j++)
            c[i * stride + j] = 1.0f;
}
