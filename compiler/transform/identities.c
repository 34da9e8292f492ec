/*
 * Nodes that compute nothing: dropout that drops nothing, flatten of a vector, a pool of single values. They go after the
 * hash is known, so that a program's weights do not depend on them. A flatten of positions stays: it makes every feature a
 * separate channel.
 */
#include "transform/passes.h"

#include "transform/rewrite.h"

/* Whether values and shape are the operand's. */
static bool computes_nothing(const struct model_node *node)
{
    if (!node_is_identity(node))
        return false;
    const struct shape *operand = &node->inputs[0]->shape;
    return node->shape.height == operand->height && node->shape.width == operand->width &&
           node->shape.channels == operand->channels;
}

bool transform_identities(struct model *model, struct arena *arena, struct sink *sink)
{
    (void)arena;
    (void)sink;
    for (size_t i = model->node_count; i-- > 0;)
        if (computes_nothing(model->nodes[i]))
            model_remove(model, model->nodes[i]);
    return true;
}
