/*
 * width(n) and widen(f) of the section compress: layers get other numbers of outputs, and all shapes are inferred anew.
 *
 * Channels that meet in an add, and those that reach the network's output, belong together: the former must still agree
 * afterwards, the latter keep their number. Of the layers of one rule those that are fixed are left out, so that
 * `* : widen(2)` widens a whole network; a rule for fixed layers alone is an error.
 */
#include "transform/passes.h"

#include <math.h>
#include <string.h>

enum { MAX_OUTPUTS = 65536 }; /* as of dense and conv (ops.def) */

/* Whether a node begins new channels: they do not come from its operand. */
static bool begins_channels(const struct model_node *node)
{
    return node_has_weights(node) && !(node->op == OP_CONV && node->conv.depthwise);
}

/* Marks, by node id, the nodes whose channels are the network's outputs. */
static bool *fixed_nodes(const struct model *model, struct arena *arena)
{
    bool *fixed = ARENA_NEW_ARRAY(arena, model->node_count, bool);
    fixed[model->node_count - 1] = true;
    for (size_t i = model->node_count; i-- > 0;)
        for (int j = 0; fixed[i] && !begins_channels(model->nodes[i]) && j < model->nodes[i]->input_count; j++)
            fixed[model->nodes[i]->inputs[j]->id] = true;
    return fixed;
}

/* "dense(1024, bias = true)" with another number: it is always written first. */
static const char *written_with(const char *written, int outputs, struct arena *arena)
{
    const size_t head = strcspn(written, "(") + 1;
    const size_t tail = head + strcspn(written + head, ",)");
    return arena_printf(arena, "%.*s%d%s", (int)head, written, outputs, written + tail);
}

static bool apply(struct model_node *node, const struct width_rule *rule, struct arena *arena, struct sink *sink)
{
    const double outputs = rule->outputs > 0 ? rule->outputs : round(rule->factor * node_outputs(node));
    if (outputs < 1 || outputs > MAX_OUTPUTS) {
        sink_report(sink, DIAGNOSTIC_OUT_OF_RANGE, rule->span, "'%s' would have %.0f outputs; allowed: 1 to %d",
                    node->name, outputs, MAX_OUTPUTS);
        sink_note(sink, node->span, "the layer is here, with %d", node_outputs(node));
        return false;
    }
    node_set_outputs(node, (int)outputs);
    node->compress.outputs = (int)outputs;
    node->compress.span = rule->span;
    node->written = written_with(node->written, (int)outputs, arena);
    return true;
}

static bool apply_rule(const struct model *model, const struct width_rule *rule, const bool *fixed, struct arena *arena,
                       struct sink *sink)
{
    bool any = false, fine = true;
    for (size_t i = 0; i < rule->layer_count; i++) {
        if (fixed[rule->layers[i]->id])
            continue;
        any = true;
        fine &= apply(rule->layers[i], rule, arena, sink);
    }
    if (any)
        return fine;
    sink_report(sink, DIAGNOSTIC_FIXED_CHANNELS, rule->selector_span,
                "'%s' matches only layers whose outputs are the network's", rule->selector);
    sink_note(sink, model->nodes[model->node_count - 1]->span, "the network ends here");
    return false;
}

/* The last layer before the node, or the node itself, whose width a rule has changed; NULL where there is none. */
static const struct model_node *changed_before(const struct model *model, const struct model_node *node,
                                               struct arena *arena)
{
    bool *leads = ARENA_NEW_ARRAY(arena, model->node_count, bool);
    leads[node->id] = true;
    for (size_t i = (size_t)node->id + 1; i-- > 0;) {
        const struct model_node *before = model->nodes[i];
        if (!leads[i])
            continue;
        if (before->compress.outputs > 0)
            return before;
        for (int j = 0; (before == node || !begins_channels(before)) && j < before->input_count; j++)
            leads[before->inputs[j]->id] = true;
    }
    return NULL;
}

static void note_change(const struct model_node *changed, struct sink *sink)
{
    if (changed)
        sink_note(sink, changed->compress.span, "'%s' has %d outputs by this rule", changed->name,
                  changed->compress.outputs);
}

/* The operands of an add change together. */
static bool check_coupled(const struct model *model, const struct model_node *node, struct arena *arena,
                          struct sink *sink)
{
    if (node->op != OP_ADD || node->inputs[0]->shape.channels == node->inputs[1]->shape.channels)
        return true;
    const struct model_node *a = node->inputs[0], *b = node->inputs[1];
    const struct model_node *changed = changed_before(model, node, arena);
    sink_report(sink, DIAGNOSTIC_COUPLED_CHANNELS, changed->compress.span,
                "'%s' with %d outputs no longer fits the other operand of '%s'", changed->name,
                changed->compress.outputs, node->name);
    sink_note(sink, node->span, "here '%s' has %d channels, '%s' has %d", a->name, a->shape.channels, b->name,
              b->shape.channels);
    sink_hint(sink, "give all layers that reach '%s' one width", node->name);
    return false;
}

static bool infer_shapes(struct model *model, struct arena *arena, struct sink *sink)
{
    for (size_t i = 0; i < model->node_count; i++) {
        struct model_node *node = model->nodes[i];
        if (!check_coupled(model, node, arena, sink))
            return false;
        if (model_infer_shape(model, node, arena, sink))
            continue;
        note_change(changed_before(model, node, arena), sink);
        return false;
    }
    return true;
}

bool transform_widths(struct model *model, struct arena *arena, struct sink *sink)
{
    if (model->width_rule_count == 0)
        return true;
    const bool *fixed = fixed_nodes(model, arena);
    bool fine = true;
    for (size_t i = 0; i < model->width_rule_count; i++)
        fine &= apply_rule(model, &model->width_rules[i], fixed, arena, sink);
    if (!fine || !infer_shapes(model, arena, sink))
        return false;
    model_hash(model);
    return true;
}
