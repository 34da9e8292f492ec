/*
 * The verifier: what every consumer of the graph relies on, checked literally. A broken invariant aborts: the file was
 * checked when it was read, so it is our mistake.
 */
#include "integer/bounds.h"
#include "integer/integer.h"

#include "base/require.h"

static void verify_tensor(const struct int_tensor *tensor)
{
    static const int64_t values[QNN_ENCODING_COUNT] = {
        [QNN_ENCODING_SIGN] = 3, [QNN_ENCODING_UNSIGNED] = 1, [QNN_ENCODING_TWOS] = 1};
    REQUIRE(tensor->type.low <= 0 && tensor->type.high > 0 && tensor->scale > 0);
    REQUIRE((int64_t)tensor->type.high - tensor->type.low + 1 <= values[tensor->type.encoding] << tensor->type.bits);
    REQUIRE(tensor->type.encoding != QNN_ENCODING_SIGN ||
            (tensor->type.low == -1 && tensor->type.high == 1 && tensor->type.bits == 1));
}

static void verify_bounds(const struct int_unit *unit)
{
    REQUIRE(unit->acc_bits >= 1 && unit->acc_bits <= 32);
    for (size_t c = 0; c < unit->plan->channels; c++)
        REQUIRE(signed_bits(unit->acc_lo[c], unit->acc_hi[c]) <= unit->acc_bits);
}

/* The code by definition and by threshold are one at this accumulator. */
static void verify_code(const struct int_unit *unit, size_t channel, int64_t acc)
{
    if (acc < unit->acc_lo[channel] || acc > unit->acc_hi[channel])
        return;
    const int32_t code = qnn_unit_code(&unit->function, channel, (int32_t)acc);
    REQUIRE(int_threshold_code(&unit->thresholds, channel, acc) == code);
}

/* Thresholds rise and lie in the range; at each one and just below it the codes agree. Codes are monotone between. */
static void verify_thresholds(const struct int_unit *unit)
{
    const struct int_thresholds *thresholds = &unit->thresholds;
    const struct qnn_quantizer *quantizer = &unit->function.quantizer;
    REQUIRE(thresholds->first == qnn_quantizer_first_code(quantizer));
    REQUIRE(thresholds->first + thresholds->levels == qnn_quantizer_last_code(quantizer));
    for (size_t c = 0; c < unit->plan->channels; c++) {
        int64_t previous = unit->acc_lo[c];
        verify_code(unit, c, unit->acc_lo[c]);
        verify_code(unit, c, unit->acc_hi[c]);
        for (int level = 0; level < thresholds->levels; level++) {
            const int64_t value = thresholds->values[c * (size_t)thresholds->levels + (size_t)level];
            REQUIRE(value >= previous && value <= unit->acc_hi[c] + 1);
            if (value != previous || level == 0) {
                verify_code(unit, c, value - 1);
                verify_code(unit, c, value);
            }
            previous = value;
        }
    }
}

/* Two tensors that are joined have the same codes; a tensor is read in the shape that it has, or flattened; what pads it is
 * one of its codes. */
static void verify_inputs(const struct int_graph *graph, const struct int_unit *unit)
{
    const struct unit_plan *plan = unit->plan;
    REQUIRE(plan->input_count == (unit_has(plan, TRAIT_JOIN) ? 2 : 1));
    for (int i = 0; i < plan->input_count; i++) {
        const int producer = plan->inputs[i];
        REQUIRE(producer >= -1 && producer < plan->index);
        const struct int_tensor *tensor = producer < 0 ? &graph->input : &graph->units[producer].output;
        REQUIRE(tensor->type.encoding == unit->input.type.encoding && tensor->type.bits == unit->input.type.bits &&
                tensor->scale == unit->input.scale);
        REQUIRE(shape_count(tensor->shape) == shape_count(plan->in_shape[i]));
    }
    REQUIRE(plan->channels == (size_t)plan->shape.channels);
    REQUIRE(plan->pad_code >= unit->input.type.low && plan->pad_code <= unit->input.type.high);
}

static void verify_unit(const struct int_graph *graph, size_t index)
{
    const struct int_unit *unit = &graph->units[index];
    REQUIRE(unit->plan == &graph->plan->units[index] && unit->plan->index == (int)index);
    verify_inputs(graph, unit);
    REQUIRE((unit->weights != NULL) == (unit->plan->linear != NULL));
    verify_tensor(&unit->input);
    verify_bounds(unit);
    REQUIRE((unit->minimum != NULL) == int_takes_extremes(unit->plan));
    if (unit->plan->kind == UNIT_CODES && unit->plan->quantizer == QNN_QUANTIZER_NONE) {
        REQUIRE(unit->plan->stage_count == 0);
        verify_tensor(&unit->output);
    } else if (unit->plan->kind == UNIT_CODES) {
        REQUIRE(unit->plan->requantized == (int_requant(unit) != NULL));
        REQUIRE(!int_requant(unit) || qnn_requant_valid(int_requant(unit), unit->plan->channels));
        verify_tensor(&unit->output);
        verify_thresholds(unit);
    } else {
        REQUIRE(index + 1 == graph->unit_count && unit_positions(unit->plan) == 1 && unit->value_bits >= 1 &&
                unit->value_bits <= 64);
    }
}

void int_verify(const struct int_graph *graph)
{
    REQUIRE(graph->unit_count > 0 && graph->unit_count == graph->plan->unit_count);
    verify_tensor(&graph->input);
    for (size_t i = 0; i < graph->unit_count; i++)
        verify_unit(graph, i);
}
