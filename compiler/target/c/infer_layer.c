/* Folding a unit into the terms of its kernel; see infer_layer.h for the algebra. */
#include "target/c/infer_layer.h"

#include "base/require.h"

static int64_t floor_divide(int64_t value, int64_t divisor)
{
    const int64_t quotient = value / divisor;
    return quotient * divisor > value ? quotient - 1 : quotient;
}

static int64_t ceil_divide(int64_t value, int64_t divisor)
{
    return -floor_divide(-value, divisor);
}

static size_t words_of(size_t elements)
{
    return (elements + INFER_WORD - 1) / INFER_WORD;
}

static enum infer_product product_of(const struct int_unit *unit)
{
    if (!unit->weights)
        return PRODUCT_NONE;
    const bool binary = unit->weight_kind == WEIGHT_BINARY;
    if (unit->input.kind == CODE_BIPOLAR)
        return binary ? PRODUCT_SIGNS : PRODUCT_KEPT_SIGNS;
    return binary ? PRODUCT_BINARY : PRODUCT_TERNARY;
}

/* The weights of a channel as the kernel has them: negated where the channel falls. */
struct row {
    const int8_t *weights;
    size_t count;
    int sign;
};

static int row_weight(const struct row *row, size_t input)
{
    return row->sign * row->weights[input];
}

static bool negated(const struct infer_layer *layer, size_t channel)
{
    return layer->product != PRODUCT_NONE && !layer->scaled && layer->unit->thresholds.flip[channel];
}

static struct row row_of(const struct infer_layer *layer, size_t channel)
{
    return (struct row){layer->unit->weights + channel * layer->inputs, layer->inputs,
                        negated(layer, channel) ? -1 : 1};
}

static int64_t sum_bias(const struct infer_layer *layer, size_t channel)
{
    const bool is_signed = layer->unit->input.kind == CODE_SIGNED;
    const int64_t offset = is_signed ? INFER_SIGNED_OFFSET : 0;
    if (layer->product == PRODUCT_NONE)
        return layer->unit->input.kind == CODE_BIPOLAR ? -1 : -offset;
    const struct row row = row_of(layer, channel);
    int64_t kept = 0, total = 0;
    for (size_t i = 0; i < row.count; i++) {
        kept += row_weight(&row, i) != 0;
        total += row_weight(&row, i);
    }
    return layer->unit->input.kind == CODE_BIPOLAR ? -kept : -offset * total;
}

static int64_t sum_gain(const struct infer_layer *layer)
{
    return layer->unit->input.kind == CODE_BIPOLAR ? 2 : 1;
}

static void fold_bounds(struct infer_layer *layer)
{
    for (size_t c = 0; c < layer->channels; c++) {
        const bool falls = negated(layer, c);
        const int64_t lo = falls ? -layer->unit->acc_hi[c] : layer->unit->acc_lo[c];
        const int64_t hi = falls ? -layer->unit->acc_lo[c] : layer->unit->acc_hi[c];
        const int64_t bias = sum_bias(layer, c);
        const int64_t sum_lo = floor_divide(lo - bias, sum_gain(layer));
        const int64_t sum_hi = ceil_divide(hi - bias, sum_gain(layer));
        layer->sum_lo = c == 0 || sum_lo < layer->sum_lo ? sum_lo : layer->sum_lo;
        layer->sum_hi = c == 0 || sum_hi > layer->sum_hi ? sum_hi : layer->sum_hi;
    }
    REQUIRE(layer->sum_lo >= -INT64_C(0x40000000) && layer->sum_hi < INT64_C(0x40000000));
}

/* acc >= T becomes sum >= ceil((T - bias) / gain). A falling dense channel's code counts the thresholds above acc:
 * acc < T is -acc >= 1 - T, and the order of levels turns round. */
static void fold_thresholds(struct infer_layer *layer, struct arena *arena)
{
    const struct int_thresholds *from = &layer->unit->thresholds;
    const size_t rows = layer->threshold_rows;
    const int64_t never = layer->sum_hi + 1 > 1 ? layer->sum_hi + 1 : 1;
    layer->levels = from->levels;
    layer->thresholds = ARENA_NEW_ARRAY(arena, (size_t)from->levels * rows, int64_t);
    for (size_t level = 0; level < (size_t)from->levels; level++)
        for (size_t c = 0; c < rows; c++) {
            int64_t *threshold = &layer->thresholds[level * rows + c];
            *threshold = never;
            if (c >= layer->channels)
                continue;
            const int64_t *values = from->values + c * (size_t)from->levels;
            const int64_t t = negated(layer, c) ? 1 - values[(size_t)from->levels - 1 - level] : values[level];
            *threshold = ceil_divide(t - sum_bias(layer, c), sum_gain(layer));
        }
}

