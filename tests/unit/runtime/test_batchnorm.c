/*
 * Batch norm, alone and fused: forward against the formula in double, gradients against central differences of the
 * formula followed by the function that the activation's backward rule stands for.
 */
#include "kernel_test.h"

#include "activation_formulas.h"

#include "runtime/ops/batchnorm.h"
#include "runtime/ops/columns.h"

enum { MOST = 17 * 130 };

static const float eps = 1e-4f;

/* ---- The kernels in one shape ------------------------------------------------------------------------------------ */

typedef void forward_kernel(int, int, const float *, struct qnn_batchnorm *, const struct qnn_activation *, float *,
                            enum qnn_mode);
typedef void backward_kernel(int, int, const float *, struct qnn_batchnorm *, const struct qnn_activation *,
                             const float *, float *);

static void plain_forward(int batch, int channels, const float *x, struct qnn_batchnorm *norm,
                          const struct qnn_activation *activation, float *y, enum qnn_mode mode)
{
    (void)activation;
    qnn_batchnorm_forward(batch, channels, x, norm, y, mode);
}

static void plain_backward(int batch, int channels, const float *x, struct qnn_batchnorm *norm,
                           const struct qnn_activation *activation, const float *dy, float *dx)
{
    (void)activation;
    qnn_batchnorm_backward(batch, channels, x, norm, dy, dx);
}

