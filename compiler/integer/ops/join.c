/* add and concat: two tensors of one scale. */
#include "integer/source.h"

static void bound_add(const struct int_unit *unit, size_t channel, int64_t *lo, int64_t *hi)
{
    (void)channel;
    *lo = 2 * (int64_t)unit->input.type.low;
    *hi = 2 * (int64_t)unit->input.type.high;
}

static int64_t add(const struct int_unit *unit, int y, int x, size_t channel, const int32_t *const inputs[2])
{
    const size_t index = tensor_index(unit->plan->shape, y, x) + channel;
    return (int64_t)inputs[0][index] + inputs[1][index];
}

const struct source_form source_add = {.bound = bound_add, .accumulate = add};

static int64_t concat(const struct int_unit *unit, int y, int x, size_t channel, const int32_t *const inputs[2])
{
    const struct shape *shapes = unit->plan->in_shape;
    const size_t first = (size_t)shapes[0].channels;
    return channel < first ? inputs[0][tensor_index(shapes[0], y, x) + channel]
                           : inputs[1][tensor_index(shapes[1], y, x) + channel - first];
}

const struct source_form source_concat = {.bound = bound_codes, .accumulate = concat};
