/* maxpool, avgpool, global_avgpool: windows of one channel, never over an edge. */
#include "model/ops/operators.h"

#include "base/require.h"

static bool build_pool(struct build *build, struct model_node *node, const struct arguments *arguments)
{
    const struct shape operand = node->inputs[0]->shape;
    struct model_window *window = &node->pool.window;
    window->dilation = 1;
    if (arguments->callable->id == OPERATOR_GLOBAL_AVGPOOL) {
        window->kernel_height = window->stride_height = operand.height;
        window->kernel_width = window->stride_width = operand.width;
    } else {
        const char *stride = argument(arguments, "stride")->given ? "stride" : "k";
        window->kernel_height = argument_rows(arguments, "k");
        window->kernel_width = argument_columns(arguments, "k");
        window->stride_height = argument_rows(arguments, stride);
        window->stride_width = argument_columns(arguments, stride);
    }
    return window_lay(build, node, window, operand.channels);
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

const struct operator_functions operator_maxpool = {.build = build_pool, .verify = verify, .describe = describe};
const struct operator_functions operator_avgpool = {.build = build_pool, .verify = verify, .describe = describe};
