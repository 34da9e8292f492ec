/*
 * Cutting the model into units: structure only, no weights.
 *
 * The nodes between input and output form one chain (no operator joins values). A walk along it keeps at most one unit
 * open: a dense layer opens one, and so does whatever else stands behind a quantizer; batch norms and float activations
 * become its stages; a quantizer or the output closes it. flatten and dropout vanish: the layout is channel-last
 * already and dropout is the identity in evaluation. A mistake is reported where it stands, the unit is dropped, and the
 * walk goes on as if it had been closed, so that each layer speaks for itself.
 */
#include "integer/integer.h"
#include "integer/names.h"

#include "base/require.h"
#include "runtime/numeric/quantizer.h"

#include <stdarg.h>

struct cutter {
    const struct model_node **chain; /* input first, output last */
    size_t length;
    struct int_plan *plan;
    size_t unit_capacity;
    struct unit_plan unit; /* the open one */
    bool open;
    size_t norm_capacity;                /* of the open unit's last affine stage */
    const struct model_node *activation; /* the open unit's last float activation, NULL where there is none */
    bool float_input;                    /* an f32 input still waits for its quantizer */
    int32_t magnitude;                   /* of the codes that the next unit reads: the largest |n| */
    bool failed;                         /* something was refused */
    struct arena *arena;
    struct sink *sink;
};

