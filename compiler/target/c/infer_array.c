/* Constant arrays and the expressions made from them. */
#include "target/c/infer_layer.h"

#include "base/require.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_WIDTH = 120, INDENT = 4 };

bool infer_all_equal(const int64_t *values, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (values[i] != values[0])
            return false;
    return true;
}

static int type_bits(const int64_t *values, size_t count)
{
    int bits = 8;
    for (size_t i = 0; i < count; i++)
        while (bits < 64 && (values[i] < -(INT64_C(1) << (bits - 1)) || values[i] >= INT64_C(1) << (bits - 1)))
            bits *= 2;
    return bits;
}

/* Numbers separated by commas, lines filled up to the width; each line starts with `indent` blanks. */
static void add_numbers(struct text *out, const int64_t *values, size_t count, int indent)
{
    int column = 0;
    for (size_t i = 0; i < count; i++) {
        char number[24];
        const int length = snprintf(number, sizeof number, "%" PRId64 ",", values[i]);
        if (column == 0 || column + 1 + length > LINE_WIDTH) {
            text_printf(out, "%s%*s", column == 0 ? "" : "\n", indent, "");
            column = indent;
        } else {
            text_add(out, " ");
            column++;
        }
        text_add(out, number);
        column += length;
    }
    text_add(out, "\n");
}

int infer_emit_array(struct text *out, const char *layer, const char *what, const int64_t *values, size_t rows,
                     size_t columns)
{
    const int bits = type_bits(values, rows * columns);
    text_printf(out, "static const int%d_t %s_%s", bits, layer, what);
    if (rows == 1) {
        text_printf(out, "[%zu] = {\n", columns);
        add_numbers(out, values, columns, INDENT);
    } else {
        text_printf(out, "[%zu][%zu] = {\n", rows, columns);
        for (size_t row = 0; row < rows; row++) {
            text_printf(out, "%*s{\n", INDENT, "");
            add_numbers(out, values + row * columns, columns, 2 * INDENT);
            text_printf(out, "%*s},\n", INDENT, "");
        }
    }
    text_add(out, "};\n");
    return bits;
}

void infer_emit_scaled_constants(const struct infer_layer *layer, struct text *out)
{
    if (!infer_all_equal(layer->multiplier, layer->channels))
        infer_emit_array(out, layer->name, "multiplier", layer->multiplier, 1, layer->channels);
    if (!infer_all_equal(layer->addend, layer->channels))
        infer_emit_array(out, layer->name, "addend", layer->addend, 1, layer->channels);
}

const char *infer_scaled_type(const struct infer_layer *layer)
{
    const int64_t lo = llabs(layer->sum_lo), hi = llabs(layer->sum_hi), sum = lo > hi ? lo : hi;
    for (size_t c = 0; c < layer->channels; c++) {
        const int64_t product = llabs(layer->multiplier[c]) * sum;
        if (product > INT32_MAX || llabs(layer->addend[c]) > INT32_MAX - product)
            return "int64_t";
    }
    return layer->output_planes ? "int32_t" : "int64_t";
}

void infer_emit_scaled(const struct infer_layer *layer, const char *sum, struct text *out)
{
    const char *type = infer_scaled_type(layer);
    const int64_t multiplier = layer->multiplier[0], addend = layer->addend[0];
    if (!infer_all_equal(layer->multiplier, layer->channels))
        text_printf(out, "(%s)%s_multiplier[c] * %s", type, layer->name, sum);
    else if (multiplier == 1)
        text_add(out, sum);
    else
        text_printf(out, "(%s)%" PRId64 " * %s", type, multiplier, sum);
    if (!infer_all_equal(layer->addend, layer->channels))
        text_printf(out, " + %s_addend[c]", layer->name);
    else if (addend)
        text_printf(out, " %c %" PRIu64, addend < 0 ? '-' : '+', addend < 0 ? -(uint64_t)addend : (uint64_t)addend);
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

void infer_emit_comment(const struct infer_layer *layer, const struct model *model, struct text *out)
{
    static const char *const weights[PRODUCT_COUNT] = {"no weights", "binary weights", "ternary weights",
                                                       "binary weights", "ternary weights"};
    static const char *const set_bits[PRODUCT_COUNT] = {
        "", "\n * Set bits: weights -1.", "\n * Set bits: the weights that are not 0, then the weights -1.",
        "\n * Set bits: weights +1.", "\n * Set bits: the weights +1, then the weights -1."};
    const struct unit_plan *plan = layer->unit->plan;
    const struct model_node *node = plan->linear ? plan->linear : plan->end;
    text_printf(out, "/* %s: ", plan->name);
    if (node && node->written)
        text_printf(out, "%s, ", node->written);
    text_printf(out, "%s; %zu codes of %zu bit%s -> %zu ", weights[layer->product], layer->inputs, layer->input_planes,
                layer->input_planes == 1 ? "" : "s", layer->channels);
    if (layer->output_planes)
        text_printf(out, "codes of %zu bit%s", layer->output_planes, layer->output_planes == 1 ? "" : "s");
    else
        text_add(out, "values");
    if (node && node->span.source)
        text_printf(out, "    %s:%zu", file_name(node->span.source->name), model_line(model, node->span));
    text_printf(out, "%s */\n", set_bits[layer->product]);
}

void infer_emit_output_parameter(const struct infer_layer *layer, struct text *out)
{
    if (!layer->output_planes)
        text_printf(out, "int64_t values[%zu]", layer->channels);
    else if (layer->output_planes == 1)
        text_printf(out, "uint64_t output[%zu]", layer->output_words);
    else
        text_printf(out, "uint64_t output[%zu * %zu]", layer->output_planes, layer->output_words);
}
