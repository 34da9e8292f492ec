/* conv: its geometry, both passes. Where it pads with a value whose code is another number, the deployed network has
 * its own geometry. Few bits are counted (bits.c), and plain 3x3 kernels train by minimal filtering, which takes work
 * memory (runtime/ops/conv.h). */
#include "backend/c/trainer_emit.h"

#include "runtime/numeric/work.h"

static void table(struct emitter *e, const struct step *step, const char *name, double pad_value)
{
    const struct model_node *node = step->node;
    trainer_line(e, 0, "static const struct qnn_conv %s = {", name);
    trainer_line(e, 1, ".window = {");
    trainer_window(e, 2, &node->conv.window, step->in[0]->shape, step->out->shape);
    trainer_line(e, 1, "},");
    trainer_line(e, 1, ".inputs = %s, .outputs = %s, .groups = %d, .pad_value = %s,", step->in[0]->channels->name,
                 step->out->channels->name, node->conv.groups, trainer_float(e, pad_value));
    trainer_line(e, 0, "};");
}

static const struct unit_plan *unit_of(const struct emitter *e, const struct step *step)
{
    for (size_t i = 0; e->plan && i < e->plan->unit_count; i++)
        if (e->plan->units[i].linear == step->node)
            return &e->plan->units[i];
    return NULL;
}

static void geometry(struct emitter *e, const struct step *step)
{
    const struct unit_plan *unit = unit_of(e, step);
    table(e, step, trainer_format(e, "%s_geometry", step->member), step->node->conv.pad_value);
    if (unit && trainer_conv_pads_codes(step->node, unit))
        table(e, step, trainer_format(e, "%s_geometry_codes", step->member), unit->pad_code);
}

/* Whether QNN_CONV_WORK means anything to a convolution. */
static bool takes_work(const struct model_node *node)
{
    const struct model_window *w = &node->conv.window;
    return node->op == OP_CONV && node->conv.groups == 1 && w->kernel_height == 3 && w->kernel_width == 3 &&
           w->stride_height == 1 && w->stride_width == 1 && w->dilation == 1 &&
           node->conv.inputs >= QNN_CONV_WORK_CHANNELS && node->conv.outputs >= QNN_CONV_WORK_CHANNELS;
}

const struct step *trainer_conv_work(const struct emitter *e)
{
    const struct step *most = NULL;
    for (size_t i = 0; i < e->step_count; i++) {
        const struct model_node *node = e->steps[i].node;
        if (takes_work(node) && (!most || QNN_CONV_WORK(node->conv.inputs, node->conv.outputs) >
                                              QNN_CONV_WORK(most->node->conv.inputs, most->node->conv.outputs)))
            most = &e->steps[i];
    }
    return most;
}

static bool uses_mode(struct emitter *e, const struct step *step)
{
    return takes_work(step->node) && !trainer_bits(e, step->node, false);
}

/* Whether training sees real numbers where the deployed network has codes. */
static bool is_real(const struct model_node *input)
{
    const struct model_node *origin = trainer_origin(input);
    return origin->op == OP_ACTIVATION && !activation_quantizes(&origin->activation.function);
}

static void forward(struct emitter *e, const struct step *step)
{
    const char *bits = trainer_bits(e, step->node, false);
    if (bits) {
        trainer_line(e, 1, "qnn_conv_bits_forward(BATCH, &%s_geometry, %s, %s, %s, %s, net->bit_work);", step->member,
                     bits, step->in[0]->place, trainer_linear_weights(e, step), step->out->place);
        return;
    }
    if (!takes_work(step->node)) {
        trainer_line(e, 1, "qnn_conv_forward(BATCH, &%s_geometry, %s, %s, %s, %s);", step->member, step->in[0]->place,
                     trainer_linear_weights(e, step), trainer_linear_bias(e, step), step->out->place);
        return;
    }
    trainer_line(e, 1,
                 "qnn_conv_train_forward(BATCH, &%s_geometry, %s, %s, %s, %s, %s, mode == QNN_EVALUATE ? NULL : "
                 "net->conv_work);",
                 step->member, is_real(step->node->inputs[0]) ? "QNN_SUMS_ROUNDED" : "QNN_SUMS_EXACT",
                 step->in[0]->place, trainer_linear_weights(e, step), trainer_linear_bias(e, step), step->out->place);
}

static void backward(struct emitter *e, const struct step *step)
{
    const bool work = takes_work(step->node);
    trainer_line(e, 1, "qnn_conv_%sbackward(BATCH, &%s_geometry, %s, %s, %s, %s, net->%s.dweight, %s%s);",
                 work ? "train_" : "", step->member, step->in[0]->place, trainer_linear_weights(e, step),
                 trainer_dy(e, step), trainer_dx(e, step, 0), step->member, trainer_linear_dbias(e, step),
                 work ? ", net->conv_work" : "");
}

bool trainer_conv_pads_codes(const struct model_node *node, const struct unit_plan *unit)
{
    return node->conv.window.pads && node->conv.pad_value != (double)unit->pad_code;
}

const struct trainer_op trainer_conv = {
    TRAINER_LINEAR_PARTS, .geometry = geometry, .uses_mode = uses_mode, .forward = forward, .backward = backward,
};
