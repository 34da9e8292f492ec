/* Gathering a batch: every element type, rows in any order and repeated, real values and raw codes. */
#include "kernel_test.h"

#include "runtime/ops/input.h"

enum { ROWS = 5, FEATURES = 7, BATCH = 6 };

static const uint32_t rows[BATCH] = {4, 0, 4, 2, 1, 3};

static void check_types(void)
{
    uint8_t u8[ROWS * FEATURES];
    int8_t i8[ROWS * FEATURES];
    float f32[ROWS * FEATURES], x[3][BATCH * FEATURES];
    for (int i = 0; i < ROWS * FEATURES; i++) {
        u8[i] = (uint8_t)(255 - 7 * i);
        i8[i] = (int8_t)(7 * i - 128);
        f32[i] = 0.25f * (float)i - 1.0f;
    }
    qnn_input_u8(BATCH, FEATURES, u8, rows, 1.0f / 128.0f, -1.0f, x[0]);
    qnn_input_i8(BATCH, FEATURES, i8, rows, 0.5f, 3.0f, x[1]);
    qnn_input_f32(BATCH, FEATURES, f32, rows, -2.0f, 0.5f, x[2]);
    for (int i = 0; i < BATCH * FEATURES; i++) {
        const size_t from = rows[i / FEATURES] * FEATURES + (size_t)(i % FEATURES);
        CU_ASSERT_EQUAL(x[0][i], (float)u8[from] / 128.0f - 1.0f);
        CU_ASSERT_EQUAL(x[1][i], (float)i8[from] * 0.5f + 3.0f);
        CU_ASSERT_EQUAL(x[2][i], 0.5f - 2.0f * f32[from]);
    }
    qnn_input_u8(BATCH, FEATURES, u8, rows, 1.0f, 0.0f, x[0]);
    for (int i = 0; i < BATCH * FEATURES; i++)
        CU_ASSERT_EQUAL(x[0][i], (float)u8[rows[i / FEATURES] * FEATURES + (size_t)(i % FEATURES)]);
}

static void test_types(void)
{
    with_threads(check_types);
}

/* A batch that several threads share. */
static void check_large(void)
{
    enum { MANY = 257, WIDE = 300 };
    uint8_t *samples = zeros(MANY * WIDE, 1);
    uint32_t index[MANY];
    float *x = floats(MANY * WIDE);
    bool equal = true;
    for (uint32_t i = 0; i < MANY; i++)
        index[i] = MANY - 1 - i;
    for (size_t i = 0; i < MANY * WIDE; i++)
        samples[i] = (uint8_t)(i * 31 / 7);
    qnn_input_u8(MANY, WIDE, samples, index, 1.0f, 0.0f, x);
    for (size_t i = 0; i < MANY * WIDE; i++)
        equal &= x[i] == (float)samples[index[i / WIDE] * WIDE + i % WIDE];
    CU_ASSERT(equal);
    free(samples);
    free(x);
}

static void test_large(void)
{
    with_threads(check_large);
}

static const struct unit_case cases[] = {
    {"element types", test_types},
    {"shared batch", test_large},
};
UNIT_MAIN("input", cases)
