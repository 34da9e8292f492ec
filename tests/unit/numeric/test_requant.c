/* Requantizers: the fit against its formula, codes against 128-bit arithmetic, the batch loop against the definition. */
#include "runtime/numeric/requant.h"

#include <math.h>
#include <stdlib.h>

#include "runtime/quantizers/activations.h"
#include "runtime/numeric/unit.h"
#include "tests/support/draw.h"
#include "tests/unit/cunit_main.h"

enum { CHANNELS = 67, ACC_MAX = (1 << 30) - 1 };

__extension__ typedef __int128 wide; /* not ISO C; both compilers of the project have it */

struct subject {
    int32_t multiplier[CHANNELS];
    int64_t addend[CHANNELS];
    struct qnn_requant requant;
};

/* Floor by division, clip by comparison: the formula of the header. */
static int32_t formula(const struct qnn_requant *requant, size_t c, int64_t acc)
{
    const wide value = (wide)requant->multiplier[c] * acc + requant->addend[c], step = (wide)1 << requant->shift;
    wide code = value / step;
    code -= value % step < 0;
    const wide last = ((wide)1 << (requant->is_signed ? requant->bits - 1 : requant->bits)) - 1;
    return (int32_t)(code < requant->first ? requant->first : code > last ? last : code);
}

/* Constants anywhere within the limits, the limits themselves among them. */
static void draw_subject(struct subject *subject, uint64_t seed)
{
    static const int32_t multipliers[] = {0, 1, -1, 32767, -32767};
    struct draw draw = draw_open(seed, 20);
    const int shift = draw_int(&draw, QNN_REQUANT_MIN_SHIFT, QNN_REQUANT_MAX_SHIFT), bits = draw_int(&draw, 1, 8);
    for (size_t c = 0; c < CHANNELS; c++) {
        const bool edge = draw_int(&draw, 0, 3) == 0;
        subject->multiplier[c] = edge ? multipliers[draw_int(&draw, 0, 4)] : draw_int(&draw, -32767, 32767);
        const double reach = ldexp(1, draw_int(&draw, 0, 51));
        subject->addend[c] = (int64_t)(draw_int(&draw, 0, 7) ? draw_real(&draw, -reach, reach)
                                                             : copysign(reach, draw_real(&draw, -1, 1)));
    }
    const bool is_signed = bits > 1 && draw_int(&draw, 0, 1);
    subject->requant = (struct qnn_requant){.multiplier = subject->multiplier,
                                            .addend = subject->addend,
                                            .shift = shift,
                                            .bits = bits,
                                            .is_signed = is_signed,
                                            .first = is_signed && draw_int(&draw, 0, 2) ? 1 - (1 << (bits - 1)) : 0};
}

/* An accumulator: an end, or near the channel's staircase, or anywhere. */
static int64_t draw_acc(struct draw *draw, const struct qnn_requant *requant, size_t c)
{
    const int64_t m = requant->multiplier[c];
    switch (draw_int(draw, 0, 3)) {
    case 0:
        return draw_int(draw, 0, 1) ? ACC_MAX : -ACC_MAX;
    case 1:
        return draw_int(draw, -ACC_MAX, ACC_MAX);
    default: {
        const int64_t level = draw_int(draw, requant->first, 1 << requant->bits);
        const int64_t acc = m ? (level * (INT64_C(1) << requant->shift) - requant->addend[c]) / m : level;
        return acc > ACC_MAX || acc < -ACC_MAX ? level : acc + draw_int(draw, acc > -ACC_MAX ? -1 : 0, acc < ACC_MAX);
    }
    }
}

