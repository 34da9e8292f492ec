/* Thresholds of single units, against the definition at every accumulator. */
#include "tests/unit/cunit_main.h"

#include "integer/threshold.h"
#include "runtime/quantizers/activations.h"
#include "tests/support/draw.h"

#include <time.h>

enum { CHANNELS = 24, RANGE = 700 };

/* A unit with random stages, one CHANNELS wide, and random ranges of different widths. */
struct subject {
    float a[QNN_UNIT_MAX_STAGES][CHANNELS], b[QNN_UNIT_MAX_STAGES][CHANNELS];
    int64_t lo[CHANNELS], hi[CHANNELS];
    int32_t multiplier[CHANNELS];
    int64_t addend[CHANNELS];
    struct qnn_unit unit;
};

static float draw_a(struct draw *draw)
{
    static const float special[] = {0.0f, -0.0f, 1e-38f, -1e-38f, 1e-45f, 1e30f, -1e30f, 0.5f, -0.25f, 1.0f};
    if (draw_int(draw, 0, 2) == 0)
        return special[draw_int(draw, 0, 9)];
    return (float)draw_real(draw, -0.02, 0.02);
}

/* A requantized unit from slopes and offsets like those of the first stage; the step is 1/100. */
static void draw_requantized(struct subject *subject, struct draw *draw)
{
    const int bits = draw_int(draw, 1, 8);
    const float clip = (float)((1 << bits) - 1) / 100.0f;
    for (int c = 0; c < CHANNELS; c++) {
        subject->a[0][c] = draw_a(draw);
        subject->b[0][c] = (float)draw_real(draw, -3, 4);
    }
    const int shift = qnn_requant_fit(CHANNELS, subject->a[0], subject->b[0], clip, qnn_uint_last_code(bits),
                                      subject->multiplier, subject->addend);
    const struct qnn_requant requant = {
        .multiplier = subject->multiplier, .addend = subject->addend, .shift = shift, .bits = bits};
    subject->unit = (struct qnn_unit){.channels = CHANNELS, .quantizer = qnn_quantizer_requant(requant, clip)};
}

static void draw_staircase(struct subject *subject, struct draw *draw)
{
    const int stages = draw_int(draw, 1, 4), bits = draw_int(draw, 1, 8);
    subject->unit = (struct qnn_unit){.channels = CHANNELS, .stage_count = (size_t)stages};
    subject->unit.quantizer = draw_int(draw, 0, 3) == 0
                                  ? qnn_quantizer(QNN_QUANTIZER_SIGN, 1, 0)
                                  : qnn_quantizer(QNN_QUANTIZER_UINT, bits, (float)draw_real(draw, 0.1, 5));
    for (int s = 0; s < stages; s++) {
        struct qnn_stage *stage = &subject->unit.stages[s];
        stage->kind = s == 0 ? QNN_STAGE_AFFINE : (enum qnn_stage_kind)draw_int(draw, 0, QNN_STAGE_COUNT - 1);
        if (stage->kind != QNN_STAGE_AFFINE)
            continue;
        for (int c = 0; c < CHANNELS; c++) {
            /* One huge factor at most, so that nothing overflows. */
            subject->a[s][c] = s == 0 ? draw_a(draw) : (float)draw_real(draw, -3, 3);
            subject->b[s][c] = (float)draw_real(draw, -3, 4);
        }
        stage->a = subject->a[s];
        stage->b = subject->b[s];
    }
}

static void draw_subject(struct subject *subject, uint64_t seed)
{
    struct draw draw = draw_open(seed, 2);
    if (seed % 3 == 0)
        draw_requantized(subject, &draw);
    else
        draw_staircase(subject, &draw);
    for (int c = 0; c < CHANNELS; c++) {
        subject->lo[c] = -draw_int(&draw, 0, RANGE);
        subject->hi[c] = draw_int(&draw, 0, RANGE);
    }
}

