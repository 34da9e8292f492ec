/*
 * One channel of an engine in the domain its datapath counts in (rtl_templates/README.md, "Datapath").
 *
 * The engine adds S = sum over non-zero weights of (x xor all-ones where the weight is -1): never negative, no subtraction.
 * With L = 2^bits - 1, NZ non-zero weights, NEG of them -1:
 *     bipolar input:   acc = 2*S - NZ          unsigned input: acc = S - L*NEG
 * A signed input n of k bits enters as the unsigned n + 2^(k-1), which adds 2^(k-1) * sum(w); the constant takes it back.
 * Taps outside read the padding's code in the same way and need nothing of their own.
 * So acc = gain * S + start, with gain 2 or 1.
 */
#ifndef QNN_HARDWARE_CHANNEL_H
#define QNN_HARDWARE_CHANNEL_H

#include "hardware/hardware.h"

struct hw_channel {
    int64_t start; /* acc where S = 0 */
    int64_t gain;
    int64_t most; /* the largest S of any input */
};

/* negated: the channel's weights with their signs turned (a falling channel of TAIL_SIGN). */
struct hw_channel hw_channel(const struct hw_engine *engine, size_t channel, bool negated);
/* Smallest S with gain*S + start >= threshold, clipped to [0, most + 1]. */
int64_t hw_channel_threshold(const struct hw_channel *channel, int64_t threshold);
/* TAIL_SIGN: whether the row is stored negated, and then the threshold that belongs to it. */
bool hw_channel_negated(const struct hw_engine *engine, size_t channel, int64_t *threshold);

#endif
