/* Activations that stand alone; the names and quantizers of those that a batch norm takes with it. */
#include "backend/c/trainer_emit.h"

static const char *const ste_names[STE_KIND_COUNT] = {
    [STE_CLIPPED] = "QNN_STE_CLIPPED",
    [STE_RELU] = "QNN_STE_RELU",
    [STE_IDENTITY] = "QNN_STE_IDENTITY",
};

const char *const trainer_activation_function_names[ACTIVATION_KIND_COUNT] = {
    [ACT_RELU] = "relu",
    [ACT_SIGN] = "sign",
    [ACT_HARDTANH] = "hardtanh",
    [ACT_UINT] = "uint",
};

void trainer_activation_members(struct emitter *e, const struct model_node *node, const struct step *step)
{
    trainer_line(e, 1, "struct {");
    if (node->activation.function.kind == ACT_UINT)
        trainer_line(e, 2, "struct qnn_quantizer quantizer;");
    trainer_value_member(e, step->out);
    trainer_line(e, 1, "} %s;", trainer_member_name(e, node->identifier));
}

void trainer_activation_setup(struct emitter *e, const struct model_node *node)
{
    const struct activation_scheme *function = &node->activation.function;
    if (function->kind == ACT_UINT)
        trainer_line(e, 1, "net->%s.quantizer = qnn_quantizer_uint(%d, %s);", trainer_member_name(e, node->identifier),
                     activation_bits(function), trainer_float(e, activation_clip(function)));
}

const char *trainer_activation_quantizer(struct emitter *e, const struct model_node *node)
{
    const bool uint = node->activation.function.kind == ACT_UINT;
    return uint ? trainer_format(e, "&net->%s.quantizer, ", trainer_member_name(e, node->identifier)) : "";
}

const char *trainer_activation_ste(struct emitter *e, const struct model_node *node)
{
    const struct activation_scheme *function = &node->activation.function;
    const bool quantizer = function->kind == ACT_UINT || function->kind == ACT_SIGN;
    return quantizer ? trainer_format(e, "%s, ", ste_names[function->ste]) : "";
}

static const char *function_name(const struct step *step)
{
    return trainer_activation_function_names[step->node->activation.function.kind];
}

static void members(struct emitter *e, const struct step *step)
{
    trainer_activation_members(e, step->node, step);
}

static void setup(struct emitter *e, const struct step *step)
{
    trainer_activation_setup(e, step->node);
}

static void forward(struct emitter *e, const struct step *step)
{
    trainer_line(e, 1, "qnn_%s_forward(BATCH * %s, %s%s, %s);", function_name(step), step->out->size->name,
                 trainer_activation_quantizer(e, step->node), step->in[0]->place, step->out->place);
}

static void backward(struct emitter *e, const struct step *step)
{
    trainer_line(e, 1, "qnn_%s_backward(BATCH * %s, %s%s%s, %s, %s);", function_name(step), step->out->size->name,
                 trainer_activation_quantizer(e, step->node), trainer_activation_ste(e, step->node), step->in[0]->place,
                 trainer_dy(e, step), trainer_dx(e, step, 0));
}

const struct trainer_op trainer_activation = {
    .members = members,
    .setup = setup,
    .forward = forward,
    .backward = backward,
};
