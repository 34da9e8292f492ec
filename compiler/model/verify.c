/* What every model satisfies, whatever the program: a broken one is a defect of the compiler. */
#include "model/model.h"

#include "base/require.h"

#include <string.h>

static void verify_edges(const struct model *model, const struct model_node *node)
{
    REQUIRE(node->input_count == (node->op == OP_INPUT ? 0 : 1));
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

static void verify_fields(const struct model_node *node)
{
    const struct model_node *operand = node->input_count ? node->inputs[0] : NULL;
    REQUIRE(operand || node->op == OP_INPUT);
    switch (node->op) {
    case OP_INPUT:
        REQUIRE(node->input.scale > 0);
        break;
    case OP_FLATTEN:
        REQUIRE(shape_count(node->shape) == shape_count(operand->shape));
        break;
    case OP_DENSE:
        REQUIRE(node->dense.inputs == operand->shape.channels && node->dense.units == node->shape.channels);
        REQUIRE(node->hardware.pe <= node->dense.units && node->hardware.simd <= node->dense.inputs);
        break;
    case OP_ACTIVATION:
        REQUIRE(node->activation.function.kind == ACT_RELU || node->activation.deploy.bits == 0);
        REQUIRE(node->activation.function.kind != ACT_UINT ||
                (node->activation.function.bits >= 1 && node->activation.function.clip > 0));
        break;
    case OP_DROPOUT:
        REQUIRE(node->dropout.p >= 0 && node->dropout.p < 1);
        break;
    case OP_CLASSIFY:
    case OP_REGRESS:
        REQUIRE(node->output.outputs == node->shape.channels);
        break;
    default:
        break;
    }
}

void model_verify(const struct model *model)
{
    REQUIRE(model->node_count >= 2 && model->name && model->identifier && strlen(model->hash) == 16);
    REQUIRE(model->nodes[0]->op == OP_INPUT);
    const enum op_kind last = model->nodes[model->node_count - 1]->op;
    REQUIRE(last == OP_CLASSIFY || last == OP_REGRESS);
    for (size_t i = 0; i < model->node_count; i++) {
        const struct model_node *node = model->nodes[i];
        REQUIRE((size_t)node->id == i && node->op < OP_KIND_COUNT);
        REQUIRE(node->name && node->identifier && node->written && node->scheme);
        REQUIRE(node->shape.height >= 1 && node->shape.width >= 1 && node->shape.channels >= 1);
        verify_edges(model, node);
        verify_fields(node);
    }
}
