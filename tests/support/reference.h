/*
 * An independent evaluation of a frozen network: from the tensors alone, in double and with its own arithmetic, sharing no
 * code with the compiler or the runtime. Slow and plain.
 */
#ifndef QNN_TESTS_SUPPORT_REFERENCE_H
#define QNN_TESTS_SUPPORT_REFERENCE_H

#include "integer/integer.h"

/* What the network gives for one sample. */
struct reference {
    double *accumulators; /* of the unit evaluated last, [positions][channels] */
    int32_t **codes;      /* per unit that ends in codes */
    int64_t *scores;      /* M * acc + B of the last unit */
    size_t best;          /* the lowest index of the largest score */
};

/* input: n of every element, as int_run takes it. Results live in the arena. */
struct reference reference_run(const struct int_plan *plan, const struct qnn_safetensors *weights, const int32_t *input,
                               struct arena *arena);
/* The code of one accumulator of a unit that ends in codes. Working space comes from the arena. */
int32_t reference_code(const struct unit_plan *unit, const struct qnn_safetensors *weights, size_t channel, double acc,
                       struct arena *arena);

#endif
