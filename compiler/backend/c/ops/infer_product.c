/*
 * A layer that multiplies bit by bit, dense or conv: sums of eight rows at a time over the bits of the window, then codes or
 * values.
 *
 * Up to two bits, thresholds are compared eight rows at once and the bits stored as they come. Wider codes are made one
 * by one from the stored sums, which the compiler vectorises, and packed at the end.
 */
#include "backend/c/infer_kernels.h"
#include "backend/c/infer_layer.h"

#include <inttypes.h>

/* Weights in bytes: of each block and four products the eight rows, four weights each. Rows and products that fill up are 0. */
static void emit_byte_weights(const struct infer_layer *layer, struct text *out)
{
    const size_t blocks = layer->groups * layer->group_blocks, row_bytes = layer->window.bytes;
    struct arena arena = {0};
    int64_t *bytes = ARENA_NEW_ARRAY(&arena, blocks * INFER_ROWS * row_bytes, int64_t);
    for (size_t c = 0; c < layer->channels; c++)
        for (size_t i = 0; i < layer->unit->plan->fan_in; i++) {
            const size_t row = c % layer->group_channels;
            const size_t block = c / layer->group_channels * layer->group_blocks + row / INFER_ROWS;
            const size_t quad = block * (row_bytes / 4) + i / 4;
            bytes[(quad * INFER_ROWS + row % INFER_ROWS) * 4 + i % 4] = infer_weight(layer, c, i);
        }
    infer_emit_table(out, layer->name, "weights", bytes, blocks, INFER_ROWS * row_bytes);
    arena_free(&arena);
}

static void emit_weights(const struct infer_layer *layer, struct text *out)
{
    if (layer->product == PRODUCT_BYTES) {
        emit_byte_weights(layer, out);
        return;
    }
    enum { PER_LINE = INFER_ROWS / 2 };
    const size_t blocks = layer->groups * layer->group_blocks;
    text_printf(out, "static const uint64_t %s_weights[%zu][%zu] = {\n", layer->name, blocks, layer->block_words);
    for (size_t block = 0; block < blocks; block++) {
        text_add(out, "    {\n");
        for (size_t i = 0; i < layer->block_words; i++)
            text_printf(out, "%s0x%016" PRIx64 ",%s", i % PER_LINE == 0 ? "        " : " ",
                        layer->words[block * layer->block_words + i], i % PER_LINE == PER_LINE - 1 ? "\n" : "");
        text_add(out, "    },\n");
    }
    text_add(out, "};\n");
}

static const char *bits_of(const struct infer_layer *layer)
{
    return layer->window.gather == GATHER_NOTHING ? "input" : "window";
}

static bool has_total(const struct infer_layer *layer)
{
    const struct infer_product_form *product = infer_product_form(layer->product);
    return product && product->traits & PRODUCT_TAKES_TOTAL;
}

/* "block", or the block of a group. */
static const char *block_of(const struct infer_layer *layer, struct arena *arena)
{
    return layer->groups > 1 ? arena_printf(arena, "group * %zu + block", layer->group_blocks) : "block";
}

/* AVX2 adds two products in 16 signed bits, where they fit. */
static bool fits_byte_sums(const struct infer_layer *layer)
{
    const int64_t greatest = ((int64_t)1 << layer->inputs[0]->planes) - 1;
    return 2 * greatest * qnn_code_magnitude(&layer->unit->plan->weight_type) <= INT16_MAX;
}

static const char *byte_kernel(const struct infer_layer *layer)
{
    return fits_byte_sums(layer) ? "byte_sums" : "wide_byte_sums";
}

/* The call that gives the sums of block `block`. */
static const char *sums_of(const struct infer_layer *layer, struct arena *arena)
{
    const struct infer_product_form *product = infer_product_form(layer->product);
    if (!product)
        return arena_printf(arena, "%s(%s_weights[%s], %s, %zu)", byte_kernel(layer), layer->name,
                            block_of(layer, arena), bits_of(layer), layer->window.bytes / 4);
    return arena_printf(arena, "%s(%s_weights[%s], %s, %zu%s%s%s)", product->kernel, layer->name,
                        block_of(layer, arena), bits_of(layer), layer->window.words,
                        product->traits & PRODUCT_TAKES_PLANES ? arena_printf(arena, ", %zu", layer->inputs[0]->planes)
                                                               : "",
                        product->traits & PRODUCT_TAKES_PARTS ? arena_printf(arena, ", %zu", infer_parts(layer)) : "",
                        has_total(layer) ? ", total" : "");
}

/* One or two bits from 0 on, block by block: then codes go to planes without being seen one by one. */
static bool by_masks(const struct infer_layer *layer)
{
    const struct infer_tensor *output = layer->output;
    const bool whole_blocks = layer->groups == 1 || layer->group_channels % INFER_ROWS == 0;
    return layer->end == END_THRESHOLDS && output->form == FORM_PLANES && output->planes <= 2 && layer->base == 0 &&
           layer->levels == (1 << output->planes) - 1 && whole_blocks;
}

