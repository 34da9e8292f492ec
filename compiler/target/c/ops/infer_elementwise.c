/*
 * A layer without weights: each element's code on its own. Where all channels have the same thresholds (nothing but the
 * quantizer stands in the unit) one bit is a comparison with a number and more bits are a table; otherwise every channel
 * has thresholds of its own.
 */
#include "target/c/infer_kernels.h"
#include "target/c/infer_layer.h"

#include <inttypes.h>

static bool same_for_all(const struct infer_layer *layer)
{
    for (size_t level = 0; level < (size_t)layer->levels; level++)
        if (!infer_all_equal(layer->thresholds + level * layer->channels, layer->channels))
            return false;
    for (size_t c = 0; layer->flip && c < layer->channels; c++)
        if (!layer->flip[c])
            return false;
    return true;
}

/* The code of an input code under the thresholds that all channels share. */
static int64_t shared_code(const struct infer_layer *layer, int64_t input)
{
    int64_t reached = 0;
    for (size_t level = 0; level < (size_t)layer->levels; level++)
        reached += input >= layer->thresholds[level * layer->channels];
    return layer->flip ? layer->levels - reached : reached;
}

static void emit_table(const struct infer_layer *layer, struct text *out)
{
    int64_t table[256];
    const size_t count = (size_t)1 << layer->input_planes;
    for (size_t i = 0; i < count; i++)
        table[i] = shared_code(layer, (int64_t)i);
    text_printf(out, "static const uint8_t %s_code[%zu] = {", layer->name, count);
    for (size_t i = 0; i < count; i++)
        text_printf(out, "%s%" PRId64 ",", i % 16 == 0 ? "\n    " : " ", table[i]);
    text_add(out, "\n};\n");
}

static void emit_constants(const struct infer_layer *layer, bool shared, struct text *out)
{
    if (layer->scaled)
        infer_emit_scaled_constants(layer, out);
    else if (shared && layer->levels > 1)
        emit_table(layer, out);
    else if (!shared)
        infer_emit_array(out, layer->name, "thresholds", layer->thresholds, (size_t)layer->levels, layer->channels);
    if (!shared && layer->flip) {
        text_printf(out, "static const uint8_t %s_falls[%zu] = {", layer->name, layer->channels);
        for (size_t c = 0; c < layer->channels; c++)
            text_printf(out, "%s%d,", c % 32 == 0 ? "\n    " : " ", layer->flip[c]);
        text_add(out, "\n};\n");
    }
}

/* The input code of element c, as an expression of type int. */
static void emit_input(const struct infer_layer *layer, struct text *out)
{
    if (!layer->bytes)
        text_printf(out, "code_at(input, %zu, %zu, c)", layer->input_words, layer->input_planes);
    else if (layer->unit->input.kind == CODE_SIGNED)
        text_printf(out, "input[c] + %d", INFER_SIGNED_OFFSET);
    else
        text_add(out, "input[c]");
}

static void emit_shared(const struct infer_layer *layer, struct text *out)
{
    if (layer->levels == 1) {
        /* signed, so that a comparison that always holds is no comparison of an unsigned number with 0 */
        text_add(out, "        const int32_t x = ");
        emit_input(layer, out);
        text_printf(out, ";\n        code[c] = x %s %" PRId64 ";\n", layer->flip ? "<" : ">=", layer->thresholds[0]);
    } else {
        text_printf(out, "        code[c] = %s_code[", layer->name);
        emit_input(layer, out);
        text_add(out, "];\n");
    }
}

static void emit_own(const struct infer_layer *layer, struct text *out)
{
    text_add(out, "        const int32_t x = ");
    emit_input(layer, out);
    text_add(out, ";\n");
    if (layer->levels == 1) {
        text_printf(out, "        const unsigned reached = x >= %s_thresholds[c];\n", layer->name);
    } else {
        text_printf(out,
                    "        unsigned reached = 0;\n"
                    "        for (size_t level = 0; level < %d; level++)\n"
                    "            reached += x >= %s_thresholds[level][c];\n",
                    layer->levels, layer->name);
    }
    if (layer->flip)
        text_printf(out, "        code[c] = (uint8_t)(%s_falls[c] ? %d - reached : reached);\n", layer->name,
                    layer->levels);
    else
        text_add(out, "        code[c] = (uint8_t)reached;\n");
}

static void emit_values(const struct infer_layer *layer, struct text *out)
{
    text_add(out, "        const int32_t x = ");
    emit_input(layer, out);
    text_add(out, ";\n        values[c] = ");
    infer_emit_scaled(layer, "x", out);
    text_add(out, ";\n");
}

unsigned infer_emit_elementwise(const struct infer_layer *layer, struct text *out)
{
    const bool shared = !layer->scaled && same_for_all(layer);
    emit_constants(layer, shared, out);
    const bool is_signed = layer->unit->input.kind == CODE_SIGNED;
    text_printf(out, "static void infer_%s(const %s input[", layer->name,
                !layer->bytes ? "uint64_t"
                : is_signed   ? "int8_t"
                              : "uint8_t");
    if (layer->bytes)
        text_printf(out, "%zu], ", layer->channels);
    else
        text_printf(out, "%zu * %zu], ", layer->input_planes, layer->input_words);
    infer_emit_output_parameter(layer, out);
    text_add(out, ")\n{\n");
    if (layer->output_planes)
        text_printf(out, "    uint8_t code[%zu];\n", layer->channels);
    text_printf(out, "    for (size_t c = 0; c < %zu; c++) {\n", layer->channels);
    if (layer->scaled)
        emit_values(layer, out);
    else if (shared)
        emit_shared(layer, out);
    else
        emit_own(layer, out);
    text_add(out, "    }\n");
    if (layer->output_planes)
        text_printf(out, "    pack(code, %zu, %zu, output);\n", layer->channels, layer->output_planes);
    text_add(out, "}\n\n");
    return (layer->output_planes ? NEED_PACK : 0) | (layer->bytes ? 0 : NEED_CODE_AT);
}
