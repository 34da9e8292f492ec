/*
 * Effective weights: deterministic ones equal scale * code as they are frozen; stochastic ones
 * have the right probabilities and a new draw each step.
 */
#include "kernel_test.h"

#include "runtime/ops/weights.h"

static const struct qnn_rounding first_step = {.seed = 3, .layer = 1, .step = 7};

static struct qnn_weight_quantizer quantizer_of(const struct qnn_weight_form *form, int scale)
{
    if (form == &qnn_weight_ternary)
        return (struct qnn_weight_quantizer){form, {{0.7, scale}}};
    return (struct qnn_weight_quantizer){form, {{QNN_WEIGHT_SAMPLING_DETERMINISTIC, scale, 0.5}}};
}

/* What training multiplies by is what freezing stores, bit for bit. */
static void check_against_frozen(int units, int inputs, const struct qnn_weight_quantizer *quantizer)
{
    const size_t u = (size_t)units, n = (size_t)inputs, count = u * n;
    float *latent = random_floats(1, count, -1.0f, 1.0f), *effective = floats(count), *scales = floats(u);
    int8_t *codes = zeros(count, 1);
    bool same = true;
    if (count > 1)
        latent[0] = -0.0f; /* its code is +1 */
    qnn_weights_freeze(u, n, quantizer, latent, codes, scales);
    qnn_weights_effective(units, inputs, quantizer, NULL, latent, effective);
    for (size_t i = 0; i < count; i++)
        same &= effective[i] == scales[qnn_weight_groups(quantizer, u) > 1 ? i / n : 0] * (float)codes[i];
    CU_ASSERT(same);
    free(latent);
    free(effective);
    free(scales);
    free(codes);
}

static void check_deterministic(void)
{
    static const int sizes[][2] = {{1, 1}, {2, 3}, {7, 5}, {17, 63}, {64, 65}, {65, 300}, {3, 2049}};
    for (int scale = 0; scale < QNN_WEIGHT_SCALE_COUNT; scale++) {
        const struct qnn_weight_quantizer binary = quantizer_of(&qnn_weight_binary, scale);
        const struct qnn_weight_quantizer ternary = quantizer_of(&qnn_weight_ternary, scale);
        for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
            check_against_frozen(sizes[s][0], sizes[s][1], &binary);
            check_against_frozen(sizes[s][0], sizes[s][1], &ternary);
        }
    }
}

static void test_deterministic(void)
{
    with_threads(check_deterministic);
}

/* All weights are w: the share of +h is clip((w / h + 1) / 2, 0, 1), within five standard deviations. */
static void check_probability(void)
{
    enum { UNITS = 100, INPUTS = 301, COUNT = UNITS * INPUTS };
    static const float weights[] = {-3.0f, -2.0f, -1.0f, -0.1f, 0.0f, 0.5f, 1.9f, 2.0f, 5.0f};
    const struct qnn_weight_quantizer quantizer = {&qnn_weight_binary,
                                                   {{QNN_WEIGHT_SAMPLING_STOCHASTIC, QNN_WEIGHT_SCALE_NONE, 2}}};
    float *latent = floats(COUNT), *effective = floats(COUNT);
    for (size_t w = 0; w < sizeof weights / sizeof weights[0]; w++) {
        const double p = fmin(fmax((double)weights[w] / 4.0 + 0.5, 0.0), 1.0);
        int positive = 0;
        bool codes = true;
        for (int i = 0; i < COUNT; i++)
            latent[i] = weights[w];
        qnn_weights_effective(UNITS, INPUTS, &quantizer, &first_step, latent, effective);
        for (int i = 0; i < COUNT; i++) {
            positive += effective[i] > 0.0f;
            codes &= fabsf(effective[i]) == 2.0f;
        }
        CU_ASSERT(codes);
        CU_ASSERT(fabs(positive / (double)COUNT - p) <= 5.0 * sqrt(p * (1.0 - p) / COUNT) + 1e-12);
    }
    free(latent);
    free(effective);
}

static void test_probability(void)
{
    with_threads(check_probability);
}

/* The same draw for the same step and any number of threads, another one for another step or layer. */
static void test_draws(void)
{
    enum { UNITS = 100, INPUTS = 401, COUNT = UNITS * INPUTS };
    const struct qnn_rounding others[] = {{.seed = 3, .layer = 1, .step = 8}, {.seed = 3, .layer = 2, .step = 7}};
    float *latent = floats(COUNT), *first = floats(COUNT), *other = floats(COUNT);
    for (int scale = 0; scale < QNN_WEIGHT_SCALE_COUNT; scale++) {
        const struct qnn_weight_quantizer quantizer = {&qnn_weight_binary,
                                                       {{QNN_WEIGHT_SAMPLING_STOCHASTIC, scale, 1}}};
        fill(2, COUNT, -0.5f, 0.5f, latent);
        CU_ASSERT_FATAL(qnn_threads_start(1));
        qnn_weights_effective(UNITS, INPUTS, &quantizer, &first_step, latent, first);
        qnn_threads_stop();
        CU_ASSERT_FATAL(qnn_threads_start(3));
        qnn_weights_effective(UNITS, INPUTS, &quantizer, &first_step, latent, other);
        CU_ASSERT(same_bits(first, other, COUNT * sizeof *first));
        for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
            int same = 0;
            qnn_weights_effective(UNITS, INPUTS, &quantizer, &others[i], latent, other);
            for (int j = 0; j < COUNT; j++)
                same += first[j] == other[j];
            CU_ASSERT(same > COUNT * 0.5 && same < COUNT * 0.6);
        }
        qnn_threads_stop();
    }
    free(latent);
    free(first);
    free(other);
}

static const struct unit_case cases[] = {
    {"codes and scales", test_deterministic},
    {"probabilities", test_probability},
    {"draws", test_draws},
};
UNIT_MAIN("weights", cases)
