/* Inside the room: a multiplier, an addend and a shift in place of thresholds. */
#ifndef QNN_INTEGER_REQUANT_H
#define QNN_INTEGER_REQUANT_H

#include "integer/integer.h"

/* Looks for the smallest shift for which every channel has a multiplier and an addend that give the same code as its
 * thresholds for every acc in [acc_lo[c], acc_hi[c]]; of each channel's multipliers the one nearest to 0. */
struct int_requant find_requant(const struct int_thresholds *thresholds, size_t channels, const int64_t *acc_lo,
                                const int64_t *acc_hi, struct arena *arena);

#endif
