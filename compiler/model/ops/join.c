/* add and concat: two operands, and the quantizer that gives both one scale in deployment. */
#include "model/ops/operators.h"

#include "base/require.h"

static bool same_windows(const struct model_node *node)
{
    const struct shape *a = &node->inputs[0]->shape, *b = &node->inputs[1]->shape;
    return a->height == b->height && a->width == b->width;
}

static bool report_shapes(struct build *build, const struct model_node *node, const char *rule)
{
    const struct model_node *a = node->inputs[0], *b = node->inputs[1];
    const char *texts[2] = {shape_text(build->arena, a->shape), shape_text(build->arena, b->shape)};
    sink_report(build->sink, DIAGNOSTIC_JOIN_SHAPES, node->span, "%s needs operands of %s, not %s and %s",
                op_kind_names[node->op], rule, texts[0], texts[1]);
    sink_note(build->sink, a->span, "'%s' has shape %s", a->name, texts[0]);
    sink_note(build->sink, b->span, "'%s' has shape %s", b->name, texts[1]);
    note_expansion(build);
    if (same_windows(node))
        sink_hint(build->sink, "conv(%d, 1) gives '%s' the channels of '%s'", b->shape.channels, a->name, b->name);
    else
        sink_hint(build->sink, "a stride or a pool makes the larger one smaller, 'pad = same' keeps a size");
    return false;
}

static bool read_join(struct build *build, struct model_node *node, const struct arguments *arguments)
{
    (void)build;
    node->join.asked = argument(arguments, "q")->given;
    return true;
}

static bool infer_add(struct build *build, struct model_node *node)
{
    if (same_windows(node) && node->inputs[0]->shape.channels == node->inputs[1]->shape.channels)
        return true;
    return report_shapes(build, node, "one shape");
}

static bool infer_concat(struct build *build, struct model_node *node)
{
    if (!same_windows(node))
        return report_shapes(build, node, "one height and width");
    node->shape.channels = node->inputs[0]->shape.channels + node->inputs[1]->shape.channels;
    return require_features(build, node);
}

static void resolve(struct model_node *node, const struct arguments *arguments)
{
    node->join.quantizer = node->join.asked ? calibrated_from(argument(arguments, "q")) : node->scheme->join;
}

static void describe(const struct model_node *node, bool training, struct text *out)
{
    (void)training;
    text_add(out, node->join.asked ? "q = " : "join = ");
    calibrated_scheme_print(&node->join.quantizer, out);
}

static void verify_operands(const struct model_node *node)
{
    const struct shape *a = &node->inputs[0]->shape;
    REQUIRE(same_windows(node) && a->height == node->shape.height && a->width == node->shape.width);
    REQUIRE(node->join.quantizer.form ? node->join.quantizer.bits >= 2 && node->join.quantizer.bits <= 8
                                      : !node->join.asked);
}

static void verify_add(const struct model_node *node)
{
    const int channels = node->shape.channels;
    verify_operands(node);
    REQUIRE(node->inputs[0]->shape.channels == channels && node->inputs[1]->shape.channels == channels);
}

static void verify_concat(const struct model_node *node)
{
    verify_operands(node);
    REQUIRE(node->shape.channels == node->inputs[0]->shape.channels + node->inputs[1]->shape.channels);
}

const struct operator_functions operator_add = {
    .read = read_join, .shape = infer_add, .resolve = resolve, .verify = verify_add, .describe = describe};
const struct operator_functions operator_concat = {
    .read = read_join, .shape = infer_concat, .resolve = resolve, .verify = verify_concat, .describe = describe};
