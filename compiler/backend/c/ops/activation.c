/* Activations that stand alone; the names and quantizers of those that a batch norm takes with it. */
#include "backend/c/trainer_emit.h"

static const char *const ste_names[STE_KIND_COUNT] = {
    [STE_CLIPPED] = "QNN_STE_CLIPPED",
    [STE_RELU] = "QNN_STE_RELU",
    [STE_IDENTITY] = "QNN_STE_IDENTITY",
};

void trainer_activation_members(struct emitter *e, const struct model_node *node, const struct step *step)
{
    trainer_line(e, 1, "struct {");
    trainer_line(e, 2, "struct qnn_activation function;");
    trainer_value_member(e, step->out);
    trainer_line(e, 1, "} %s;", trainer_member_name(e, node->identifier));
}

const char *trainer_activation_constants(struct emitter *e, const struct activation_scheme *function)
{
    int count = QNN_MOST_ARGUMENTS;
    while (count > 1 && function->arguments.number[count - 1] == 0)
        count--;
    const char *list = trainer_double(e, function->arguments.number[0]);
    for (int i = 1; i < count; i++)
        list = trainer_format(e, "%s, %s", list, trainer_double(e, function->arguments.number[i]));
    return trainer_format(e, "qnn_activation(QNN_ACTIVATION_%s, %s, QNN_ARGUMENTS(%s))", function->form->identifier,
                          ste_names[function->ste], list);
}

void trainer_activation_setup(struct emitter *e, const struct model_node *node)
{
    trainer_line(e, 1, "net->%s.function = %s;", trainer_member_name(e, node->identifier),
                 trainer_activation_constants(e, &node->activation.function));
}

const char *trainer_activation_function(struct emitter *e, const struct model_node *node)
{
    return trainer_format(e, "&net->%s.function", trainer_member_name(e, node->identifier));
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
    trainer_line(e, 1, "qnn_%s_forward(BATCH * %s, %s, %s, %s);", step->node->activation.function.form->name,
                 step->out->size->name, trainer_activation_function(e, step->node), step->in[0]->place,
                 step->out->place);
}

static void backward(struct emitter *e, const struct step *step)
{
    trainer_line(e, 1, "qnn_%s_backward(BATCH * %s, %s, %s, %s, %s);", step->node->activation.function.form->name,
                 step->out->size->name, trainer_activation_function(e, step->node), step->in[0]->place,
                 trainer_dy(e, step), trainer_dx(e, step, 0));
}

const struct trainer_op trainer_activation = {
    .members = members,
    .setup = setup,
    .forward = forward,
    .backward = backward,
};
