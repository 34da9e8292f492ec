/* Small products beside plain sums in double: what kernels that compute wrong results do not pass. */
#include "runtime/blas_trial.h"

#include "runtime/numeric/random.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

/* Tiles that are cut on both sides, one row, one reduction longer than any block, and one product beyond the limit
 * (10^6 multiply-adds) up to which OpenBLAS takes kernels for small matrices. */
static const struct shape {
    int m, n, k;
} shapes[] = {{33, 34, 129}, {1, 33, 17}, {10, 48, 700}, {66, 70, 260}};
enum { SHAPE_COUNT = sizeof shapes / sizeof shapes[0], LARGEST_SIDE = 70, LARGEST_DEPTH = 700 };
enum { OPERAND_SIZE = LARGEST_SIDE * LARGEST_DEPTH, PRODUCT_SIZE = LARGEST_SIDE * LARGEST_SIDE };

struct memory {
    float left[OPERAND_SIZE], right[OPERAND_SIZE];                       /* [m][k], [k][n] */
    float left_transposed[OPERAND_SIZE], right_transposed[OPERAND_SIZE]; /* [k][m], [n][k] */
    double sums[PRODUCT_SIZE];
    float product[PRODUCT_SIZE];
};

/* Values in [-1, 1), or integers -15 .. 15. */
static void fill(uint32_t index, bool integers, int count, float *values)
{
    const struct qnn_stream stream = {.seed = 1, .purpose = QNN_RANDOM_TEST, .index = index};
    qnn_random_fill_uniform(&stream, 0, (size_t)count, values);
    for (int i = 0; i < count; i++)
        values[i] = integers ? floorf(31.0f * values[i]) - 15.0f : 2.0f * values[i] - 1.0f;
}

static void transpose(int rows, int columns, const float *values, float *transposed)
{
    for (int row = 0; row < rows; row++)
        for (int column = 0; column < columns; column++)
            transposed[column * rows + row] = values[row * columns + column];
}

static void sum_plainly(const struct shape *s, struct memory *memory)
{
    for (int i = 0; i < s->m * s->n; i++)
        memory->sums[i] = 0.0;
    for (int i = 0; i < s->m; i++)
        for (int l = 0; l < s->k; l++)
            for (int j = 0; j < s->n; j++)
                memory->sums[i * s->n + j] += (double)memory->left[i * s->k + l] * (double)memory->right[l * s->n + j];
}

static bool equals_sums(const struct shape *s, bool integers, const struct memory *memory)
{
    /* Rounding errors of k sums add up like a random walk; twice what tests of the built-in product allow. */
    const double tolerance = integers ? 0.0 : 2e-6 * (1.0 + sqrt(s->k));
    bool equal = true;
    for (int i = 0; i < s->m * s->n; i++)
        equal &= fabs((double)memory->product[i] - memory->sums[i]) <= tolerance * (1.0 + fabs(memory->sums[i]));
    return equal;
}

static bool passes(const struct shape *s, bool integers, qnn_sgemm *sgemm, struct memory *memory)
{
    fill(0, integers, s->m * s->k, memory->left);
    fill(1, integers, s->k * s->n, memory->right);
    transpose(s->m, s->k, memory->left, memory->left_transposed);
    transpose(s->k, s->n, memory->right, memory->right_transposed);
    sum_plainly(s, memory);
    const struct qnn_blas_operand left[] = {{memory->left, s->k, false}, {memory->left_transposed, s->m, true}};
    const struct qnn_blas_operand right[] = {{memory->right, s->n, false}, {memory->right_transposed, s->k, true}};
    bool equal = true;
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++) {
            for (int at = 0; at < s->m * s->n; at++)
                memory->product[at] = NAN; /* what is not written fails, and so does beta * c */
            sgemm(s->m, s->n, s->k, &left[i], &right[j], memory->product, s->n);
            equal &= equals_sums(s, integers, memory);
        }
    return equal;
}

bool qnn_blas_trial(qnn_sgemm *sgemm)
{
    struct memory *memory = malloc(sizeof *memory);
    bool equal = memory != NULL;
    for (int i = 0; i < SHAPE_COUNT && equal; i++)
        equal = passes(&shapes[i], true, sgemm, memory) && passes(&shapes[i], false, sgemm, memory);
    free(memory);
    return equal;
}
