/* Thresholds and requantizers of single units, against the definition at every accumulator and against brute force. */
#include "tests/unit/cunit_main.h"

#include "integer/requant.h"
#include "integer/threshold.h"
#include "tests/support/draw.h"

#include <time.h>

enum { CHANNELS = 24, RANGE = 700 };

/* A unit with random stages, one CHANNELS wide, and random ranges of different widths. */
struct subject {
    float a[QNN_UNIT_MAX_STAGES][CHANNELS], b[QNN_UNIT_MAX_STAGES][CHANNELS];
    int64_t lo[CHANNELS], hi[CHANNELS];
    struct qnn_unit unit;
};

static float draw_a(struct draw *draw)
{
    static const float special[] = {0.0f, -0.0f, 1e-38f, -1e-38f, 1e-45f, 1e30f, -1e30f, 0.5f, -0.25f, 1.0f};
    if (draw_int(draw, 0, 2) == 0)
        return special[draw_int(draw, 0, 9)];
    return (float)draw_real(draw, -0.02, 0.02);
}

static void draw_subject(struct subject *subject, uint64_t seed)
{
    struct draw draw = draw_open(seed, 2);
    const int stages = draw_int(&draw, 1, 4), bits = draw_int(&draw, 1, 8);
    *subject = (struct subject){.unit = {.channels = CHANNELS, .stage_count = (size_t)stages}};
    subject->unit.quantizer =
        draw_int(&draw, 0, 3) == 0 ? qnn_quantizer_sign() : qnn_quantizer_uint(bits, (float)draw_real(&draw, 0.1, 5));
    for (int s = 0; s < stages; s++) {
        struct qnn_stage *stage = &subject->unit.stages[s];
        stage->kind = s == 0 ? QNN_STAGE_AFFINE : (enum qnn_stage_kind)draw_int(&draw, 0, QNN_STAGE_COUNT - 1);
        if (stage->kind != QNN_STAGE_AFFINE)
            continue;
        for (int c = 0; c < CHANNELS; c++) {
            /* One huge factor at most, so that nothing overflows. */
            subject->a[s][c] = s == 0 ? draw_a(&draw) : (float)draw_real(&draw, -3, 3);
            subject->b[s][c] = (float)draw_real(&draw, -3, 4);
        }
        stage->a = subject->a[s];
        stage->b = subject->b[s];
    }
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
    const bool falling = qnn_unit_code(&subject->unit, c, (float)lo) > qnn_unit_code(&subject->unit, c, (float)hi);
    CU_ASSERT_EQUAL(thresholds->flip[c], falling);
    int reached = 0;
    for (int64_t acc = lo; acc <= hi; acc++) {
        const int32_t code = qnn_unit_code(&subject->unit, c, (float)acc);
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
            constant += qnn_unit_code(&subject.unit, c, (float)subject.lo[c]) ==
                        qnn_unit_code(&subject.unit, c, (float)subject.hi[c]);
        }
        arena_free(&arena);
    }
    CU_ASSERT_TRUE(falling > 200);
    CU_ASSERT_TRUE(constant > 200);
}

static void test_requant_equals_thresholds(void)
{
    size_t found = 0;
    for (uint64_t seed = 0; seed < 150; seed++) {
        struct subject subject;
        struct arena arena = {0};
        draw_subject(&subject, seed);
        /* A channel at a time: then a solution often exists. */
        for (size_t c = 0; c < CHANNELS; c++) {
            struct int_thresholds thresholds = bisect_thresholds(&subject.unit, subject.lo, subject.hi, &arena);
            thresholds.values += c * (size_t)thresholds.levels;
            thresholds.flip += c;
            const struct int_requant requant = find_requant(&thresholds, 1, &subject.lo[c], &subject.hi[c], &arena);
            if (!requant.found)
                continue;
            found++;
            for (int64_t acc = subject.lo[c]; acc <= subject.hi[c]; acc++)
                CU_ASSERT_EQUAL(int_requant_code(&requant, thresholds.levels, 0, acc),
                                int_threshold_code(&thresholds, 0, acc));
        }
        arena_free(&arena);
    }
    CU_ASSERT_TRUE(found > 1500);
}

/* ---- Against brute force ----------------------------------------------------------------------------------------- */

enum { BRUTE_SHIFT = 5, BRUTE_LEVELS = 4 };

/* Any B for this M and shift; the range of B that could matter is small. */
static bool brute_addend(const struct int_thresholds *thresholds, int64_t lo, int64_t hi, int32_t multiplier, int shift)
{
    const int64_t span = ((int64_t)BRUTE_LEVELS << shift) + 1024;
    for (int64_t addend = -span; addend <= span; addend++) {
        const struct int_requant requant = {true, 0, &multiplier, &addend, shift};
        int64_t acc = lo;
        while (acc <= hi &&
               int_requant_code(&requant, thresholds->levels, 0, acc) == int_threshold_code(thresholds, 0, acc))
            acc++;
        if (acc > hi)
            return true;
    }
    return false;
}

