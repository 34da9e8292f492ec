/* Folding a unit into the terms of its kernel; see infer_layer.h for the algebra. */
#include "backend/c/infer_layer.h"

#include "base/require.h"

static enum infer_product product_of(const struct int_unit *unit)
{
    if (!unit->weights)
        return PRODUCT_NONE;
    if (!infer_bit_serial(unit->plan))
        return PRODUCT_DIRECT;
    return infer_bit_product(unit->plan->weight_type.encoding, unit->input.type.encoding);
}

/* ---- The sum ----------------------------------------------------------------------------------------------------- */

/* How many stored codes an accumulator without weights adds up. */
static int64_t term_count(const struct unit_plan *plan)
{
    return unit_has(plan, TRAIT_SUMS) ? plan->input_count * (int64_t)plan->fan_in : 1;
}

/* What is added to one stored code where it is multiplied; an array's signed codes are packed as codes from 0. */
static int64_t element_bias(const struct infer_layer *layer)
{
    const struct infer_tensor *input = layer->inputs[0];
    const bool lifted = layer->window.gather == GATHER_CODES && input->edge.type.encoding == QNN_ENCODING_TWOS;
    return lifted ? -(INT64_C(1) << (input->edge.type.bits - 1)) : infer_bias(input);
}

/* acc = gain * S + start, S what the kernel counts. Signs are counted where they agree. */
static struct channel_sum sum_of(const struct infer_layer *layer, size_t channel)
{
    const struct unit_plan *plan = layer->unit->plan;
    struct channel_sum sum = {.gain = infer_gain(layer->inputs[0])};
    if (layer->product != PRODUCT_NONE) {
        const struct infer_product_form *product = infer_product_form(layer->product);
        const bool agreements = product && product->traits & PRODUCT_COUNTS_AGREEMENTS;
        const struct sum_form form = {.gain = sum.gain, .bias = element_bias(layer), .complement = agreements};
        sum = int_channel_sum(layer->unit, channel, infer_negated(layer, channel), &form);
    } else if (unit_has(plan, TRAIT_JOIN)) {
        sum.start = infer_bias(layer->inputs[0]) + infer_bias(layer->inputs[1]);
    } else {
        sum.start = term_count(plan) * infer_bias(layer->inputs[0]);
    }
    return sum;
}

static void fold_bounds(struct infer_layer *layer)
{
    for (size_t c = 0; c < layer->channels; c++) {
        const bool falls = infer_negated(layer, c);
        const int64_t lo = falls ? -layer->unit->acc_hi[c] : layer->unit->acc_lo[c];
        const int64_t hi = falls ? -layer->unit->acc_lo[c] : layer->unit->acc_hi[c];
        const struct channel_sum sum = sum_of(layer, c);
        const int64_t sum_lo = channel_sum_within(&sum, lo), sum_hi = channel_sum_reaching(&sum, hi);
        layer->sum_lo = c == 0 || sum_lo < layer->sum_lo ? sum_lo : layer->sum_lo;
        layer->sum_hi = c == 0 || sum_hi > layer->sum_hi ? sum_hi : layer->sum_hi;
    }
    REQUIRE(layer->sum_lo >= -INT64_C(0x40000000) && layer->sum_hi < INT64_C(0x40000000));
}

/* ---- What follows from it ---------------------------------------------------------------------------------------- */

/* acc >= T becomes a threshold on the sum. A falling channel of weights is stored negated, and the order of its levels turns
 * round. */
static void fold_thresholds(struct infer_layer *layer, struct arena *arena)
{
    const struct int_thresholds *from = &layer->unit->thresholds;
    const size_t rows = layer->threshold_rows, levels = (size_t)from->levels;
    const int64_t never = layer->sum_hi + 1 > 1 ? layer->sum_hi + 1 : 1;
    layer->table_levels = 1;
    while (layer->table_levels < from->levels)
        layer->table_levels = 2 * layer->table_levels + 1;
    layer->thresholds = ARENA_NEW_ARRAY(arena, (size_t)layer->table_levels * rows, int64_t);
    for (size_t i = 0; i < (size_t)layer->table_levels * rows; i++)
        layer->thresholds[i] = never;
    for (size_t c = 0; c < layer->channels; c++) {
        const struct channel_sum sum = sum_of(layer, c);
        const int64_t *values = from->values + c * levels;
        for (size_t level = 0; level < levels; level++) {
            const int64_t t =
                infer_negated(layer, c) ? int_negated_threshold(values[levels - 1 - level]) : values[level];
            layer->thresholds[level * rows + c] = channel_sum_reaching(&sum, t);
        }
    }
}

