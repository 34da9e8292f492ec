/*
 * Inside the room: the code type of every tensor, before any weight is known. The cut asks here, once per tensor, and keeps
 * the answers in the plan; whoever needs a range reads it there.
 */
#ifndef QNN_INTEGER_RANGES_H
#define QNN_INTEGER_RANGES_H

#include "integer/integer.h"

/* Of the network's input: its elements (i8 takes the whole range, -128 included: what is fed in is not our choice), or the
 * codes that plan->input_quantizer makes. An f32 input without a quantizer, which is refused, counts as signs. */
struct qnn_code_type input_type(const struct int_plan *plan);

/* Of what a unit makes of operands of these types: its codes, or its accumulators where it has no quantizer; of sums the
 * range that holds for any weights of unit->weight_type. b: the second operand of a join; NULL else. Saturates at
 * INT_MAX_ACCUMULATOR, which only a unit that is refused may pass. */
struct qnn_code_type output_type(const struct unit_plan *unit, const struct qnn_code_type *a,
                                 const struct qnn_code_type *b);

/* Of sums proven to lie in low .. high, which are widened to hold 0 and 1: unsigned where none is below 0, else two's
 * complement, in as few bits as hold them. */
struct qnn_code_type sum_type(int64_t low, int64_t high);

#endif
