/* Matrix products against three loops in double; the exact product against three loops in int64. Each test runs with
 * the built-in product, then with OpenBLAS for everything, where the build has it. */
#include "kernel_test.h"

#include "runtime/blas.h"
#include "runtime/gemm.h"
#include "runtime/numeric/error.h"

typedef void gemm(int m, int n, int k, const float *a, const float *b, float *c);

/* Element (i, l) of the left and (l, j) of the right operand in each form. */
struct form {
    gemm *multiply;
    bool left_across, right_along;
};
static const struct form forms[] = {
    {qnn_gemm_nt, false, true},
    {qnn_gemm_nn, false, false},
    {qnn_gemm_tn, true, false},
};
enum { FORM_COUNT = sizeof forms / sizeof forms[0] };

static double reference(const struct form *form, int m, int n, int k, const float *a, const float *b, int i, int j)
{
    double sum = 0.0;
    for (int l = 0; l < k; l++) {
        const float left = form->left_across ? a[l * m + i] : a[i * k + l];
        const float right = form->right_along ? b[j * k + l] : b[l * n + j];
        sum += (double)left * (double)right;
    }
    return sum;
}

static void check_product(const struct form *form, int m, int n, int k)
{
    const size_t size = (size_t)m * (size_t)n;
    float *a = random_floats(1, (size_t)(m * k), -1.0f, 1.0f), *b = random_floats(2, (size_t)(n * k), -1.0f, 1.0f);
    float *c = random_floats(3, size + 1, 5.0f, 6.0f);
    const float guard = c[size];
    const double tolerance = 1e-6 * (1.0 + sqrt(k)); /* rounding errors add up like a random walk */
    bool close = true;
    form->multiply(m, n, k, a, b, c);
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++)
            close &= is_close((double)c[i * n + j], reference(form, m, n, k, a, b, i, j), tolerance);
    CU_ASSERT(close);
    CU_ASSERT_EQUAL(c[size], guard);
    free(a);
    free(b);
    free(c);
}

static void check_sizes(void)
{
    for (int f = 0; f < FORM_COUNT; f++)
        for (int i = 0; i < ODD_SIZE_COUNT; i++)
            for (int j = 0; j < ODD_SIZE_COUNT; j++)
                for (int l = 0; l < ODD_SIZE_COUNT; l++)
                    check_product(&forms[f], odd_sizes[i], odd_sizes[j], odd_sizes[l]);
}

/* Sizes that cross every block boundary and are worth several threads. */
static void check_blocks(void)
{
    static const int sizes[][3] = {{253, 530, 600}, {600, 70, 257}, {13, 1030, 256},
                                   {257, 33, 1000}, {607, 10, 700}, {10, 1030, 520}};
    for (int f = 0; f < FORM_COUNT; f++)
        for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
            check_product(&forms[f], sizes[s][0], sizes[s][1], sizes[s][2]);
}

static void check_empty(void)
{
    float c[6] = {1, 1, 1, 1, 1, 1}, none = 0.0f;
    for (int f = 0; f < FORM_COUNT; f++) {
        forms[f].multiply(0, 3, 2, &none, c, c);
        forms[f].multiply(2, 0, 3, c, &none, c);
        CU_ASSERT_EQUAL(c[0], 1.0f);
    }
    qnn_gemm_nt(2, 3, 0, &none, &none, c);
    for (int i = 0; i < 6; i++)
        CU_ASSERT_EQUAL(c[i], 0.0f);
}

static int64_t integer_reference(int k, const float *a, const float *b)
{
    int64_t sum = 0;
    for (int l = 0; l < k; l++)
        sum += (int64_t)a[l] * (int64_t)b[l];
    return sum;
}

/* Operands -limit .. limit, or all +limit where `extreme`: then every partial sum is as large as the bound allows. */
static void check_exact(int m, int n, int k, int left_limit, int right_limit, bool extreme)
{
    float *a = random_integers(4, (size_t)(m * k), extreme ? left_limit : -left_limit, left_limit);
    float *b = random_integers(5, (size_t)(n * k), extreme ? right_limit : -right_limit, right_limit);
    int32_t *c = zeros((size_t)(m * n), sizeof *c);
    bool equal = true;
    qnn_gemm_nt_exact(m, n, k, left_limit * right_limit, a, b, c);
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++)
            equal &= c[i * n + j] == integer_reference(k, a + i * k, b + j * k);
    CU_ASSERT(equal);
    free(a);
    free(b);
    free(c);
}

