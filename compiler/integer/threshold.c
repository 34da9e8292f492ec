/*
 * Thresholds by bisection with the very function that the trainer evaluates (numerics, "Affine and activation"): no algebra,
 * so no rounding of ours can differ from its.
 *
 * Every integer of the range is bisected, also those that no input reaches (sums of +-1 have one parity): any threshold
 * between two reachable accumulators gives the same codes, and the smallest integer is the one that is stored.
 */
#include "integer/threshold.h"

#include "base/require.h"

/* One channel as a rising staircase: what its thresholds count. */
struct staircase {
    const struct qnn_unit *function;
    size_t channel;
    int32_t first, last; /* codes */
    bool falling;        /* the count is then last - code, else code - first */
};

static int32_t count_at(const struct staircase *stairs, int64_t acc)
{
    const int32_t code = qnn_unit_code(stairs->function, stairs->channel, (int32_t)acc);
    return stairs->falling ? stairs->last - code : code - stairs->first;
}

/* The smallest acc in [lo, hi] with a count of at least level; hi + 1 where there is none. */
static int64_t first_reaching(const struct staircase *stairs, int32_t level, int64_t lo, int64_t hi)
{
    int64_t end = hi + 1;
    while (lo < end) {
        const int64_t middle = lo + (end - lo) / 2;
        if (count_at(stairs, middle) >= level)
            end = middle;
        else
            lo = middle + 1;
    }
    return end;
}

struct int_thresholds bisect_thresholds(const struct qnn_unit *function, const int64_t *acc_lo, const int64_t *acc_hi,
                                        struct arena *arena)
{
    const int32_t first = qnn_quantizer_first_code(&function->quantizer);
    const int32_t last = qnn_quantizer_last_code(&function->quantizer), levels = last - first;
    struct int_thresholds result = {
        .levels = levels,
        .first = first,
        .values = ARENA_NEW_ARRAY(arena, function->channels * (size_t)levels, int64_t),
        .flip = ARENA_NEW_ARRAY(arena, function->channels, uint8_t),
    };
    for (size_t c = 0; c < function->channels; c++) {
        struct staircase stairs = {.function = function, .channel = c, .first = first, .last = last};
        stairs.falling = count_at(&stairs, acc_lo[c]) > count_at(&stairs, acc_hi[c]);
        result.flip[c] = stairs.falling;
        int64_t lo = acc_lo[c];
        for (int32_t level = 1; level <= levels; level++)
            /* A level's threshold is no lower than the one before it. */
            result.values[c * (size_t)levels + (size_t)level - 1] = lo = first_reaching(&stairs, level, lo, acc_hi[c]);
    }
    return result;
}

int32_t int_threshold_code(const struct int_thresholds *thresholds, size_t channel, int64_t acc)
{
    const int64_t *values = thresholds->values + channel * (size_t)thresholds->levels;
    int32_t count = 0;
    while (count < thresholds->levels && values[count] <= acc)
        count++;
    return thresholds->first + (thresholds->flip[channel] ? thresholds->levels - count : count);
}