/* multiplier * acc + addend - lift as an affine function of the sum; NULL: of the accumulator itself. */
static void fold_affine(struct infer_layer *layer, const int32_t *multiplier, const int64_t *addend, int64_t lift,
                        struct arena *arena)
{
    layer->multiplier = ARENA_NEW_ARRAY(arena, layer->channels, int64_t);
    layer->addend = ARENA_NEW_ARRAY(arena, layer->channels, int64_t);
    for (size_t c = 0; c < layer->channels; c++) {
        const struct channel_sum sum = sum_of(layer, c);
        const int64_t factor = multiplier ? multiplier[c] : 1;
        layer->multiplier[c] = factor * sum.gain;
        layer->addend[c] = factor * sum.start + (addend ? addend[c] : 0) - lift;
    }
}

static void copy_flips(struct infer_layer *layer, struct arena *arena)
{
    for (size_t c = 0; layer->product == PRODUCT_NONE && c < layer->channels; c++)
        if (layer->unit->thresholds.flip[c]) {
            if (!layer->flip)
                layer->flip = ARENA_NEW_ARRAY(arena, layer->channels, bool);
            layer->flip[c] = true;
        }
}

bool infer_same_for_all(const struct infer_layer *layer)
{
    const struct int_thresholds *thresholds = &layer->unit->thresholds;
    const size_t levels = (size_t)thresholds->levels;
    for (size_t c = 1; c < layer->channels; c++) {
        if (thresholds->flip[c] != thresholds->flip[0])
            return false;
        for (size_t level = 0; level < levels; level++)
            if (thresholds->values[c * levels + level] != thresholds->values[level])
                return false;
    }
    return true;
}

static enum infer_end end_of(const struct infer_layer *layer)
{
    const struct unit_plan *plan = layer->unit->plan;
    if (plan->kind != UNIT_CODES)
        return END_VALUES;
    if (plan->quantizer == QNN_QUANTIZER_NONE)
        return END_PLAIN;
    const bool table = !plan->node && layer->inputs[0]->planes <= 8 && infer_same_for_all(layer);
    return int_requant(layer->unit) && !table ? END_REQUANT : END_THRESHOLDS;
}

static void fold_end(struct infer_layer *layer, struct arena *arena)
{
    const struct int_unit *unit = layer->unit;
    const struct qnn_requant *requant = int_requant(unit);
    switch (layer->end) {
    case END_THRESHOLDS:
        fold_thresholds(layer, arena);
        copy_flips(layer, arena);
        break;
    case END_REQUANT:
        layer->shift = requant->shift;
        REQUIRE(layer->shift >= 0 && layer->shift < 63);
        /* The lowest code becomes 0, so that nothing negative is shifted. */
        fold_affine(layer, requant->multiplier, requant->addend, (int64_t)requant->first * (INT64_C(1) << layer->shift),
                    arena);
        break;
    case END_PLAIN:
        fold_affine(layer, NULL, NULL, -layer->output->offset, arena);
        break;
    case END_VALUES:
        fold_affine(layer, unit->multiplier, unit->addend, 0, arena);
        break;
    }
}

struct infer_layer infer_layer_make(const struct int_graph *graph, const struct infer_tensors *tensors, size_t index,
                                    struct arena *arena)
{
    const struct int_unit *unit = &graph->units[index];
    const struct unit_plan *plan = unit->plan;
    struct infer_layer layer = {
        .unit = unit,
        .name = plan->identifier,
        .product = product_of(unit),
        .positions = unit_positions(plan),
        .channels = plan->channels,
        .groups = 1,
        .group_channels = plan->channels,
        .threshold_rows = plan->channels,
    };
    for (int k = 0; k < plan->input_count; k++)
        layer.inputs[k] = infer_input_of(tensors, plan, k);
    if (plan->kind == UNIT_CODES)
        layer.output = &tensors->units[index];
    layer.end = end_of(&layer);
    if (layer.product != PRODUCT_NONE && layer.product != PRODUCT_DIRECT)
        infer_pack_weights(&layer, arena);
    if (layer.end == END_THRESHOLDS || layer.end == END_REQUANT) {
        layer.levels = unit->thresholds.levels;
        layer.base = unit->thresholds.first + layer.output->offset;
    }
    if (unit_has(plan, TRAIT_SELECTS))
        return layer;
    fold_bounds(&layer);
    fold_end(&layer, arena);
    return layer;
}
