/*
 * Ranges of accumulators, proven with the actual weights: exact minimum and maximum over all inputs in the edge's range, which
 * also hold every partial sum (source.h says why). The width is that of the widest channel.
 */
#include "integer/bounds.h"

#include "base/require.h"
#include "integer/source.h"

int signed_bits(int64_t lo, int64_t hi)
{
    REQUIRE(lo <= hi);
    int bits = 1;
    while (bits < 64 && (lo < -(INT64_C(1) << (bits - 1)) || hi > (INT64_C(1) << (bits - 1)) - 1))
        bits++;
    return bits;
}

void bound_unit(struct int_unit *unit, struct arena *arena)
{
    const struct source_form *form = source_forms[unit->plan->source];
    const size_t channels = unit->plan->channels;
    REQUIRE(unit->input.type.low <= 0 && unit->input.type.high >= 0);
    unit->acc_lo = ARENA_NEW_ARRAY(arena, channels, int64_t);
    unit->acc_hi = ARENA_NEW_ARRAY(arena, channels, int64_t);
    int64_t least = 0, greatest = 0;
    for (size_t c = 0; c < channels; c++) {
        form->bound(unit, c, &unit->acc_lo[c], &unit->acc_hi[c]);
        least = unit->acc_lo[c] < least ? unit->acc_lo[c] : least;
        greatest = unit->acc_hi[c] > greatest ? unit->acc_hi[c] : greatest;
    }
    REQUIRE(least >= -INT_MAX_ACCUMULATOR && greatest <= INT_MAX_ACCUMULATOR);
    unit->acc_bits = signed_bits(least, greatest);
}
