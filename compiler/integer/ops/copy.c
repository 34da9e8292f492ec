/* copy: the accumulator is the input code, element by element. */
#include "integer/source.h"

void bound_codes(const struct int_unit *unit, size_t channel, int64_t *lo, int64_t *hi)
{
    (void)channel;
    *lo = unit->input.type.low;
    *hi = unit->input.type.high;
}

static int64_t accumulate(const struct int_unit *unit, int y, int x, size_t channel, const int32_t *const inputs[2])
{
    return inputs[0][tensor_index(unit->plan->shape, y, x) + channel];
}

const struct source_form source_copy = {.bound = bound_codes, .accumulate = accumulate};
