/* Inside the room: proven ranges and the widths that follow from them. */
#ifndef QNN_INTEGER_BOUNDS_H
#define QNN_INTEGER_BOUNDS_H

#include "integer/integer.h"

/* Fills acc_lo, acc_hi and acc_bits from the weights and the input edge, both already set. */
void bound_unit(struct int_unit *unit, struct arena *arena);

/* The two's complement bits that hold lo .. hi, at least 1. lo <= hi. */
int signed_bits(int64_t lo, int64_t hi);

#endif
