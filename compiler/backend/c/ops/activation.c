/* Standalone activations, with the scalars that they learn; the constants of those that a batch norm takes with it. */
#include "backend/c/trainer_emit.h"

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
                          row_constant(GROUP_STE, (int)function->ste), list);
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

/* ---- Learned scalars --------------------------------------------------------------------------------------------- */

static const struct qnn_activation_form *form_of(const struct step *step)
{
    return step->node->activation.function.form;
}

/* Under adam a step has the size of the rate: the parameter's own size scales it. */
static struct parameter_text learned_parameter(struct emitter *e, const struct step *step, int index)
{
    const struct qnn_learned *learned = &form_of(step)->learned[index];
    const bool adaptive = e->model->train.optimizer != OPTIMIZER_SGD;
    return (struct parameter_text){
        .name = learned->name,
        .units = "1",
        .inputs = "1",
        .count = "1",
        .shape = "1",
        .elements = 1,
        .lr_scale = adaptive ? (double)learned->start(&step->node->activation.function.arguments) : 1,
    };
}

static const char *learned_form(struct emitter *e, const struct step *step, int index)
{
    return trainer_format(e, "qnn_activation_forms[QNN_ACTIVATION_%s]->learned[%d]", form_of(step)->identifier, index);
}

static void use_learned(struct emitter *e, const struct step *step)
{
    for (int i = 0; i < form_of(step)->learned_count; i++)
        trainer_line(e, 1, "%s.set(%s, net->%s.%s[0]);", learned_form(e, step, i),
                     trainer_activation_function(e, step->node), step->member, form_of(step)->learned[i].name);
}

static void update(struct emitter *e, const struct step *step)
{
    for (int i = 0; i < form_of(step)->learned_count; i++)
        trainer_parameter_update(e, step, form_of(step)->learned[i].name);
    use_learned(e, step);
}

static void initialise(struct emitter *e, const struct step *step)
{
    const struct activation_scheme *function = &step->node->activation.function;
    for (int i = 0; i < form_of(step)->learned_count; i++)
        trainer_line(e, 1, "net->%s.%s[0] = %s;", step->member, form_of(step)->learned[i].name,
                     trainer_float(e, (double)form_of(step)->learned[i].start(&function->arguments)));
}

static void tensors(struct emitter *e, const struct step *step)
{
    for (int i = 0; i < form_of(step)->learned_count; i++) {
        const struct parameter_text parameter = learned_parameter(e, step, i);
        trainer_parameter_tensors(e, step, &parameter);
    }
}

static void learners(struct emitter *e, const struct step *step)
{
    for (int i = 0; i < form_of(step)->learned_count; i++)
        trainer_parameter_learner(e, step, form_of(step)->learned[i].name);
}

/* ---- A standalone activation ------------------------------------------------------------------------------------- */

static void members(struct emitter *e, const struct step *step)
{
    trainer_line(e, 1, "struct {");
    trainer_line(e, 2, "struct qnn_activation function;");
    for (int i = 0; i < form_of(step)->learned_count; i++) {
        const struct parameter_text parameter = learned_parameter(e, step, i);
        trainer_parameter_members(e, &parameter);
    }
    trainer_value_member(e, step->out);
    trainer_line(e, 1, "} %s;", step->member);
}

static void setup(struct emitter *e, const struct step *step)
{
    trainer_activation_setup(e, step->node);
    for (int i = 0; i < form_of(step)->learned_count; i++) {
        const struct parameter_text parameter = learned_parameter(e, step, i);
        trainer_parameter_setup(e, step, &parameter);
    }
}

static void forward(struct emitter *e, const struct step *step)
{
    trainer_line(e, 1, "qnn_%s_forward(BATCH * %s, %s, %s, %s);", form_of(step)->name, step->out->size->name,
                 trainer_activation_function(e, step->node), step->in[0]->place, step->out->place);
}

/* Of the learned scalars first: the gradient of the operand may take the place of that of the result. */
static void backward(struct emitter *e, const struct step *step)
{
    const char *function = trainer_activation_function(e, step->node);
    for (int i = 0; i < form_of(step)->learned_count; i++)
        trainer_line(e, 1, "qnn_learned_gradient(BATCH * %s, &%s, %s, %s, %s, net->%s.d%s);", step->out->size->name,
                     learned_form(e, step, i), function, step->in[0]->place, trainer_dy(e, step), step->member,
                     form_of(step)->learned[i].name);
    if (step->learns_below)
        trainer_line(e, 1, "qnn_%s_backward(BATCH * %s, %s, %s, %s, %s);", form_of(step)->name, step->out->size->name,
                     function, step->in[0]->place, trainer_dy(e, step), trainer_dx(e, step, 0));
}

const struct trainer_op trainer_activation = {
    .members = members,
    .setup = setup,
    .initialise = initialise,
    .prepare = use_learned,
    .forward = forward,
    .backward = backward,
    .update = update,
    .evaluation = use_learned,
    .tensors = tensors,
    .learners = learners,
};
