/* dense: acc_c = sum over i of w[c][i] * n[i]. */
#include "integer/source.h"

#include "runtime/numeric/vector.h"

QNN_BODY products_body(const int16_t *weights, const int32_t *n, size_t count, int64_t *result)
{
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (int64_t)weights[i] * n[i];
    *result = sum;
}

QNN_DISPATCH(products, (const int16_t *weights, const int32_t *n, size_t count, int64_t *result),
             (weights, n, count, result))

int64_t sum_products(const int16_t *weights, const int32_t *n, size_t count)
{
    int64_t sum;
    products(weights, n, count, &sum);
    return sum;
}

void bound_products(const struct int_unit *unit, size_t channel, int64_t *lo, int64_t *hi)
{
    const size_t fan_in = unit->plan->fan_in;
    const int16_t *weights = unit->weights + channel * fan_in;
    *lo = 0;
    *hi = 0;
    for (size_t i = 0; i < fan_in; i++) {
        const int64_t at_lo = (int64_t)weights[i] * unit->input.type.low,
                      at_hi = (int64_t)weights[i] * unit->input.type.high;
        *lo += at_lo < at_hi ? at_lo : at_hi;
        *hi += at_lo < at_hi ? at_hi : at_lo;
    }
}

static int64_t accumulate(const struct int_unit *unit, int y, int x, size_t channel, const int32_t *const inputs[2])
{
    const size_t fan_in = unit->plan->fan_in;
    (void)y;
    (void)x;
    return sum_products(unit->weights + channel * fan_in, inputs[0], fan_in);
}

const struct source_form source_dense = {.bound = bound_products, .accumulate = accumulate};
