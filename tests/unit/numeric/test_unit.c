/* Units: the batch loops against the literal definition bit for bit, and the definition against its formula. */
#include "runtime/numeric/unit.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/quantizers/activations.h"
#include "tests/unit/cunit_main.h"

enum { MAX_CHANNELS = 131, MAX_ROWS = 9 };

static const size_t sizes[] = {1, 2, 3, 5, 7, 8, 17, 31, 32, 33, 63, 64, 65, 131};

struct parameters {
    float a[QNN_UNIT_MAX_STAGES][MAX_CHANNELS];
    float b[QNN_UNIT_MAX_STAGES][MAX_CHANNELS];
};

static float random_float(float scale)
{
    return ((float)rand() / (float)RAND_MAX - 0.5f) * scale;
}

static void random_unit(struct qnn_unit *unit, struct parameters *parameters, size_t channels)
{
    *unit = (struct qnn_unit){.channels = channels, .stage_count = (size_t)(rand() % (QNN_UNIT_MAX_STAGES + 1))};
    for (size_t s = 0; s < unit->stage_count; s++) {
        for (size_t c = 0; c < channels; c++) {
            parameters->a[s][c] = rand() % 16 == 0 ? 0.0f : random_float(s == 0 ? 0.01f : 4.0f);
            parameters->b[s][c] = rand() % 16 == 0 ? -0.0f : random_float(2.0f);
        }
        unit->stages[s].kind = (enum qnn_stage_kind)(rand() % QNN_STAGE_COUNT);
        unit->stages[s].function.argument[0] = fabsf(random_float(2.0f));
        if (unit->stages[s].kind == QNN_STAGE_AFFINE) {
            unit->stages[s].a = parameters->a[s];
            unit->stages[s].b = parameters->b[s];
        }
    }
    const float clip = 0.25f + fabsf(random_float(4.0f));
    const int kind = rand() % 3;
    unit->quantizer = kind == 0   ? qnn_quantizer(QNN_QUANTIZER_SIGN, 1, 0)
                      : kind == 1 ? qnn_quantizer(QNN_QUANTIZER_UINT, 1 + rand() % 8, clip)
                                  : qnn_quantizer(QNN_QUANTIZER_INT, 2 + rand() % 7, clip);
}

/* The bits of a float: -0.0 and 0.0 differ. */
static uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* The formula of the header, without any helper of the room. */
static float formula(const struct qnn_unit *unit, size_t channel, int32_t acc)
{
    double y = (double)(float)acc;
    for (size_t s = 0; s < unit->stage_count; s++) {
        if (unit->stages[s].kind == QNN_STAGE_AFFINE)
            y = (double)fmaf(unit->stages[s].a[channel], (float)y, unit->stages[s].b[channel]);
        else if (unit->stages[s].kind == QNN_STAGE_LEAKY)
            y = y > 0.0 ? y : (double)(unit->stages[s].function.argument[0] * (float)y);
        else if (unit->stages[s].kind == QNN_STAGE_RELU)
            y = y > 0.0 ? y : 0.0;
        else
            y = y < -1.0 ? -1.0 : y > 1.0 ? 1.0 : y;
    }
    return (float)y;
}

static void test_batch(void)
{
    static int32_t acc[MAX_ROWS * MAX_CHANNELS];
    static float codes[MAX_ROWS * MAX_CHANNELS], values[MAX_ROWS * MAX_CHANNELS];
    static struct parameters parameters;
    size_t wrong_codes = 0, wrong_values = 0, wrong_formula = 0;
    srand(2);
    for (size_t trial = 0; trial < 700; trial++) {
        struct qnn_unit unit;
        const size_t channels = sizes[trial % (sizeof sizes / sizeof *sizes)];
        const size_t rows = (size_t)(rand() % (MAX_ROWS + 1));
        random_unit(&unit, &parameters, channels);
        for (size_t i = 0; i < rows * channels; i++)
            acc[i] = trial % 2 ? rand() % 2001 - 1000 : (rand() % 2 ? 1 : -1) * (int32_t)(rand() % INT32_MAX);
        qnn_unit_codes(&unit, rows, acc, codes);
        qnn_unit_values(&unit, rows, acc, values);
        for (size_t i = 0; i < rows * channels; i++) {
            const int32_t code = qnn_unit_code(&unit, i % channels, acc[i]);
            const float expected = unit.quantizer.kind == QNN_QUANTIZER_SIGN ? (code ? 1.0f : -1.0f) : (float)code;
            const float value = qnn_unit_value(&unit, i % channels, acc[i]);
            wrong_codes += bits_of(codes[i]) != bits_of(expected);
            wrong_values += bits_of(values[i]) != bits_of(value);
            wrong_formula += value != formula(&unit, i % channels, acc[i]);
        }
    }
    CU_ASSERT_EQUAL(wrong_codes, 0);
    CU_ASSERT_EQUAL(wrong_values, 0);
    CU_ASSERT_EQUAL(wrong_formula, 0);
}

