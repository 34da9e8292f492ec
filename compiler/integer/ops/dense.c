/* dense: acc_c = sum over i of w[c][i] * n[i]. */
#include "integer/linear.h"

static void bound(const struct int_unit *unit, size_t channel, int64_t *lo, int64_t *hi)
{
    const size_t fan_in = unit->plan->fan_in;
    const int8_t *weights = unit->weights + channel * fan_in;
    *lo = 0;
    *hi = 0;
    for (size_t i = 0; i < fan_in; i++) {
        const int64_t at_lo = (int64_t)weights[i] * unit->input.lo, at_hi = (int64_t)weights[i] * unit->input.hi;
        *lo += at_lo < at_hi ? at_lo : at_hi;
        *hi += at_lo < at_hi ? at_hi : at_lo;
    }
}

static int64_t accumulate(const struct int_unit *unit, size_t channel, const int32_t *input)
{
    const size_t fan_in = unit->plan->fan_in;
    const int8_t *weights = unit->weights + channel * fan_in;
    int64_t sum = 0;
    for (size_t i = 0; i < fan_in; i++)
        sum += (int64_t)weights[i] * input[i];
    return sum;
}

const struct linear_form linear_dense = {.name = "dense", .bound = bound, .accumulate = accumulate};
