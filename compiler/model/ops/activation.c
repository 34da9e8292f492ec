/* act, relu, sign, hardtanh, quantize(q): one kind of node; `act` gets its function from the scheme. */
#include "model/ops/operators.h"

#include "base/require.h"
#include "model/quantizer.h"

static bool read_activation(struct build *build, struct model_node *node, const struct arguments *arguments)
{
    if (arguments->callable->id != OPERATOR_QUANTIZE)
        return true;
    const struct value *q = argument(arguments, "q");
    if (qnn_activation_forms[q->choice->id]->quantizer != QNN_QUANTIZER_NONE)
        return true;
    sink_report(build->sink, DIAGNOSTIC_NOT_A_QUANTIZER, q->span,
                "%s is not a quantizer: it leaves its operand in float", q->choice->name);
    sink_hint(build->sink, "%s", model_quantizer_names(build->arena));
    note_expansion(build);
    (void)node;
    return false;
}

static struct activation_scheme function_of(const struct scheme *scheme, const struct arguments *arguments)
{
    if (arguments->callable->id == OPERATOR_ACT)
        return scheme->acts;
    if (arguments->callable->id != OPERATOR_QUANTIZE) /* an operator that is called as its activation */
        return (struct activation_scheme){.form = qnn_activation_find(arguments->callable->name),
                                          .ste = scheme->acts.ste};
    const struct value *q = argument(arguments, "q");
    return activation_from(q->choice, q->arguments, scheme->acts.ste);
}

static void resolve(struct model_node *node, const struct arguments *arguments)
{
    const struct calibrated_scheme *deploy = &node->scheme->deploy;
    node->activation.function = function_of(node->scheme, arguments);
    if (deploy->form && quantizer_deploys(deploy->form, node->activation.function.form))
        node->activation.deploy = *deploy;
}

static void describe(const struct model_node *node, bool training, struct text *out)
{
    activation_scheme_print(&node->activation.function, training, out);
    if (!node->activation.deploy.form)
        return;
    text_add(out, ", deploy = ");
    calibrated_scheme_print(&node->activation.deploy, out);
}

static void verify(const struct model_node *node)
{
    const struct activation_scheme *function = &node->activation.function;
    const struct calibrated_scheme *deploy = &node->activation.deploy;
    REQUIRE(function->form);
    REQUIRE(!deploy->form || (!activation_quantizes(function) && deploy->bits >= 1));
    REQUIRE(!activation_quantizes(function) || activation_type(function).encoding == QNN_ENCODING_SIGN ||
            (activation_bits(function) >= 1 && activation_clip(function) > 0));
}

const struct operator_functions operator_activation = {
    .read = read_activation, .resolve = resolve, .verify = verify, .describe = describe};
