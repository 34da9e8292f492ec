/*
 * Cutting the model into units: structure only, no weights.
 *
 * The nodes are walked in their order. A dense layer or a convolution opens a unit, and so does whatever else comes
 * after a quantizer; batch norms and float activations become its stages; a quantizer, a join or the output closes it.
 * A max pool in an open unit is put after it; an average pool closes it without a quantizer. flatten and dropout
 * vanish: the layout is channel-last already and dropout is the identity in evaluation. A mistake is reported where it
 * is and its value is dead, so that each layer speaks for itself and nothing is said twice.
 */
#include "integer/cut_unit.h"
#include "integer/names.h"
#include "integer/ranges.h"

#include "base/require.h"

#include <math.h>

/* ---- Complaints -------------------------------------------------------------------------------------------------- */

/* The open unit holds a float activation that nothing quantizes before `reader`. */
static void report_float_activation(struct cutter *cutter, const struct cut_value *value,
                                    const struct model_node *reader)
{
    const struct model_node *node = value->activation;
    const struct qnn_activation_form *form = node->activation.function.form;
    cut_refuse(cutter, DIAGNOSTIC_FLOAT_ACTIVATION, node, "the %s '%s' reaches '%s' in float", form->name, node->name,
               reader->name);
    const char *deploy = model_deploy_names(cutter->arena, form);
    sink_hint(cutter->sink, "%sput a `quantize(...)` after it: %s",
              deploy[0] ? arena_printf(cutter->arena, "give its scheme a `deploy` (%s), or ", deploy) : "",
              model_quantizer_names(cutter->arena));
    sink_note(cutter->sink, reader->span, "'%s' reads it", reader->name);
}

/* An f32 input has no codes: the first operator that needs them says so, once. False: the value is dead. */
static bool require_codes(struct cutter *cutter, struct cut_value *value, const struct model_node *reader)
{
    if (!value->float_input)
        return !value->dead;
    value->dead = true;
    value->float_input = false;
    cut_refuse(cutter, DIAGNOSTIC_FLOAT_INPUT, cutter->model->nodes[0],
               "the f32 input reaches '%s' without a quantizer", reader->name);
    sink_hint(cutter->sink, "put a `quantize(...)` after the input: %s", model_quantizer_names(cutter->arena));
    sink_note(cutter->sink, reader->span, "'%s' needs integer codes", reader->name);
    return false;
}

static void report_missing_quantizer(struct cutter *cutter, const struct model_node *linear,
                                     const struct model_node *reader)
{
    cut_refuse(cutter, DIAGNOSTIC_MISSING_QUANTIZER, reader,
               node_has_weights(reader) ? "no quantizer between the linear layers '%s' and '%s'"
                                        : "no quantizer between '%s' and '%s'",
               linear->name, reader->name);
    sink_hint(cutter->sink, "put a `quantize(...)` between them: %s; or an activation with `deploy`",
              model_quantizer_names(cutter->arena));
    sink_note(cutter->sink, linear->span, "'%s' is here", linear->name);
}

/* What is open, or raw, before a layer that needs codes has no quantizer after it: one error says what and where. */
static void report_unquantized(struct cutter *cutter, const struct cut_value *value, const struct model_node *reader)
{
    const struct model_node *linear = value->open ? value->unit.linear : value->scaled_by;
    if (value->open && !linear)
        linear = value->unit.scaled_by;
    if (value->open && value->activation) {
        report_float_activation(cutter, value, reader);
    } else if (linear) {
        report_missing_quantizer(cutter, linear, reader);
    } else {
        const struct model_node *norm = value->open ? value->unit.stages[0].norms[0] : value->norms[0];
        cut_refuse(cutter, DIAGNOSTIC_STRAY_BATCHNORM, norm, "batch norm '%s' lies between a quantizer and the %s '%s'",
                   norm->name, node_has_weights(reader) ? "linear layer" : "layer", reader->name);
        sink_hint(cutter->sink, "put it before the activation, or a quantizer after it");
        sink_note(cutter->sink, reader->span, "'%s' reads it", reader->name);
    }
}

static bool is_raw(const struct cut_value *value)
{
    return value->scaled_by || value->norm_count > 0;
}

/* False, after an error, where the value is not codes that a layer can multiply. */
static bool require_quantized(struct cutter *cutter, struct cut_value *value, const struct model_node *reader)
{
    if (!require_codes(cutter, value, reader))
        return false;
    if (!value->open && !is_raw(value))
        return true;
    report_unquantized(cutter, value, reader);
    value->dead = true;
    return false;
}

