/* Layers whose inputs, weights and padding are all -1 or +1: their sums are counted in bits, in memory that they share. */
#include "target/c/trainer_emit.h"

#include "runtime/numeric/work.h"

/* Whether the value is -1 or +1 everywhere, in training as in the deployed network. */
static bool is_signs(const struct model_node *node)
{
    switch (node->op) {
    case OP_ACTIVATION:
        return node->activation.function.kind == ACT_SIGN;
    case OP_MAXPOOL:
    case OP_FLATTEN:
        return is_signs(node->inputs[0]);
    case OP_CONCAT:
        return is_signs(node->inputs[0]) && is_signs(node->inputs[1]);
    default:
        return false;
    }
}

static bool has_sign_weights(const struct model_node *node)
{
    const struct weight_scheme *weights = &node->scheme->weights;
    return weights->kind == WEIGHT_BINARY && !weights->stochastic && weights->scale == SCALE_NONE && weights->h == 1;
}

static bool pads_with_signs(const struct model_node *node)
{
    return !node->conv.window.pads || node->conv.pad_value == 1 || node->conv.pad_value == -1;
}

/* What a layer reads: positions of a sample, taps of its kernel (of a dense layer one), channels of a tap. */
struct extent {
    int height, width, kernel_height, kernel_width, inputs;
};

static struct extent extent_of(const struct model_node *node)
{
    const struct shape in = node->inputs[0]->shape;
    if (node->op == OP_DENSE)
        return (struct extent){1, 1, 1, 1, node->dense.inputs};
    return (struct extent){in.height, in.width, node->conv.window.kernel_height, node->conv.window.kernel_width,
                           node->conv.inputs};
}

static size_t taps_of(const struct extent *at)
{
    return (size_t)at->kernel_height * (size_t)at->kernel_width;
}

static bool fits(const struct model_node *node)
{
    const struct extent at = extent_of(node);
    return taps_of(&at) * (((size_t)at.inputs + 63) / 64) <= QNN_SIGN_WINDOW;
}

bool trainer_counts_signs(const struct model_node *node)
{
    const bool possible =
        node->op == OP_DENSE || (node->op == OP_CONV && node->conv.groups == 1 && pads_with_signs(node));
    return possible && !node_bias(node) && has_sign_weights(node) && is_signs(node->inputs[0]) && fits(node);
}

static size_t words(const struct emitter *e, const struct model_node *node)
{
    const struct extent at = extent_of(node);
    return QNN_SIGN_WORK((size_t)e->model->train.batch * (size_t)at.height * (size_t)at.width, taps_of(&at), at.inputs,
                         node_outputs(node));
}

void trainer_sign_work(struct emitter *e)
{
    const struct step *most = NULL;
    for (size_t i = 0; i < e->step_count; i++)
        if (trainer_counts_signs(e->steps[i].node) && (!most || words(e, e->steps[i].node) > words(e, most->node)))
            most = &e->steps[i];
    if (!most)
        return;
    const struct extent at = extent_of(most->node);
    const bool dense = most->node->op == OP_DENSE;
    const char *positions =
        dense ? "BATCH, 1"
              : trainer_format(e, "BATCH * %d * %d, %d * %d", at.height, at.width, at.kernel_height, at.kernel_width);
    trainer_line(e, 1, "/* Layers between signs pack their bits here, one after the other. */");
    trainer_member(e, 1, "uint64_t", "sign_work",
                   trainer_format(e, "QNN_SIGN_WORK(%s, %s, %s)", positions,
                                  dense ? most->in[0]->size->name : most->in[0]->channels->name,
                                  most->out->channels->name),
                   words(e, most->node), sizeof(uint64_t));
    trainer_blank(e);
}