/* The smallest threshold of each level by walking, without a bisection: what "the smallest acc that reaches it" says. */
static void check_channel(const struct subject *subject, const struct int_thresholds *thresholds, size_t c)
{
    const int64_t lo = subject->lo[c], hi = subject->hi[c];
    const int levels = thresholds->levels;
    const int64_t *values = thresholds->values + c * (size_t)levels;
    const bool falling = qnn_unit_code(&subject->unit, c, (int32_t)lo) > qnn_unit_code(&subject->unit, c, (int32_t)hi);
    CU_ASSERT_EQUAL(thresholds->flip[c], falling);
    int reached = 0;
    for (int64_t acc = lo; acc <= hi; acc++) {
        const int32_t code = qnn_unit_code(&subject->unit, c, (int32_t)acc);
        CU_ASSERT_EQUAL(int_threshold_code(thresholds, c, acc), code);
        for (const int count = falling ? levels - code : code; reached < count; reached++)
            CU_ASSERT_EQUAL(values[reached], acc);
    }
    for (; reached < levels; reached++)
        CU_ASSERT_EQUAL(values[reached], hi + 1);
}

static void test_thresholds(void)
{
    size_t falling = 0, constant = 0;
    for (uint64_t seed = 0; seed < 150; seed++) {
        struct subject subject;
        struct arena arena = {0};
        draw_subject(&subject, seed);
        const struct int_thresholds thresholds = bisect_thresholds(&subject.unit, subject.lo, subject.hi, &arena);
        for (size_t c = 0; c < CHANNELS; c++) {
            check_channel(&subject, &thresholds, c);
            falling += thresholds.flip[c];
            constant += qnn_unit_code(&subject.unit, c, (int32_t)subject.lo[c]) ==
                        qnn_unit_code(&subject.unit, c, (int32_t)subject.hi[c]);
        }
        arena_free(&arena);
    }
    CU_ASSERT_TRUE(falling > 200);
    CU_ASSERT_TRUE(constant > 200);
}

/* A unit as wide and as deep as they come. */
static void test_wide_unit(void)
{
    enum { WIDE = 1024 };
    static float a[WIDE], b[WIDE];
    static int32_t multiplier[WIDE];
    static int64_t addend[WIDE], lo[WIDE], hi[WIDE];
    struct arena arena = {0};
    struct draw draw = draw_open(11, 4);
    for (int c = 0; c < WIDE; c++) {
        a[c] = (float)(draw_real(&draw, 0.001, 0.05) * 3.7 / 255 * (draw_int(&draw, 0, 9) ? 1 : -1));
        b[c] = (float)draw_real(&draw, -1, 3);
        lo[c] = -100000;
        hi[c] = 100000;
    }
    const int shift = qnn_requant_fit(WIDE, a, b, 3.7f, 255, multiplier, addend);
    const struct qnn_unit unit = {
        .channels = WIDE,
        .quantizer = qnn_quantizer_requant(
            (struct qnn_requant){.multiplier = multiplier, .addend = addend, .shift = shift, .bits = 8}, 3.7f)};
    const clock_t start = clock();
    const struct int_thresholds thresholds = bisect_thresholds(&unit, lo, hi, &arena);
    CU_ASSERT_TRUE((double)(clock() - start) / CLOCKS_PER_SEC < 5);
    for (size_t c = 0; c < WIDE; c += 97)
        for (int64_t acc = lo[c]; acc <= hi[c]; acc += 3)
            if (int_threshold_code(&thresholds, c, acc) != qnn_unit_code(&unit, c, (int32_t)acc))
                CU_FAIL("a threshold differs");
    arena_free(&arena);
}

static const struct unit_case cases[] = {
    {"thresholds equal the definition at every accumulator", test_thresholds},
    {"1024 channels of 255 levels", test_wide_unit},
};
UNIT_MAIN("thresholds", cases)
