/* Weight forms as they freeze: small layers worked by hand, random ones against the definition. */
#include "runtime/quantizers/weight_form.h"

#include <math.h>
#include <stdlib.h>

#include "tests/unit/cunit_main.h"

enum { UNITS = 5, INPUTS = 17, WEIGHTS = UNITS * INPUTS };

static void freeze_binary(size_t units, size_t inputs, const float *latent, enum qnn_weight_scale by, double h,
                          int8_t *codes, float *scale)
{
    const struct qnn_weight_quantizer quantizer = {&qnn_weight_binary,
                                                   {{QNN_WEIGHT_SAMPLING_DETERMINISTIC, (double)by, h}}};
    qnn_weights_freeze(units, inputs, &quantizer, latent, codes, scale);
}

static void freeze_ternary(size_t units, size_t inputs, const float *latent, enum qnn_weight_scale by, double delta,
                           int8_t *codes, float *scale)
{
    const struct qnn_weight_quantizer quantizer = {&qnn_weight_ternary, {{delta, (double)by}}};
    qnn_weights_freeze(units, inputs, &quantizer, latent, codes, scale);
}

static void test_binary(void)
{
    static const float latent[] = {0.0f, -0.0f, -0.5f, 0.25f, 1.0f, -2.0f};
    static const int8_t expected[] = {1, 1, -1, 1, 1, -1};
    int8_t codes[6];
    float scale[2];
    freeze_binary(2, 3, latent, QNN_WEIGHT_SCALE_NONE, 0.5, codes, scale);
    for (size_t i = 0; i < 6; i++)
        CU_ASSERT_EQUAL(codes[i], expected[i]);
    CU_ASSERT_EQUAL(scale[0], 0.5f);
    freeze_binary(2, 3, latent, QNN_WEIGHT_SCALE_LAYER, 1.0, codes, scale);
    CU_ASSERT_EQUAL(scale[0], 0.625f);
    freeze_binary(2, 3, latent, QNN_WEIGHT_SCALE_CHANNEL, 1.0, codes, scale);
    CU_ASSERT_EQUAL(scale[0], (float)(0.5 / 3.0));
    CU_ASSERT_EQUAL(scale[1], (float)(3.25 / 3.0));
}

static void freeze_int(size_t units, size_t inputs, const float *latent, int bits, enum qnn_weight_scale by,
                       int8_t *codes, float *scale)
{
    const struct qnn_weight_quantizer quantizer = {&qnn_weight_int,
                                                   {{bits, QNN_WEIGHT_RANGE_MAX, (double)by, QNN_WEIGHT_GRID_NARROW}}};
    qnn_weights_freeze(units, inputs, &quantizer, latent, codes, scale);
}

/* One group in plain C: the clip is the greatest magnitude, Q its value. */
static void expect_int(size_t count, const float *latent, int bits, const int8_t *codes, float scale)
{
    const float last = (float)((1 << (bits - 1)) - 1);
    float clip = 0;
    for (size_t i = 0; i < count; i++)
        clip = fabsf(latent[i]) > clip ? fabsf(latent[i]) : clip;
    CU_ASSERT_EQUAL(scale, (float)((double)clip / (double)last));
    for (size_t i = 0; i < count; i++) {
        const float steps = nearbyintf(latent[i] * (float)(1.0 / (double)scale));
        CU_ASSERT_EQUAL(codes[i], (int8_t)(steps > last ? last : steps < -last ? -last : steps));
        CU_ASSERT(fabsf(latent[i]) < clip || fabsf((float)codes[i]) == last);
        CU_ASSERT(fabs((double)codes[i] * (double)scale - (double)latent[i]) <= 0.5001 * (double)scale);
    }
}

static void test_int(void)
{
    enum { ROWS = 9, COLUMNS = 33 };
    const struct qnn_stream stream = {.seed = 11, .purpose = QNN_RANDOM_TEST};
    float latent[ROWS * COLUMNS], scale[ROWS];
    int8_t codes[ROWS * COLUMNS];
    qnn_random_fill_uniform(&stream, 0, ROWS * COLUMNS, latent);
    for (size_t i = 0; i < ROWS * COLUMNS; i++)
        latent[i] = (latent[i] - 0.5f) * (float)(i / COLUMNS + 1);
    for (int bits = 2; bits <= 8; bits++) {
        freeze_int(ROWS, COLUMNS, latent, bits, QNN_WEIGHT_SCALE_LAYER, codes, scale);
        expect_int((size_t)ROWS * COLUMNS, latent, bits, codes, scale[0]);
        freeze_int(ROWS, COLUMNS, latent, bits, QNN_WEIGHT_SCALE_CHANNEL, codes, scale);
        for (size_t u = 0; u < ROWS; u++)
            expect_int(COLUMNS, latent + u * COLUMNS, bits, codes + u * COLUMNS, scale[u]);
    }
}

