/* What dense and conv share: weights of any kind, bias; their integers where the network is deployed. */
#include "backend/c/trainer_emit.h"

#include "model/table.h"

#include <math.h>

static const struct weight_scheme *scheme_of(const struct step *step)
{
    return &step->node->scheme->weights;
}

static bool is_quantized(const struct step *step)
{
    return scheme_of(step)->quantizer.form != NULL;
}

static bool is_drawn(const struct step *step)
{
    return qnn_weight_draws(&scheme_of(step)->quantizer);
}

static bool is_deployed(const struct emitter *e, const struct step *step)
{
    return e->plan && is_quantized(step);
}

/* Products that an output value is the sum of, and products that an input value takes part in (of a convolution, away from
 * the borders and with stride 1, as Glorot's rule is used everywhere). */
static double fan_in(const struct step *step)
{
    return node_products(step->node);
}

static double fan_out(const struct step *step)
{
    const struct model_node *node = step->node;
    if (!node_has(node, TRAIT_WINDOW))
        return node->dense.units;
    const struct model_window *window = &node->conv.window;
    return (double)window->kernel_height * window->kernel_width * node->conv.outputs / node->conv.groups;
}

/* Glorot's standard deviation for uniform weights, sqrt(1.5 / (fan in + fan out)): BinaryConnect's unit of size. */
static double glorot(const struct step *step)
{
    return sqrt(1.5 / (fan_in(step) + fan_out(step)));
}

/* What follows from the layer's size is filled in. */
static struct qnn_weight_quantizer quantizer_of(const struct step *step)
{
    struct qnn_weight_quantizer quantizer = scheme_of(step)->quantizer;
    if (quantizer.form && quantizer.form->settle)
        quantizer.form->settle(&quantizer.arguments, glorot(step));
    return quantizer;
}

static double bound(const struct step *step)
{
    const double given = step->node->scheme->bound;
    const struct qnn_weight_quantizer quantizer = quantizer_of(step);
    return given > 0 || !quantizer.form || !quantizer.form->bound ? given : quantizer.form->bound(&quantizer.arguments);
}

/* Without a rule of the form's own weights start uniform over Glorot's range, 2g = sqrt(6 / (in + out)). */
static double initial_limit(const struct step *step)
{
    const struct qnn_weight_quantizer quantizer = quantizer_of(step);
    const bool own = quantizer.form && quantizer.form->initial;
    const double limit = own ? quantizer.form->initial(&quantizer.arguments) : 2 * glorot(step);
    return bound(step) > 0 ? fmin(limit, bound(step)) : limit;
}

static double lr_scale(const struct emitter *e, const struct step *step)
{
    const double g = glorot(step);
    const double scales[LR_FACTOR_KIND_COUNT] = {
        [LR_FACTOR_NUMBER] = e->model->train.weight_lr_value,
        [LR_FACTOR_GLOROT] = 1 / g,
        [LR_FACTOR_GLOROT2] = 1 / (g * g),
    };
    return scales[e->model->train.weight_lr];
}

/* {&qnn_weight_binary, {{0, 0, 1.0}}}: the form and the numbers of its row. */
static const char *quantizer(struct emitter *e, const struct step *step)
{
    const struct callable *row = scheme_of(step)->row;
    const struct qnn_weight_quantizer settled = quantizer_of(step);
    const char *numbers = "";
    for (size_t i = 0; i < parameter_count(row); i++)
        numbers = trainer_format(e, "%s%s%s", numbers, i ? ", " : "", trainer_double(e, settled.arguments.number[i]));
    return trainer_format(e, "{&%s, {{%s}}}", row->constant, numbers);
}

/* Channels that a window of a convolution covers, as the last factor of its products: NULL where it is one. */
static const char *group_channels(struct emitter *e, const struct step *step)
{
    const int channels = step->node->conv.inputs / step->node->conv.groups;
    const char *inputs = step->in[0]->channels->name;
    if (step->node->conv.groups == 1)
        return inputs;
    return channels > 1 ? trainer_format(e, "%s / %d", inputs, step->node->conv.groups) : NULL;
}

