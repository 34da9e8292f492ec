/* batchnorm: per channel of any shape. */
#include "model/ops/operators.h"

static bool read_batchnorm(struct build *build, struct model_node *node, const struct arguments *arguments)
{
    (void)build;
    node->batchnorm.eps = argument_number(arguments, "eps");
    node->batchnorm.momentum = argument_number(arguments, "momentum");
    return true;
}

static void describe(const struct model_node *node, bool training, struct text *out)
{
    text_add(out, "eps = ");
    number_print(node->batchnorm.eps, out);
    if (!training)
        return;
    text_add(out, ", momentum = ");
    number_print(node->batchnorm.momentum, out);
}

const struct operator_functions operator_batchnorm = {.read = read_batchnorm, .describe = describe};