static void test_codes(void)
{
    enum { ROWS = 5 };
    size_t wrong = 0, inside = 0, below = 0;
    for (uint64_t seed = 0; seed < 3000; seed++) {
        struct subject subject;
        int32_t acc[ROWS * CHANNELS];
        float codes[ROWS * CHANNELS];
        draw_subject(&subject, seed);
        CU_ASSERT_TRUE_FATAL(qnn_requant_valid(&subject.requant, CHANNELS));
        struct draw draw = draw_open(seed, 21);
        const size_t channels = (size_t)draw_int(&draw, 1, CHANNELS);
        const struct qnn_unit unit = {.channels = channels, .quantizer = qnn_quantizer_requant(subject.requant, 1.0f)};
        for (size_t i = 0; i < ROWS * channels; i++)
            acc[i] = (int32_t)draw_acc(&draw, &subject.requant, i % channels);
        qnn_unit_codes(&unit, ROWS, acc, codes);
        for (size_t i = 0; i < ROWS * channels; i++) {
            const int32_t expected = formula(&subject.requant, i % channels, acc[i]);
            wrong += qnn_requant_code(&subject.requant, i % channels, acc[i]) != expected;
            wrong += qnn_unit_code(&unit, i % channels, acc[i]) != expected;
            wrong += codes[i] != (float)expected || (signbit(codes[i]) && expected == 0);
            below += expected < 0;
            inside += expected > 0 && expected < qnn_requant_last_code(&subject.requant);
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_TRUE(inside > 30000);
    CU_ASSERT_TRUE(below > 10000);
}

static void test_monotone(void)
{
    size_t wrong = 0;
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct subject subject;
        draw_subject(&subject, seed);
        struct draw draw = draw_open(seed, 22);
        for (size_t c = 0; c < CHANNELS; c++) {
            const int64_t middle = draw_acc(&draw, &subject.requant, c);
            const int64_t from = middle > 100 - ACC_MAX ? middle - 100 : -ACC_MAX;
            for (int64_t acc = from; acc < from + 200 && acc < ACC_MAX; acc++) {
                const int32_t rise =
                    qnn_requant_code(&subject.requant, c, acc + 1) - qnn_requant_code(&subject.requant, c, acc);
                const int32_t m = subject.multiplier[c];
                wrong += m > 0 ? rise < 0 : m < 0 ? rise > 0 : rise != 0;
            }
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

/* ---- The fit ----------------------------------------------------------------------------------------------------- */

/* Whether the slopes fit at this shift, in long double. */
static bool slopes_fit(int shift, const float *a, long double step, int bits)
{
    for (size_t c = 0; c < CHANNELS; c++) {
        const long double slope = fminl(fabsl((long double)a[c] / step), ldexpl(1, bits));
        if (rintl(ldexpl(slope, shift)) > 32767)
            return false;
    }
    return true;
}

/* Slopes and offsets as trained networks have them, and a few as none should. */
static void draw_line(struct draw *draw, bool extremes, double step, int bits, float *a, float *b)
{
    static const double slopes[] = {0, -0.0, 1e-30, -1e-30, 1e6, -1e6, 1e30, 300};
    *a = (float)(draw_real(draw, 0.001, 0.05) * step * (draw_int(draw, 0, 3) ? 1 : -1));
    *b = (float)(draw_real(draw, -0.5, 1) * step * ldexp(1, bits));
    if (extremes && draw_int(draw, 0, 9) == 0)
        *a = (float)(slopes[draw_int(draw, 0, 7)] * step);
    if (extremes && draw_int(draw, 0, 9) == 0)
        *b = (float)(draw_int(draw, 0, 1) ? 1e30 * step : -1e30 * step);
}

/* M and B by the formula wherever no correction applies; F the largest; limits kept. */
static void test_fit(void)
{
    size_t plain = 0, steep = 0, beyond = 0;
    for (uint64_t seed = 0; seed < 2000; seed++) {
        struct subject subject;
        struct draw draw = draw_open(seed, 23);
        float a[CHANNELS], b[CHANNELS];
        const int bits = draw_int(&draw, 3, 8);
        const float clip = (float)draw_real(&draw, 0.1, 8);
        const long double step = (long double)clip / (ldexpl(1, bits) - 1);
        for (size_t c = 0; c < CHANNELS; c++)
            draw_line(&draw, seed % 3 == 0, (double)step, bits, &a[c], &b[c]);
        const int shift = qnn_requant_fit(CHANNELS, a, b, clip, (1 << bits) - 1, subject.multiplier, subject.addend);
        subject.requant = (struct qnn_requant){
            .multiplier = subject.multiplier, .addend = subject.addend, .shift = shift, .bits = bits};
        CU_ASSERT_TRUE_FATAL(qnn_requant_valid(&subject.requant, CHANNELS));
        CU_ASSERT_TRUE(slopes_fit(shift, a, step, bits));
        CU_ASSERT_TRUE(shift == QNN_REQUANT_MAX_SHIFT || !slopes_fit(shift + 1, a, step, bits));
        for (size_t c = 0; c < CHANNELS; c++) {
            const long double slope = (long double)a[c] / step, offset = (long double)b[c] / step + 0.5L;
            if (fabsl(slope) > ldexpl(1, bits)) {
                steep++;
                CU_ASSERT_EQUAL(abs(subject.multiplier[c]), 1 << (bits + shift));
            } else if (fabsl(ldexpl(offset, shift)) > 0x1p51L) {
                beyond++;
                CU_ASSERT_EQUAL(subject.addend[c], offset > 0 ? QNN_REQUANT_ADDEND_MAX : -QNN_REQUANT_ADDEND_MAX);
            } else {
                plain++;
                /* double rounds the quotients, which may tip a tie. */
                CU_ASSERT_TRUE(fabsl((long double)subject.multiplier[c] - ldexpl(slope, shift)) < 0.501L);
                CU_ASSERT_TRUE(fabsl((long double)subject.addend[c] - ldexpl(offset, shift)) < 0.52L);
            }
        }
    }
    CU_ASSERT_TRUE(plain > 10000);
    CU_ASSERT_TRUE(steep > 500);
    CU_ASSERT_TRUE(beyond > 500);
}

/* Over the whole staircase of a channel in shape, the integers stay within a code of the rounded real value, and mostly on
 * it: what training saw is what is deployed. */
static void test_close(void)
{
    size_t different = 0, all = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct subject subject;
        struct draw draw = draw_open(seed, 24);
        float a[CHANNELS], b[CHANNELS];
        const int bits = draw_int(&draw, 3, 8);
        const float clip = (float)draw_real(&draw, 0.1, 8);
        const struct qnn_activation uint = qnn_staircase(QNN_QUANTIZER_UINT, bits, clip, QNN_STE_IDENTITY);
        for (size_t c = 0; c < CHANNELS; c++)
            draw_line(&draw, false, (double)uint.step, bits, &a[c], &b[c]);
        const int shift = qnn_requant_fit(CHANNELS, a, b, clip, (1 << bits) - 1, subject.multiplier, subject.addend);
        subject.requant = (struct qnn_requant){
            .multiplier = subject.multiplier, .addend = subject.addend, .shift = shift, .bits = bits};
        for (size_t c = 0; c < CHANNELS; c++)
            for (int64_t acc = -100000; acc <= 100000; acc += 997) {
                const int32_t real = (int32_t)qnn_uint_value(&uint, fmaf(a[c], (float)acc, b[c]));
                const int32_t code = qnn_requant_code(&subject.requant, c, acc);
                CU_ASSERT_TRUE(abs(code - real) <= 1);
                different += code != real;
                all++;
            }
    }
    CU_ASSERT_TRUE(different * 100 < all);
}

/* A steep channel is the step that it was: everything below its zero 0, everything a step above it the last code. */
static void test_steep(void)
{
    const float a[] = {1e20f, -1e20f}, b[] = {-7.5e20f, 7.5e20f};
    int32_t multiplier[2];
    int64_t addend[2];
    const int shift = qnn_requant_fit(2, a, b, 1.0f, 255, multiplier, addend);
    const struct qnn_requant requant = {.multiplier = multiplier, .addend = addend, .shift = shift, .bits = 8};
    for (int64_t acc = -20; acc <= 20; acc++) {
        if (acc <= 7 || acc >= 9)
            CU_ASSERT_EQUAL(qnn_requant_code(&requant, 0, acc), acc <= 7 ? 0 : 255);
        if (acc <= 6 || acc >= 8)
            CU_ASSERT_EQUAL(qnn_requant_code(&requant, 1, acc), acc <= 6 ? 255 : 0);
    }
}

static void test_constant(void)
{
    const float a[] = {0.0f, -0.0f, 0.0f, 0.0f}, b[] = {0.0f, 0.5f, -3.0f, 1e38f};
    static const int32_t expected[] = {0, 8, 0, 15};
    int32_t multiplier[4];
    int64_t addend[4];
    const int shift = qnn_requant_fit(4, a, b, 1.0f, 15, multiplier, addend);
    const struct qnn_requant requant = {.multiplier = multiplier, .addend = addend, .shift = shift, .bits = 4};
    CU_ASSERT_EQUAL(shift, QNN_REQUANT_MAX_SHIFT);
    for (size_t c = 0; c < 4; c++) {
        CU_ASSERT_EQUAL(multiplier[c], 0);
        CU_ASSERT_EQUAL(qnn_requant_code(&requant, c, ACC_MAX), expected[c]); /* 0.5 / step = 7.5: half up */
    }
}

static void test_valid(void)
{
    int32_t multiplier[] = {32767, -32767};
    int64_t addend[] = {QNN_REQUANT_ADDEND_MAX, -QNN_REQUANT_ADDEND_MAX};
    struct qnn_requant requant = {
        .multiplier = multiplier, .addend = addend, .shift = QNN_REQUANT_MAX_SHIFT, .bits = 8};
    CU_ASSERT_TRUE(qnn_requant_valid(&requant, 2));
    requant.shift = QNN_REQUANT_MAX_SHIFT + 1;
    CU_ASSERT_FALSE(qnn_requant_valid(&requant, 2));
    requant.shift = QNN_REQUANT_MIN_SHIFT - 1;
    CU_ASSERT_FALSE(qnn_requant_valid(&requant, 2));
    requant.shift = QNN_REQUANT_MIN_SHIFT;
    addend[1]--;
    CU_ASSERT_FALSE(qnn_requant_valid(&requant, 2));
    addend[1] = INT64_MAX;
    CU_ASSERT_FALSE(qnn_requant_valid(&requant, 2));
    CU_ASSERT_TRUE(qnn_requant_valid(&requant, 1));
    multiplier[0] = 32768;
    CU_ASSERT_FALSE(qnn_requant_valid(&requant, 1));
    multiplier[0] = INT32_MIN;
    CU_ASSERT_FALSE(qnn_requant_valid(&requant, 1));
}

static const struct unit_case cases[] = {
    {"codes equal the formula, one by one and in batches", test_codes},
    {"codes are monotone", test_monotone},
    {"the largest F, M and B by their formula", test_fit},
    {"integers stay close to the real staircase", test_close},
    {"a steep channel is a step", test_steep},
    {"constant channels", test_constant},
    {"limits of stored constants", test_valid},
};
UNIT_MAIN("numeric requant", cases)
