/* The last layer's integers: limits, maximality of F and exactness against 128-bit arithmetic. */
#include "runtime/numeric/fixed_point.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/numeric/error.h"
#include "tests/unit/cunit_main.h"

enum { CHANNELS = 10 };

static char error[QNN_ERROR_SIZE];
__extension__ typedef __int128 wide; /* not ISO C; both compilers of the project have it */

static const wide score_limit = (wide)1 << 62;

/* Whether one F keeps every limit of the header. */
static bool fits(int fraction, const float *a, const float *b, const int64_t *low, const int64_t *high)
{
    for (size_t c = 0; c < CHANNELS; c++) {
        const long double m = rintl(ldexpl((long double)a[c], fraction));
        const long double offset = rintl(ldexpl((long double)b[c], fraction));
        if (fabsl(m) > 32767.0L || fabsl(offset) >= 0x1p62L)
            return false;
        const wide from = (wide)m * low[c] + (wide)offset, to = (wide)m * high[c] + (wide)offset;
        if (from <= -score_limit || from >= score_limit || to <= -score_limit || to >= score_limit)
            return false;
    }
    return true;
}

static int width_of(const struct qnn_fixed_point *fixed, const int64_t *low, const int64_t *high)
{
    for (int bits = 1;; bits++) {
        const wide most = ((wide)1 << (bits - 1)) - 1, least = -most - 1;
        bool ok = true;
        for (size_t c = 0; c < CHANNELS; c++) {
            const wide from = (wide)fixed->multiplier[c] * low[c] + fixed->offset[c];
            const wide to = (wide)fixed->multiplier[c] * high[c] + fixed->offset[c];
            ok = ok && from >= least && from <= most && to >= least && to <= most;
        }
        if (ok)
            return bits;
    }
}

static void check_fit(const float *a, const float *b, const int64_t *low, const int64_t *high)
{
    int32_t multiplier[CHANNELS];
    int64_t offset[CHANNELS];
    struct qnn_fixed_point fixed = {.channels = CHANNELS, .multiplier = multiplier, .offset = offset};
    CU_ASSERT_TRUE_FATAL(qnn_fixed_point_fit(&fixed, a, b, low, high, error));
    const int f = fixed.fraction_bits;
    for (size_t c = 0; c < CHANNELS; c++) {
        CU_ASSERT_EQUAL(multiplier[c], (int32_t)rintl(ldexpl((long double)a[c], f)));
        CU_ASSERT_EQUAL(offset[c], (int64_t)rintl(ldexpl((long double)b[c], f)));
    }
    CU_ASSERT_TRUE(fits(f, a, b, low, high));
    CU_ASSERT_FALSE(fits(f + 1, a, b, low, high));
    CU_ASSERT_TRUE(qnn_fixed_point_valid(&fixed, low, high));
    CU_ASSERT_EQUAL(fixed.score_bits, width_of(&fixed, low, high));
}

static void test_fit(void)
{
    float a[CHANNELS], b[CHANNELS];
    int64_t low[CHANNELS], high[CHANNELS];
    srand(5);
    for (int trial = 0; trial < 2000; trial++) {
        const int a_exponent = rand() % 240 - 130, b_exponent = rand() % 240 - 130;
        for (size_t c = 0; c < CHANNELS; c++) {
            a[c] = ldexpf((float)rand() / (float)RAND_MAX - 0.5f, a_exponent);
            b[c] = ldexpf((float)rand() / (float)RAND_MAX - 0.5f, b_exponent);
            low[c] = -(rand() % 100000);
            high[c] = trial % 3 == 0 ? INT32_MAX : rand() % 100000;
        }
        a[0] = ldexpf(0.7f, a_exponent);
        check_fit(a, b, low, high);
    }
}

static void test_constant(void)
{
    const float a[CHANNELS] = {0}, none[CHANNELS] = {0};
    const float b[CHANNELS] = {1.0f, -2.0f};
    const int64_t low[CHANNELS] = {-5}, high[CHANNELS] = {5};
    int32_t multiplier[CHANNELS];
    int64_t offset[CHANNELS];
    struct qnn_fixed_point fixed = {.channels = CHANNELS, .multiplier = multiplier, .offset = offset};
    CU_ASSERT_TRUE(qnn_fixed_point_fit(&fixed, a, b, low, high, error));
    CU_ASSERT_EQUAL(offset[1], -16384);
    CU_ASSERT_EQUAL(fixed.fraction_bits, 13);
    CU_ASSERT_TRUE(qnn_fixed_point_fit(&fixed, a, none, low, high, error));
    CU_ASSERT_EQUAL(fixed.fraction_bits, 0);
    CU_ASSERT_EQUAL(fixed.score_bits, 1);
}

static void test_refused(void)
{
    float a[CHANNELS] = {1.0f}, b[CHANNELS] = {0};
    int64_t low[CHANNELS] = {0}, high[CHANNELS] = {0};
    int32_t multiplier[CHANNELS];
    int64_t offset[CHANNELS];
    struct qnn_fixed_point fixed = {.channels = CHANNELS, .multiplier = multiplier, .offset = offset};
    a[3] = NAN;
    CU_ASSERT_FALSE(qnn_fixed_point_fit(&fixed, a, b, low, high, error));
    CU_ASSERT_PTR_NOT_NULL(strstr(error, "output 3"));
    a[3] = 1.0f;
    low[7] = 1;
    CU_ASSERT_FALSE(qnn_fixed_point_fit(&fixed, a, b, low, high, error));
    CU_ASSERT_PTR_NOT_NULL(strstr(error, "output 7"));
    low[7] = (int64_t)INT32_MIN - 1;
    CU_ASSERT_FALSE(qnn_fixed_point_fit(&fixed, a, b, low, high, error));
    low[7] = INT32_MIN;
    CU_ASSERT_TRUE(qnn_fixed_point_fit(&fixed, a, b, low, high, error));
    multiplier[2] = 32768;
    CU_ASSERT_FALSE(qnn_fixed_point_valid(&fixed, low, high));
    multiplier[2] = 0;
    offset[2] = INT64_MAX;
    CU_ASSERT_FALSE(qnn_fixed_point_valid(&fixed, low, high));
}

static void test_argmax(void)
{
    int32_t multiplier[] = {1, -1, 2, 2, 1}, acc[] = {10, -10, 5, 5, 9};
    int64_t offset[] = {0, 0, 0, 0, 1}, scores[5];
    const struct qnn_fixed_point fixed = {.channels = 5, .multiplier = multiplier, .offset = offset};
    CU_ASSERT_EQUAL(qnn_argmax_fixed(&fixed, acc), 0); /* all scores are 10: the lowest index */
    acc[3] = 6;
    CU_ASSERT_EQUAL(qnn_argmax_fixed(&fixed, acc), 3);
    qnn_fixed_point_scores(&fixed, acc, scores);
    CU_ASSERT_EQUAL(scores[3], 12);
    CU_ASSERT_EQUAL(scores[4], 10);
    /* Products beyond 32 bits. */
    multiplier[0] = 32767;
    acc[0] = INT32_MAX;
    offset[0] = INT64_C(1) << 61;
    qnn_fixed_point_scores(&fixed, acc, scores);
    CU_ASSERT_EQUAL(scores[0], INT64_C(32767) * INT32_MAX + (INT64_C(1) << 61));
}

static const struct unit_case cases[] = {
    {"the largest F that fits", test_fit},
    {"constants", test_constant},
    {"what is refused", test_refused},
    {"scores and the lowest index", test_argmax},
};

UNIT_MAIN("numeric fixed point", cases)