/* Constants are per channel: what tells features of one channel apart must not come after a flatten. */
static bool require_spatial(struct cutter *cutter, struct cut_value *value, const struct model_node *reader)
{
    if (!value->flat)
        return true;
    cut_refuse(cutter, DIAGNOSTIC_FLATTENED_STAGE, reader,
               "'%s' follows a flatten, between a layer with %d positions and its quantizer", reader->name,
               value->unit.shape.height * value->unit.shape.width);
    sink_hint(cutter->sink, "put `flatten` after the quantizer");
    value->dead = true;
    return false;
}

/* Opens a copy where no unit is open. */
static void continue_unit(struct cutter *cutter, struct cut_value *value, const struct model_node *node)
{
    if (!value->open)
        cut_open(cutter, value, UNIT_COPY, node);
}

/* ---- What every operator does ------------------------------------------------------------------------------------ */

static void cut_input(struct cutter *cutter, const struct model_node *node, struct cut_value *value)
{
    cutter->plan->input_type = input_type(cutter->plan);
    *value = (struct cut_value){
        .float_input = node->input.type == ELEMENT_F32,
        .shape = node->shape,
        .source = -1,
        .origin = -1,
        .taps = 1,
        .type = cutter->plan->input_type,
    };
}

static void cut_flatten(struct cutter *cutter, const struct model_node *node, struct cut_value *value)
{
    (void)cutter;
    const bool several = value->shape.height * value->shape.width > 1;
    value->flat |= (value->open || is_raw(value)) && several;
    value->shape = node->shape;
}

static void cut_dropout(struct cutter *cutter, const struct model_node *node, struct cut_value *value)
{
    (void)cutter;
    (void)node;
    (void)value;
}

/* Terms that a node adds up, each of at most this magnitude. */
static bool check_width(struct cutter *cutter, const struct model_node *node, int64_t terms, int64_t magnitude)
{
    if (terms * magnitude <= INT_MAX_ACCUMULATOR)
        return true;
    cut_refuse(cutter, DIAGNOSTIC_WIDE_ACCUMULATOR, node, "sums of '%s' may reach %lld, beyond 2^30", node->name,
               (long long)(terms * magnitude));
    sink_hint(cutter->sink, "use fewer inputs, or input codes of fewer bits");
    return false;
}

/* The trainer multiplies in float32. */
static bool check_products(struct cutter *cutter, const struct model_node *node, int64_t magnitude)
{
    if (magnitude < INT_MAX_FLOAT)
        return true;
    cut_refuse(cutter, DIAGNOSTIC_WIDE_ACCUMULATOR, node, "products of '%s' may reach %lld, beyond 2^24", node->name,
               (long long)magnitude);
    sink_hint(cutter->sink, "put a quantizer before it");
    return false;
}

/* The real pad_value must be a code of the operand: of the input any that is one, of signs -1 or +1, else zero. */
static bool check_padding(struct cutter *cutter, const struct cut_value *value, const struct model_node *node)
{
    const double pad = node->conv.pad_value;
    const struct model_node *input = cutter->model->nodes[0];
    if (!node->conv.window.pads)
        return true;
    if (value->kind == QNN_QUANTIZER_SIGN) {
        if (pad == 1 || pad == -1)
            return true;
        cut_refuse(cutter, DIAGNOSTIC_PADDING_CODE, node, "'%s' pads a tensor of -1 and +1 with %g", node->name, pad);
        sink_hint(cutter->sink, "pad_value = 1 or pad_value = -1");
        return false;
    }
    const bool from_input = value->origin < 0 && !cutter->plan->input_quantizer;
    if (!from_input && pad == 0)
        return true;
    if (!from_input) {
        cut_refuse(cutter, DIAGNOSTIC_PADDING_CODE, node, "'%s' pads codes that have a zero with %g", node->name, pad);
        sink_hint(cutter->sink, "leave pad_value out");
        return false;
    }
    const struct qnn_code_type *type = &cutter->plan->input_type;
    const double code = (pad - input->input.offset) / input->input.scale;
    if (fabs(code - rint(code)) <= 1e-6 && rint(code) >= type->low && rint(code) <= type->high)
        return true;
    cut_refuse(cutter, DIAGNOSTIC_PADDING_CODE, node,
               "'%s' pads with %g, a value that no code of the input represents: it is %g", node->name, pad, code);
    sink_hint(cutter->sink, "give the input a scale and offset with a code for zero: `scale 1/128 offset -1` has 128");
    sink_note(cutter->sink, input->span, "the input is here");
    return false;
}

