/* No linear part: the accumulator is the input code, element by element. */
#include "integer/linear.h"

static void bound(const struct int_unit *unit, size_t channel, int64_t *lo, int64_t *hi)
{
    (void)channel;
    *lo = unit->input.lo;
    *hi = unit->input.hi;
}

static int64_t accumulate(const struct int_unit *unit, size_t channel, const int32_t *input)
{
    (void)unit;
    return input[channel];
}

const struct linear_form linear_none = {.bound = bound, .accumulate = accumulate};
