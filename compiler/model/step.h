/* One step of a body made one node. Internal to this room. */
#ifndef QNN_MODEL_STEP_H
#define QNN_MODEL_STEP_H

#include "model/arguments.h"
#include "model/context.h"

/* Whether a row of GROUP_OPERATOR begins a chain with the names of two values. */
bool step_is_join(const struct callable *row);
/* Each makes the node of a step at a marked path, with the shape that its operator gives it; NULL after an error, in the
 * step or before it. */
struct model_node *step_operator(struct build *build, const struct callable *row, const char *path,
                                 const struct ast_call *call, struct scope *scope, struct model_node *in);
struct model_node *step_join(struct build *build, const struct arguments *arguments, const char *path,
                             const struct ast_call *call, struct model_node *a, struct model_node *b);
/* The input of the network; an error in a block, and for a second one. */
struct model_node *step_input(struct build *build, const struct ast_input *input, struct scope *scope, bool in_network);

#endif
