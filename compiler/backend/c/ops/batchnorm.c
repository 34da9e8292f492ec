/* batchnorm, alone or in one pass with the activation after it. A stochastic network keeps two sets of statistics. */
#include "backend/c/trainer_emit.h"

static size_t channels(const struct step *step)
{
    return step->out->channels->value;
}

static struct parameter_text vector(const struct step *step, const char *name)
{
    return (struct parameter_text){
        .name = name,
        .units = "1",
        .inputs = step->out->channels->name,
        .count = step->out->channels->name,
        .shape = step->out->channels->name,
        .elements = channels(step),
        .lr_scale = 1,
    };
}

static void vector_member(struct emitter *e, const struct step *step, const char *type, const char *name, size_t size)
{
    trainer_member(e, 2, type, name, step->out->channels->name, channels(step), size);
}

static void members(struct emitter *e, const struct step *step)
{
    const struct parameter_text gamma = vector(step, "gamma"), beta = vector(step, "beta");
    trainer_line(e, 1, "struct {");
    trainer_line(e, 2, "struct qnn_batchnorm norm;");
    trainer_parameter_members(e, &gamma);
    trainer_parameter_members(e, &beta);
    vector_member(e, step, "float", "mean variance", sizeof(float));
    if (e->stochastic)
        vector_member(e, step, "float", "mean_real variance_real", sizeof(float));
    vector_member(e, step, "float", "batch_mean batch_inverse", sizeof(float));
    vector_member(e, step, "double", "sum_mean sum_variance", sizeof(double));
    if (!step->activation)
        trainer_value_member(e, step->out);
    trainer_line(e, 1, "} %s;", step->member);
    if (step->activation)
        trainer_activation_members(e, step->activation, step);
}

static void setup(struct emitter *e, const struct step *step)
{
    const struct parameter_text gamma = vector(step, "gamma"), beta = vector(step, "beta");
    const char *m = step->member;
    trainer_parameter_setup(e, step, &gamma);
    trainer_parameter_setup(e, step, &beta);
    trainer_line(e, 1, "net->%s.norm = (struct qnn_batchnorm){", m);
    trainer_line(e, 2, ".gamma = net->%s.gamma, .beta = net->%s.beta,", m, m);
    trainer_line(e, 2, ".dgamma = net->%s.dgamma, .dbeta = net->%s.dbeta,", m, m);
    trainer_line(e, 2, ".mean = net->%s.mean, .variance = net->%s.variance,", m, m);
    trainer_line(e, 2, ".batch_mean = net->%s.batch_mean, .batch_inverse = net->%s.batch_inverse,", m, m);
    trainer_line(e, 2, ".sum_mean = net->%s.sum_mean, .sum_variance = net->%s.sum_variance,", m, m);
    trainer_line(e, 2, ".eps = %s, .momentum = %s,", trainer_float(e, step->node->batchnorm.eps),
                 trainer_float(e, step->node->batchnorm.momentum));
    trainer_line(e, 1, "};");
    if (step->activation)
        trainer_activation_setup(e, step->activation);
}

static void initialise(struct emitter *e, const struct step *step)
{
    trainer_line(e, 1, "qnn_initial_batchnorm(&net->%s.norm, %s);", step->member, step->out->channels->name);
}

/* "_relu" where the activation is fused, and its constants as an argument of the kernels. */
static const char *fused_name(struct emitter *e, const struct step *step)
{
    return step->activation ? trainer_format(e, "_%s", step->activation->activation.function.form->name) : "";
}

static const char *fused_function(struct emitter *e, const struct step *step)
{
    return step->activation ? trainer_format(e, "%s, ", trainer_activation_function(e, step->activation)) : "";
}

static void forward(struct emitter *e, const struct step *step)
{
    trainer_line(e, 1, "qnn_batchnorm%s_forward(%s, %s, %s, &net->%s.norm, %s%s, mode);", fused_name(e, step),
                 trainer_rows(e, step->out->shape), step->out->channels->name, step->in[0]->place, step->member,
                 fused_function(e, step), step->out->place);
}

static void backward(struct emitter *e, const struct step *step)
{
    trainer_line(e, 1, "qnn_batchnorm%s_backward(%s, %s, %s, &net->%s.norm, %s%s, %s);", fused_name(e, step),
                 trainer_rows(e, step->out->shape), step->out->channels->name, step->in[0]->place, step->member,
                 fused_function(e, step), trainer_dy(e, step), trainer_dx(e, step, 0));
}

static void update(struct emitter *e, const struct step *step)
{
    trainer_parameter_update(e, step, "gamma");
    trainer_parameter_update(e, step, "beta");
}

static void estimate_begin(struct emitter *e, const struct step *step)
{
    trainer_line(e, 1, "qnn_batchnorm_estimate_begin(&net->%s.norm, %s);", step->member, step->out->channels->name);
}

static void estimate_end(struct emitter *e, const struct step *step)
{
    trainer_line(e, 1, "qnn_batchnorm_estimate_end(&net->%s.norm, %s);", step->member, step->out->channels->name);
}

static void use_statistics(struct emitter *e, const struct step *step, const char *suffix)
{
    const char *m = step->member;
    trainer_line(e, 1, "net->%s.norm.mean = net->%s.mean%s;", m, m, suffix);
    trainer_line(e, 1, "net->%s.norm.variance = net->%s.variance%s;", m, m, suffix);
}

static void real_view(struct emitter *e, const struct step *step)
{
    use_statistics(e, step, "_real");
}

static void code_view(struct emitter *e, const struct step *step)
{
    use_statistics(e, step, "");
}

static void statistics_rows(struct emitter *e, const struct step *step, const char *suffix)
{
    static const char *const names[] = {"mean", "variance"}, *const limits[] = {"", ", 0, INFINITY"};
    for (int i = 0; i < 2; i++) {
        const char *name = trainer_format(e, "%s%s", names[i], suffix);
        trainer_tensor_row(e, step->node->name, name, trainer_format(e, "%s.%s", step->member, name), "F32",
                           step->out->channels->name, "BOTH", limits[i]);
    }
}

static void tensors(struct emitter *e, const struct step *step)
{
    const struct parameter_text gamma = vector(step, "gamma"), beta = vector(step, "beta");
    trainer_parameter_tensors(e, step, &gamma);
    trainer_parameter_tensors(e, step, &beta);
    statistics_rows(e, step, "");
    if (e->stochastic)
        statistics_rows(e, step, "_real");
}

static void learners(struct emitter *e, const struct step *step)
{
    trainer_parameter_learner(e, step, "gamma");
    trainer_parameter_learner(e, step, "beta");
}

static bool uses_mode(struct emitter *e, const struct step *step)
{
    (void)e;
    (void)step;
    return true;
}

const struct trainer_op trainer_batchnorm = {
    .members = members,
    .setup = setup,
    .initialise = initialise,
    .uses_mode = uses_mode,
    .forward = forward,
    .backward = backward,
    .update = update,
    .estimate_begin = estimate_begin,
    .estimate_end = estimate_end,
    .real_view = real_view,
    .code_view = code_view,
    .tensors = tensors,
    .learners = learners,
};
