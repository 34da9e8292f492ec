/*
 * The C training program of a network: one straight-line file over runtime/program.h.
 */
#ifndef QNN_BACKEND_C_TRAINER_H
#define QNN_BACKEND_C_TRAINER_H

#include "base/text.h"
#include "integer/integer.h"
#include "model/model.h"

#include <stdbool.h>

/* Appends build/NAME.c for the model, which has a train and a data section. plan: of int_cut, or NULL for a network that
 * trains but cannot be deployed. The text holds no path, date or host: the same program gives the same bytes. False, with
 * nothing appended, where the network's memory passes 1.5 GiB, what one static block can hold. */
bool emit_trainer(const struct model *model, const struct int_plan *plan, struct text *out);

#endif
