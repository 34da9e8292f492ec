/* input: a tensor of codes, real = scale * n + offset. Its type and dimensions are read in expand.c. */
#include "model/ops/operators.h"

#include "base/require.h"

static bool read_input(struct build *build, struct model_node *node, const struct arguments *arguments)
{
    (void)build;
    node->input.scale = argument_number(arguments, "scale");
    node->input.offset = argument_number(arguments, "offset");
    return true;
}

static void describe(const struct model_node *node, bool training, struct text *out)
{
    (void)training;
    text_printf(out, "%s scale ", callable_by_id(GROUP_ELEMENT, (int)node->input.type)->name);
    number_print(node->input.scale, out);
    text_add(out, " offset ");
    number_print(node->input.offset, out);
}

static void verify(const struct model_node *node)
{
    REQUIRE(node->input.scale > 0);
}

const struct operator_functions operator_input = {.read = read_input, .verify = verify, .describe = describe};