static void check_exact_sizes(void)
{
    static const int limits[][2] = {{1, 1}, {255, 1}, {255, 127}, {4095, 4095}};
    for (size_t l = 0; l < sizeof limits / sizeof limits[0]; l++)
        for (int extreme = 0; extreme < 2; extreme++)
            for (int i = 0; i < ODD_SIZE_COUNT; i++)
                check_exact(odd_sizes[i], odd_sizes[(i * 3 + 1) % ODD_SIZE_COUNT],
                            odd_sizes[(i * 7 + 2) % ODD_SIZE_COUNT], limits[l][0], limits[l][1], extreme);
    check_exact(3, 65, 66000, 255, 127, true); /* 99.5 % of the int32 range, in blocks */
    check_exact(65, 40, 127, 4095, 4095, true);
    check_exact(40, 70, 1024, 255, 1, false);
    check_exact(300, 310, 260, 255, 255, true); /* several parts and blocks of OpenBLAS, two pieces */
}

/* The same bits for any number of threads. */
static void check_threads(void)
{
    static const int sizes[][3] = {{200, 301, 1000}, {100, 10, 1024}, {1030, 120, 64}, {3, 2050, 77}, {40, 30, 20}};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        const int m = sizes[s][0], n = sizes[s][1], k = sizes[s][2];
        const size_t size = (size_t)m * (size_t)n;
        float *a = random_floats(6, (size_t)m * (size_t)k, -1.0f, 1.0f);
        float *b = random_floats(7, (size_t)n * (size_t)k, -1.0f, 1.0f);
        float *first = floats(size), *other = floats(size);
        for (int f = 0; f < FORM_COUNT; f++) {
            for (int threads = 1; threads <= 4; threads++) {
                CU_ASSERT_FATAL(qnn_threads_start(threads));
                forms[f].multiply(m, n, k, a, b, threads == 1 ? first : other);
                qnn_threads_stop();
                CU_ASSERT(threads == 1 || same_bits(first, other, size * sizeof *first));
            }
        }
        free(a);
        free(b);
        free(first);
        free(other);
    }
}

/* The built-in product also gives the same bits for a row wherever it is in the batch. */
static void test_rows(void)
{
    enum { M = 200, N = 301, K = 1000 };
    float *a = random_floats(6, M * K, -1.0f, 1.0f), *b = random_floats(7, N * K, -1.0f, 1.0f);
    float *first = floats(M * N), *other = floats(N);
    CU_ASSERT_FATAL(qnn_threads_start(2));
    qnn_gemm_nt(M, N, K, a, b, first);
    for (int row = 0; row < M; row += 19) {
        qnn_gemm_nt(1, N, K, a + row * K, b, other);
        CU_ASSERT(same_bits(first + row * N, other, N * sizeof *first));
    }
    qnn_threads_stop();
    free(a);
    free(b);
    free(first);
    free(other);
}

/* Runs `test` with both products. */
static void with_products(void (*test)(void))
{
    char error[QNN_ERROR_SIZE];
    test();
    const bool open = qnn_blas_open(QNN_BLAS_ALWAYS, error);
    CU_ASSERT_STRING_EQUAL(error, ""); /* a build without OpenBLAS says nothing */
    if (!open)
        return;
    test();
    qnn_blas_close();
}

static void sizes_by_threads(void)
{
    with_threads(check_sizes);
}

static void blocks_by_threads(void)
{
    with_threads(check_blocks);
}

static void empty_by_threads(void)
{
    with_threads(check_empty);
}

static void exact_by_threads(void)
{
    with_threads(check_exact_sizes);
}

static void test_sizes(void)
{
    with_products(sizes_by_threads);
}

static void test_blocks(void)
{
    with_products(blocks_by_threads);
}

static void test_empty(void)
{
    with_products(empty_by_threads);
}

static void test_exact(void)
{
    with_products(exact_by_threads);
}

static void test_threads(void)
{
    with_products(check_threads);
}

static const struct unit_case cases[] = {
    {"sizes", test_sizes},          {"blocks", test_blocks},   {"empty operands", test_empty},
    {"exact integers", test_exact}, {"threads", test_threads}, {"rows", test_rows},
};
UNIT_MAIN("gemm", cases)