static void cut_weights(struct cutter *cutter, const struct model_node *node, enum unit_source source,
                        struct cut_value *value)
{
    bool fine = require_quantized(cutter, value, node);
    if (!node->scheme->weights.quantizer.form) {
        cut_refuse(cutter, DIAGNOSTIC_FLOAT_WEIGHTS, node, "the weights of '%s' are float (scheme '%s')", node->name,
                   node->scheme->name);
        sink_hint(cutter->sink, "assign it a scheme with `weights = binary` or `weights = ternary` under `quantize`");
        fine = false;
    }
    const struct qnn_code_type weights = cut_weight_type(node);
    const int64_t product = (int64_t)qnn_code_magnitude(&weights) * qnn_code_magnitude(&value->type);
    fine = check_products(cutter, node, product) && check_width(cutter, node, node_products(node), product) && fine;
    if (!value->dead && node_has(node, TRAIT_WINDOW))
        fine = check_padding(cutter, value, node) && fine;
    /* What follows is still looked at, as if the operand had been quantized. */
    value->open = value->dead = value->flat = false;
    value->scaled_by = NULL;
    value->norm_count = 0;
    if (!fine)
        value->type = qnn_code_sign();
    cut_open(cutter, value, source, node);
}

static void cut_dense(struct cutter *cutter, const struct model_node *node, struct cut_value *value)
{
    cut_weights(cutter, node, UNIT_DENSE, value);
}

static void cut_conv(struct cutter *cutter, const struct model_node *node, struct cut_value *value)
{
    cut_weights(cutter, node, UNIT_CONV, value);
}

static void cut_batchnorm(struct cutter *cutter, const struct model_node *node, struct cut_value *value)
{
    if (!require_codes(cutter, value, node) || !require_spatial(cutter, value, node))
        return;
    continue_unit(cutter, value, node);
    cut_add_norm(cutter, value, node);
}

static void cut_maxpool(struct cutter *cutter, const struct model_node *node, struct cut_value *value)
{
    if (!require_codes(cutter, value, node) || !require_spatial(cutter, value, node))
        return;
    if (!value->open && !is_raw(value) && qnn_code_magnitude(&value->type) <= INT_MAX_FLOAT) {
        cut_pool(cutter, value, UNIT_MAXPOOL, node);
        return;
    }
    continue_unit(cutter, value, node);
    if (value->pool_count == QNN_UNIT_MAX_STAGES) {
        cut_refuse(cutter, DIAGNOSTIC_TOO_MANY_STAGES, node, "more than %d pools before one quantizer",
                   QNN_UNIT_MAX_STAGES);
        sink_hint(cutter->sink, "put a `quantize(...)` between them: %s", model_quantizer_names(cutter->arena));
        return;
    }
    /* The unit's first affine without a norm is a weight scale, which is positive: what follows it decides. */
    const struct unit_plan *unit = &value->unit;
    const struct plan_stage *last = &unit->stages[unit->stage_count - 1];
    const bool before_norms = unit->stage_count == 1 && last->norm_count == 0;
    value->pools[value->pool_count++] = (struct cut_pool){node, before_norms ? 0 : unit->stage_count};
    value->shape = node->shape;
}

static void cut_avgpool(struct cutter *cutter, const struct model_node *node, struct cut_value *value)
{
    const int64_t taps = (int64_t)node->pool.window.kernel_height * node->pool.window.kernel_width;
    if (!require_codes(cutter, value, node) || !require_spatial(cutter, value, node))
        return;
    if (value->open && value->activation) {
        report_float_activation(cutter, value, node);
        value->dead = true;
        return;
    }
    if (value->open && value->pool_count > 0) {
        report_missing_quantizer(cutter, value->pools[0].node, node);
        value->dead = true;
        return;
    }
    if (value->open)
        cut_close_raw(cutter, value);
    if (!check_width(cutter, node, taps, qnn_code_magnitude(&value->type)))
        value->dead = true;
    else
        cut_pool(cutter, value, UNIT_SUMPOOL, node);
}

/* Whether the node ends a unit in codes: its own, or those that deployment gives it. */
static bool is_quantizer(const struct model_node *node)
{
    return activation_quantizes(&node->activation.function) || node->activation.deploy.form;
}

/* Whether another quantizer follows, position by position, before the next layer or the output. A real activation in front of one
 * needs no codes: it stays a stage, exact, and its `deploy` has nothing to do. */
static bool quantizer_follows(const struct cutter *cutter, const struct model_node *node)
{
    for (node = cutter->reader_of[node->id]; node; node = cutter->reader_of[node->id]) {
        if (node->op == OP_ACTIVATION && is_quantizer(node))
            return true;
        if (node_has(node, TRAIT_JOIN))
            return true;
        if (!node_has(node, TRAIT_BEFORE_QUANTIZER))
            return false;
    }
    return false;
}

