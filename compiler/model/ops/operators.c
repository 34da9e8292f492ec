/* The table of operators, and what several of them share. */
#include "model/ops/operators.h"

#include "base/require.h"

const struct operator_functions *const operator_functions[OP_KIND_COUNT] = {
#define KIND(ID, name, step, traits) [OP_##ID] = &operator_##name,
#include "model/ops.def"
};
const char *const op_kind_names[OP_KIND_COUNT] = {
#define KIND(ID, name, step, traits) [OP_##ID] = #name,
#include "model/ops.def"
};
const unsigned op_traits[OP_KIND_COUNT] = {
#define KIND(ID, name, step, traits) [OP_##ID] = (traits),
#include "model/ops.def"
};
const enum op_kind operator_kinds[OPERATOR_COUNT] = {
#define OPERATOR(ID, KIND, name, doc, parameters) KIND,
#include "model/ops.def"
};

bool node_is_identity(const struct model_node *node)
{
    const struct operator_functions *functions = operator_functions[node->op];
    return functions->is_identity && functions->is_identity(node);
}

bool operator_infer(struct build *build, struct model_node *node)
{
    const struct operator_functions *functions = operator_functions[node->op];
    if (node->input_count > 0)
        node->shape = node->inputs[0]->shape;
    return !functions->shape || functions->shape(build, node);
}

bool model_infer_shape(struct model *model, struct model_node *node, struct arena *arena, struct sink *sink)
{
    struct build build = {.arena = arena, .sink = sink, .model = model};
    return operator_infer(&build, node);
}

const char *shape_text(struct arena *arena, struct shape shape)
{
    if (shape_is_vector(shape))
        return arena_printf(arena, "%d", shape.channels);
    return arena_printf(arena, "%dx%dx%d", shape.height, shape.width, shape.channels);
}

bool require_vector(struct build *build, const struct model_node *node)
{
    if (shape_is_vector(node->shape))
        return true;
    sink_report(build->sink, DIAGNOSTIC_NOT_A_VECTOR, node->span, "%s takes a vector; its operand '%s' has shape %s",
                op_kind_names[node->op], node->inputs[0]->name, shape_text(build->arena, node->shape));
    sink_hint(build->sink, "put '-> flatten' before it: a vector of %zu", shape_count(node->shape));
    note_expansion(build);
    return false;
}

bool require_features(struct build *build, const struct model_node *node)
{
    if (shape_count(node->shape) <= MAX_FEATURES)
        return true;
    sink_report(build->sink, DIAGNOSTIC_EXPANSION_LIMIT, node->span, "a result of %s has more than %d elements",
                shape_text(build->arena, node->shape), MAX_FEATURES);
    note_expansion(build);
    return false;
}

void weights_describe(const struct scheme *scheme, bool training, struct text *out)
{
    text_add(out, "weights = ");
    weight_scheme_print(&scheme->weights, out);
    if (!training || (scheme->bound == 0 && !scheme->form_bounds))
        return;
    text_add(out, ", bound = ");
    if (scheme->bound > 0)
        number_print(scheme->bound, out);
    else
        text_add(out, "glorot");
}

int node_outputs(const struct model_node *node)
{
    REQUIRE(node_has_weights(node));
    return node_has(node, TRAIT_WINDOW) ? node->conv.outputs : node->dense.units;
}

void node_set_outputs(struct model_node *node, int outputs)
{
    REQUIRE(node_has_weights(node) && !(node->op == OP_CONV && node->conv.depthwise));
    *(node->op == OP_CONV ? &node->conv.outputs : &node->dense.units) = outputs;
}

int node_products(const struct model_node *node)
{
    REQUIRE(node_has_weights(node));
    if (!node_has(node, TRAIT_WINDOW))
        return node->dense.inputs;
    const struct model_window *window = &node->conv.window;
    return window->kernel_height * window->kernel_width * (node->conv.inputs / node->conv.groups);
}

bool node_bias(const struct model_node *node)
{
    REQUIRE(node_has_weights(node));
    return node_has(node, TRAIT_WINDOW) ? node->conv.bias : node->dense.bias;
}