static void test_int_of_nothing(void)
{
    static const float latent[] = {0.0f, -0.0f, 0x1p-149f, -0x1p-130f};
    int8_t codes[4] = {1, 1, 1, 1};
    float scale = 0;
    freeze_int(1, 4, latent, 4, QNN_WEIGHT_SCALE_LAYER, codes, &scale);
    CU_ASSERT_EQUAL(scale, 1.0f);
    for (size_t i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(codes[i], 0);
}

static void test_ternary(void)
{
    /* mean |w| = 1.0 in the layer; 0.5 and 1.5 in the units. */
    static const float latent[] = {0.25f, -0.75f, 0.5f, 0.5f, -1.0f, 2.0f, 1.0f, -2.0f};
    int8_t codes[8];
    float scale[2];
    static const int8_t layer[] = {0, -1, 0, 0, -1, 1, 1, -1};
    static const int8_t channel[] = {0, -1, 0, 0, 0, 1, 0, -1};
    freeze_ternary(2, 4, latent, QNN_WEIGHT_SCALE_NONE, 0.7, codes, scale);
    for (size_t i = 0; i < 8; i++)
        CU_ASSERT_EQUAL(codes[i], layer[i]);
    CU_ASSERT_EQUAL(scale[0], 1.0f);
    freeze_ternary(2, 4, latent, QNN_WEIGHT_SCALE_LAYER, 0.7, codes, scale);
    CU_ASSERT_EQUAL(scale[0], 1.35f); /* (0.75 + 1 + 2 + 1 + 2) / 5 */
    /* Thresholds 0.5 and 1.5: not reached by equal magnitudes. */
    freeze_ternary(2, 4, latent, QNN_WEIGHT_SCALE_CHANNEL, 1.0, codes, scale);
    for (size_t i = 0; i < 8; i++)
        CU_ASSERT_EQUAL(codes[i], channel[i]);
    CU_ASSERT_EQUAL(scale[0], 0.75f);
    CU_ASSERT_EQUAL(scale[1], 2.0f);
}

static void test_none_kept(void)
{
    static const float equal[] = {0.5f, -0.5f, 0.5f}, zero[3] = {0.0f, -0.0f, 0.0f};
    int8_t codes[3] = {9, 9, 9};
    float scale = 0.0f;
    freeze_ternary(1, 3, equal, QNN_WEIGHT_SCALE_LAYER, 1.0, codes, &scale);
    CU_ASSERT_EQUAL(codes[0] | codes[1] | codes[2], 0);
    CU_ASSERT_EQUAL(scale, 1.0f);
    freeze_ternary(1, 3, zero, QNN_WEIGHT_SCALE_CHANNEL, 0.7, codes, &scale);
    CU_ASSERT_EQUAL(codes[0] | codes[1] | codes[2], 0);
    CU_ASSERT_EQUAL(scale, 1.0f);
}

/* Per channel is per layer on each row alone. */
static void test_channel_is_layer_of_row(void)
{
    float latent[WEIGHTS], scale[UNITS], row_scale;
    int8_t codes[WEIGHTS], row[INPUTS];
    size_t wrong = 0;
    srand(6);
    for (int trial = 0; trial < 200; trial++) {
        for (size_t i = 0; i < WEIGHTS; i++)
            latent[i] = (float)rand() / (float)RAND_MAX - 0.5f;
        freeze_ternary(UNITS, INPUTS, latent, QNN_WEIGHT_SCALE_CHANNEL, 0.7, codes, scale);
        for (size_t u = 0; u < UNITS; u++) {
            freeze_ternary(1, INPUTS, latent + u * INPUTS, QNN_WEIGHT_SCALE_LAYER, 0.7, row, &row_scale);
            wrong += row_scale != scale[u];
            for (size_t i = 0; i < INPUTS; i++)
                wrong += row[i] != codes[u * INPUTS + i];
        }
        freeze_binary(UNITS, INPUTS, latent, QNN_WEIGHT_SCALE_CHANNEL, 1.0, codes, scale);
        for (size_t u = 0; u < UNITS; u++) {
            freeze_binary(1, INPUTS, latent + u * INPUTS, QNN_WEIGHT_SCALE_LAYER, 1.0, row, &row_scale);
            wrong += row_scale != scale[u];
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

/* A sum over rows is the sum of the rows' sums in order; the magnitudes on a threshold do not count. */
static void test_statistics(void)
{
    static const float row[] = {-3.0f, 0.5f, 2.0f, -0.5f, 0.0f};
    struct qnn_weight_statistics all = qnn_weight_magnitudes(row, 5, -1.0f);
    const struct qnn_weight_statistics above = qnn_weight_magnitudes(row, 5, 0.5f);
    CU_ASSERT(all.sum == 6.0 && all.greatest == 3.0f && all.count == 5);
    CU_ASSERT(above.sum == 5.0 && above.greatest == 3.0f && above.count == 2);
    qnn_weight_statistics_add(&all, &above);
    CU_ASSERT(all.sum == 11.0 && all.greatest == 3.0f && all.count == 7);
}

/* What a form says of itself before it sees a weight. */
static void test_traits(void)
{
    struct qnn_weight_quantizer q = {&qnn_weight_binary, {{0, QNN_WEIGHT_SCALE_CHANNEL, -1}}};
    CU_ASSERT_EQUAL(qnn_weight_groups(&q, 7), 7);
    CU_ASSERT_EQUAL(q.form->bound(&q.arguments), 0);
    q.form->settle(&q.arguments, 0.25);
    CU_ASSERT_EQUAL(q.form->bound(&q.arguments), 0.25);
    CU_ASSERT_EQUAL(q.form->initial(&q.arguments), 0.25);
    CU_ASSERT_EQUAL(q.form->type(&q.arguments).encoding, QNN_ENCODING_SIGN);
    CU_ASSERT_FALSE(qnn_weight_is_sign(&q));
    q.arguments = (struct qnn_arguments){{QNN_WEIGHT_SAMPLING_DETERMINISTIC, QNN_WEIGHT_SCALE_NONE, 1}};
    CU_ASSERT_TRUE(qnn_weight_is_sign(&q));
    CU_ASSERT_EQUAL(qnn_weight_groups(&q, 7), 1);
    q.arguments.number[0] = QNN_WEIGHT_SAMPLING_STOCHASTIC;
    CU_ASSERT_TRUE(qnn_weight_draws(&q));
    CU_ASSERT_FALSE(qnn_weight_is_sign(&q));
    q = (struct qnn_weight_quantizer){&qnn_weight_ternary, {{0.7, QNN_WEIGHT_SCALE_LAYER}}};
    CU_ASSERT_EQUAL(qnn_weight_groups(&q, 7), 1);
    CU_ASSERT_EQUAL(q.form->type(&q.arguments).encoding, QNN_ENCODING_SIGN_ZERO);
    CU_ASSERT_FALSE(qnn_weight_draws(&q) || qnn_weight_is_sign(&q));
    q.form = NULL;
    CU_ASSERT_FALSE(qnn_weight_draws(&q) || qnn_weight_is_sign(&q));
}

/* Values of each encoding. */
static void test_code_has(void)
{
    const struct qnn_code_type sign = qnn_code_sign(), zero = qnn_code_sign_zero(), twos = qnn_code_twos(3, -3, 3);
    const struct qnn_code_type odd = {.encoding = QNN_ENCODING_ODD, .bits = 2, .low = -3, .high = 3};
    const struct qnn_code_type shift = {
        .encoding = QNN_ENCODING_SHIFT, .bits = 4, .low = -8, .high = 8, .has_zero = true};
    for (int value = -9; value <= 9; value++) {
        const int magnitude = abs(value);
        CU_ASSERT_EQUAL(qnn_code_has(&sign, value), magnitude == 1);
        CU_ASSERT_EQUAL(qnn_code_has(&zero, value), magnitude <= 1);
        CU_ASSERT_EQUAL(qnn_code_has(&twos, value), magnitude <= 3);
        CU_ASSERT_EQUAL(qnn_code_has(&odd, value), magnitude == 1 || magnitude == 3);
        CU_ASSERT_EQUAL(qnn_code_has(&shift, value),
                        magnitude == 0 || magnitude == 1 || magnitude == 2 || magnitude == 4 || magnitude == 8);
    }
}

static const struct unit_case cases[] = {
    {"sums of magnitudes", test_statistics},
    {"traits of forms", test_traits},
    {"values of code types", test_code_has},
    {"binary", test_binary},
    {"ternary", test_ternary},
    {"integers against a plain form", test_int},
    {"integers of weights that are 0 or denormal", test_int_of_nothing},
    {"ternary that keeps nothing", test_none_kept},
    {"a channel is a layer of one row", test_channel_is_layer_of_row},
};

UNIT_MAIN("weight forms", cases)
