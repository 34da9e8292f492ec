/* Pools of codes: the largest or smallest of a window, and the sum of a window. */
#include "integer/source.h"

/* Code n of a tap. */
static int64_t tap(const struct unit_plan *plan, const int32_t *input, int y, int x, int index, size_t channel)
{
    const struct model_window *window = plan->window;
    const int row = y * window->stride_height + index / window->kernel_width;
    const int column = x * window->stride_width + index % window->kernel_width;
    return input[tensor_index(plan->in_shape[0], row, column) + channel];
}

static int64_t extreme(const struct int_unit *unit, int y, int x, size_t channel, const int32_t *const inputs[2])
{
    int64_t best = tap(unit->plan, inputs[0], y, x, 0, channel);
    for (int i = 1; i < (int)unit->plan->fan_in; i++) {
        const int64_t n = tap(unit->plan, inputs[0], y, x, i, channel);
        if (unit->minimum[channel] ? n < best : n > best)
            best = n;
    }
    return best;
}

const struct source_form source_maxpool = {.bound = bound_codes, .accumulate = extreme};

static void bound_sum(const struct int_unit *unit, size_t channel, int64_t *lo, int64_t *hi)
{
    (void)channel;
    *lo = (int64_t)unit->plan->fan_in * unit->input.type.low;
    *hi = (int64_t)unit->plan->fan_in * unit->input.type.high;
}

static int64_t sum(const struct int_unit *unit, int y, int x, size_t channel, const int32_t *const inputs[2])
{
    int64_t total = 0;
    for (int i = 0; i < (int)unit->plan->fan_in; i++)
        total += tap(unit->plan, inputs[0], y, x, i, channel);
    return total;
}

const struct source_form source_sumpool = {.bound = bound_sum, .accumulate = sum};
