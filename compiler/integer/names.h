/* Inside the room: what units are called. */
#ifndef QNN_INTEGER_NAMES_H
#define QNN_INTEGER_NAMES_H

#include "integer/integer.h"

/* Fills name and identifier of every unit; both are unique among the units. */
void name_units(struct int_plan *plan, struct arena *arena);

#endif
