/* Inside the room: thresholds of a unit. */
#ifndef QNN_INTEGER_THRESHOLD_H
#define QNN_INTEGER_THRESHOLD_H

#include "integer/integer.h"

/* Bisects function over [acc_lo[c], acc_hi[c]] for every channel and level. The function is monotone on each range
 * (each stage is, and so is the quantizer) and finite at both ends. */
struct int_thresholds bisect_thresholds(const struct qnn_unit *function, const int64_t *acc_lo, const int64_t *acc_hi,
                                        struct arena *arena);

#endif