static struct cut_quantizer quantizer_of(const struct model_node *node)
{
    const struct activation_scheme *function = &node->activation.function;
    const struct calibrated_scheme *deploy = &node->activation.deploy;
    if (activation_quantizes(function))
        return (struct cut_quantizer){function->form->quantizer, activation_bits(function), activation_clip(function)};
    return (struct cut_quantizer){deploy->form->quantizer, deploy->bits, 0};
}

static void cut_float_activation(struct cutter *cutter, const struct model_node *node, struct cut_value *value)
{
    continue_unit(cutter, value, node);
    cut_add_stage(cutter, value, node->activation.function.form->stage, node);
    value->activation = node;
}

/* A real activation with `deploy` is a stage before its quantizer, unless that does the same: codes from 0 on clamp as relu. */
static void cut_quantizer(struct cutter *cutter, const struct model_node *node, struct cut_value *value)
{
    const struct qnn_activation_form *form = node->activation.function.form, *deploy = node->activation.deploy.form;
    const bool same = form->clamps_at_zero && deploy && !deploy->is_negative;
    if (!activation_quantizes(&node->activation.function) && !same)
        cut_float_activation(cutter, node, value);
    continue_unit(cutter, value, node);
    cut_close(cutter, value, quantizer_of(node), node, node->name);
}

static void cut_input_quantizer(struct cutter *cutter, const struct model_node *node, struct cut_value *value)
{
    const struct cut_quantizer quantizer = quantizer_of(node);
    cutter->plan->input_quantizer = node;
    cutter->plan->input_type = input_type(cutter->plan);
    value->float_input = false;
    value->kind = quantizer.kind;
    value->bits = quantizer.bits;
    value->clip = quantizer.clip;
    value->type = cutter->plan->input_type;
}

static void cut_activation(struct cutter *cutter, const struct model_node *node, struct cut_value *value)
{
    const bool quantizes = activation_quantizes(&node->activation.function);
    if (value->float_input && quantizes) {
        cut_input_quantizer(cutter, node, value);
        return;
    }
    if (!require_codes(cutter, value, node))
        return;
    if (quantizes || (is_quantizer(node) && !quantizer_follows(cutter, node)))
        cut_quantizer(cutter, node, value);
    else
        cut_float_activation(cutter, node, value);
}

static void cut_output(struct cutter *cutter, const struct model_node *node, enum unit_end end, struct cut_value *value)
{
    if (!require_codes(cutter, value, node) || !require_spatial(cutter, value, node))
        return;
    continue_unit(cutter, value, node);
    if (value->activation)
        report_float_activation(cutter, value, node);
    if (value->pool_count > 0) {
        report_missing_quantizer(cutter, value->pools[0].node, node);
        return;
    }
    cut_close_last(cutter, value, end, node);
}

static void cut_classify(struct cutter *cutter, const struct model_node *node, struct cut_value *value)
{
    cut_output(cutter, node, UNIT_CLASS, value);
}

static void cut_regress(struct cutter *cutter, const struct model_node *node, struct cut_value *value)
{
    cut_output(cutter, node, UNIT_VALUES, value);
}

/* ---- Joins ------------------------------------------------------------------------------------------------------- */

static bool is_fixed(const struct cut_value *value)
{
    return value->kind == QNN_QUANTIZER_SIGN || (value->kind != QNN_QUANTIZER_NONE && value->clip > 0);
}

/* Whether two operands already have one scale: the same quantizer with a fixed clip, or one origin; and can be added as they
 * are. */
static bool share_scale(const struct cutter *cutter, const struct cut_value *a, const struct cut_value *b)
{
    if (a->open || b->open || is_raw(a) || is_raw(b) || a->kind != b->kind)
        return false;
    if ((int64_t)qnn_code_magnitude(&a->type) + qnn_code_magnitude(&b->type) > INT_MAX_FLOAT)
        return false;
    if (is_fixed(a))
        return a->bits == b->bits && a->clip == b->clip;
    const bool has_offset =
        a->origin < 0 && !cutter->plan->input_quantizer && cutter->model->nodes[0]->input.offset != 0;
    return a->origin == b->origin && a->taps == b->taps && !has_offset;
}

