/* From plan and constants to the graph: tensors, bounds, thresholds, widths. */
#include "integer/build.h"

#include "integer/bounds.h"
#include "integer/ranges.h"
#include "integer/threshold.h"

#include "base/require.h"
#include "runtime/numeric/fixed_point.h"

#include <math.h>

/* ---- Tensors ----------------------------------------------------------------------------------------------------- */

static void build_input(struct int_graph *graph)
{
    const struct model_node *node = graph->plan->input_quantizer, *input = graph->plan->model->nodes[0];
    graph->input = (struct int_tensor){.type = graph->plan->input_type, .shape = input->shape};
    if (!node) {
        REQUIRE(input->input.type != ELEMENT_F32);
        graph->input.scale = (float)input->input.scale;
        graph->input.offset = (float)input->input.offset;
        return;
    }
    const struct activation_scheme *function = &node->activation.function;
    graph->input_quantizer =
        qnn_quantizer(function->form->quantizer, activation_bits(function), (float)activation_clip(function));
    graph->input.scale = graph->input_quantizer.function.step;
    graph->input.shape = node->shape;
}

/* Accumulators that are codes: of a pool or a join without sums those of the input, else as wide as the range that is left
 * of the plan's with the actual weights. */
static struct int_tensor plain_tensor(const struct int_unit *unit)
{
    const struct unit_plan *plan = unit->plan;
    struct int_tensor tensor = unit->input;
    tensor.shape = plan->shape;
    if (unit_has(plan, TRAIT_SELECTS))
        return tensor;
    int64_t lo = 0, hi = 0;
    for (size_t c = 0; c < plan->channels; c++) {
        lo = unit->acc_lo[c] < lo ? unit->acc_lo[c] : lo;
        hi = unit->acc_hi[c] > hi ? unit->acc_hi[c] : hi;
    }
    REQUIRE(lo >= plan->type.low && hi <= plan->type.high);
    tensor.type = sum_type(lo, hi);
    if (unit_has(plan, TRAIT_SUMS))
        tensor.scale = (float)((double)tensor.scale / (double)plan->fan_in);
    return tensor;
}

/* ---- Units ------------------------------------------------------------------------------------------------------- */

size_t build_stages(struct int_unit *unit, struct affine_stage affine[QNN_UNIT_MAX_STAGES], struct arena *arena)
{
    const struct unit_plan *plan = unit->plan;
    size_t count = 0;
    unit->function.channels = plan->channels;
    unit->function.stage_count = plan->stage_count;
    for (size_t i = 0; i < plan->stage_count; i++) {
        struct qnn_stage *stage = &unit->function.stages[i];
        const struct activation_scheme *activation = plan->stages[i].function;
        stage->kind = plan->stages[i].kind;
        if (activation) {
            stage->function = qnn_activation(activation->form->kind, QNN_STE_IDENTITY, activation->arguments);
            continue;
        }
        affine[count].a = ARENA_NEW_ARRAY(arena, plan->channels, float);
        affine[count].b = ARENA_NEW_ARRAY(arena, plan->channels, float);
        stage->a = affine[count].a;
        stage->b = affine[count].b;
        count++;
    }
    return count;
}

struct qnn_quantizer build_quantizer(const struct unit_plan *plan, float clip)
{
    return qnn_quantizer(plan->quantizer, plan->bits, clip);
}

/* Finite at both ends means finite, and monotone, all through: an infinity inside would show at one of them. */
static bool finite_at_ends(const struct int_unit *unit, struct sink *sink)
{
    for (size_t c = 0; c < unit->plan->channels; c++)
        if (!isfinite(qnn_unit_value(&unit->function, c, (int32_t)unit->acc_lo[c])) ||
            !isfinite(qnn_unit_value(&unit->function, c, (int32_t)unit->acc_hi[c]))) {
            sink_report(sink, DIAGNOSTIC_BAD_WEIGHTS, unit->plan->end->span,
                        "the folded constants of '%s' leave the range of float32 in channel %zu", unit->plan->end->name,
                        c);
            sink_hint(sink, "training diverged: lower the learning rate and train again");
            return false;
        }
    return true;
}

static bool finish_codes(struct int_unit *unit, struct arena *arena, struct sink *sink)
{
    if (!finite_at_ends(unit, sink))
        return false;
    unit->output = (struct int_tensor){
        .type = unit->plan->type, .scale = unit->function.quantizer.function.step, .shape = unit->plan->shape};
    unit->thresholds = bisect_thresholds(&unit->function, unit->acc_lo, unit->acc_hi, arena);
    return true;
}

/* Whether what comes after the pool falls in a channel: an odd number of negative slopes. */
static bool falls_behind(const struct int_unit *unit, size_t pool_stage, size_t channel)
{
    const struct qnn_requant *requant = int_requant(unit);
    if (requant)
        return pool_stage == 0 && requant->multiplier[channel] < 0;
    bool falls = false;
    for (size_t i = pool_stage; i < unit->function.stage_count; i++)
        if (unit->function.stages[i].kind == QNN_STAGE_AFFINE)
            falls ^= unit->function.stages[i].a[channel] < 0;
    return falls;
}

static void set_minimum(const struct int_graph *graph, struct int_unit *unit, struct arena *arena)
{
    const struct unit_plan *plan = unit->plan;
    unit->minimum = ARENA_NEW_ARRAY(arena, plan->channels, uint8_t);
    for (size_t c = 0; plan->pool_of >= 0 && c < plan->channels; c++)
        unit->minimum[c] = falls_behind(&graph->units[plan->pool_of], plan->pool_stage, c);
}

static void finish_values(struct int_unit *unit)
{
    const struct qnn_fixed_point fixed = {
        .channels = unit->plan->channels,
        .multiplier = unit->multiplier,
        .offset = unit->addend,
        .fraction_bits = unit->shift,
    };
    unit->value_bits = qnn_fixed_point_score_bits(&fixed, unit->acc_lo, unit->acc_hi);
}

static bool build_unit(struct int_unit *unit, const struct constant_source *source, struct arena *arena,
                       struct sink *sink)
{
    if (unit->plan->linear && !source->weights(source->context, unit))
        return false;
    bound_unit(unit, arena);
    if (unit->plan->kind == UNIT_CODES && unit->plan->quantizer == QNN_QUANTIZER_NONE) {
        unit->output = plain_tensor(unit);
        return true;
    }
    if (!source->constants(source->context, unit))
        return false;
    if (unit->plan->kind == UNIT_CODES)
        return finish_codes(unit, arena, sink);
    finish_values(unit);
    return true;
}

struct int_graph *build_graph(const struct int_plan *plan, const struct constant_source *source, struct arena *arena,
                              struct sink *sink)
{
    struct int_graph *graph = ARENA_NEW(arena, struct int_graph);
    graph->plan = plan;
    graph->unit_count = plan->unit_count;
    graph->units = ARENA_NEW_ARRAY(arena, plan->unit_count, struct int_unit);
    build_input(graph);
    for (size_t i = 0; i < plan->unit_count; i++) {
        struct int_unit *unit = &graph->units[i];
        const int producer = plan->units[i].inputs[0];
        unit->plan = &plan->units[i];
        unit->input = producer < 0 ? graph->input : graph->units[producer].output;
        unit->input.shape = unit->plan->in_shape[0];
        if (int_takes_extremes(unit->plan))
            set_minimum(graph, unit, arena);
        if (!build_unit(unit, source, arena, sink))
            return NULL;
    }
    return graph;
}
