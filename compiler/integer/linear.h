/*
 * Inside the room: what the integer graph needs from a linear operator, one row per operator (ops/). A unit without a linear
 * part is a row too: its accumulator is the input code itself.
 */
#ifndef QNN_INTEGER_LINEAR_H
#define QNN_INTEGER_LINEAR_H

#include "integer/integer.h"

struct linear_form {
    const char *name; /* for --dump-integer; NULL where there is no linear part */
    /* The least and the greatest accumulator of a channel over every input in the edge's range. Both include 0 and
     * every partial sum, in any order and of any subset of the products: each product's own range includes 0 because the
     * edge's does. Without a linear part there are no partial sums and the range is the edge's. */
    void (*bound)(const struct int_unit *unit, size_t channel, int64_t *lo, int64_t *hi);
    /* The accumulator of a channel; input: the integers n of the whole input tensor. */
    int64_t (*accumulate)(const struct int_unit *unit, size_t channel, const int32_t *input);
};

extern const struct linear_form linear_dense, linear_none;

const struct linear_form *linear_form_of(const struct unit_plan *unit);

#endif
