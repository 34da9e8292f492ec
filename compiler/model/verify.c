/* What every model satisfies, whatever the program: a broken one is a defect of the compiler. */
#include "model/model.h"

#include "base/require.h"

#include <string.h>

static void verify_edges(const struct model *model, const struct model_node *node)
{
    const bool join = node->op == OP_ADD || node->op == OP_CONCAT;
    REQUIRE(node->input_count == (node->op == OP_INPUT ? 0 : join ? 2 : 1));
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

static void verify_side(int size, int count, int kernel, int stride, int pad, int dilation)
{
    const int extent = (kernel - 1) * dilation + 1;
    REQUIRE(kernel >= 1 && stride >= 1 && dilation >= 1 && pad >= 0 && extent <= size + 2 * pad);
    REQUIRE(count == (size + 2 * pad - extent) / stride + 1);
}

static void verify_window(const struct model_node *node, const struct model_window *window)
{
    const struct shape *operand = &node->inputs[0]->shape;
    verify_side(operand->height, node->shape.height, window->kernel_height, window->stride_height, window->pad_top,
                window->dilation);
    verify_side(operand->width, node->shape.width, window->kernel_width, window->stride_width, window->pad_left,
                window->dilation);
}

static void verify_conv(const struct model_node *node)
{
    const int groups = node->conv.groups;
    verify_window(node, &node->conv.window);
    REQUIRE(node->conv.inputs == node->inputs[0]->shape.channels && node->conv.outputs == node->shape.channels);
    REQUIRE(groups >= 1 && node->conv.inputs % groups == 0 && node->conv.outputs % groups == 0);
    REQUIRE(node->conv.window.pads || node->conv.pad_value == 0);
    REQUIRE(node->hardware.pe <= node->conv.outputs / groups && node->hardware.simd <= node_products(node));
}

static void verify_join(const struct model_node *node)
{
    const struct shape *a = &node->inputs[0]->shape, *b = &node->inputs[1]->shape;
    REQUIRE(a->height == node->shape.height && a->width == node->shape.width);
    REQUIRE(a->height == b->height && a->width == b->width);
    REQUIRE(node->shape.channels == (node->op == OP_ADD ? a->channels : a->channels + b->channels));
    REQUIRE(node->op == OP_CONCAT || a->channels == b->channels);
    REQUIRE(node->join.quantizer.form ? node->join.quantizer.bits >= 2 && node->join.quantizer.bits <= 8
                                      : !node->join.asked);
}

static void verify_activation(const struct model_node *node)
{
    const struct activation_scheme *function = &node->activation.function;
    const struct calibrated_scheme *deploy = &node->activation.deploy;
    REQUIRE(function->form);
    REQUIRE(!deploy->form || (!activation_quantizes(function) && deploy->bits >= 1));
    REQUIRE(!activation_quantizes(function) || activation_type(function).encoding == QNN_ENCODING_SIGN ||
            (activation_bits(function) >= 1 && activation_clip(function) > 0));
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
    case OP_CONV:
        verify_conv(node);
        break;
    case OP_MAXPOOL:
    case OP_AVGPOOL:
        verify_window(node, &node->pool.window);
        REQUIRE(!node->pool.window.pads && node->shape.channels == operand->shape.channels);
        break;
    case OP_ADD:
    case OP_CONCAT:
        verify_join(node);
        break;
    case OP_ACTIVATION:
        verify_activation(node);
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
