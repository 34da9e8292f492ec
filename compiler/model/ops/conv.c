/*
 * conv and depthwise: cross-correlation of (H, W, C_in) with weights [C_out][kernel rows][kernel columns][C_in / groups].
 * Output channel c reads the channels of group c / (C_out / groups).
 */
#include "model/ops/operators.h"

#include "base/require.h"

/* `same`: as much padding as a kernel of an odd extent has beside its middle. */
static bool pad_same(struct build *build, const struct model_node *node, const struct value *pad,
                     struct model_window *window)
{
    const int rows = window_rows(window), columns = window_columns(window);
    window->pad_top = (rows - 1) / 2;
    window->pad_left = (columns - 1) / 2;
    if (rows % 2 == 1 && columns % 2 == 1)
        return true;
    const struct model_node *operand = node->inputs[0];
    sink_report(build->sink, DIAGNOSTIC_EVEN_KERNEL, pad->span, "'same' needs an odd kernel; this one spans %dx%d",
                rows, columns);
    sink_note(build->sink, operand->span, "'%s' has shape %s", operand->name, shape_text(build->arena, operand->shape));
    note_expansion(build);
    sink_hint(build->sink, "an odd k, or 'pad = %d', the same on every side", rows > columns ? rows / 2 : columns / 2);
    return false;
}

static bool read_window(struct build *build, struct model_node *node, const struct arguments *arguments,
                        struct model_window *window)
{
    *window = (struct model_window){.kernel_height = argument_rows(arguments, "k"),
                                    .kernel_width = argument_columns(arguments, "k"),
                                    .stride_height = argument_rows(arguments, "stride"),
                                    .stride_width = argument_columns(arguments, "stride"),
                                    .dilation = argument_integer(arguments, "dilation")};
    const struct value *pad = argument(arguments, "pad");
    if (pad->choice && pad->choice->id == PAD_SAME)
        return pad_same(build, node, pad, window);
    window->pad_top = window->pad_left = pad->choice ? 0 : (int)pad->number; /* `valid` and nothing given: 0 */
    return true;
}

static bool check_groups(struct build *build, const struct model_node *node)
{
    const int inputs = node->conv.inputs, outputs = node->conv.outputs, groups = node->conv.groups;
    if (inputs % groups == 0 && outputs % groups == 0)
        return true;
    const struct model_node *operand = node->inputs[0];
    sink_report(build->sink, DIAGNOSTIC_GROUP_MISMATCH, node->conv.groups_span,
                "%d groups do not divide %d %s channels", groups, inputs % groups ? inputs : outputs,
                inputs % groups ? "input" : "output");
    sink_note(build->sink, operand->span, "'%s' has shape %s", operand->name, shape_text(build->arena, operand->shape));
    note_expansion(build);
    sink_hint(build->sink, "groups must divide %d and %d", inputs, outputs);
    return false;
}

/* Products of an output are counted in an int. */
static bool check_products(struct build *build, const struct model_node *node)
{
    const struct model_window *window = &node->conv.window;
    const int64_t taps = (int64_t)window->kernel_height * window->kernel_width;
    const int64_t products = taps * (node->conv.inputs / node->conv.groups);
    if (products <= MAX_FEATURES)
        return true;
    sink_report(build->sink, DIAGNOSTIC_EXPANSION_LIMIT, node->span, "an output is the sum of more than %d products",
                MAX_FEATURES);
    note_expansion(build);
    return false;
}

static bool read_conv(struct build *build, struct model_node *node, const struct arguments *arguments)
{
    node->conv.depthwise = arguments->callable->id == OPERATOR_DEPTHWISE;
    node->conv.bias = argument_number(arguments, "bias") != 0;
    node->conv.groups_span = node->span;
    if (!node->conv.depthwise) {
        node->conv.outputs = argument_integer(arguments, "channels");
        node->conv.groups = argument_integer(arguments, "groups");
        node->conv.groups_span = argument(arguments, "groups")->span;
    }
    return read_window(build, node, arguments, &node->conv.window);
}

static bool infer_conv(struct build *build, struct model_node *node)
{
    const int inputs = node->conv.inputs = node->shape.channels;
    if (node->conv.depthwise)
        node->conv.outputs = node->conv.groups = inputs;
    return check_groups(build, node) && window_lay(build, node, &node->conv.window, node->conv.outputs) &&
           check_products(build, node);
}

/* Whether every value is -1 or +1. Operands are resolved before their users. */
static bool is_signs(const struct model_node *node)
{
    if (node->op == OP_ACTIVATION)
        return activation_quantizes(&node->activation.function) &&
               activation_type(&node->activation.function).encoding == QNN_ENCODING_SIGN;
    if (!node_has(node, TRAIT_SELECTS) || (node_has(node, TRAIT_JOIN) && node->join.asked))
        return false;
    for (int i = 0; i < node->input_count; i++)
        if (!is_signs(node->inputs[i]))
            return false;
    return true;
}

static void resolve(struct model_node *node, const struct arguments *arguments)
{
    if (!node->conv.window.pads)
        return;
    const struct value *given = argument(arguments, "pad_value");
    node->conv.pad_value_given = given->given;
    node->conv.pad_value = given->given ? given->number : is_signs(node->inputs[0]) ? 1 : 0;
}

static void describe(const struct model_node *node, bool training, struct text *out)
{
    text_printf(out, "%d to %d%s, ", node->conv.inputs, node->conv.outputs, node->conv.bias ? " with bias" : "");
    window_describe(&node->conv.window, out);
    if (node->conv.window.pads) {
        text_add(out, " of ");
        number_print(node->conv.pad_value, out);
    }
    if (node->conv.groups > 1)
        text_printf(out, ", %d groups", node->conv.groups);
    text_add(out, ", ");
    weights_describe(node->scheme, training, out);
}

static void verify(const struct model_node *node)
{
    const int groups = node->conv.groups;
    window_verify(node, &node->conv.window);
    REQUIRE(node->conv.inputs == node->inputs[0]->shape.channels && node->conv.outputs == node->shape.channels);
    REQUIRE(groups >= 1 && node->conv.inputs % groups == 0 && node->conv.outputs % groups == 0);
    REQUIRE(node->conv.window.pads || node->conv.pad_value == 0);
}

const struct operator_functions operator_conv = {
    .read = read_conv, .shape = infer_conv, .resolve = resolve, .verify = verify, .describe = describe};
