/*
 * The built-in matrix product beside OpenBLAS, by the shapes of dense layers: interleaved rounds, so that both meet the
 * same machine.
 *
 *     bench_gemm_step [THREADS [ROUNDS]]
 *
 * Prints for every shape the median time of the built-in product in microseconds, of OpenBLAS in the parts of
 * gemm_blas.c, and the median over the rounds of their ratio: above 1, the built-in product is the faster one. The last
 * column names the one that a trainer takes.
 */
#include "runtime/blas.h"
#include "runtime/gemm.h"
#include "runtime/gemm_blas.h"
#include "runtime/numeric/error.h"
#include "runtime/numeric/random.h"
#include "runtime/thread_pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { LARGEST = 4096 * 1024, MAX_ROUNDS = 1000, ROUND_WORK = 4000000 };

typedef void gemm(int m, int n, int k, const float *a, const float *b, float *c);

static const struct {
    const char *name;
    gemm *multiply;
} forms[] = {{"nt", qnn_gemm_nt}, {"nn", qnn_gemm_nn}, {"tn", qnn_gemm_tn}};

static const int shapes[][3] = {
    {100, 10, 1024},  {150, 10, 1024},  {200, 10, 1024},  {10, 1024, 200},   {200, 1024, 10},  {1024, 10, 200},
    {25, 17, 8},      {32, 10, 64},     {50, 40, 30},     {100, 64, 64},     {128, 128, 128},  {100, 256, 784},
    {200, 1024, 784}, {1024, 784, 200}, {200, 784, 1024}, {200, 1024, 1024}, {64, 2048, 2048}, {256, 2048, 1024},
};
enum { FORM_COUNT = sizeof forms / sizeof forms[0], SHAPE_COUNT = sizeof shapes / sizeof shapes[0] };

static float *a, *b, *c;

static float *random_values(uint32_t index)
{
    const struct qnn_stream stream = {.seed = 1, .purpose = QNN_RANDOM_TEST, .index = index};
    float *values = aligned_alloc(64, LARGEST * sizeof *values);
    if (!values)
        abort();
    qnn_random_fill_uniform(&stream, 0, LARGEST, values);
    return values;
}

static double microseconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec * 1e-3;
}

/* Time of one product; short ones are repeated. */
static double measure(gemm *multiply, const int shape[3], enum qnn_blas_use use)
{
    const double work = (double)shape[0] * shape[1] * shape[2];
    const int repeats = (int)(ROUND_WORK / work) + 1;
    qnn_blas_use(use);
    multiply(shape[0], shape[1], shape[2], a, b, c); /* what the other left in the caches is not measured */
    const double start = microseconds();
    for (int i = 0; i < repeats; i++)
        multiply(shape[0], shape[1], shape[2], a, b, c);
    return (microseconds() - start) / repeats;
}

static int compare(const void *left, const void *right)
{
    const double x = *(const double *)left, y = *(const double *)right;
    return (x > y) - (x < y);
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, compare);
    return values[count / 2];
}

static void compare_shape(int form, const int shape[3], int rounds)
{
    static double built_in[MAX_ROUNDS], blas[MAX_ROUNDS], ratio[MAX_ROUNDS];
    for (int i = 0; i < rounds; i++) {
        built_in[i] = measure(forms[form].multiply, shape, QNN_BLAS_NEVER);
        blas[i] = measure(forms[form].multiply, shape, QNN_BLAS_ALWAYS);
        ratio[i] = blas[i] / built_in[i];
    }
    qnn_blas_use(QNN_BLAS_AUTO);
    printf("%s %5d x %5d x %5d %10.1f %10.1f %6.2f  %s\n", forms[form].name, shape[0], shape[1], shape[2],
           median(built_in, rounds), median(blas, rounds), median(ratio, rounds),
           qnn_blas_takes(shape[0], shape[1], shape[2]) ? "OpenBLAS" : "built in");
}

int main(int count, char **arguments)
{
    char error[QNN_ERROR_SIZE];
    const int threads = count > 1 ? atoi(arguments[1]) : 1, rounds = count > 2 ? atoi(arguments[2]) : 41;
    if (threads < 1 || threads > QNN_MAX_THREADS || rounds < 1 || rounds > MAX_ROUNDS) {
        fprintf(stderr, "usage: bench_gemm_step [THREADS [ROUNDS]]\n");
        return 2;
    }
    if (!qnn_blas_open(QNN_BLAS_AUTO, error) || !qnn_threads_start(threads)) {
        fprintf(stderr, "bench_gemm_step: %s\n", error[0] ? error : "a build without OpenBLAS, or no threads");
        return 3;
    }
    a = random_values(0);
    b = random_values(1);
    c = random_values(2);
    printf("%d thread%s, OpenBLAS's kernels: %s\n   m x n x k            built in   OpenBLAS  ratio  a trainer takes\n",
           threads, threads == 1 ? "" : "s", qnn_blas_kernels());
    for (int form = 0; form < FORM_COUNT; form++)
        for (int i = 0; i < SHAPE_COUNT; i++)
            compare_shape(form, shapes[i], rounds);
    qnn_threads_stop();
    qnn_blas_close();
    return 0;
}
