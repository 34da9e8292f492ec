/* What every model satisfies, whatever the program: a broken one is a defect of the compiler. */
#include "model/ops/operators.h"

#include "base/require.h"

#include <string.h>

static void verify_edges(const struct model *model, const struct model_node *node)
{
    REQUIRE(node->input_count == (node_has(node, TRAIT_INPUT) ? 0 : node_has(node, TRAIT_JOIN) ? 2 : 1));
    for (int i = 0; i < node->input_count; i++) {
        const struct model_node *operand = node->inputs[i];
        REQUIRE(operand->id >= 0 && operand->id < node->id);
        REQUIRE(model->nodes[operand->id] == operand);
    }
    int users = 0;
    for (size_t i = 0; i < model->node_count; i++)
        for (int j = 0; j < model->nodes[i]->input_count; j++)
            users += model->nodes[i]->inputs[j] == node;
    REQUIRE(users == node->user_count);
    REQUIRE(users > 0 || (size_t)node->id == model->node_count - 1);
}

void model_verify(const struct model *model)
{
    REQUIRE(model->node_count >= 2 && model->name && model->identifier && strlen(model->hash) == 16);
    for (size_t i = 0; i < model->node_count; i++) {
        const struct model_node *node = model->nodes[i];
        REQUIRE((size_t)node->id == i && node->op < OP_KIND_COUNT);
        REQUIRE(node->name && node->identifier && node->written && node->scheme);
        REQUIRE(node->shape.height >= 1 && node->shape.width >= 1 && node->shape.channels >= 1);
        REQUIRE(node_has(node, TRAIT_INPUT) == (i == 0));
        REQUIRE(node_has(node, TRAIT_OUTPUT) == (i + 1 == model->node_count));
        verify_edges(model, node);
        if (operator_functions[node->op]->verify)
            operator_functions[node->op]->verify(node);
    }
}