/* fmaf rounds once: a product and a sum that round apart give another value. */
static void test_fused(void)
{
    const float a = 1.0f + 0x1p-12f, b = -4097.0f - 1.0f;
    const struct qnn_unit unit = {.channels = 1,
                                  .stage_count = 1,
                                  .stages = {{.kind = QNN_STAGE_AFFINE, .a = &a, .b = &b}},
                                  .quantizer = qnn_quantizer(QNN_QUANTIZER_SIGN, 1, 0)};
    const int32_t acc = 4097; /* 4097 * 4097 / 4096 = 4098 + 2^-12 */
    float value;
    CU_ASSERT_EQUAL(qnn_unit_value(&unit, 0, acc), 0x1p-12f);
    qnn_unit_values(&unit, 1, &acc, &value);
    CU_ASSERT_EQUAL(value, 0x1p-12f);
}

/* Codes over a range of accumulators rise or fall with the product of the slopes: bisection relies on it. */
static void test_monotone(void)
{
    static struct parameters parameters;
    size_t wrong = 0, moved = 0;
    srand(3);
    for (int trial = 0; trial < 3000; trial++) {
        struct qnn_unit unit;
        random_unit(&unit, &parameters, 1);
        bool falling = false;
        for (size_t s = 0; s < unit.stage_count; s++)
            falling ^= unit.stages[s].kind == QNN_STAGE_AFFINE && unit.stages[s].a[0] < 0.0f;
        int32_t previous = qnn_unit_code(&unit, 0, -400);
        for (int acc = -399; acc <= 400; acc++) {
            const int32_t code = qnn_unit_code(&unit, 0, acc);
            wrong += falling ? code > previous : code < previous;
            wrong +=
                code < qnn_quantizer_first_code(&unit.quantizer) || code > qnn_quantizer_last_code(&unit.quantizer);
            moved += code != previous;
            previous = code;
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT(moved > 1000);
}

static void test_last_code(void)
{
    const struct qnn_quantizer sign = qnn_quantizer(QNN_QUANTIZER_SIGN, 1, 0),
                               uint = qnn_quantizer(QNN_QUANTIZER_UINT, 5, 3.0f);
    CU_ASSERT_EQUAL(qnn_quantizer_last_code(&sign), 1);
    CU_ASSERT_EQUAL(qnn_quantizer_last_code(&uint), 31);
    CU_ASSERT_EQUAL(uint.function.inverse_step, qnn_inverse_step(3.0f, 31));
    const struct qnn_quantizer integer = qnn_quantizer(QNN_QUANTIZER_INT, 5, 3.0f);
    CU_ASSERT_EQUAL(qnn_quantizer_first_code(&sign), 0);
    CU_ASSERT_EQUAL(qnn_quantizer_first_code(&uint), 0);
    CU_ASSERT_EQUAL(qnn_quantizer_first_code(&integer), -15);
    CU_ASSERT_EQUAL(qnn_quantizer_last_code(&integer), 15);
    CU_ASSERT_EQUAL(integer.function.inverse_step, 5.0f);
}

static const struct unit_case cases[] = {
    {"batches equal the definition", test_batch},
    {"affine stages are fused", test_fused},
    {"units are monotone", test_monotone},
    {"first and last codes", test_last_code},
};

UNIT_MAIN("numeric unit", cases)
