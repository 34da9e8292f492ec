/*
 * Changes of a model's graph. Each leaves a model whose nodes are in topological order, with ids that are their indices and
 * users counted; names, identifiers and places of the nodes that stay are unchanged. Shapes are the caller's:
 * model_infer_shape in the order of the nodes, where one of them may have changed.
 */
#ifndef QNN_TRANSFORM_REWRITE_H
#define QNN_TRANSFORM_REWRITE_H

#include "model/model.h"

/*
 * Puts a node after `operand`: it reads operand, and what read operand reads it (reader NULL), or `reader` alone.
 * Returns the node, allocated in arena, with the place, scheme and shape of operand, the name operand.name with
 * ".suffix", and a new identifier; `op` with its fields and `written` are the caller's to set. operand is not an
 * output.
 */
struct model_node *model_insert(struct model *model, struct arena *arena, struct model_node *operand,
                                struct model_node *reader, const char *suffix);
/* Puts `node` in the place of `old`, which is dropped: it reads what old reads, is read by what reads old, and takes over name,
 * identifier, place and scheme. Both have as many operands. */
void model_replace(struct model *model, struct model_node *old, struct model_node *node);
/* Drops a node of one operand; what reads it reads that operand. Not the input or the output. */
void model_remove(struct model *model, struct model_node *node);

#endif