static const struct {
    forward_kernel *forward;
    backward_kernel *backward;
} fused[] = {
#define QNN_ACTIVATION(NAME, name) \
    [QNN_ACTIVATION_##NAME] = {qnn_batchnorm_##name##_forward, qnn_batchnorm_##name##_backward},
#include "runtime/quantizers/activations.def"
};

/* Kernel 0 is the batch norm alone; then each case of activation_formulas.h. */
enum { KERNEL_COUNT = 1 + ACTIVATION_CASES };

struct kernel {
    struct qnn_activation activation;
    forward_kernel *forward;
    backward_kernel *backward;
    double (*formula)(double z);
    double (*stand_in)(double z);
};

static struct kernel kernel_at(int k)
{
    if (k == 0)
        return (struct kernel){{0}, plain_forward, plain_backward, formula_identity, formula_identity};
    const struct activation_case *c = &activation_cases[k - 1];
    return (struct kernel){qnn_activation(c->kind, c->ste, c->arguments), fused[c->kind].forward,
                           fused[c->kind].backward, c->formula, c->stand_in};
}

/* ---- The reference ------------------------------------------------------------------------------------------------
 * */

struct layer {
    int batch, channels;
    const float *r;
    double (*function)(double z);
};

/* Variables: x, gamma, beta. */
static void normalised(const struct layer *l, const double *v, double *z)
{
    const double *gamma = v + l->batch * l->channels, *beta = gamma + l->channels;
    for (int c = 0; c < l->channels; c++) {
        double mean = 0.0, variance = 0.0;
        for (int row = 0; row < l->batch; row++)
            mean += v[row * l->channels + c] / l->batch;
        for (int row = 0; row < l->batch; row++)
            variance += pow(v[row * l->channels + c] - mean, 2.0) / l->batch;
        for (int row = 0; row < l->batch; row++)
            z[row * l->channels + c] =
                gamma[c] * (v[row * l->channels + c] - mean) / sqrt(variance + (double)eps) + beta[c];
    }
}

static double loss(const void *context, const double *v)
{
    const struct layer *l = context;
    double z[MOST], sum = 0.0;
    normalised(l, v, z);
    for (int i = 0; i < l->batch * l->channels; i++)
        sum += (double)l->r[i] * l->function(z[i]);
    return sum;
}

/* A step of the difference quotient must not cross a kink, nor float32 fall on another side of it. */
static bool is_smooth(const double *z, int count)
{
    for (int i = 0; i < count; i++)
        if (!activation_is_smooth(z[i], 5e-6))
            return false;
    return true;
}

/* ---- Tests ---------------------------------------------------------------------------------------------------------
 * */

static struct qnn_batchnorm new_norm(int channels)
{
    const size_t n = (size_t)channels;
    struct qnn_batchnorm norm = {.gamma = floats(n),
                                 .beta = floats(n),
                                 .mean = floats(n),
                                 .variance = floats(n),
                                 .dgamma = floats(n),
                                 .dbeta = floats(n),
                                 .batch_mean = floats(n),
                                 .batch_inverse = floats(n),
                                 .sum_mean = zeros(n, sizeof(double)),
                                 .sum_variance = zeros(n, sizeof(double)),
                                 .eps = eps,
                                 .momentum = 0.25f};
    for (size_t i = 0; i < n; i++)
        norm.gamma[i] = norm.variance[i] = 1.0f;
    return norm;
}

static void free_norm(struct qnn_batchnorm *norm)
{
    float *arrays[] = {norm->gamma,  norm->beta,  norm->mean,       norm->variance,
                       norm->dgamma, norm->dbeta, norm->batch_mean, norm->batch_inverse};
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        free(arrays[i]);
    free(norm->sum_mean);
    free(norm->sum_variance);
}

/* Variables x, gamma, beta with no value near a kink, found by trying seeds in order. */
static float *smooth_variables(const struct layer *l, int *count)
{
    const int size = l->batch * l->channels;
    double z[MOST];
    *count = size + 2 * l->channels;
    for (uint64_t seed = 1;; seed++) {
        float *variables = random_floats(seed, (size_t)*count, -2.0f, 2.0f);
        double *exact = doubles_of(variables, (size_t)*count);
        normalised(l, exact, z);
        free(exact);
        if (is_smooth(z, size))
            return variables;
        free(variables);
    }
}

static void check_kernel(const struct kernel *kernel, int batch, int channels)
{
    const int size = batch * channels;
    float *r = random_floats(77, (size_t)size, -1.0f, 1.0f), y[MOST], dx[MOST], in_place[MOST];
    struct layer layer = {.batch = batch, .channels = channels, .r = r, .function = kernel->stand_in};
    int count;
    float *variables = smooth_variables(&layer, &count);
    double *exact = doubles_of(variables, (size_t)count), z[MOST];
    struct qnn_batchnorm norm = new_norm(channels);
    bool forward = true, backward = true;
    memcpy(norm.gamma, variables + size, (size_t)channels * sizeof *y);
    memcpy(norm.beta, variables + size + channels, (size_t)channels * sizeof *y);

    kernel->forward(batch, channels, variables, &norm, &kernel->activation, y, QNN_TRAIN);
    normalised(&layer, exact, z);
    for (int i = 0; i < size; i++)
        forward &= is_close((double)y[i], kernel->formula(z[i]), 2e-5);
    CU_ASSERT(forward);

    kernel->backward(batch, channels, variables, &norm, &kernel->activation, r, dx);
    for (int i = 0; i < count; i++) {
        const float *found = i < size              ? dx + i
                             : i < size + channels ? norm.dgamma + (i - size)
                                                   : norm.dbeta + (i - size - channels);
        backward &= is_close((double)*found, difference_quotient(loss, &layer, exact, (size_t)i), 1e-3);
    }
    CU_ASSERT(backward);

    memcpy(in_place, r, (size_t)size * sizeof *r);
    kernel->backward(batch, channels, variables, &norm, &kernel->activation, in_place, in_place);
    CU_ASSERT(same_bits(in_place, dx, (size_t)size * sizeof *dx));
    const float dgamma = norm.dgamma[0];
    norm.dgamma[0] = 0.0f;
    kernel->backward(batch, channels, variables, &norm, &kernel->activation, r, NULL);
    CU_ASSERT_EQUAL(norm.dgamma[0], dgamma);
    free_norm(&norm);
    free(variables);
    free(exact);
    free(r);
}

static void check_gradients(void)
{
    static const int sizes[][2] = {{2, 1}, {3, 2}, {5, 3}, {7, 17}, {17, 65}, {8, 130}};
    for (int k = 0; k < KERNEL_COUNT; k++) {
        const struct kernel kernel = kernel_at(k);
        for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
            check_kernel(&kernel, sizes[s][0], sizes[s][1]);
    }
}

static void test_gradients(void)
{
    with_threads(check_gradients);
}

/* Running averages, re-estimation and evaluation against the definitions. */
static void check_modes(void)
{
    enum { BATCH = 8, CHANNELS = 3, SIZE = BATCH * CHANNELS, BATCHES = 4 };
    struct qnn_batchnorm norm = new_norm(CHANNELS);
    double mean[CHANNELS] = {0}, variance[CHANNELS] = {0}, running_mean[CHANNELS] = {0},
           running_variance[CHANNELS] = {1, 1, 1};
    float y[SIZE];
    for (uint64_t b = 0; b < BATCHES; b++) {
        float x[SIZE];
        fill(b + 1, SIZE, -1.0f, 3.0f, x);
        for (int c = 0; c < CHANNELS; c++) {
            double m = 0.0, v = 0.0;
            for (int row = 0; row < BATCH; row++)
                m += (double)x[row * CHANNELS + c] / BATCH;
            for (int row = 0; row < BATCH; row++)
                v += pow((double)x[row * CHANNELS + c] - m, 2.0) / BATCH;
            mean[c] += m / BATCHES;
            variance[c] += v / BATCHES;
            running_mean[c] += 0.25 * (m - running_mean[c]);
            running_variance[c] += 0.25 * (v - running_variance[c]);
        }
        qnn_batchnorm_forward(BATCH, CHANNELS, x, &norm, y, QNN_TRAIN);
    }
    for (int c = 0; c < CHANNELS; c++) {
        CU_ASSERT(is_close((double)norm.mean[c], running_mean[c], 1e-6));
        CU_ASSERT(is_close((double)norm.variance[c], running_variance[c], 1e-6));
    }
    const float kept = norm.mean[0];
    qnn_batchnorm_estimate_begin(&norm, CHANNELS);
    CU_ASSERT_EQUAL(qnn_batchnorm_estimate_end(&norm, CHANNELS), 0);
    CU_ASSERT_EQUAL(norm.mean[0], kept);
    for (uint64_t b = 0; b < BATCHES; b++) {
        float x[SIZE], trained[SIZE];
        fill(b + 1, SIZE, -1.0f, 3.0f, x);
        struct qnn_batchnorm other = new_norm(CHANNELS);
        qnn_batchnorm_forward(BATCH, CHANNELS, x, &other, trained, QNN_TRAIN);
        qnn_batchnorm_forward(BATCH, CHANNELS, x, &norm, y, QNN_ESTIMATE);
        CU_ASSERT(same_bits(y, trained, sizeof y));
        CU_ASSERT_EQUAL(norm.mean[0], kept);
        free_norm(&other);
    }
    CU_ASSERT_EQUAL(qnn_batchnorm_estimate_end(&norm, CHANNELS), BATCHES);
    for (int c = 0; c < CHANNELS; c++) {
        CU_ASSERT(is_close((double)norm.mean[c], mean[c], 1e-6));
        CU_ASSERT(is_close((double)norm.variance[c], variance[c], 1e-6));
    }
    const float x[CHANNELS] = {0.5f, -2.0f, 7.0f};
    qnn_batchnorm_forward(1, CHANNELS, x, &norm, y, QNN_EVALUATE);
    for (int c = 0; c < CHANNELS; c++)
        CU_ASSERT(is_close((double)y[c], ((double)x[c] - mean[c]) / sqrt(variance[c] + (double)eps), 1e-5));
    free_norm(&norm);
}

static void test_modes(void)
{
    with_threads(check_modes);
}

/* A large mean over a small spread, and a constant column. */
static void check_hard_columns(void)
{
    enum { BATCH = 64, CHANNELS = 2 };
    float x[BATCH * CHANNELS], y[BATCH * CHANNELS];
    struct qnn_batchnorm norm = new_norm(CHANNELS);
    for (int row = 0; row < BATCH; row++) {
        x[row * CHANNELS] = 100000.0f + (float)(row % 2);
        x[row * CHANNELS + 1] = -12345.678f;
    }
    norm.momentum = 1.0f;
    qnn_batchnorm_forward(BATCH, CHANNELS, x, &norm, y, QNN_TRAIN);
    CU_ASSERT_DOUBLE_EQUAL((double)norm.variance[0], 0.25, 1e-7);
    CU_ASSERT_EQUAL(norm.variance[1], 0.0f);
    CU_ASSERT_EQUAL(norm.mean[1], -12345.678f);
    for (int row = 0; row < BATCH; row++)
        CU_ASSERT_EQUAL(y[row * CHANNELS + 1], 0.0f);
    free_norm(&norm);
}

static void test_hard_columns(void)
{
    with_threads(check_hard_columns);
}

/* Columns of several chunks of rows: positions of images, odd and few channels, against sums of the whole in double. */
static void check_positions(int rows, int channels)
{
    const size_t size = (size_t)rows * (size_t)channels;
    float *x = random_floats(11, size, 2.0f, 3.0f), *dy = random_floats(12, size, -1.0f, 1.0f);
    float *y = floats(size), *dx = floats(size);
    struct qnn_batchnorm norm = new_norm(channels);
    norm.momentum = 1.0f;
    qnn_batchnorm_forward(rows, channels, x, &norm, y, QNN_TRAIN);
    qnn_batchnorm_backward(rows, channels, x, &norm, dy, dx);
    for (int c = 0; c < channels; c++) {
        double mean = 0.0, variance = 0.0, dgamma = 0.0, dbeta = 0.0;
        for (int row = 0; row < rows; row++)
            mean += (double)x[row * channels + c] / rows;
        for (int row = 0; row < rows; row++)
            variance += pow((double)x[row * channels + c] - mean, 2.0) / rows;
        const double inverse = 1.0 / sqrt(variance + (double)eps);
        for (int row = 0; row < rows; row++) {
            dbeta += (double)dy[row * channels + c];
            dgamma += (double)dy[row * channels + c] * ((double)x[row * channels + c] - mean) * inverse;
        }
        CU_ASSERT(is_close((double)norm.mean[c], mean, 1e-6) && is_close((double)norm.variance[c], variance, 1e-6));
        CU_ASSERT(is_close((double)norm.dbeta[c], dbeta, 1e-3) && is_close((double)norm.dgamma[c], dgamma, 1e-3));
        for (int row = 0; row < rows; row += rows / 7 + 1) {
            const double h = ((double)x[row * channels + c] - mean) * inverse;
            const double slope = (double)norm.gamma[c] * inverse;
            const double exact = slope * ((double)dy[row * channels + c] - dbeta / rows - h * dgamma / rows);
            CU_ASSERT(is_close((double)y[row * channels + c], (double)norm.gamma[c] * h + (double)norm.beta[c], 1e-4));
            CU_ASSERT(is_close((double)dx[row * channels + c], exact, 1e-4));
        }
    }
    qnn_batchnorm_forward(rows, channels, x, &norm, x, QNN_ESTIMATE); /* in place: the same values */
    CU_ASSERT(same_bits(x, y, size * sizeof *x));
    free_norm(&norm);
    free(x);
    free(dy);
    free(y);
    free(dx);
}

static void check_images(void)
{
    static const int sizes[][2] = {{1024, 3}, {1025, 1}, {2047, 65}, {3100, 64}, {9000, 17}, {20000, 2}};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
        check_positions(sizes[s][0], sizes[s][1]);
}

static void test_images(void)
{
    with_threads(check_images);
}

/* The same bits with one thread and with two, of few rows and of many. */
static void check_threads(int rows, int channels)
{
    const struct qnn_activation relu = qnn_activation(QNN_ACTIVATION_RELU, QNN_STE_CLIPPED, QNN_ARGUMENTS(0));
    const size_t size = (size_t)rows * (size_t)channels;
    float *x = random_floats(1, size, -1.0f, 1.0f), *dy = random_floats(2, size, -1.0f, 1.0f);
    float *y[2] = {floats(size), floats(size)}, *dx[2] = {floats(size), floats(size)};
    float *sums[2] = {floats((size_t)channels), floats((size_t)channels)};
    for (int threads = 1; threads <= 2; threads++) {
        struct qnn_batchnorm norm = new_norm(channels);
        CU_ASSERT_FATAL(qnn_threads_start(threads));
        qnn_batchnorm_relu_forward(rows, channels, x, &norm, &relu, y[threads - 1], QNN_TRAIN);
        qnn_batchnorm_relu_backward(rows, channels, x, &norm, &relu, dy, dx[threads - 1]);
        qnn_column_sums(rows, channels, x, sums[threads - 1]);
        qnn_threads_stop();
        free_norm(&norm);
    }
    CU_ASSERT(same_bits(y[0], y[1], size * sizeof(float)));
    CU_ASSERT(same_bits(dx[0], dx[1], size * sizeof(float)));
    CU_ASSERT(same_bits(sums[0], sums[1], (size_t)channels * sizeof(float)));
    for (int c = 0; c < channels; c++) {
        double exact = 0.0;
        for (int row = 0; row < rows; row++)
            exact += (double)x[row * channels + c];
        CU_ASSERT(is_close((double)sums[0][c], exact, 1e-5));
    }
    for (int i = 0; i < 2; i++) {
        free(y[i]);
        free(dx[i]);
        free(sums[i]);
    }
    free(x);
    free(dy);
}

static void test_determinism(void)
{
    check_threads(50, 300);
    check_threads(5000, 65);
}

static const struct unit_case cases[] = {
    {"forward and gradients", test_gradients}, {"modes", test_modes},
    {"hard columns", test_hard_columns},       {"images: many rows", test_images},
    {"determinism", test_determinism},
};
UNIT_MAIN("batchnorm", cases)
