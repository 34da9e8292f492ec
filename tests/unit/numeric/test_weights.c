/* Weight quantizers: small layers worked by hand, random ones against the definition. */
#include "runtime/numeric/weights.h"

#include <math.h>
#include <stdlib.h>

#include "tests/unit/cunit_main.h"

enum { UNITS = 5, INPUTS = 17, WEIGHTS = UNITS * INPUTS };

static void test_binary(void)
{
    static const float latent[] = {0.0f, -0.0f, -0.5f, 0.25f, 1.0f, -2.0f};
    static const int8_t expected[] = {1, 1, -1, 1, 1, -1};
    int8_t codes[6];
    float scale[2];
    qnn_weights_binary(2, 3, latent, QNN_WEIGHT_SCALE_NONE, 0.5f, codes, scale);
    for (size_t i = 0; i < 6; i++)
        CU_ASSERT_EQUAL(codes[i], expected[i]);
    CU_ASSERT_EQUAL(scale[0], 0.5f);
    qnn_weights_binary(2, 3, latent, QNN_WEIGHT_SCALE_LAYER, 1.0f, codes, scale);
    CU_ASSERT_EQUAL(scale[0], 0.625f);
    qnn_weights_binary(2, 3, latent, QNN_WEIGHT_SCALE_CHANNEL, 1.0f, codes, scale);
    CU_ASSERT_EQUAL(scale[0], (float)(0.5 / 3.0));
    CU_ASSERT_EQUAL(scale[1], (float)(3.25 / 3.0));
}

static void test_ternary(void)
{
    /* mean |w| = 1.0 in the layer; 0.5 and 1.5 in the units. */
    static const float latent[] = {0.25f, -0.75f, 0.5f, 0.5f, -1.0f, 2.0f, 1.0f, -2.0f};
    int8_t codes[8];
    float scale[2];
    static const int8_t layer[] = {0, -1, 0, 0, -1, 1, 1, -1};
    static const int8_t channel[] = {0, -1, 0, 0, 0, 1, 0, -1};
    qnn_weights_ternary(2, 4, latent, QNN_WEIGHT_SCALE_NONE, 0.7f, codes, scale);
    for (size_t i = 0; i < 8; i++)
        CU_ASSERT_EQUAL(codes[i], layer[i]);
    CU_ASSERT_EQUAL(scale[0], 1.0f);
    qnn_weights_ternary(2, 4, latent, QNN_WEIGHT_SCALE_LAYER, 0.7f, codes, scale);
    CU_ASSERT_EQUAL(scale[0], 1.35f); /* (0.75 + 1 + 2 + 1 + 2) / 5 */
    /* Thresholds 0.5 and 1.5: not reached by equal magnitudes. */
    qnn_weights_ternary(2, 4, latent, QNN_WEIGHT_SCALE_CHANNEL, 1.0f, codes, scale);
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
    qnn_weights_ternary(1, 3, equal, QNN_WEIGHT_SCALE_LAYER, 1.0f, codes, &scale);
    CU_ASSERT_EQUAL(codes[0] | codes[1] | codes[2], 0);
    CU_ASSERT_EQUAL(scale, 1.0f);
    qnn_weights_ternary(1, 3, zero, QNN_WEIGHT_SCALE_CHANNEL, 0.7f, codes, &scale);
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
        qnn_weights_ternary(UNITS, INPUTS, latent, QNN_WEIGHT_SCALE_CHANNEL, 0.7f, codes, scale);
        for (size_t u = 0; u < UNITS; u++) {
            qnn_weights_ternary(1, INPUTS, latent + u * INPUTS, QNN_WEIGHT_SCALE_LAYER, 0.7f, row, &row_scale);
            wrong += row_scale != scale[u];
            for (size_t i = 0; i < INPUTS; i++)
                wrong += row[i] != codes[u * INPUTS + i];
        }
        qnn_weights_binary(UNITS, INPUTS, latent, QNN_WEIGHT_SCALE_CHANNEL, 1.0f, codes, scale);
        for (size_t u = 0; u < UNITS; u++) {
            qnn_weights_binary(1, INPUTS, latent + u * INPUTS, QNN_WEIGHT_SCALE_LAYER, 1.0f, row, &row_scale);
            wrong += row_scale != scale[u];
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(qnn_weight_scale_count(QNN_WEIGHT_SCALE_CHANNEL, 7), 7);
    CU_ASSERT_EQUAL(qnn_weight_scale_count(QNN_WEIGHT_SCALE_LAYER, 7), 1);
}

static const struct unit_case cases[] = {
    {"binary", test_binary},
    {"ternary", test_ternary},
    {"ternary that keeps nothing", test_none_kept},
    {"a channel is a layer of one row", test_channel_is_layer_of_row},
};

UNIT_MAIN("numeric weights", cases)
