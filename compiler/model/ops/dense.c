/* dense: y = W x (+ b) on a vector. */
#include "model/ops/operators.h"

#include "base/require.h"

static bool read_dense(struct build *build, struct model_node *node, const struct arguments *arguments)
{
    (void)build;
    node->dense.units = argument_integer(arguments, "units");
    node->dense.bias = argument_number(arguments, "bias") != 0;
    return true;
}

static bool infer_dense(struct build *build, struct model_node *node)
{
    if (!require_vector(build, node))
        return false;
    node->dense.inputs = node->shape.channels;
    node->shape.channels = node->dense.units;
    return true;
}

static void describe(const struct model_node *node, bool training, struct text *out)
{
    text_printf(out, "%d to %d%s, ", node->dense.inputs, node->dense.units, node->dense.bias ? " with bias" : "");
    weights_describe(node->scheme, training, out);
}

static void verify(const struct model_node *node)
{
    REQUIRE(node->dense.inputs == node->inputs[0]->shape.channels && node->dense.units == node->shape.channels);
}

const struct operator_functions operator_dense = {
    .read = read_dense, .shape = infer_dense, .verify = verify, .describe = describe};
