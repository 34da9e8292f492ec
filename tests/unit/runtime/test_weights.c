/*
 * Effective weights: deterministic ones equal scale * code of runtime/numeric, which freezes them; stochastic ones
 * have the right probabilities and a new draw each step.
 */
#include "kernel_test.h"

#include "runtime/ops/weights.h"

static const struct qnn_rounding first_step = {.seed = 3, .layer = 1, .step = 7};

static void check_against_numeric(int units, int inputs, enum qnn_weight_kind kind, enum qnn_weight_scale scale)
{
    const size_t u = (size_t)units, n = (size_t)inputs, count = u * n;
    const struct qnn_weight_quantizer quantizer = {.kind = kind, .scale = scale, .h = 0.5f, .delta = 0.7f};
    float *latent = random_floats(1, count, -1.0f, 1.0f), *effective = floats(count), *scales = floats(u);
    int8_t *codes = zeros(count, 1);
    bool close = true, same_code = true;
    if (count > 1)
        latent[0] = -0.0f; /* its code is +1 */
    if (kind == QNN_WEIGHT_BINARY)
        qnn_weights_binary(u, n, latent, scale, quantizer.h, codes, scales);
    else
        qnn_weights_ternary(u, n, latent, scale, quantizer.delta, codes, scales);
    qnn_weights_effective(units, inputs, &quantizer, NULL, latent, effective);
    for (size_t i = 0; i < count; i++) {
        const float expected = scales[scale == QNN_WEIGHT_SCALE_CHANNEL ? i / n : 0] * (float)codes[i];
        close &= is_close((double)effective[i], (double)expected, 1e-6);
        same_code &= (effective[i] > 0.0f) - (effective[i] < 0.0f) == codes[i];
    }
    CU_ASSERT(close);
    CU_ASSERT(same_code);
    free(latent);
    free(effective);
    free(scales);
    free(codes);
}

static void check_deterministic(void)
{
    static const int sizes[][2] = {{1, 1}, {2, 3}, {7, 5}, {17, 63}, {64, 65}, {65, 300}};
    for (int kind = 0; kind < 2; kind++)
        for (int scale = 0; scale < QNN_WEIGHT_SCALE_COUNT; scale++)
            for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
                check_against_numeric(sizes[s][0], sizes[s][1], kind ? QNN_WEIGHT_TERNARY : QNN_WEIGHT_BINARY,
                                      (enum qnn_weight_scale)scale);
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
    const struct qnn_weight_quantizer quantizer = {.kind = QNN_WEIGHT_BINARY_STOCHASTIC, .h = 2.0f};
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
        const struct qnn_weight_quantizer quantizer = {
            .kind = QNN_WEIGHT_BINARY_STOCHASTIC, .scale = (enum qnn_weight_scale)scale, .h = 1.0f};
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
