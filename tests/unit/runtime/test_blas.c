/* The trial of a BLAS finds small faults; OpenBLAS's kernels follow the environment and the processor. */
#include "tests/unit/cunit_main.h"

#include "runtime/blas.h"
#include "runtime/blas_trial.h"
#include "runtime/numeric/error.h"

#include <stdlib.h>
#include <string.h>

enum fault { NO_FAULT, ONE_ELEMENT, LOW_PRECISION, TRANSPOSED_RIGHT, LONG_REDUCTION, UNWRITTEN, FAULT_COUNT };

static enum fault fault;

static float element(const struct qnn_blas_operand *operand, int row, int column)
{
    const int major = operand->transposed ? column : row, minor = operand->transposed ? row : column;
    return operand->data[major * operand->stride + minor];
}

/* A product with one fault. */
static void plain_sgemm(int m, int n, int k, const struct qnn_blas_operand *left, const struct qnn_blas_operand *right,
                        float *c, int stride)
{
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) {
            float sum = 0.0f;
            for (int l = 0; l < k; l++)
                sum += element(left, i, l) * element(right, l, j);
            if (fault == ONE_ELEMENT && i == 9 && j == 47)
                sum += 1.0f;
            if (fault == LOW_PRECISION)
                sum *= 1.0f + 0x1p-10f;
            if (fault == TRANSPOSED_RIGHT && right->transposed && !left->transposed)
                sum = 0.0f;
            if (fault == LONG_REDUCTION && k > 512)
                sum -= element(left, i, 512) * element(right, 512, j);
            if (fault != UNWRITTEN || i < m - 1)
                c[i * stride + j] = sum;
        }
}

static void test_trial(void)
{
    for (fault = NO_FAULT; fault < FAULT_COUNT; fault++)
        CU_ASSERT_EQUAL(qnn_blas_trial(plain_sgemm), fault == NO_FAULT);
}

static void test_never(void)
{
    char error[QNN_ERROR_SIZE] = "old";
    CU_ASSERT(!qnn_blas_open(QNN_BLAS_NEVER, error));
    CU_ASSERT_STRING_EQUAL(error, "");
    CU_ASSERT_PTR_NULL(qnn_blas_kernels());
    CU_ASSERT_EQUAL(qnn_blas_used(), QNN_BLAS_NEVER);
}

/* Opens OpenBLAS under this OPENBLAS_CORETYPE (NULL: none) and tells whether its kernels have that name. */
static bool opens_with(const char *core, const char *name)
{
    char error[QNN_ERROR_SIZE];
    if (core)
        setenv("OPENBLAS_CORETYPE", core, 1);
    else
        unsetenv("OPENBLAS_CORETYPE");
    if (!qnn_blas_open(QNN_BLAS_AUTO, error))
        return false;
    const bool equal = strcmp(qnn_blas_kernels(), name) == 0;
    const char *after = getenv("OPENBLAS_CORETYPE");
    CU_ASSERT(core ? after && strcmp(after, core) == 0 : !after);
    qnn_blas_close();
    return equal;
}

static void test_kernels(void)
{
#if defined(__x86_64__)
    char error[QNN_ERROR_SIZE];
    if (!qnn_blas_open(QNN_BLAS_AUTO, error)) {
        CU_ASSERT_STRING_EQUAL(error, ""); /* a build without OpenBLAS */
        return;
    }
    qnn_blas_close();
    CU_ASSERT(opens_with("Prescott", "Prescott"));
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        CU_ASSERT(opens_with("Haswell", "Haswell"));
        CU_ASSERT(!opens_with(NULL, "Prescott"));
    }
#endif
}

static const struct unit_case cases[] = {{"trial", test_trial}, {"never", test_never}, {"kernels", test_kernels}};
UNIT_MAIN("blas", cases)
