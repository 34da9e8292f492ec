/*
 * One channel of an engine in the domain its datapath counts in (rtl_templates/README.md, "Datapath").
 *
 * The engine adds codes x of in_bits bits, 0 .. 2^in_bits - 1: a sign as its bit, a signed n of k bits as n + 2^(k-1). A
 * product with a negative weight enters as its complement, all bits turned. So S is never negative, nothing is subtracted,
 * and acc = gain * S + start (integer/sum.h). Taps outside read the padding's code in the same way.
 */
#ifndef QNN_HARDWARE_CHANNEL_H
#define QNN_HARDWARE_CHANNEL_H

#include "hardware/hardware.h"
#include "integer/sum.h"

/* negated: the channel's weights with their signs turned (a falling channel of TAIL_SIGN). */
struct channel_sum hw_channel(const struct hw_engine *engine, size_t channel, bool negated);
/* Smallest S with gain*S + start >= threshold, clipped to [0, most + 1]. */
int64_t hw_channel_threshold(const struct channel_sum *sum, int64_t threshold);
/* TAIL_SIGN: whether the row is stored negated, and then the threshold that belongs to it. */
bool hw_channel_negated(const struct hw_engine *engine, size_t channel, int64_t *threshold);

#endif