/* The least |M| in the channel's direction at the least shift, by trying all; false where there is none up to BRUTE_SHIFT. */
static bool brute_force(const struct int_thresholds *thresholds, int64_t lo, int64_t hi, int32_t *multiplier,
                        int *shift)
{
    for (*shift = 0; *shift <= BRUTE_SHIFT; (*shift)++)
        for (int32_t m = 0; m <= BRUTE_LEVELS << *shift; m++) {
            *multiplier = thresholds->flip[0] ? -m : m;
            if (brute_addend(thresholds, lo, hi, *multiplier, *shift))
                return true;
        }
    return false;
}

static void test_requant_is_minimal(void)
{
    struct draw draw = draw_open(7, 3);
    size_t possible = 0, impossible = 0;
    for (int round = 0; round < 150; round++) {
        struct arena arena = {0};
        const int levels = draw_int(&draw, 1, BRUTE_LEVELS);
        const int64_t lo = -draw_int(&draw, 0, 6), hi = draw_int(&draw, 0, 6);
        int64_t values[BRUTE_LEVELS];
        for (int i = 0; i < levels; i++) {
            values[i] = lo + draw_int(&draw, 0, (int)(hi - lo) + 1);
            for (int j = i; j > 0 && values[j] < values[j - 1]; j--) {
                const int64_t swap = values[j];
                values[j] = values[j - 1];
                values[j - 1] = swap;
            }
        }
        const bool constant = values[0] == hi + 1 || values[levels - 1] == lo;
        uint8_t flip = (uint8_t)(!constant && draw_int(&draw, 0, 1));
        const struct int_thresholds thresholds = {levels, values, &flip};
        const struct int_requant requant = find_requant(&thresholds, 1, &lo, &hi, &arena);
        int32_t multiplier;
        int shift;
        if (brute_force(&thresholds, lo, hi, &multiplier, &shift)) {
            possible++;
            CU_ASSERT_TRUE_FATAL(requant.found);
            CU_ASSERT_EQUAL(requant.shift, shift);
            CU_ASSERT_EQUAL(requant.multiplier[0], multiplier);
        } else {
            impossible++;
            CU_ASSERT_TRUE(!requant.found || requant.shift > BRUTE_SHIFT);
        }
        arena_free(&arena);
    }
    CU_ASSERT_TRUE(possible > 30);
    CU_ASSERT_TRUE(impossible > 30);
}

/* A unit as wide and as deep as they come, with one shift for all channels. */
static void test_wide_unit(void)
{
    enum { WIDE = 1024 };
    static float a[WIDE], b[WIDE];
    static int64_t lo[WIDE], hi[WIDE];
    struct arena arena = {0};
    struct draw draw = draw_open(11, 4);
    struct qnn_unit unit = {.channels = WIDE, .stage_count = 1, .quantizer = qnn_quantizer_uint(8, 3.7f)};
    unit.stages[0] = (struct qnn_stage){QNN_STAGE_AFFINE, a, b};
    for (int c = 0; c < WIDE; c++) {
        a[c] = (float)(draw_real(&draw, 0.1, 0.3) * 3.7 / 255 * (draw_int(&draw, 0, 9) ? 1 : -1));
        b[c] = (float)draw_real(&draw, -1, 3);
        lo[c] = -100000;
        hi[c] = 100000;
    }
    const clock_t start = clock();
    const struct int_thresholds thresholds = bisect_thresholds(&unit, lo, hi, &arena);
    const struct int_requant requant = find_requant(&thresholds, WIDE, lo, hi, &arena);
    CU_ASSERT_TRUE((double)(clock() - start) / CLOCKS_PER_SEC < 5);
    CU_ASSERT_TRUE_FATAL(requant.found);
    for (size_t c = 0; c < WIDE; c += 97)
        for (int64_t acc = lo[c]; acc <= hi[c]; acc += 3)
            if (int_requant_code(&requant, 255, c, acc) != qnn_unit_code(&unit, c, (float)acc))
                CU_FAIL("requantizer differs");
    arena_free(&arena);
}

static const struct unit_case cases[] = {
    {"thresholds equal the definition at every accumulator", test_thresholds},
    {"requantizers equal the thresholds at every accumulator", test_requant_equals_thresholds},
    {"shift and multiplier are the least that brute force finds", test_requant_is_minimal},
    {"1024 channels of 255 levels", test_wide_unit},
};
UNIT_MAIN("thresholds and requantizers", cases)
