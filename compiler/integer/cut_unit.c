/* Units being cut: opened, given stages, closed; pools and joins, which have no stages. */
#include "integer/cut_unit.h"
#include "integer/ranges.h"

#include "base/require.h"

#include <stdarg.h>

int unit_levels(const struct unit_plan *unit)
{
    return unit->type.encoding == QNN_ENCODING_SIGN ? 1 : unit->type.high - unit->type.low;
}

struct qnn_requant unit_requant(const struct unit_plan *unit, const int32_t *multiplier, const int64_t *addend,
                                int shift)
{
    const bool is_signed = unit->type.low < 0;
    bool relu = false;
    for (size_t i = 0; i < unit->stage_count; i++)
        relu |= unit->stages[i].kind == QNN_STAGE_RELU;
    return (struct qnn_requant){
        .multiplier = multiplier,
        .addend = addend,
        .shift = shift,
        .bits = unit->bits,
        .is_signed = is_signed,
        .first = relu ? 0 : unit->type.low,
    };
}

void cut_refuse(struct cutter *cutter, enum diagnostic_id id, const struct model_node *node, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    sink_report(cutter->sink, id, node->span, "cannot be deployed: %s", arena_vprintf(cutter->arena, format, args));
    va_end(args);
    cutter->failed = true;
}

/* ---- The open unit ----------------------------------------------------------------------------------------------- */

void cut_add_stage(struct cutter *cutter, struct cut_value *value, enum qnn_stage_kind kind,
                   const struct model_node *node)
{
    struct unit_plan *unit = &value->unit;
    if (unit->stage_count == QNN_UNIT_MAX_STAGES) {
        cut_refuse(cutter, DIAGNOSTIC_TOO_MANY_STAGES, node,
                   "more than %d steps between a linear layer and the next quantizer", QNN_UNIT_MAX_STAGES);
        sink_hint(cutter->sink, "put a `quantize(...)` between them: %s", model_quantizer_names(cutter->arena));
        return;
    }
    unit->stages[unit->stage_count++] =
        (struct plan_stage){.kind = kind, .function = kind == QNN_STAGE_AFFINE ? NULL : &node->activation.function};
    value->norm_capacity = 0;
}

/* What a unit without stages begins as: it reads one value. */
static struct unit_plan unit_of(const struct cut_value *value, enum unit_source source, const struct model_node *node)
{
    return (struct unit_plan){
        .source = source,
        .node = node,
        .inputs = {value->source},
        .input_count = 1,
        .in_shape = {value->shape},
        .shape = node ? node->shape : value->shape,
        .channels = (size_t)(node ? node->shape : value->shape).channels,
        .fan_in = 1,
        .groups = 1,
        .pool_of = -1,
    };
}

/* The code of a tap outside: the real pad_value as an integer of the operand. What has none was refused. */
static int32_t pad_code(const struct cutter *cutter, const struct cut_value *value, const struct model_node *conv)
{
    const struct model_node *input = cutter->model->nodes[0];
    const double pad = conv->conv.pad_value;
    if (value->kind == QNN_QUANTIZER_SIGN)
        return pad < 0 ? -1 : 1;
    if (value->origin >= 0 || cutter->plan->input_quantizer)
        return 0;
    const double code = (pad - input->input.offset) / input->input.scale * value->taps;
    return (int32_t)(code < 0 ? code - 0.5 : code + 0.5);
}

struct qnn_code_type cut_weight_type(const struct model_node *node)
{
    const struct qnn_weight_quantizer *quantizer = &node->scheme->weights.quantizer;
    return quantizer->form ? quantizer->form->type(&quantizer->arguments) : qnn_code_sign();
}

static void set_weights(const struct cutter *cutter, const struct cut_value *value, struct unit_plan *unit,
                        const struct model_node *node)
{
    unit->weight_type = cut_weight_type(node);
    unit->linear = node;
    unit->fan_in = (size_t)node_products(node);
    if (!node_has(node, TRAIT_WINDOW))
        return;
    unit->window = &node->conv.window;
    unit->groups = node->conv.groups;
    unit->pad_code = node->conv.window.pads ? pad_code(cutter, value, node) : 0;
}

void cut_open(struct cutter *cutter, struct cut_value *value, enum unit_source source, const struct model_node *first)
{
    const struct model_node *node = node_has(first, TRAIT_WEIGHTS) ? first : NULL;
    value->unit = unit_of(value, source, node);
    if (node)
        set_weights(cutter, value, &value->unit, node);
    else
        value->unit.scaled_by = value->scaled_by;
    value->open = true;
    value->activation = NULL;
    value->pool_count = 0;
    cut_add_stage(cutter, value, QNN_STAGE_AFFINE, first);
    struct plan_stage *stage = &value->unit.stages[0];
    for (size_t i = 0; !node && i < value->norm_count; i++)
        ARENA_PUSH(cutter->arena, stage->norms, stage->norm_count, value->norm_capacity, value->norms[i]);
    value->shape = value->unit.shape;
    value->scaled_by = NULL;
    value->norm_count = 0;
}

/* A batch norm joins the affine before it, unless something non-linear or a pool after another norm is between them. */
void cut_add_norm(struct cutter *cutter, struct cut_value *value, const struct model_node *norm)
{
    struct unit_plan *unit = &value->unit;
    const bool pooled = value->pool_count > 0 && value->pools[value->pool_count - 1].stage == unit->stage_count;
    if (pooled || unit->stages[unit->stage_count - 1].kind != QNN_STAGE_AFFINE)
        cut_add_stage(cutter, value, QNN_STAGE_AFFINE, norm);
    struct plan_stage *stage = &unit->stages[unit->stage_count - 1];
    ARENA_PUSH(cutter->arena, stage->norms, stage->norm_count, value->norm_capacity, norm);
}

