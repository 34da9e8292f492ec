/* A layer as C: the comment above it, and the emitter that its source of sums has. */
#include "backend/c/infer_layer.h"
#include "model/table.h"

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
    const struct infer_product_form *product = infer_product_form(layer->product);
    const struct unit_plan *plan = layer->unit->plan;
    const struct model_node *node = plan->node ? plan->node : plan->end;
    text_printf(out, "/* %s: ", plan->name);
    if (node && node->written)
        text_printf(out, "%s; ", node->written);
    if (layer->product != PRODUCT_NONE)
        text_printf(out, "%s weights; ", plan->linear->scheme->weights.row->name);
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
    if (product)
        text_printf(out, "\n * Set bits: %s.", product->meaning);
    text_add(out, " */\n");
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