static bool quantize_operand(struct cutter *cutter, const struct model_node *join, struct cut_value *value, char letter)
{
    if (!require_codes(cutter, value, join) || !require_spatial(cutter, value, join))
        return false;
    continue_unit(cutter, value, join);
    const struct calibrated_scheme *join_quantizer = &join->join.quantizer;
    const struct cut_quantizer quantizer = {join_quantizer->form->quantizer, join_quantizer->bits, 0};
    cut_close(cutter, value, quantizer, join, arena_printf(cutter->arena, "%s.%c", join->name, letter));
    return true;
}

static void cut_joined(struct cutter *cutter, const struct model_node *node, enum unit_source source,
                       struct cut_value *value)
{
    struct cut_value a = cutter->values[node->inputs[0]->id], b = cutter->values[node->inputs[1]->id];
    *value = a;
    value->dead = true;
    if (!require_codes(cutter, &a, node) || !require_codes(cutter, &b, node))
        return;
    if (node->join.asked || !share_scale(cutter, &a, &b)) {
        if (!node->join.quantizer.form) {
            cut_refuse(cutter, DIAGNOSTIC_JOIN_QUANTIZER, node,
                       "the operands of '%s' have no common quantizer, and its scheme '%s' has no `join`", node->name,
                       node->scheme->name);
            sink_hint(cutter->sink, "assign it a scheme, or give it one: q = int(8)");
            sink_note(cutter->sink, node->inputs[0]->span, "one operand is here");
            sink_note(cutter->sink, node->inputs[1]->span, "the other is here");
            return;
        }
        if (!quantize_operand(cutter, node, &a, 'a') || !quantize_operand(cutter, node, &b, 'b'))
            return;
    }
    cut_join(cutter, &a, &b, source, node, value);
}

static void cut_add(struct cutter *cutter, const struct model_node *node, struct cut_value *value)
{
    cut_joined(cutter, node, UNIT_ADD, value);
}

static void cut_concat(struct cutter *cutter, const struct model_node *node, struct cut_value *value)
{
    cut_joined(cutter, node, UNIT_CONCAT, value);
}

/* ---- The walk ---------------------------------------------------------------------------------------------------- */

static void (*const cut_operator[OP_KIND_COUNT])(struct cutter *cutter, const struct model_node *node,
                                                 struct cut_value *value) = {
#define KIND(ID, name, step, traits) [OP_##ID] = cut_##name,
#include "model/ops.def"
};

/* A value that several read must be codes: a unit ends once. */
static void check_fork(struct cutter *cutter, const struct model_node *node, struct cut_value *value)
{
    const bool unquantized = value->open || is_raw(value) || value->float_input;
    if (node->user_count < 2 || value->dead || !unquantized)
        return;
    cut_refuse(cutter, DIAGNOSTIC_UNQUANTIZED_FORK, node, "'%s' is read by %d without a quantizer before them",
               node->name, node->user_count);
    sink_hint(cutter->sink,
              "put a `quantize(...)` after it, before it is read twice: %s; or an activation with `deploy`",
              model_quantizer_names(cutter->arena));
    for (size_t i = 0; i < cutter->model->node_count; i++) {
        const struct model_node *reader = cutter->model->nodes[i];
        if (reader->input_count > 0 && (reader->inputs[0] == node || reader->inputs[1] == node))
            sink_note(cutter->sink, reader->span, "'%s' reads it", reader->name);
    }
    value->dead = true;
}

static void find_readers(struct cutter *cutter)
{
    const struct model *model = cutter->model;
    cutter->reader_of = ARENA_NEW_ARRAY(cutter->arena, model->node_count, const struct model_node *);
    for (size_t i = 0; i < model->node_count; i++)
        for (int j = 0; j < model->nodes[i]->input_count; j++) {
            const struct model_node *operand = model->nodes[i]->inputs[j];
            cutter->reader_of[operand->id] = operand->user_count == 1 ? model->nodes[i] : NULL;
        }
}

struct int_plan *int_cut(const struct model *model, struct arena *arena, struct sink *sink)
{
    struct int_plan *plan = ARENA_NEW(arena, struct int_plan);
    plan->model = model;
    struct cutter cutter = {.model = model, .plan = plan, .arena = arena, .sink = sink};
    cutter.values = ARENA_NEW_ARRAY(arena, model->node_count, struct cut_value);
    find_readers(&cutter);
    for (size_t i = 0; i < model->node_count; i++) {
        const struct model_node *node = model->nodes[i];
        struct cut_value *value = &cutter.values[i];
        if (node->input_count > 0)
            *value = cutter.values[node->inputs[0]->id];
        cut_operator[node->op](&cutter, node, value);
        check_fork(&cutter, node, value);
    }
    if (cutter.failed)
        return NULL;
    REQUIRE(plan->unit_count > 0);
    name_units(plan, arena);
    return plan;
}