static void fold_scaled(struct infer_layer *layer, const int32_t *multiplier, const int64_t *addend,
                        struct arena *arena)
{
    layer->multiplier = ARENA_NEW_ARRAY(arena, layer->channels, int64_t);
    layer->addend = ARENA_NEW_ARRAY(arena, layer->channels, int64_t);
    for (size_t c = 0; c < layer->channels; c++) {
        layer->multiplier[c] = multiplier[c] * sum_gain(layer);
        layer->addend[c] = multiplier[c] * sum_bias(layer, c) + addend[c];
    }
}

static void copy_flips(struct infer_layer *layer, struct arena *arena)
{
    for (size_t c = 0; c < layer->channels; c++)
        if (layer->unit->thresholds.flip[c]) {
            if (!layer->flip)
                layer->flip = ARENA_NEW_ARRAY(arena, layer->channels, bool);
            layer->flip[c] = true;
        }
}

/*
 * Words of a block: [word][row] for binary weights, and for ternary ones two such parts, one after the other. Input i
 * is bit i % 64 of word i / 64. A set bit stands for
 *     PRODUCT_SIGNS       the weight -1
 *     PRODUCT_KEPT_SIGNS  first part: a weight that is not 0; second part: the weight -1
 *     PRODUCT_BINARY      the weight +1
 *     PRODUCT_TERNARY     first part: the weight +1; second part: the weight -1
 */
static void pack_weights(struct infer_layer *layer, struct arena *arena)
{
    static const size_t parts[PRODUCT_COUNT] = {0, 1, 2, 1, 2};
    const size_t part_words = layer->input_words * INFER_ROWS;
    layer->block_words = parts[layer->product] * part_words;
    layer->words = ARENA_NEW_ARRAY(arena, layer->blocks * layer->block_words, uint64_t);
    for (size_t c = 0; c < layer->channels; c++) {
        const struct row row = row_of(layer, c);
        uint64_t *first = layer->words + c / INFER_ROWS * layer->block_words + c % INFER_ROWS;
        for (size_t i = 0; i < layer->inputs; i++) {
            const int w = row_weight(&row, i);
            const bool set[PRODUCT_COUNT][2] = {[PRODUCT_SIGNS] = {w < 0, false},
                                                [PRODUCT_KEPT_SIGNS] = {w != 0, w < 0},
                                                [PRODUCT_BINARY] = {w > 0, false},
                                                [PRODUCT_TERNARY] = {w > 0, w < 0}};
            for (size_t part = 0; part < parts[layer->product]; part++)
                first[part * part_words + i / INFER_WORD * INFER_ROWS] |= (uint64_t)set[layer->product][part]
                                                                          << i % INFER_WORD;
        }
    }
}

struct infer_layer infer_layer_make(const struct int_graph *graph, size_t index, struct arena *arena)
{
    const struct int_unit *unit = &graph->units[index];
    const int input = unit->plan->inputs[0];
    REQUIRE(input < (int)index);
    struct infer_layer layer = {.unit = unit,
                                .name = unit->plan->identifier,
                                .product = product_of(unit),
                                .from_input = input < 0,
                                .channels = unit->plan->channels,
                                .input_planes = (size_t)unit->input.bits};
    const bool codes = unit->plan->kind == UNIT_CODES;
    layer.inputs = layer.product == PRODUCT_NONE ? layer.channels : unit->plan->fan_in;
    layer.input_words = words_of(layer.inputs);
    layer.bytes = layer.from_input && layer.product == PRODUCT_NONE;
    layer.source =
        layer.from_input ? "input_codes" : arena_printf(arena, "%s_codes", graph->units[input].plan->identifier);
    layer.blocks = (layer.channels + INFER_ROWS - 1) / INFER_ROWS;
    layer.threshold_rows = layer.product == PRODUCT_NONE ? layer.channels : layer.blocks * INFER_ROWS;
    layer.output_words = words_of(layer.channels);
    layer.output_planes = codes ? (size_t)unit->output.bits : 0;
    const struct qnn_requant *requant = int_requant(unit);
    layer.scaled = !codes || (requant && layer.product != PRODUCT_NONE);
    layer.shift = requant ? requant->shift : 0;
    REQUIRE(layer.shift >= 0 && layer.shift < 63);
    layer.levels = codes ? unit->thresholds.levels : 0;
    fold_bounds(&layer);
    if (layer.scaled)
        fold_scaled(&layer, codes ? requant->multiplier : unit->multiplier, codes ? requant->addend : unit->addend,
                    arena);
    else
        fold_thresholds(&layer, arena);
    if (layer.product == PRODUCT_NONE && !layer.scaled)
        copy_flips(&layer, arena);
    if (layer.product != PRODUCT_NONE)
        pack_weights(&layer, arena);
    return layer;
}
