/* maxpool, avgpool, global_avgpool: windows of one channel, never over an edge. */
#include "model/ops/operators.h"

#include "base/require.h"

static bool read_pool(struct build *build, struct model_node *node, const struct arguments *arguments)
{
    (void)build;
    struct model_window *window = &node->pool.window;
    window->dilation = 1;
    node->pool.global = arguments->callable->id == OPERATOR_GLOBAL_AVGPOOL;
    if (node->pool.global)
        return true;
    const char *stride = argument(arguments, "stride")->given ? "stride" : "k";
    window->kernel_height = argument_rows(arguments, "k");
    window->kernel_width = argument_columns(arguments, "k");
    window->stride_height = argument_rows(arguments, stride);
    window->stride_width = argument_columns(arguments, stride);
    return true;
}

static bool infer_pool(struct build *build, struct model_node *node)
{
    const struct shape operand = node->shape;
    struct model_window *window = &node->pool.window;
    if (node->pool.global) {
        window->kernel_height = window->stride_height = operand.height;
        window->kernel_width = window->stride_width = operand.width;
    }
    return window_lay(build, node, window, operand.channels);
}

static bool is_identity(const struct model_node *node)
{
    const struct model_window *window = &node->pool.window;
    return window->kernel_height == 1 && window->kernel_width == 1 && window->stride_height == 1 &&
           window->stride_width == 1;
}

static void describe(const struct model_node *node, bool training, struct text *out)
{
    (void)training;
    window_describe(&node->pool.window, out);
}

static void verify(const struct model_node *node)
{
    window_verify(node, &node->pool.window);
    REQUIRE(!node->pool.window.pads && node->shape.channels == node->inputs[0]->shape.channels);
}

const struct operator_functions operator_maxpool = {
    .read = read_pool, .shape = infer_pool, .is_identity = is_identity, .verify = verify, .describe = describe};
const struct operator_functions operator_avgpool = {
    .read = read_pool, .shape = infer_pool, .is_identity = is_identity, .verify = verify, .describe = describe};
