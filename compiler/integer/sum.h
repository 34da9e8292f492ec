/*
 * The sum that a datapath computes, and the accumulator that it represents: stated once for the integer C and hardware.
 *
 * A channel of a layer has the accumulator acc = sum of w * n over its weights w and the inputs n. A datapath reads not n
 * but a code x, with n = gain * x + bias: a sign as the bit 0 or 1, a signed code perhaps lifted so that it starts at 0. One
 * that only adds lets a product with a negative weight take part as its complement, whose constant is the same for every
 * input and is taken back afterwards:
 *
 *     S     = sum of (w >= 0 ? w * x : complement - |w| * x)
 *     acc   = gain * S + start
 *     start = bias * (sum of w) - gain * complement * (number of negative w)
 *
 * With weights -1, 0, +1 and signs as bits, complement 1 makes S the number of agreements and start minus the number of
 * weights that are not 0. With complement 0, S is the plain sum of w * x.
 */
#ifndef QNN_INTEGER_SUM_H
#define QNN_INTEGER_SUM_H

#include "integer/integer.h"

/* How a datapath reads its inputs and weights. */
struct sum_form {
    int64_t gain, bias;  /* n = gain * x + bias; gain >= 1 */
    int64_t complement;  /* at least |w| * x of every product for S >= 0; 0: products take part as they are */
    int64_t first, last; /* the least and the greatest x */
};

/* One channel in a form. */
struct channel_sum {
    int64_t start, gain; /* acc = gain * S + start */
    int64_t least, most; /* of S over all inputs */
};

/* A weight as it is stored; negated: with its sign turned, which turns the sign of acc. */
static inline int int_weight(const struct int_unit *unit, size_t channel, size_t product, bool negated)
{
    const int weight = unit->weights[channel * unit->plan->fan_in + product];
    return negated ? -weight : weight;
}

/* The threshold of a channel that is stored negated: not (acc >= T) is acc <= T - 1, which is -acc >= 1 - T. */
static inline int64_t int_negated_threshold(int64_t threshold)
{
    return 1 - threshold;
}

/* unit: with weights. */
struct channel_sum int_channel_sum(const struct int_unit *unit, size_t channel, bool negated,
                                   const struct sum_form *form);
/* The least integer S with gain * S + start >= acc, wherever it lies. */
int64_t channel_sum_reaching(const struct channel_sum *sum, int64_t acc);
/* The greatest integer S with gain * S + start <= acc, wherever it lies. */
int64_t channel_sum_within(const struct channel_sum *sum, int64_t acc);

#endif
