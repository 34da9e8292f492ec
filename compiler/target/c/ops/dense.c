/* dense: weights of any kind, bias, both products; its integer weights where the network is deployed. */
#include "target/c/trainer_emit.h"

#include <math.h>

static const struct weight_scheme *scheme_of(const struct step *step)
{
    return &step->node->scheme->weights;
}

static bool is_quantized(const struct step *step)
{
    return scheme_of(step)->kind != WEIGHT_FLOAT;
}

static bool is_deployed(const struct emitter *e, const struct step *step)
{
    return e->plan && is_quantized(step);
}

/* Glorot's standard deviation for uniform weights, sqrt(1.5 / (fan in + fan out)): BinaryConnect's unit of size. */
static double glorot(const struct step *step)
{
    return sqrt(1.5 / ((double)step->node->dense.inputs + step->node->dense.units));
}

static double magnitude(const struct step *step)
{
    const double h = scheme_of(step)->h;
    return h > 0 ? h : glorot(step);
}

static double bound(const struct step *step)
{
    const double given = step->node->scheme->bound;
    return given > 0 || scheme_of(step)->kind != WEIGHT_BINARY ? given : magnitude(step);
}

/* Binary layers start uniform over [-h, h] (arXiv 1511.00363), others over Glorot's range, 2g = sqrt(6 / (in + out)). */
static double initial_limit(const struct step *step)
{
    const double limit = scheme_of(step)->kind == WEIGHT_BINARY ? magnitude(step) : 2 * glorot(step);
    return bound(step) > 0 ? fmin(limit, bound(step)) : limit;
}

static double lr_scale(const struct emitter *e, const struct step *step)
{
    const double g = glorot(step);
    const double scales[WEIGHT_LR_KIND_COUNT] = {
        [WEIGHT_LR_NUMBER] = e->model->train.weight_lr_value,
        [WEIGHT_LR_GLOROT] = 1 / g,
        [WEIGHT_LR_GLOROT2] = 1 / (g * g),
    };
    return scales[e->model->train.weight_lr];
}

static const char *quantizer(struct emitter *e, const struct step *step, bool drawn)
{
    const struct weight_scheme *scheme = scheme_of(step);
    const char *scale = trainer_weight_scale_names[scheme->scale];
    if (scheme->kind == WEIGHT_TERNARY)
        return trainer_format(e, "{.kind = QNN_WEIGHT_TERNARY, .scale = %s, .delta = %s}", scale,
                              trainer_float(e, scheme->delta));
    return trainer_format(e, "{.kind = QNN_WEIGHT_BINARY%s, .scale = %s, .h = %s}", drawn ? "_STOCHASTIC" : "", scale,
                          trainer_float(e, magnitude(step)));
}

static struct parameter_text weight(struct emitter *e, const struct step *step)
{
    return (struct parameter_text){
        .name = "weight",
        .units = step->size,
        .inputs = step->in_size,
        .count = trainer_format(e, "%s * %s", step->size, step->in_size),
        .elements = (size_t)step->node->dense.units * (size_t)step->node->dense.inputs,
        .idle_use = is_deployed(e, step) ? "integer" : NULL,
        .effective = is_quantized(step) ? trainer_format(e, "net->%s.effective", step->member) : NULL,
        .quantizer = is_quantized(step) ? quantizer(e, step, scheme_of(step)->stochastic) : NULL,
        .lr_scale = lr_scale(e, step),
        .bound = bound(step),
        .decay = true,
    };
}

static struct parameter_text bias(const struct step *step)
{
    return (struct parameter_text){
        .name = "bias",
        .units = "1",
        .inputs = step->size,
        .count = step->size,
        .elements = step->size_value,
        .lr_scale = 1,
    };
}

static const char *scale_count(const struct step *step)
{
    return scheme_of(step)->scale == SCALE_CHANNEL ? step->size : "1";
}

static void members(struct emitter *e, const struct step *step)
{
    const struct parameter_text w = weight(e, step), b = bias(step);
    trainer_line(e, 1, "struct {");
    trainer_parameter_members(e, &w);
    if (is_quantized(step))
        trainer_member(e, 2, "float", "effective", w.count, w.elements, sizeof(float));
    if (scheme_of(step)->stochastic)
        trainer_line(e, 2, "const float *weights; /* what forward multiplies by: effective, or the real weights */");
    if (is_deployed(e, step)) {
        trainer_member(e, 2, "int8_t", "code", w.count, w.elements, sizeof(int8_t));
        trainer_member(e, 2, "float", "scale", scale_count(step),
                       scheme_of(step)->scale == SCALE_CHANNEL ? step->size_value : 1, sizeof(float));
    }
    if (step->node->dense.bias)
        trainer_parameter_members(e, &b);
    trainer_member(e, 2, "float", "y", trainer_format(e, "BATCH * %s", step->size),
                   (size_t)e->model->train.batch * step->size_value, sizeof(float));
    trainer_line(e, 1, "} %s;", step->member);
}

