/* A layer as C: the comment that stands above it, and the emitter that its source of sums has. */
#include "backend/c/infer_layer.h"

#include <string.h>

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
