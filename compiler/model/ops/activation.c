/* act, relu, sign, hardtanh, quantize(q): one kind of node; `act` gets its function from the scheme. */
#include "model/ops/operators.h"

static bool build_activation(struct build *build, struct model_node *node, const struct arguments *arguments)
{
    if (arguments->callable->id != OPERATOR_QUANTIZE)
        return true;
    const struct value *q = argument(arguments, "q");
    if (q->choice->id == ACT_SIGN || q->choice->id == ACT_UINT)
        return true;
    sink_report(build->sink, DIAGNOSTIC_NOT_A_QUANTIZER, q->span,
                "%s is not a quantizer: it leaves its operand in float", q->choice->name);
    sink_hint(build->sink, "sign or uint(bits)");
    note_expansion(build);
    (void)node;
    return false;
}

static void resolve(struct model_node *node, const struct arguments *arguments)
{
    const struct scheme *scheme = node->scheme;
    struct activation_scheme *function = &node->activation.function;
    const enum ste_kind ste = scheme->acts.ste;
    switch (arguments->callable->id) {
    case OPERATOR_ACT:
        *function = scheme->acts;
        break;
    case OPERATOR_QUANTIZE: {
        const struct value *q = argument(arguments, "q");
        *function = activation_from(q->choice, q->arguments, ste);
        break;
    }
    case OPERATOR_SIGN:
        *function = (struct activation_scheme){.kind = ACT_SIGN, .ste = ste};
        break;
    case OPERATOR_HARDTANH:
        *function = (struct activation_scheme){.kind = ACT_HARDTANH, .ste = ste};
        break;
    default:
        *function = (struct activation_scheme){.kind = ACT_RELU, .ste = ste};
        break;
    }
    if (function->kind == ACT_RELU)
        node->activation.deploy = scheme->deploy;
}

static void describe(const struct model_node *node, bool training, struct text *out)
{
    activation_scheme_print(&node->activation.function, training, out);
    if (node->activation.deploy.bits == 0)
        return;
    text_add(out, ", deploy = ");
    deploy_scheme_print(&node->activation.deploy, out);
}

const struct operator_functions operator_activation = {
    .build = build_activation, .resolve = resolve, .describe = describe};