static void setup(struct emitter *e, const struct step *step)
{
    const struct parameter_text w = weight(e, step), b = bias(step);
    trainer_parameter_setup(e, step, &w);
    if (step->node->dense.bias)
        trainer_parameter_setup(e, step, &b);
}

static void initialise(struct emitter *e, const struct step *step)
{
    trainer_line(e, 1, "qnn_initial_uniform(&net->%s.weight_learner, seed, %s);", step->member,
                 trainer_float(e, initial_limit(step)));
}

static void prepare(struct emitter *e, const struct step *step)
{
    if (is_quantized(step))
        trainer_line(e, 1, "qnn_parameter_prepare(&net->optimizer, &net->%s.weight_learner);", step->member);
}

static const char *weights_of(struct emitter *e, const struct step *step)
{
    const char *name = scheme_of(step)->stochastic ? "weights" : is_quantized(step) ? "effective" : "weight";
    return trainer_format(e, "net->%s.%s", step->member, name);
}

static void forward(struct emitter *e, const struct step *step)
{
    const char *b = step->node->dense.bias ? trainer_format(e, "net->%s.bias", step->member) : "NULL";
    trainer_line(e, 1, "qnn_dense_forward(BATCH, %s, %s, %s, %s, %s, %s);", step->in_size, step->size, step->in,
                 weights_of(e, step), b, step->out);
}

static void backward(struct emitter *e, const struct step *step)
{
    const char *dx = step->learns_below ? trainer_format(e, "net->work.gradient[%d]", step->gradient_in) : "NULL";
    const char *db = step->node->dense.bias ? trainer_format(e, "net->%s.dbias", step->member) : "NULL";
    trainer_line(e, 1, "qnn_dense_backward(BATCH, %s, %s, %s, %s, net->work.gradient[%d], %s, net->%s.dweight, %s);",
                 step->in_size, step->size, step->in, weights_of(e, step), step->gradient_out, dx, step->member, db);
}

static void update(struct emitter *e, const struct step *step)
{
    trainer_parameter_update(e, step, "weight");
    if (step->node->dense.bias)
        trainer_parameter_update(e, step, "bias");
}

static void real_view(struct emitter *e, const struct step *step)
{
    if (scheme_of(step)->stochastic)
        trainer_line(e, 1, "net->%s.weights = net->%s.weight;", step->member, step->member);
}

static void code_view(struct emitter *e, const struct step *step)
{
    if (scheme_of(step)->stochastic)
        trainer_line(e, 1, "net->%s.weights = net->%s.effective;", step->member, step->member);
}

static void evaluation(struct emitter *e, const struct step *step)
{
    if (!is_quantized(step))
        return;
    trainer_line(
        e, 1,
        "qnn_weights_effective(%s, %s, &(struct qnn_weight_quantizer)%s, NULL, net->%s.weight, net->%s.effective);",
        step->size, step->in_size, quantizer(e, step, false), step->member, step->member);
}

static void codes(struct emitter *e, const struct step *step)
{
    if (!is_deployed(e, step))
        return;
    const struct weight_scheme *scheme = scheme_of(step);
    const bool ternary = scheme->kind == WEIGHT_TERNARY;
    trainer_line(e, 1, "qnn_weights_%s(%s, %s, net->%s.weight, %s, %s, net->%s.code, net->%s.scale);",
                 ternary ? "ternary" : "binary", step->size, step->in_size, step->member,
                 trainer_weight_scale_names[scheme->scale], trainer_float(e, ternary ? scheme->delta : magnitude(step)),
                 step->member, step->member);
}

static void deploy(struct emitter *e, const struct step *step)
{
    if (is_deployed(e, step))
        trainer_line(e, 1, "qnn_integer_weights(%s * %s, net->%s.code, net->%s.integer);", step->size, step->in_size,
                     step->member, step->member);
}

static void tensors(struct emitter *e, const struct step *step)
{
    const struct parameter_text w = weight(e, step), b = bias(step);
    const char *layer = step->node->name;
    trainer_parameter_tensors(e, step, &w);
    if (step->node->dense.bias)
        trainer_parameter_tensors(e, step, &b);
    if (!is_deployed(e, step))
        return;
    trainer_tensor_row(e, layer, "code", trainer_format(e, "%s.code", step->member), "I8",
                       trainer_format(e, "%s, %s", w.units, w.inputs), "FROZEN", ", -1, 1");
    trainer_tensor_row(e, layer, "scale", trainer_format(e, "%s.scale", step->member), "F32", scale_count(step),
                       "FROZEN", "");
}

static void learners(struct emitter *e, const struct step *step)
{
    trainer_parameter_learner(e, step, "weight");
    if (step->node->dense.bias)
        trainer_parameter_learner(e, step, "bias");
}

const struct trainer_op trainer_dense = {
    .members = members,
    .setup = setup,
    .initialise = initialise,
    .prepare = prepare,
    .forward = forward,
    .backward = backward,
    .update = update,
    .real_view = real_view,
    .code_view = code_view,
    .evaluation = evaluation,
    .codes = codes,
    .deploy = deploy,
    .tensors = tensors,
    .learners = learners,
};
