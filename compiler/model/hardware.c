/* What the hardware rules ask for against what there is: a layer's size, the target's kinds of memory. */
#include "model/model.h"

static bool check_fold(const struct model_node *node, struct sink *sink)
{
    const bool conv = node_has(node, TRAIT_WINDOW), grouped = conv && node->conv.groups > 1;
    const int pe = node->hardware.pe, simd = node->hardware.simd;
    const int outputs = node_outputs(node) / (conv ? node->conv.groups : 1), products = node_products(node);
    const bool wide = pe > outputs;
    if (!wide && simd <= products)
        return true;
    sink_report(
        sink, DIAGNOSTIC_FOLD_TOO_LARGE, wide ? node->hardware.pe_span : node->hardware.simd_span,
        "%s = %d is more than the %d %s of '%s'", wide ? "pe" : "simd", wide ? pe : simd, wide ? outputs : products,
        wide ? (grouped ? "outputs of a group" : "outputs") : (conv ? "products of an output" : "inputs"), node->name);
    sink_note(sink, node->span, "the layer is here");
    return false;
}

static bool check_memory(const struct model_node *node, const struct part *part, struct sink *sink)
{
    if (node->hardware.memory != MEMORY_DISTRIBUTED || part->engines.distributed)
        return true;
    sink_report(sink, DIAGNOSTIC_MEMORY_MISMATCH, node->hardware.span,
                "target %s has no memory of the kind distributed", part->name);
    sink_hint(sink, "memory(block)");
    return false;
}

bool model_check_hardware(const struct model *model, struct sink *sink)
{
    bool fine = true;
    for (size_t i = 0; i < model->node_count; i++) {
        const struct model_node *node = model->nodes[i];
        if (node->hardware.pe > 0)
            fine &= check_fold(node, sink);
        fine &= check_memory(node, part_of(model->hardware.target), sink);
    }
    return fine;
}
