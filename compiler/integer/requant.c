/*
 * Requantizers: code = clip((M * acc + B) >> F, 0, L) equal to a staircase of thresholds.
 *
 * For a rising staircase with thresholds t_1 <= ... <= t_L over [lo, hi] and M >= 0 the codes agree everywhere iff, for
 * every level j,
 *     M * t_j + B       >= j * 2^F        where t_j <= hi   (the level is reached)
 *     M * (t_j - 1) + B <  j * 2^F        where t_j >  lo   (not before)
 * Eliminating B leaves one inequality per pair (i reached, j not before):
 *     M * (t_i - t_j + 1) >= (i - j) * 2^F + 1
 * so the feasible M are an interval of integers, and for each of them the feasible B are one too. The least M is found
 * by Newton's method on the worst pair: each violated pair either raises M to the least value it allows, or
 * demands a smaller M, which proves that there is none. One step costs O(L) and a handful suffice.
 * (M, B, F) feasible implies (2M, 2B, F + 1) feasible: one upward search finds the least F that serves all channels.
 * A falling channel is the rising one of -acc with thresholds 1 - t in reverse order.
 */
#include "integer/requant.h"

#include "base/require.h"

enum { MULTIPLIER_LIMIT = (1 << (INT_REQUANT_MULTIPLIER_BITS - 1)) - 1 };

/* One channel, rising. */
struct stairs {
    int levels;
    const int64_t *values; /* as stored */
    bool falling;
    int64_t lo, hi; /* of acc; of -acc where falling */
};

static struct stairs stairs_of(const struct int_thresholds *thresholds, size_t channel, int64_t lo, int64_t hi)
{
    const bool falling = thresholds->flip[channel];
    return (struct stairs){
        .levels = thresholds->levels,
        .values = thresholds->values + channel * (size_t)thresholds->levels,
        .falling = falling,
        .lo = falling ? -hi : lo,
        .hi = falling ? -lo : hi,
    };
}

/* Threshold of level j, 1 <= j <= levels. Falling: code >= j iff at most L - j thresholds lie at or below acc, that is
 * acc <= t_(L-j+1) - 1. */
static int64_t threshold(const struct stairs *stairs, int j)
{
    return stairs->falling ? 1 - stairs->values[stairs->levels - j] : stairs->values[j - 1];
}

/* The code at lo, where no threshold in (lo, hi] follows: the channel is constant. -1 where it is not. */
static int constant_code(const struct stairs *stairs)
{
    int code = 0;
    for (int j = 1; j <= stairs->levels; j++) {
        const int64_t t = threshold(stairs, j);
        if (t > stairs->lo && t <= stairs->hi)
            return -1;
        code += t <= stairs->lo;
    }
    return code;
}

/* The levels that bound B from below and from above most tightly for one M. */
struct tightest {
    int reached, before;
    int64_t addend_min, addend_max; /* B in between satisfies every level */
};

static struct tightest tightest_levels(const struct stairs *stairs, int64_t multiplier, int shift)
{
    struct tightest found = {.addend_min = INT64_MIN, .addend_max = INT64_MAX};
    for (int j = 1; j <= stairs->levels; j++) {
        const int64_t t = threshold(stairs, j);
        const int64_t least = ((int64_t)j << shift) - multiplier * t;
        const int64_t most = least + multiplier - 1;
        if (t <= stairs->hi && least > found.addend_min) {
            found.addend_min = least;
            found.reached = j;
        }
        if (t > stairs->lo && most < found.addend_max) {
            found.addend_max = most;
            found.before = j;
        }
    }
    return found;
}

/* The least M >= 0 for this shift, with the least B; false where there is none within the limit. */
static bool solve_rising(const struct stairs *stairs, int shift, int64_t *multiplier, int64_t *addend)
{
    const int constant = constant_code(stairs);
    *multiplier = 0;
    *addend = (int64_t)constant * (INT64_C(1) << shift);
    while (constant < 0) {
        const struct tightest pair = tightest_levels(stairs, *multiplier, shift);
        *addend = pair.addend_min;
        if (pair.addend_min <= pair.addend_max)
            return true;
        const int64_t span = threshold(stairs, pair.reached) - threshold(stairs, pair.before) + 1;
        if (span <= 0)
            return false;
        const int64_t rise = (int64_t)(pair.reached - pair.before) * (INT64_C(1) << shift) + 1;
        REQUIRE(rise > *multiplier * span); /* violated, so M grows */
        *multiplier = (rise + span - 1) / span;
        if (*multiplier > MULTIPLIER_LIMIT)
            return false;
    }
    return true;
}

static bool solve(const struct stairs *stairs, int shift, int32_t *multiplier, int64_t *addend)
{
    int64_t rising;
    if (!solve_rising(stairs, shift, &rising, addend))
        return false;
    *multiplier = (int32_t)(stairs->falling ? -rising : rising);
    return true;
}

/* Raises *shift to the least one, from there on, at which the channel has a solution; false where there is none. */
static bool raise_shift(const struct stairs *stairs, int *shift)
{
    int32_t multiplier;
    int64_t addend;
    for (int tried = *shift; tried <= INT_REQUANT_MAX_SHIFT; tried++)
        if (solve(stairs, tried, &multiplier, &addend)) {
            *shift = tried;
            return true;
        }
    return false;
}

/* Channels without a solution at any shift. */
static size_t count_missing(const struct int_thresholds *thresholds, size_t channels, const int64_t *acc_lo,
                            const int64_t *acc_hi)
{
    size_t missing = 0;
    for (size_t c = 0; c < channels; c++) {
        const struct stairs stairs = stairs_of(thresholds, c, acc_lo[c], acc_hi[c]);
        int shift = 0;
        missing += !raise_shift(&stairs, &shift);
    }
    return missing;
}

/* The least shift that every channel can use: one solved at a smaller shift has a solution at this one too, unless
 * its multiplier leaves the limit. Fills M and B; false where there is none. */
static bool solve_all(struct int_requant *result, const struct int_thresholds *thresholds, size_t channels,
                      const int64_t *acc_lo, const int64_t *acc_hi)
{
    for (size_t c = 0; c < channels; c++) {
        const struct stairs stairs = stairs_of(thresholds, c, acc_lo[c], acc_hi[c]);
        if (!raise_shift(&stairs, &result->shift))
            return false;
    }
    for (size_t c = 0; c < channels; c++) {
        const struct stairs stairs = stairs_of(thresholds, c, acc_lo[c], acc_hi[c]);
        if (!solve(&stairs, result->shift, &result->multiplier[c], &result->addend[c]))
            return false;
    }
    return true;
}

struct int_requant find_requant(const struct int_thresholds *thresholds, size_t channels, const int64_t *acc_lo,
                                const int64_t *acc_hi, struct arena *arena)
{
    struct int_requant result = {
        .multiplier = ARENA_NEW_ARRAY(arena, channels, int32_t),
        .addend = ARENA_NEW_ARRAY(arena, channels, int64_t),
    };
    result.found = solve_all(&result, thresholds, channels, acc_lo, acc_hi);
    if (!result.found)
        return (struct int_requant){.missing = count_missing(thresholds, channels, acc_lo, acc_hi)};
    return result;
}

int32_t int_requant_code(const struct int_requant *requant, int levels, size_t channel, int64_t acc)
{
    const int64_t scaled = requant->multiplier[channel] * acc + requant->addend[channel];
    const int64_t step = INT64_C(1) << requant->shift;
    const int64_t code = scaled < 0 ? 0 : scaled / step;
    return (int32_t)(code > levels ? levels : code);
}
