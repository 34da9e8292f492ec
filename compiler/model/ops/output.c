/* classify and regress: the end of a network. */
#include "model/ops/operators.h"

#include "base/require.h"

static bool infer_output(struct build *build, struct model_node *node)
{
    if (!require_vector(build, node))
        return false;
    node->output.outputs = node->shape.channels;
    return true;
}

static bool infer_classes(struct build *build, struct model_node *node)
{
    if (!infer_output(build, node))
        return false;
    if (node->output.outputs >= 2)
        return true;
    sink_report(build->sink, DIAGNOSTIC_TOO_FEW_CLASSES, node->span,
                "classify needs at least 2 classes; its operand has shape 1");
    sink_hint(build->sink, "two classes are dense(2), one number is regress");
    note_expansion(build);
    return false;
}

static void describe_classes(const struct model_node *node, bool training, struct text *out)
{
    (void)training;
    text_printf(out, "%d classes", node->output.outputs);
}

static void describe_numbers(const struct model_node *node, bool training, struct text *out)
{
    (void)training;
    text_printf(out, "%d outputs", node->output.outputs);
}

static void verify(const struct model_node *node)
{
    REQUIRE(node->output.outputs == node->shape.channels);
}

const struct operator_functions operator_classify = {
    .shape = infer_classes, .verify = verify, .describe = describe_classes};
const struct operator_functions operator_regress = {
    .shape = infer_output, .verify = verify, .describe = describe_numbers};