/* ---- Closing ----------------------------------------------------------------------------------------------------- */

/* The value, which the unit reads, becomes what it makes. b: the second operand of a join; NULL else. */
static void push_unit(struct cutter *cutter, struct cut_value *value, struct unit_plan *unit,
                      const struct qnn_code_type *b)
{
    struct int_plan *plan = cutter->plan;
    unit->index = (int)plan->unit_count;
    unit->type = output_type(unit, &value->type, b);
    unit->calibrated = unit_has_clip(unit) && unit->clip == 0;
    ARENA_PUSH(cutter->arena, plan->units, plan->unit_count, cutter->unit_capacity, *unit);
    value->source = unit->index;
    value->type = unit->type;
}

/* Whether codes are defined on integers. Up to two bits stored thresholds are cheaper than a multiplier; what lies
 * between several affines does not fold into one. A relu changes no code: they begin at 0. */
static bool is_requantized(const struct unit_plan *unit)
{
    enum { MOST_THRESHOLD_BITS = 2 };
    if (unit->bits <= MOST_THRESHOLD_BITS)
        return false;
    for (size_t i = 1; i < unit->stage_count; i++)
        if (unit->stages[i].kind != QNN_STAGE_RELU)
            return false;
    return true;
}

/* The pools of a closed unit, each a unit that reads the one before it. */
static void push_pools(struct cutter *cutter, struct cut_value *value, int closed)
{
    const struct shape shape = value->shape;
    value->shape = value->unit.shape;
    for (size_t i = 0; i < value->pool_count; i++) {
        struct unit_plan pool = unit_of(value, UNIT_MAXPOOL, value->pools[i].node);
        pool.end = pool.node;
        pool.tensor = pool.node->name;
        pool.window = &pool.node->pool.window;
        pool.fan_in = (size_t)pool.window->kernel_height * (size_t)pool.window->kernel_width;
        pool.pool_of = closed;
        pool.pool_stage = value->pools[i].stage;
        push_unit(cutter, value, &pool, NULL);
        value->shape = pool.shape;
    }
    value->shape = shape; /* perhaps flattened after the pools */
    value->pool_count = 0;
}

void cut_close(struct cutter *cutter, struct cut_value *value, struct cut_quantizer quantizer,
               const struct model_node *end, const char *tensor)
{
    struct unit_plan *unit = &value->unit;
    unit->kind = UNIT_CODES;
    unit->end = end;
    unit->tensor = tensor;
    unit->quantizer = quantizer.kind;
    unit->bits = quantizer.bits;
    unit->clip = quantizer.clip;
    unit->requantized = is_requantized(unit);
    value->open = false;
    value->flat = false;
    push_unit(cutter, value, unit, NULL);
    value->origin = value->source;
    value->kind = quantizer.kind;
    value->bits = quantizer.bits;
    value->clip = quantizer.clip;
    push_pools(cutter, value, value->source);
}

void cut_close_last(struct cutter *cutter, struct cut_value *value, enum unit_end kind, const struct model_node *end)
{
    struct unit_plan *unit = &value->unit;
    unit->kind = kind;
    unit->end = end;
    unit->tensor = end->name;
    value->open = false;
    push_unit(cutter, value, unit, NULL);
}

void cut_close_raw(struct cutter *cutter, struct cut_value *value)
{
    struct unit_plan *unit = &value->unit;
    REQUIRE(unit->stage_count == 1 && value->pool_count == 0);
    value->open = false;
    value->norms = unit->stages[0].norms;
    value->norm_count = unit->stages[0].norm_count;
    unit->stage_count = 0;
    value->scaled_by = unit->scaled_by;
    if (!unit->linear)
        return; /* a copy without stages is its input */
    unit->kind = UNIT_CODES;
    unit->end = unit->node;
    unit->tensor = unit->node->name;
    value->scaled_by = unit->linear;
    value->kind = QNN_QUANTIZER_NONE;
    push_unit(cutter, value, unit, NULL);
    value->origin = value->source;
}

/* ---- Pools and joins --------------------------------------------------------------------------------------------- */

void cut_pool(struct cutter *cutter, struct cut_value *value, enum unit_source source, const struct model_node *node)
{
    struct unit_plan unit = unit_of(value, source, node);
    unit.end = node;
    unit.tensor = node->name;
    unit.window = &node->pool.window;
    unit.fan_in = (size_t)unit.window->kernel_height * (size_t)unit.window->kernel_width;
    push_unit(cutter, value, &unit, NULL);
    value->shape = node->shape;
    if (unit_has(&unit, TRAIT_SELECTS))
        return;
    value->kind = QNN_QUANTIZER_NONE;
    if (value->origin >= 0)
        value->origin = value->source;
    else
        value->taps *= (int)unit.fan_in;
}

void cut_join(struct cutter *cutter, const struct cut_value *a, const struct cut_value *b, enum unit_source source,
              const struct model_node *node, struct cut_value *value)
{
    struct unit_plan unit = unit_of(a, source, node);
    unit.end = node;
    unit.tensor = node->name;
    unit.inputs[1] = b->source;
    unit.in_shape[1] = b->shape;
    unit.input_count = 2;
    *value = *a;
    push_unit(cutter, value, &unit, &b->type);
    value->origin = value->source;
    value->shape = node->shape;
    if (!unit_has(&unit, TRAIT_SELECTS))
        value->kind = QNN_QUANTIZER_NONE;
}
