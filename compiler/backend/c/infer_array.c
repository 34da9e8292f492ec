/* Constant arrays and the expressions made from them. */
#include "backend/c/infer_layer.h"

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

int infer_emit_table(struct text *out, const char *layer, const char *what, const int64_t *values, size_t rows,
                     size_t columns)
{
    const int bits = type_bits(values, rows * columns);
    text_printf(out, "static const int%d_t %s_%s[%zu][%zu] = {\n", bits, layer, what, rows, columns);
    for (size_t row = 0; row < rows; row++) {
        text_printf(out, "%*s{\n", INDENT, "");
        add_numbers(out, values + row * columns, columns, 2 * INDENT);
        text_printf(out, "%*s},\n", INDENT, "");
    }
    text_add(out, "};\n");
    return bits;
}

int infer_emit_array(struct text *out, const char *layer, const char *what, const int64_t *values, size_t rows,
                     size_t columns)
{
    if (rows > 1)
        return infer_emit_table(out, layer, what, values, rows, columns);
    const int bits = type_bits(values, columns);
    text_printf(out, "static const int%d_t %s_%s[%zu] = {\n", bits, layer, what, columns);
    add_numbers(out, values, columns, INDENT);
    text_add(out, "};\n");
    return bits;
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* "28 x 28 x 3 codes of 8 bits", "10 codes of 1 bit". */
static void add_tensor(const struct infer_tensor *tensor, struct text *out)
{
    if (tensor->positions > 1)
        text_printf(out, "%d x %d x ", tensor->edge.shape.height, tensor->edge.shape.width);
    text_printf(out, "%zu codes of %zu bit%s", tensor->channels, tensor->planes, tensor->planes == 1 ? "" : "s");
}

void infer_emit_comment(const struct infer_layer *layer, const struct model *model, struct text *out)
{
    static const char *const set_bits[PRODUCT_COUNT] = {
        [PRODUCT_SIGNS] = "\n * Set bits: weights -1.",
        [PRODUCT_KEPT_SIGNS] = "\n * Set bits: the weights that are not 0, then the weights -1.",
        [PRODUCT_BINARY] = "\n * Set bits: weights +1.",
        [PRODUCT_TERNARY] = "\n * Set bits: the weights +1, then the weights -1."};
    static const char *const weights[QNN_ENCODING_COUNT] = {
        [QNN_ENCODING_SIGN] = "binary weights; ", [QNN_ENCODING_SIGN_ZERO] = "ternary weights; "};
    const struct unit_plan *plan = layer->unit->plan;
    const struct model_node *node = plan->node ? plan->node : plan->end;
    text_printf(out, "/* %s: ", plan->name);
    if (node && node->written)
        text_printf(out, "%s; ", node->written);
    if (layer->product != PRODUCT_NONE)
        text_add(out, weights[plan->weight_type.encoding]);
    add_tensor(layer->inputs[0], out);
    if (layer->inputs[1]) {
        text_add(out, " and ");
        add_tensor(layer->inputs[1], out);
    }
    text_add(out, " -> ");
    if (layer->output)
        add_tensor(layer->output, out);
    else
        text_printf(out, "%zu values", layer->channels);
    if (node && node->span.source)
        text_printf(out, "    %s:%zu", file_name(node->span.source->name), model_line(model, node->span));
    text_printf(out, "%s */\n", set_bits[layer->product] ? set_bits[layer->product] : "");
}

unsigned infer_emit_layer(const struct infer_layer *layer, struct text *out)
{
    static unsigned (*const emitters[UNIT_SOURCE_COUNT])(const struct infer_layer *layer, struct text *out) = {
#define SOURCE(ID, name, traits) [UNIT_##ID] = infer_emit_##name,
#include "integer/sources.def"
    };
    return layer->product == PRODUCT_DIRECT ? infer_emit_direct(layer, out)
                                            : emitters[layer->unit->plan->source](layer, out);
}
