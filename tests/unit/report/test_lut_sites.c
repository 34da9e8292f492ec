/*
 * LUT sites: hand-made cases, the same greedy rule written plainly, and the best pairing there is (tried out) as a bound.
 */
#include "report/lut_sites.h"
#include "tests/support/draw.h"
#include "tests/unit/cunit_main.h"

#include <limits.h>
#include <string.h>

enum { MOST = 300, TINY = 9, PAIR_INPUTS = 5, CROWDED = 400 };

/* ---- Plain counterparts ------------------------------------------------------------------------------------------ */

static int distinct(const struct lut *a, const struct lut *b)
{
    int count = a->input_count;
    for (int j = 0; j < b->input_count; j++) {
        bool known = false;
        for (int i = 0; i < a->input_count; i++)
            known |= a->inputs[i] == b->inputs[j];
        count += !known;
    }
    return count;
}

static bool pairable(const struct lut *a, const struct lut *b)
{
    return a->input_count <= PAIR_INPUTS && b->input_count <= PAIR_INPUTS && !(a->drives_carry && b->drives_carry) &&
           distinct(a, b) <= PAIR_INPUTS;
}

/* The most pairs of all matchings. */
static int most_pairs(const struct lut *luts, int count, unsigned used)
{
    int first = 0;
    while (first < count && used >> first & 1)
        first++;
    if (first >= count)
        return 0;
    int best = most_pairs(luts, count, used | 1u << first);
    for (int other = first + 1; other < count; other++)
        if (!(used >> other & 1) && pairable(&luts[first], &luts[other])) {
            const int pairs = 1 + most_pairs(luts, count, used | 1u << first | 1u << other);
            best = pairs > best ? pairs : best;
        }
    return best;
}

static int readers(const struct lut *luts, int count, int signal)
{
    int found = 0;
    for (int i = 0; i < count; i++)
        for (int k = 0; luts[i].input_count <= PAIR_INPUTS && k < luts[i].input_count; k++)
            found += luts[i].inputs[k] == signal;
    return found;
}

static bool reads(const struct lut *lut, int signal)
{
    for (int k = 0; k < lut->input_count; k++)
        if (lut->inputs[k] == signal)
            return true;
    return false;
}

/* The free LUT that shares most, by the signals of luts[of] in order, each time the first of the equal ones. */
static int partner_of(const struct lut *luts, int count, int of, const bool *used)
{
    int best = -1, best_gain = INT_MIN;
    for (int k = 0; k < luts[of].input_count; k++) {
        if (readers(luts, count, luts[of].inputs[k]) > CROWDED)
            continue;
        for (int j = 0; j < count; j++) {
            if (j == of || used[j] || !reads(&luts[j], luts[of].inputs[k]) || !pairable(&luts[of], &luts[j]))
                continue;
            const int shared = luts[of].input_count + luts[j].input_count - distinct(&luts[of], &luts[j]);
            if (10 * shared + luts[j].input_count > best_gain) {
                best_gain = 10 * shared + luts[j].input_count;
                best = j;
            }
        }
    }
    return best;
}

/* The largest free LUT that fits beside luts[of] whatever it reads; carry drivers are no partners. */
static int filler_of(const struct lut *luts, int count, int of, const bool *used)
{
    int best = -1;
    for (int j = 0; j < count; j++)
        if (j != of && !used[j] && !luts[j].drives_carry && luts[j].input_count + luts[of].input_count <= PAIR_INPUTS &&
            (best < 0 || luts[j].input_count > luts[best].input_count))
            best = j;
    return best;
}

static size_t plain_sites(const struct lut *luts, int count)
{
    bool used[MOST] = {false};
    size_t pairs = 0;
    for (int size = PAIR_INPUTS; size >= 0; size--)
        for (int i = 0; i < count; i++) {
            const int partner = luts[i].input_count == size && !used[i] ? partner_of(luts, count, i, used) : -1;
            if (partner >= 0) {
                used[i] = used[partner] = true;
                pairs++;
            }
        }
    for (int carry = 1; carry >= 0; carry--)
        for (int size = PAIR_INPUTS; size >= 0; size--)
            for (int i = 0; i < count; i++) {
                if (luts[i].input_count != size || luts[i].drives_carry != carry || used[i])
                    continue;
                used[i] = true;
                const int partner = filler_of(luts, count, i, used);
                if (partner >= 0) {
                    used[partner] = true;
                    pairs++;
                }
            }
    return (size_t)count - pairs;
}

/* ---- Cases ------------------------------------------------------------------------------------------------------- */

