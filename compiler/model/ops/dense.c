/* dense: y = W x (+ b) on a vector. */
#include "model/ops/operators.h"

static bool build_dense(struct build *build, struct model_node *node, const struct arguments *arguments)
{
    if (!require_vector(build, node))
        return false;
    node->dense.inputs = node->shape.channels;
    node->dense.units = argument_integer(arguments, "units");
    node->dense.bias = argument_number(arguments, "bias") != 0;
    node->shape.channels = node->dense.units;
    return true;
}

static void describe(const struct model_node *node, bool training, struct text *out)
{
    const struct scheme *scheme = node->scheme;
    text_printf(out, "%d to %d%s, weights = ", node->dense.inputs, node->dense.units,
                node->dense.bias ? " with bias" : "");
    weight_scheme_print(&scheme->weights, out);
    if (!training || (scheme->bound == 0 && !scheme->bound_follows_h))
        return;
    text_add(out, ", bound = ");
    if (scheme->bound > 0)
        number_print(scheme->bound, out);
    else
        text_add(out, "glorot");
}

const struct operator_functions operator_dense = {.build = build_dense, .describe = describe};
