/*
 * A layer with weights: sums of eight rows at a time, then codes or values.
 *
 * Up to two bits, thresholds are compared eight rows at once and the bits stored as they come. Wider codes are made one
 * by one from the stored sums, which the compiler vectorises, and packed at the end.
 */
#include "target/c/infer_kernels.h"
#include "target/c/infer_layer.h"

#include <inttypes.h>

static void emit_weights(const struct infer_layer *layer, struct text *out)
{
    enum { PER_LINE = INFER_ROWS / 2 };
    text_printf(out, "static const uint64_t %s_weights[%zu][%zu] = {\n", layer->name, layer->blocks,
                layer->block_words);
    for (size_t block = 0; block < layer->blocks; block++) {
        text_add(out, "    {\n");
        for (size_t i = 0; i < layer->block_words; i++)
            text_printf(out, "%s0x%016" PRIx64 ",%s", i % PER_LINE == 0 ? "        " : " ",
                        layer->words[block * layer->block_words + i], i % PER_LINE == PER_LINE - 1 ? "\n" : "");
        text_add(out, "    },\n");
    }
    text_add(out, "};\n");
}

/* The call that gives the sums of block `block`. */
static void emit_sums(const struct infer_layer *layer, struct text *out)
{
    static const char *const kernel[PRODUCT_COUNT] = {"", "count_xor", "count_kept_xor", "binary_sums", "ternary_sums"};
    text_printf(out, "%s(%s_weights[block], input, %zu", kernel[layer->product], layer->name, layer->input_words);
    if (layer->product == PRODUCT_BINARY || layer->product == PRODUCT_TERNARY)
        text_printf(out, ", %zu", layer->input_planes);
    if (layer->product == PRODUCT_BINARY)
        text_add(out, ", total");
    text_add(out, ")");
}

static void emit_head(const struct infer_layer *layer, struct text *out)
{
    text_printf(out, "static void infer_%s(const uint64_t input[", layer->name);
    if (layer->input_planes > 1)
        text_printf(out, "%zu * ", layer->input_planes);
    text_printf(out, "%zu], ", layer->input_words);
    infer_emit_output_parameter(layer, out);
    text_add(out, ")\n{\n");
    if (layer->product == PRODUCT_BINARY)
        text_printf(out, "    const int32_t total = total_of(input, %zu, %zu);\n", layer->input_words,
                    layer->input_planes);
}

static bool by_masks(const struct infer_layer *layer)
{
    return layer->output_planes == 1 || layer->output_planes == 2;
}

/* One or two bits: a mask per threshold, and the bits of the code from the masks. */
static void emit_masks(const struct infer_layer *layer, int threshold_bits, struct text *out)
{
    emit_head(layer, out);
    text_printf(out, "    for (size_t block = 0; block < %zu; block++) {\n        const lanes sums = ", layer->blocks);
    emit_sums(layer, out);
    text_add(out, ";\n");
    if (layer->levels == 1) {
        text_printf(out, "        place(output, block, at_least_%d(sums, %s_thresholds + 8 * block));\n",
                    threshold_bits, layer->name);
    } else {
        for (int level = 0; level < layer->levels; level++)
            text_printf(out, "        const unsigned reached%d = at_least_%d(sums, %s_thresholds[%d] + 8 * block);\n",
                        level + 1, threshold_bits, layer->name, level);
        text_printf(out,
                    "        place(output, block, reached1 ^ reached2 ^ reached3);\n"
                    "        place(output + %zu, block, reached2);\n",
                    layer->output_words);
    }
    text_add(out, "    }\n}\n\n");
}

/* The code of channel c from sum[c]: by multiplier, addend and shift, or by bisection of the thresholds. */
static void emit_code(const struct infer_layer *layer, struct text *out)
{
    if (layer->scaled) {
        const char *type = infer_scaled_type(layer);
        text_printf(out, "        const %s scaled = ", type);
        infer_emit_scaled(layer, "sum[c]", out);
        text_printf(out,
                    ";\n"
                    "        const %s shifted = (scaled < 0 ? 0 : scaled) >> %d;\n"
                    "        code[c] = (uint8_t)(shifted < %d ? shifted : %d);\n",
                    type, layer->shift, layer->levels, layer->levels);
    } else {
        text_printf(out,
                    "        unsigned reached = 0;\n"
                    "        for (unsigned step = %d; step > 0; step /= 2)\n"
                    "            if (sum[c] >= %s_thresholds[reached + step - 1][c])\n"
                    "                reached += step;\n"
                    "        code[c] = (uint8_t)reached;\n",
                    (layer->levels + 1) / 2, layer->name);
    }
}

static void emit_from_sums(const struct infer_layer *layer, struct text *out)
{
    emit_head(layer, out);
    text_printf(out, "    int32_t sum[%zu];\n", layer->blocks * INFER_ROWS);
    if (layer->output_planes)
        text_printf(out, "    uint8_t code[%zu];\n", layer->channels);
    text_printf(out, "    for (size_t block = 0; block < %zu; block++)\n        store(sum + 8 * block, ",
                layer->blocks);
    emit_sums(layer, out);
    text_add(out, ");\n");
    if (layer->output_planes) {
        text_printf(out, "    for (size_t c = 0; c < %zu; c++) {\n", layer->channels);
        emit_code(layer, out);
        text_printf(out, "    }\n    pack(code, %zu, %zu, output);\n", layer->channels, layer->output_planes);
    } else {
        text_printf(out, "    for (size_t c = 0; c < %zu; c++)\n        values[c] = ", layer->channels);
        infer_emit_scaled(layer, "sum[c]", out);
        text_add(out, ";\n");
    }
    text_add(out, "}\n\n");
}

/* The kernels that the emitted function calls. */
static unsigned kernels_of(const struct infer_layer *layer, int threshold_bits)
{
    static const unsigned counts[PRODUCT_COUNT] = {
        0, NEED_COUNT_XOR, NEED_COUNT_KEPT_XOR, NEED_COUNT_AND | NEED_BINARY_SUMS, NEED_COUNT_AND | NEED_TERNARY_SUMS};
    static const unsigned comparisons[] = {[8] = NEED_AT_LEAST_8, [16] = NEED_AT_LEAST_16, [32] = NEED_AT_LEAST_32};
    const unsigned count = counts[layer->product];
    if (by_masks(layer))
        return count | comparisons[threshold_bits] | NEED_PLACE;
    return count | NEED_STORE | (layer->output_planes ? NEED_PACK : 0);
}

unsigned infer_emit_dense(const struct infer_layer *layer, struct text *out)
{
    emit_weights(layer, out);
    if (layer->scaled)
        infer_emit_scaled_constants(layer, out);
    int threshold_bits = 0;
    if (!layer->scaled)
        threshold_bits = infer_emit_array(out, layer->name, "thresholds", layer->thresholds, (size_t)layer->levels,
                                          layer->threshold_rows);
    text_add(out, "\n");
    if (by_masks(layer))
        emit_masks(layer, threshold_bits, out);
    else
        emit_from_sums(layer, out);
    return kernels_of(layer, threshold_bits);
}
