/*
 * Dropout (inverted): each element is dropped with probability p, the others are scaled by 1/(1-p).
 *
 * The mask is a pure function of (seed, layer, step, element), purpose QNN_RANDOM_DROPOUT of runtime/numeric/random.h:
 * it is not stored, the backward pass draws it again, and it does not depend on the number of threads.
 */
#ifndef QNN_OPS_DROPOUT_H
#define QNN_OPS_DROPOUT_H

#include <stddef.h>
#include <stdint.h>

struct qnn_dropout {
    double p;       /* probability of dropping, 0 <= p < 1 */
    uint64_t seed;  /* of the run */
    uint32_t layer; /* number of the dropout layer, different for each, below 2^16 */
};

/* y = mask * x; y may be x. `step` counts the training steps of the run. Only training calls it. */
void qnn_dropout_forward(size_t count, const struct qnn_dropout *dropout, uint64_t step, const float *x, float *y);

/* dx = mask * dy with the mask of the same step; dx may be dy. */
void qnn_dropout_backward(size_t count, const struct qnn_dropout *dropout, uint64_t step, const float *dy, float *dx);

#endif