const char *trainer_linear_products(struct emitter *e, const struct step *step)
{
    if (!node_has(step->node, TRAIT_WINDOW))
        return step->in[0]->size->name;
    const struct model_window *window = &step->node->conv.window;
    const char *channels = group_channels(e, step);
    if (channels && window->kernel_height == 1 && window->kernel_width == 1)
        return channels;
    return trainer_format(e, channels ? "%d * %d * %s" : "%d * %d", window->kernel_height, window->kernel_width,
                          channels);
}

/* As stored: a convolution's weights are [outputs][kernel row][kernel column][channel of the group]. */
static const char *stored_shape(struct emitter *e, const struct step *step)
{
    if (!node_has(step->node, TRAIT_WINDOW))
        return trainer_format(e, "%s, %s", step->out->size->name, step->in[0]->size->name);
    const struct model_window *window = &step->node->conv.window;
    const char *channels = group_channels(e, step);
    return trainer_format(e, "%s, %d, %d, %s", step->out->channels->name, window->kernel_height, window->kernel_width,
                          channels ? channels : "1");
}

const char *trainer_linear_weight_count(struct emitter *e, const struct step *step)
{
    if (step->weights)
        return step->weights->name;
    return trainer_format(e, "%s * %s", step->out->channels->name, trainer_linear_products(e, step));
}

static struct parameter_text weight(struct emitter *e, const struct step *step)
{
    return (struct parameter_text){
        .name = "weight",
        .units = step->out->channels->name,
        .inputs = trainer_linear_products(e, step),
        .count = trainer_linear_weight_count(e, step),
        .shape = stored_shape(e, step),
        .elements = (size_t)node_outputs(step->node) * (size_t)node_products(step->node),
        .idle_use = is_deployed(e, step) ? "integer" : NULL,
        .effective = is_quantized(step) ? trainer_format(e, "net->%s.effective", step->member) : NULL,
        .quantizer = is_quantized(step) ? quantizer(e, step) : NULL,
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
        .inputs = step->out->channels->name,
        .count = step->out->channels->name,
        .shape = step->out->channels->name,
        .elements = (size_t)node_outputs(step->node),
        .lr_scale = 1,
    };
}

/* How many scales the layer has. */
static size_t scales(const struct step *step)
{
    return qnn_weight_groups(&scheme_of(step)->quantizer, (size_t)node_outputs(step->node));
}

const char *trainer_linear_scales(const struct step *step)
{
    return scales(step) > 1 ? step->out->channels->name : "1";
}

void trainer_linear_members(struct emitter *e, const struct step *step)
{
    const struct parameter_text w = weight(e, step), b = bias(step);
    trainer_line(e, 1, "struct {");
    trainer_parameter_members(e, &w);
    if (is_quantized(step))
        trainer_member(e, 2, "float", "effective", w.count, w.elements, sizeof(float));
    if (is_drawn(step))
        trainer_line(e, 2, "const float *weights; /* what forward multiplies by: effective, or the real weights */");
    if (is_deployed(e, step)) {
        trainer_member(e, 2, "int8_t", "code", w.count, w.elements, sizeof(int8_t));
        trainer_member(e, 2, "float", "scale", trainer_linear_scales(step), scales(step), sizeof(float));
    }
    if (node_bias(step->node))
        trainer_parameter_members(e, &b);
    trainer_value_member(e, step->out);
    trainer_line(e, 1, "} %s;", step->member);
}

void trainer_linear_setup(struct emitter *e, const struct step *step)
{
    const struct parameter_text w = weight(e, step), b = bias(step);
    trainer_parameter_setup(e, step, &w);
    if (node_bias(step->node))
        trainer_parameter_setup(e, step, &b);
}

