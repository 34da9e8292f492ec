/* flatten: (H, W, C) to H*W*C features in the order (h, w, c), which is how they lie in memory. */
#include "model/ops/operators.h"

#include "base/require.h"

static bool infer_flatten(struct build *build, struct model_node *node)
{
    (void)build;
    node->shape = (struct shape){1, 1, (int)shape_count(node->shape)};
    return true;
}

static bool is_identity(const struct model_node *node)
{
    (void)node;
    return true;
}

static void describe(const struct model_node *node, bool training, struct text *out)
{
    (void)node;
    (void)training;
    text_add(out, "(h, w, c)");
}

static void verify(const struct model_node *node)
{
    REQUIRE(shape_count(node->shape) == shape_count(node->inputs[0]->shape));
}

const struct operator_functions operator_flatten = {
    .shape = infer_flatten, .is_identity = is_identity, .verify = verify, .describe = describe};