static size_t sites(const struct lut *luts, int count)
{
    struct arena arena = {0};
    const size_t result = lut_sites(luts, (size_t)count, &arena);
    arena_free(&arena);
    return result;
}

static void test_by_hand(void)
{
    const struct lut three = {{1, 2, 3}, 3, false}, other = {{3, 4, 5}, 3, false}, apart = {{7, 8, 9}, 3, false};
    const struct lut six = {{1, 2, 3, 4, 5, 6}, 6, false}, five = {{1, 2, 3, 4, 5}, 5, false};
    const struct lut carry = {{1, 2}, 2, true}, two = {{21, 22}, 2, false}, pair = {{31, 32}, 2, false},
                     none = {{0}, 0, false};
    CU_ASSERT_EQUAL(sites(NULL, 0), 0);
    CU_ASSERT_EQUAL(sites(&three, 1), 1);
    CU_ASSERT_EQUAL(sites((struct lut[]){three, other}, 2), 1);
    CU_ASSERT_EQUAL(sites((struct lut[]){three, apart}, 2), 2);
    CU_ASSERT_EQUAL(sites((struct lut[]){three, two}, 2), 1);
    CU_ASSERT_EQUAL(sites((struct lut[]){six, six}, 2), 2);
    CU_ASSERT_EQUAL(sites((struct lut[]){five, five}, 2), 1);
    CU_ASSERT_EQUAL(sites((struct lut[]){six, none}, 2), 2);
    CU_ASSERT_EQUAL(sites((struct lut[]){five, none}, 2), 1);
    CU_ASSERT_EQUAL(sites((struct lut[]){carry, carry}, 2), 2);
    CU_ASSERT_EQUAL(sites((struct lut[]){carry, three}, 2), 1);
    CU_ASSERT_EQUAL(sites((struct lut[]){carry, carry, two, pair}, 4), 2);
}

/* Signals from a small set, so that many are shared. */
static int draw_luts(struct draw *draw, struct lut *luts, int most, int signals)
{
    const int count = draw_int(draw, 1, most);
    for (int i = 0; i < count; i++) {
        struct lut *lut = &luts[i];
        *lut = (struct lut){.drives_carry = draw_int(draw, 0, 3) == 0};
        for (int signal = 1 + draw_int(draw, 0, signals); lut->input_count < LUT_MAX_INPUTS && signal <= signals;
             signal += draw_int(draw, 1, 1 + signals / 3)) {
            lut->inputs[lut->input_count++] = signal;
            if (draw_int(draw, 0, 6) == 0)
                break;
        }
    }
    return count;
}

static void test_tiny_netlists(void)
{
    struct lut luts[TINY];
    int best = 0, total = 0;
    for (uint64_t seed = 1; seed <= 4000; seed++) {
        struct draw draw = draw_open(seed, 20);
        const int count = draw_luts(&draw, luts, TINY, draw_int(&draw, 3, 12));
        const int pairs = count - (int)sites(luts, count), optimum = most_pairs(luts, count, 0);
        CU_ASSERT_EQUAL_FATAL(plain_sites(luts, count), sites(luts, count));
        CU_ASSERT_TRUE_FATAL(pairs <= optimum); /* no pair that cannot be */
        CU_ASSERT_TRUE_FATAL(2 * pairs >= optimum);
        best += pairs == optimum;
        total++;
    }
    CU_ASSERT_TRUE(best * 10 > total * 8); /* greedy is rarely worse */
}

static void test_larger_netlists(void)
{
    static struct lut luts[MOST];
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct draw draw = draw_open(seed, 21);
        const int count = draw_luts(&draw, luts, MOST, draw_int(&draw, 4, 200));
        CU_ASSERT_EQUAL_FATAL(plain_sites(luts, count), sites(luts, count));
    }
}

/* A signal with very many readers suggests no pairs: these are found by size alone, or not at all. */
static void test_crowded_signal(void)
{
    static struct lut luts[2 * CROWDED];
    for (int i = 0; i < 2 * CROWDED; i++)
        luts[i] = (struct lut){{1, 10 + 2 * i, 11 + 2 * i}, 3, false};
    CU_ASSERT_EQUAL(sites(luts, CROWDED), CROWDED / 2);
    CU_ASSERT_EQUAL(sites(luts, 2 * CROWDED), 2 * CROWDED);
}

static const struct unit_case cases[] = {
    {"by hand", test_by_hand},
    {"tiny netlists", test_tiny_netlists},
    {"larger netlists", test_larger_netlists},
    {"crowded signal", test_crowded_signal},
};
UNIT_MAIN("LUT sites", cases)