void trainer_linear_initialise(struct emitter *e, const struct step *step)
{
    trainer_line(e, 1, "qnn_initial_uniform(&net->%s.weight_learner, seed, %s);", step->member,
                 trainer_float(e, initial_limit(step)));
}

void trainer_linear_prepare(struct emitter *e, const struct step *step)
{
    if (is_quantized(step))
        trainer_line(e, 1, "qnn_parameter_prepare(&net->optimizer, &net->%s.weight_learner);", step->member);
}

const char *trainer_linear_weights(struct emitter *e, const struct step *step)
{
    const char *name = is_drawn(step) ? "weights" : is_quantized(step) ? "effective" : "weight";
    return trainer_format(e, "net->%s.%s", step->member, name);
}

const char *trainer_linear_bias(struct emitter *e, const struct step *step)
{
    return node_bias(step->node) ? trainer_format(e, "net->%s.bias", step->member) : "NULL";
}

const char *trainer_linear_dbias(struct emitter *e, const struct step *step)
{
    return node_bias(step->node) ? trainer_format(e, "net->%s.dbias", step->member) : "NULL";
}

void trainer_linear_update(struct emitter *e, const struct step *step)
{
    trainer_parameter_update(e, step, "weight");
    if (node_bias(step->node))
        trainer_parameter_update(e, step, "bias");
}

void trainer_linear_real_view(struct emitter *e, const struct step *step)
{
    if (is_drawn(step))
        trainer_line(e, 1, "net->%s.weights = net->%s.weight;", step->member, step->member);
}

void trainer_linear_code_view(struct emitter *e, const struct step *step)
{
    if (is_drawn(step))
        trainer_line(e, 1, "net->%s.weights = net->%s.effective;", step->member, step->member);
}

void trainer_linear_evaluation(struct emitter *e, const struct step *step)
{
    if (!is_quantized(step))
        return;
    const char *m = step->member;
    trainer_line(e, 1,
                 "qnn_weights_effective(%s, %s, &net->%s.weight_learner.quantizer, NULL, net->%s.weight, "
                 "net->%s.effective);",
                 step->out->channels->name, trainer_linear_products(e, step), m, m, m);
}

void trainer_linear_codes(struct emitter *e, const struct step *step)
{
    if (!is_deployed(e, step))
        return;
    const char *m = step->member;
    trainer_line(e, 1,
                 "qnn_weights_freeze(%s, %s, &net->%s.weight_learner.quantizer, net->%s.weight, net->%s.code, "
                 "net->%s.scale);",
                 step->out->channels->name, trainer_linear_products(e, step), m, m, m, m);
}

void trainer_linear_deploy(struct emitter *e, const struct step *step)
{
    if (is_deployed(e, step))
        trainer_line(e, 1, "qnn_integer_weights(%s, net->%s.code, net->%s.integer);",
                     trainer_linear_weight_count(e, step), step->member, step->member);
}

void trainer_linear_tensors(struct emitter *e, const struct step *step)
{
    const struct parameter_text w = weight(e, step), b = bias(step);
    const char *layer = step->node->name;
    trainer_parameter_tensors(e, step, &w);
    if (node_bias(step->node))
        trainer_parameter_tensors(e, step, &b);
    if (!is_deployed(e, step))
        return;
    const struct qnn_weight_quantizer *by = &scheme_of(step)->quantizer;
    const struct qnn_code_type type = by->form->type(&by->arguments);
    trainer_tensor_row(e, layer, "code", trainer_format(e, "%s.code", step->member), "I8", w.shape, "FROZEN",
                       trainer_format(e, ", %d, %d", type.low, type.high));
    trainer_tensor_row(e, layer, "scale", trainer_format(e, "%s.scale", step->member), "F32",
                       trainer_linear_scales(step), "FROZEN", "");
}

void trainer_linear_learners(struct emitter *e, const struct step *step)
{
    trainer_parameter_learner(e, step, "weight");
    if (node_bias(step->node))
        trainer_parameter_learner(e, step, "bias");
}