/* A mask per threshold, and the bits of the code from the masks. */
static void emit_masks(const struct infer_layer *layer, struct infer_place place, int threshold_bits,
                       struct arena *arena, struct text *out)
{
    const char *block = block_of(layer, arena), *sums = sums_of(layer, arena);
    const char *first = layer->groups > 1 ? arena_printf(arena, "8 * (%s)", block) : "8 * block";
    struct text to = {0};
    infer_add_at("output", place.position, layer->output->words, &to);
    infer_line(out, place.depth, "for (size_t block = 0; block < %zu; block++) {", layer->group_blocks);
    const int depth = place.depth + 1;
    infer_line(out, depth, "const lanes sums = %s;", sums);
    if (layer->levels == 1) {
        infer_line(out, depth, "place(%s, %s, at_least_%d(sums, %s_thresholds + %s));", text_cstr(&to), block,
                   threshold_bits, layer->name, first);
    } else {
        for (int level = 0; level < layer->levels; level++)
            infer_line(out, depth, "const unsigned reached%d = at_least_%d(sums, %s_thresholds[%d] + %s);", level + 1,
                       threshold_bits, layer->name, level, first);
        infer_line(out, depth, "place(%s, %s, reached1 ^ reached2 ^ reached3);", text_cstr(&to), block);
        infer_line(out, depth, "place(%s + %zu, %s, reached2);", text_cstr(&to), infer_stride(layer->output), block);
    }
    infer_line(out, place.depth, "}");
    text_free(&to);
}

/* Rows that fill up a group are overwritten by the next group's first; after the last there is room for them. */
static size_t sum_count(const struct infer_layer *layer)
{
    return (layer->groups - 1) * layer->group_channels + layer->group_blocks * INFER_ROWS;
}

static void emit_stores(const struct infer_layer *layer, int depth, struct arena *arena, struct text *out)
{
    infer_line(out, depth, "for (size_t block = 0; block < %zu; block++)", layer->group_blocks);
    if (layer->groups > 1)
        infer_line(out, depth + 1, "store(sum + group * %zu + 8 * block, %s);", layer->group_channels,
                   sums_of(layer, arena));
    else
        infer_line(out, depth + 1, "store(sum + 8 * block, %s);", sums_of(layer, arena));
}

static void emit_gather_call(const struct infer_layer *layer, int depth, struct text *out)
{
    if (infer_gathers_bytes(layer))
        infer_emit_gather_bytes(layer, depth, out);
    else if (layer->window.gather != GATHER_NOTHING)
        infer_line(out, depth, "window_%s(input, %s%swindow);", layer->name,
                   unit_has(layer->unit->plan, TRAIT_WINDOW) ? "y, x, " : "", layer->groups > 1 ? "group, " : "");
    if (has_total(layer))
        infer_line(out, depth, "const int32_t total = total_of(%s, %zu, %zu);", bits_of(layer),
                   layer->window.bytes ? layer->window.bytes / 4 : layer->window.words, layer->inputs[0]->planes);
}

static unsigned emit_position(const struct infer_layer *layer, struct infer_place place, int threshold_bits,
                              struct arena *arena, struct text *out)
{
    const bool masks = by_masks(layer);
    struct infer_place inside = place;
    if (layer->window.gather != GATHER_NOTHING) {
        text_printf(out, "%*s", 4 * place.depth, "");
        infer_declare_window(layer, out);
        text_add(out, ";\n");
    }
    if (!masks)
        infer_line(out, place.depth, "int32_t sum[%zu];", sum_count(layer));
    if (layer->groups > 1) {
        infer_line(out, place.depth, "for (size_t group = 0; group < %zu; group++) {", layer->groups);
        inside.depth++;
    }
    emit_gather_call(layer, inside.depth, out);
    if (masks)
        emit_masks(layer, inside, threshold_bits, arena, out);
    else
        emit_stores(layer, inside.depth, arena, out);
    if (layer->groups > 1)
        infer_line(out, place.depth, "}");
    if (masks)
        return NEED_PLACE;
    infer_open_codes(layer, place, out);
    infer_emit_codes(layer, place.depth, "sum[c]", out);
    return NEED_STORE | infer_close_codes(layer, place, out);
}

/* The kernels that the sums, and the masks, need. */
static unsigned kernels_of(const struct infer_layer *layer, int threshold_bits)
{
    const struct infer_product_form *product = infer_product_form(layer->product);
    const unsigned counts = product ? product->needs : fits_byte_sums(layer) ? NEED_BYTE_SUMS : NEED_WIDE_BYTE_SUMS;
    static const unsigned comparisons[] = {[8] = NEED_AT_LEAST_8, [16] = NEED_AT_LEAST_16, [32] = NEED_AT_LEAST_32};
    return counts | (by_masks(layer) ? comparisons[threshold_bits] : 0);
}

static unsigned emit_product(const struct infer_layer *layer, struct text *out)
{
    struct arena arena = {0};
    emit_weights(layer, out);
    const int threshold_bits = infer_emit_end_constants(layer, out);
    text_add(out, "\n");
    unsigned needs = infer_emit_window(layer, out) | kernels_of(layer, threshold_bits);
    infer_emit_head(layer, out);
    const struct infer_place place = infer_open_loops(layer, unit_has(layer->unit->plan, TRAIT_WINDOW), &arena, out);
    needs |= emit_position(layer, place, threshold_bits, &arena, out);
    infer_close_loops(place, out);
    arena_free(&arena);
    return needs;
}

unsigned infer_emit_dense(const struct infer_layer *layer, struct text *out)
{
    return emit_product(layer, out);
}

unsigned infer_emit_conv(const struct infer_layer *layer, struct text *out)
{
    return emit_product(layer, out);
}
