/* Expansion: from statements to nodes. */
#ifndef QNN_MODEL_EXPAND_H
#define QNN_MODEL_EXPAND_H

#include "model/context.h"

/* Nodes of the network in topological order, shapes inferred, also those that do not lead to the output; false after an
 * error. */
bool expand_network(struct build *build);

#endif
