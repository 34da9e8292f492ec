/* dropout: training only, so the program hash does not see it. */
#include "model/ops/operators.h"

#include "base/require.h"

static bool read_dropout(struct build *build, struct model_node *node, const struct arguments *arguments)
{
    (void)build;
    node->dropout.p = argument_number(arguments, "p");
    return true;
}

static bool is_identity(const struct model_node *node)
{
    return node->dropout.p == 0.0;
}

static void describe(const struct model_node *node, bool training, struct text *out)
{
    if (!training)
        return;
    text_add(out, "p = ");
    number_print(node->dropout.p, out);
}

static void verify(const struct model_node *node)
{
    REQUIRE(node->dropout.p >= 0 && node->dropout.p < 1);
}

const struct operator_functions operator_dropout = {
    .read = read_dropout, .is_identity = is_identity, .verify = verify, .describe = describe};
