/*
 * Inside the room: how accumulators come from codes, one row per source of a unit (ops/).
 */
#ifndef QNN_INTEGER_SOURCE_H
#define QNN_INTEGER_SOURCE_H

#include "integer/integer.h"

struct source_form {
    /* The least and the greatest accumulator of a channel over every input in the edge's range. Both include 0 and every
     * partial sum, in any order and of any subset of the products: each product's own range includes 0 because the edge's
     * does. A copy, a pool of codes or a join without sums keeps the edge's range. */
    void (*bound)(const struct int_unit *unit, size_t channel, int64_t *lo, int64_t *hi);
    /* The accumulator of a channel at output row y, column x; inputs: the integers n of the whole input tensors. */
    int64_t (*accumulate)(const struct int_unit *unit, int y, int x, size_t channel, const int32_t *const inputs[2]);
};

#define SOURCE(ID, name, traits) extern const struct source_form source_##name;
#include "integer/sources.def"
extern const struct source_form *const source_forms[UNIT_SOURCE_COUNT];
/* As --dump-integer writes them. */
extern const char *const source_names[UNIT_SOURCE_COUNT];

/* The sum over i < count of weights[i] * n[i], dense or a tap of a conv. */
int64_t sum_products(const int16_t *weights, const int32_t *n, size_t count);
/* The bounds of such a sum. */
void bound_products(const struct int_unit *unit, size_t channel, int64_t *lo, int64_t *hi);
/* The bounds of the input's codes. */
void bound_codes(const struct int_unit *unit, size_t channel, int64_t *lo, int64_t *hi);
/* Index of channel 0 at row y, column x of a tensor. */
static inline size_t tensor_index(struct shape shape, int y, int x)
{
    return ((size_t)y * (size_t)shape.width + (size_t)x) * (size_t)shape.channels;
}

#endif