static void refuse(struct cutter *cutter, enum diagnostic_id id, const struct model_node *node, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static void refuse(struct cutter *cutter, enum diagnostic_id id, const struct model_node *node, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    sink_report(cutter->sink, id, node->span, "cannot be deployed: %s", arena_vprintf(cutter->arena, format, args));
    va_end(args);
    cutter->failed = true;
}

/* ---- The open unit ----------------------------------------------------------------------------------------------- */

static void add_stage(struct cutter *cutter, enum qnn_stage_kind kind, const struct model_node *node)
{
    struct unit_plan *unit = &cutter->unit;
    if (unit->stage_count == QNN_UNIT_MAX_STAGES) {
        refuse(cutter, DIAGNOSTIC_TOO_MANY_STAGES, node,
               "more than %d steps stand between a linear layer and the next quantizer", QNN_UNIT_MAX_STAGES);
        sink_hint(cutter->sink, "put a quantizer (`sign`, `quantize(...)`) between them");
        return;
    }
    unit->stages[unit->stage_count++] = (struct plan_stage){.kind = kind};
    cutter->norm_capacity = 0;
}

static void open_unit(struct cutter *cutter, const struct model_node *linear, const struct model_node *first)
{
    cutter->unit = (struct unit_plan){
        .linear = linear,
        .channels = linear ? (size_t)linear->dense.units : shape_count(first->shape),
        .fan_in = linear ? (size_t)linear->dense.inputs : 1,
    };
    cutter->open = true;
    cutter->activation = NULL;
    add_stage(cutter, QNN_STAGE_AFFINE, first);
}

/* Opens a unit without a linear part where none is open. */
static void continue_unit(struct cutter *cutter, const struct model_node *node)
{
    if (!cutter->open)
        open_unit(cutter, NULL, node);
}

/* Whether codes are defined on integers. Up to two bits stored thresholds are cheaper than a multiplier; what stands
 * between several affines does not fold into one. A relu changes no code: they begin at 0. */
static bool is_requantized(const struct unit_plan *unit)
{
    enum { MOST_THRESHOLD_BITS = 2 };
    if (unit->quantizer != QNN_QUANTIZER_UINT || unit->bits <= MOST_THRESHOLD_BITS)
        return false;
    for (size_t i = 1; i < unit->stage_count; i++)
        if (unit->stages[i].kind != QNN_STAGE_RELU)
            return false;
    return true;
}

static void close_unit(struct cutter *cutter, enum unit_end kind, const struct model_node *end)
{
    struct int_plan *plan = cutter->plan;
    struct unit_plan *unit = &cutter->unit;
    unit->index = (int)plan->unit_count;
    unit->inputs[0] = unit->index - 1;
    unit->kind = kind;
    unit->end = end;
    unit->requantized = is_requantized(unit);
    ARENA_PUSH(cutter->arena, plan->units, plan->unit_count, cutter->unit_capacity, *unit);
    cutter->open = false;
}

/* The open unit holds a float activation that nothing quantizes before `reader`. */
static void report_float_activation(struct cutter *cutter, const struct model_node *reader)
{
    const struct model_node *node = cutter->activation;
    const enum activation_kind kind = node->activation.function.kind;
    refuse(cutter, DIAGNOSTIC_FLOAT_ACTIVATION, node, "the %s '%s' reaches '%s' in float", activation_kind_names[kind],
           node->name, reader->name);
    if (kind == ACT_RELU)
        sink_hint(cutter->sink, "give its scheme `deploy = uint(8)`, or put `quantize(uint(...))` behind it");
    else
        sink_hint(cutter->sink, "put `sign` or `quantize(uint(...))` behind it");
    sink_note(cutter->sink, reader->span, "'%s' reads it", reader->name);
}

/* ---- What every operator does ------------------------------------------------------------------------------------ */

/* An f32 input has no codes: the first operator that needs them says so, once. */
static void require_codes(struct cutter *cutter, const struct model_node *reader)
{
    if (!cutter->float_input)
        return;
    cutter->float_input = false;
    refuse(cutter, DIAGNOSTIC_FLOAT_INPUT, cutter->chain[0], "the f32 input reaches '%s' without a quantizer",
           reader->name);
    sink_hint(cutter->sink, "put `quantize(uint(8, clip = fixed(1)))` or `sign` behind the input");
    sink_note(cutter->sink, reader->span, "'%s' needs integer codes", reader->name);
}

static void cut_input(struct cutter *cutter, size_t position)
{
    static const int32_t magnitudes[ELEMENT_TYPE_COUNT] = {[ELEMENT_U8] = 255, [ELEMENT_I8] = 128, [ELEMENT_F32] = 1};
    const enum element_type type = cutter->chain[position]->input.type;
    cutter->float_input = type == ELEMENT_F32;
    cutter->magnitude = magnitudes[type];
}

static void cut_nothing(struct cutter *cutter, size_t position)
{
    (void)cutter;
    (void)position;
}

/* What stands open before a dense layer has no quantizer behind it: one error says what and where. */
static void report_open_unit(struct cutter *cutter, const struct model_node *dense)
{
    if (cutter->activation) {
        report_float_activation(cutter, dense);
    } else if (cutter->unit.linear) {
        const struct model_node *linear = cutter->unit.linear;
        refuse(cutter, DIAGNOSTIC_MISSING_QUANTIZER, dense,
               "no quantizer stands between the linear layers '%s' and '%s'", linear->name, dense->name);
        sink_hint(cutter->sink, "put `sign`, `quantize(uint(...))` or a relu with `deploy` between them");
        sink_note(cutter->sink, linear->span, "'%s' is here", linear->name);
    } else {
        const struct model_node *norm = cutter->unit.stages[0].norms[0];
        refuse(cutter, DIAGNOSTIC_STRAY_BATCHNORM, norm,
               "batch norm '%s' stands between a quantizer and the linear layer '%s'", norm->name, dense->name);
        sink_hint(cutter->sink, "put it before the activation, or a quantizer behind it");
        sink_note(cutter->sink, dense->span, "'%s' reads it", dense->name);
    }
}

static void cut_dense(struct cutter *cutter, size_t position)
{
    const struct model_node *node = cutter->chain[position];
    require_codes(cutter, node);
    if (cutter->open)
        report_open_unit(cutter, node);
    if (node->scheme->weights.kind == WEIGHT_FLOAT) {
        refuse(cutter, DIAGNOSTIC_FLOAT_WEIGHTS, node, "the weights of '%s' are float (scheme '%s')", node->name,
               node->scheme->name);
        sink_hint(cutter->sink, "assign it a scheme with `weights = binary` or `weights = ternary` under `quantize`");
    }
    const int64_t bound = (int64_t)node->dense.inputs * cutter->magnitude;
    if (bound > INT_MAX_ACCUMULATOR) {
        refuse(cutter, DIAGNOSTIC_WIDE_ACCUMULATOR, node,
               "sums of '%s' may reach %lld, beyond 2^24, where float32 is no longer exact", node->name,
               (long long)bound);
        sink_hint(cutter->sink, "use fewer inputs, or input codes of fewer bits");
    }
    open_unit(cutter, node, node);
}

static void cut_batchnorm(struct cutter *cutter, size_t position)
{
    const struct model_node *node = cutter->chain[position];
    require_codes(cutter, node);
    continue_unit(cutter, node);
    struct unit_plan *unit = &cutter->unit;
    if (unit->stages[unit->stage_count - 1].kind != QNN_STAGE_AFFINE)
        add_stage(cutter, QNN_STAGE_AFFINE, node);
    struct plan_stage *stage = &unit->stages[unit->stage_count - 1];
    ARENA_PUSH(cutter->arena, stage->norms, stage->norm_count, cutter->norm_capacity, node);
}

static bool is_deployed_relu(const struct model_node *node)
{
    return node->activation.function.kind == ACT_RELU && node->activation.deploy.bits > 0;
}

static bool is_quantizer(const struct model_node *node)
{
    const enum activation_kind kind = node->activation.function.kind;
    return kind == ACT_SIGN || kind == ACT_UINT || is_deployed_relu(node);
}

/* Whether another quantizer follows before the next linear layer or the output. A relu in front of one needs no codes of its
 * own: it stays a stage, exact, and its `deploy` has nothing to do. */
static bool quantizer_follows(const struct cutter *cutter, size_t position)
{
    for (size_t i = position + 1; i < cutter->length; i++) {
        const struct model_node *node = cutter->chain[i];
        if (node->op == OP_DENSE || node->op == OP_CLASSIFY || node->op == OP_REGRESS)
            return false;
        if (node->op == OP_ACTIVATION && is_quantizer(node))
            return true;
    }
    return false;
}

static void cut_quantizer(struct cutter *cutter, const struct model_node *node)
{
    const struct activation_scheme *function = &node->activation.function;
    continue_unit(cutter, node);
    struct unit_plan *unit = &cutter->unit;
    unit->quantizer = function->kind == ACT_SIGN ? QNN_QUANTIZER_SIGN : QNN_QUANTIZER_UINT;
    unit->calibrated = function->kind == ACT_RELU;
    unit->bits = unit->calibrated ? node->activation.deploy.bits : function->kind == ACT_SIGN ? 1 : function->bits;
    unit->clip = function->kind == ACT_UINT ? function->clip : 0;
    cutter->magnitude = qnn_uint_last_code(unit->bits);
    close_unit(cutter, UNIT_CODES, node);
}

static void cut_float_activation(struct cutter *cutter, const struct model_node *node)
{
    const bool relu = node->activation.function.kind == ACT_RELU;
    continue_unit(cutter, node);
    add_stage(cutter, relu ? QNN_STAGE_RELU : QNN_STAGE_HARDTANH, node);
    cutter->activation = node;
}

static void cut_activation(struct cutter *cutter, size_t position)
{
    const struct model_node *node = cutter->chain[position];
    const enum activation_kind kind = node->activation.function.kind;
    if (cutter->float_input && (kind == ACT_SIGN || kind == ACT_UINT)) {
        cutter->float_input = false;
        cutter->plan->input_quantizer = node;
        cutter->magnitude = kind == ACT_SIGN ? 1 : qnn_uint_last_code(node->activation.function.bits);
        return;
    }
    require_codes(cutter, node);
    if (kind == ACT_SIGN || kind == ACT_UINT || (is_deployed_relu(node) && !quantizer_follows(cutter, position)))
        cut_quantizer(cutter, node);
    else
        cut_float_activation(cutter, node);
}

static void cut_output(struct cutter *cutter, size_t position)
{
    const struct model_node *node = cutter->chain[position];
    require_codes(cutter, node);
    continue_unit(cutter, node);
    if (cutter->activation)
        report_float_activation(cutter, node);
    close_unit(cutter, node->op == OP_CLASSIFY ? UNIT_CLASS : UNIT_VALUES, node);
}

static void (*const cut_operator[])(struct cutter *cutter, size_t position) = {
    [OP_INPUT] = cut_input,         [OP_FLATTEN] = cut_nothing,       [OP_DENSE] = cut_dense,
    [OP_BATCHNORM] = cut_batchnorm, [OP_ACTIVATION] = cut_activation, [OP_DROPOUT] = cut_nothing,
    [OP_CLASSIFY] = cut_output,     [OP_REGRESS] = cut_output,
};
_Static_assert(sizeof cut_operator / sizeof *cut_operator == OP_KIND_COUNT, "every operator is cut");

/* ---- The walk ---------------------------------------------------------------------------------------------------- */

/* The nodes from the input to the output, in order. What the output does not depend on is no part of the program. */
static void find_chain(struct cutter *cutter, const struct model *model)
{
    const struct model_node **chain = ARENA_NEW_ARRAY(cutter->arena, model->node_count, const struct model_node *);
    size_t begin = model->node_count;
    for (const struct model_node *node = model->nodes[model->node_count - 1]; node; node = node->inputs[0]) {
        REQUIRE(begin > 0 && node->input_count == (node->op != OP_INPUT));
        chain[--begin] = node;
        if (node->op == OP_INPUT)
            break;
    }
    cutter->chain = chain + begin;
    cutter->length = model->node_count - begin;
    REQUIRE(cutter->chain[0]->op == OP_INPUT);
}

struct int_plan *int_cut(const struct model *model, struct arena *arena, struct sink *sink)
{
    struct int_plan *plan = ARENA_NEW(arena, struct int_plan);
    plan->model = model;
    struct cutter cutter = {.plan = plan, .arena = arena, .sink = sink};
    find_chain(&cutter, model);
    for (size_t i = 0; i < cutter.length; i++)
        cut_operator[cutter.chain[i]->op](&cutter, i);
    if (cutter.failed)
        return NULL;
    REQUIRE(!cutter.open && plan->unit_count > 0);
    name_units(plan, arena);
    return plan;
}
