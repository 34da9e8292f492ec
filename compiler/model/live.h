/* What is left of a network after expansion: the nodes that its output needs, and their identifiers. */
#ifndef QNN_MODEL_LIVE_H
#define QNN_MODEL_LIVE_H

#include "model/context.h"

/* Keeps the nodes that lead to the output, in their order, and counts who reads whom. */
void keep_live(struct build *build);
/* Gives every node its identifier in generated code. */
void name_nodes(struct build *build);

#endif
