/* The staircases against definitions in double, at and around every level boundary. */
#include "runtime/quantizers/activations.h"

#include "runtime/numeric/unit.h"

#include <stdlib.h>

#include "tests/unit/cunit_main.h"

/* round half to even of a clamped product, written another way: in double, where the float product is exact to compare.
 */
static int32_t reference_uint(float y, float inverse_step, float clip)
{
    const float clamped = y < 0.0f ? 0.0f : y > clip ? clip : y;
    const float scaled = clamped * inverse_step;
    const double below = floor((double)scaled);
    const double rest = (double)scaled - below;
    const int32_t base = (int32_t)below;
    if (rest != 0.5)
        return base + (rest > 0.5);
    return base + (base & 1);
}

static struct qnn_activation uint_of(int bits, float clip)
{
    return qnn_staircase(QNN_QUANTIZER_UINT, bits, clip, QNN_STE_IDENTITY);
}

static struct qnn_activation int_of(int bits, float clip)
{
    return qnn_staircase(QNN_QUANTIZER_INT, bits, clip, QNN_STE_IDENTITY);
}

static int32_t uint_code(const struct qnn_activation *a, float y)
{
    return (int32_t)qnn_uint_value(a, y);
}

static void test_sign(void)
{
    static const struct {
        float y, value;
    } expected[] = {
        {0.0f, 1}, {-0.0f, 1}, {-0x1p-149f, -1}, {INFINITY, 1}, {-INFINITY, -1}, {-1e-30f, -1}, {NAN, -1},
    };
    const struct qnn_quantizer sign = qnn_quantizer(QNN_QUANTIZER_SIGN, 1, 0);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        CU_ASSERT_EQUAL(qnn_sign_value(&sign.function, expected[i].y), expected[i].value);
        CU_ASSERT_EQUAL(qnn_quantizer_value(&sign, expected[i].y), expected[i].value);
    }
}

static void test_uint_ends(void)
{
    static const float clips[] = {1.0f, 6.0f, 0.1f, 3.1415927f, 1e-20f, 1e20f, QNN_CLIP_LEAST, QNN_CLIP_GREATEST};
    for (size_t c = 0; c < sizeof clips / sizeof *clips; c++) {
        for (int bits = 1; bits <= QNN_UINT_MAX_BITS; bits++) {
            const struct qnn_activation a = uint_of(bits, clips[c]);
            const int32_t last = (int32_t)(pow(2.0, bits) - 1.0);
            CU_ASSERT_EQUAL(qnn_uint_last_code(bits), last);
            CU_ASSERT_EQUAL(uint_code(&a, clips[c]), last);
            CU_ASSERT_EQUAL(uint_code(&a, INFINITY), last);
            CU_ASSERT_EQUAL(uint_code(&a, -INFINITY), 0);
            CU_ASSERT_EQUAL(uint_code(&a, -0.0f), 0);
            CU_ASSERT_FALSE(signbit(qnn_uint_value(&a, -0.0f)));
            CU_ASSERT_EQUAL(uint_code(&a, NAN), 0);
            CU_ASSERT_EQUAL(a.step, (float)((double)clips[c] / last));
        }
    }
}

/* Every float within 64 steps of every boundary between two codes: value and monotony. */
static void test_uint_boundaries(void)
{
    static const float clips[] = {1.0f, 6.0f, 0.7f, 255.0f};
    size_t wrong = 0, falling = 0;
    for (size_t c = 0; c < sizeof clips / sizeof *clips; c++) {
        for (int bits = 1; bits <= 8; bits++) {
            const float clip = clips[c];
            const struct qnn_activation a = uint_of(bits, clip);
            const float inverse = a.inverse_step;
            for (int32_t n = 0; n < qnn_uint_last_code(bits); n++) {
                float y = (float)((n + 0.5) / (double)inverse);
                for (int i = 0; i < 64; i++)
                    y = nextafterf(y, -INFINITY);
                int32_t previous = n;
                for (int i = 0; i < 128; i++, y = nextafterf(y, INFINITY)) {
                    const int32_t code = uint_code(&a, y);
                    wrong += code != reference_uint(y, inverse, clip);
                    falling += code < previous || code > n + 1;
                    previous = code;
                }
                wrong += previous != n + 1;
            }
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(falling, 0);
}

static void test_uint_random(void)
{
    size_t wrong = 0;
    srand(1);
    for (int i = 0; i < 200000; i++) {
        const int bits = 1 + rand() % QNN_UINT_MAX_BITS;
        const float clip = (float)(1 + rand() % 1000) / 64.0f;
        const float y = ((float)rand() / (float)RAND_MAX - 0.2f) * 1.5f * clip;
        const struct qnn_activation a = uint_of(bits, clip);
        const float inverse = a.inverse_step;
        wrong += uint_code(&a, y) != reference_uint(y, inverse, clip);
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

/* int(bits) is odd, and for positive values a uint of one bit less. */
static void test_int(void)
{
    size_t wrong = 0;
    srand(2);
    for (int i = 0; i < 200000; i++) {
        const int bits = 2 + rand() % (QNN_UINT_MAX_BITS - 1);
        const float clip = (float)(1 + rand() % 1000) / 64.0f;
        const float y = ((float)rand() / (float)RAND_MAX - 0.5f) * 3.0f * clip;
        const struct qnn_activation a = int_of(bits, clip);
        const float inverse = a.inverse_step;
        const float value = qnn_int_value(&a, y), magnitude = fabsf(y);
        wrong += fabsf(value) != (float)reference_uint(magnitude, inverse, clip);
        wrong += value != 0.0f && (value < 0.0f) != (y < 0.0f);
        wrong += signbit(value) && value == 0.0f;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(qnn_int_last_code(8), 127);
    const struct qnn_activation eight = int_of(8, 2.0f), three = int_of(3, 2.0f);
    CU_ASSERT_EQUAL(qnn_int_value(&eight, -5.0f), -127.0f);
    CU_ASSERT_EQUAL(qnn_int_value(&three, INFINITY), 3.0f);
    CU_ASSERT_EQUAL(int_of(8, 2.54f).step, (float)((double)2.54f / 127));
}

static const struct unit_case cases[] = {
    {"sign is y >= 0", test_sign},
    {"uint at its ends", test_uint_ends},
    {"uint around every boundary", test_uint_boundaries},
    {"uint at random places", test_uint_random},
    {"int", test_int},
};

UNIT_MAIN("numeric quantizer", cases)
