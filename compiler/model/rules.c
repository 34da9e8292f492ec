/* Rules pick layers by selector: schemes, hardware rules, widths. */
#include "model/rules.h"

#include "model/names.h"
#include "model/ops/operators.h"
#include "model/sections.h"

#include <string.h>

/* ---- Selectors --------------------------------------------------------------------------------------------------- */

/* Marks the nodes that a selector matches; an error where there is none. */
static bool *match_nodes(struct build *build, const struct ast_name *selector)
{
    const struct model *model = build->model;
    struct arena scratch = {0};
    bool *matched = ARENA_NEW_ARRAY(build->arena, model->node_count, bool);
    bool any = false;
    for (size_t i = 0; i < model->node_count; i++) {
        matched[i] = selector_matches(&scratch, selector->text, build->origins[i].path);
        any = any || matched[i];
    }
    arena_free(&scratch);
    if (any)
        return matched;
    const char **names = ARENA_NEW_ARRAY(build->arena, 2 * model->node_count + 1, const char *);
    size_t count = 0;
    for (size_t i = 0; i < model->node_count; i++) {
        const char *name = model->nodes[i]->name;
        const char *dot = strchr(name, '.');
        if (dot)
            names[count++] = arena_strndup(build->arena, name, (size_t)(dot - name));
        names[count++] = name;
    }
    sink_report(build->sink, DIAGNOSTIC_UNMATCHED_RULE, selector->span, "'%s' matches no layer", selector->text);
    sink_suggest(build->sink, selector->text, names);
    return NULL;
}

/* Whether there are few and short enough selectors to be tried on every layer. */
static bool rules_fit(struct build *build, const struct ast_section *section)
{
    size_t count = 0;
    for (size_t i = 0; i < section->rule_count; i++)
        for (size_t j = 0; j < section->rules[i].selector_count; j++) {
            const struct ast_name *selector = &section->rules[i].selectors[j];
            if (++count <= MAX_SELECTORS && strlen(selector->text) <= MAX_SELECTOR_LENGTH)
                continue;
            sink_report(build->sink, DIAGNOSTIC_EXPANSION_LIMIT, selector->span,
                        count > MAX_SELECTORS ? "%s has more than %d selectors"
                                              : "%s has a selector of more than %d characters",
                        section->keyword.text, count > MAX_SELECTORS ? MAX_SELECTORS : MAX_SELECTOR_LENGTH);
            return false;
        }
    return true;
}

static void refuse_settings(struct build *build, const struct ast_section *section)
{
    for (size_t i = 0; i < section->setting_count; i++) {
        sink_report(build->sink, DIAGNOSTIC_UNKNOWN_SETTING, section->settings[i].name.span, "%s has no setting '%s'",
                    section->keyword.text, section->settings[i].name.text);
        sink_hint(build->sink, "it takes rules only, 'selector: ...;'");
    }
}

/* ---- Schemes ----------------------------------------------------------------------------------------------------- */

/* The scheme that a rule names, perhaps through a parameter; NULL after an error. */
static const struct scheme *rule_scheme(struct build *build, const struct ast_rule *rule)
{
    const struct ast_call *call = rule->calls[0];
    if (rule->call_count != 1 || call->has_parentheses) {
        const bool several = rule->call_count != 1;
        sink_report(build->sink, DIAGNOSTIC_BAD_RULE, several ? rule->calls[1]->span : call->span,
                    several ? "a layer has one scheme" : "a scheme takes no arguments");
        sink_hint(build->sink, "declare 'scheme name { ... }' and write its name");
        return NULL;
    }
    const struct ast_value named = {.kind = AST_CALL, .span = call->span, .call = rule->calls[0]};
    const struct ast_value *value = &named;
    struct binding *binding;
    for (size_t steps = 0; (binding = scope_lookup(build->program, value)) != NULL; steps++) {
        build->schemes_by_parameter = true;
        value = binding->value;
        if (steps > build->program->count) {
            sink_report(build->sink, DIAGNOSTIC_PARAMETER_CYCLE, call->span, "parameter '%s' refers to itself",
                        call->name.text);
            return NULL;
        }
    }
    if (value->kind != AST_CALL || value->call->has_parentheses) {
        sink_report(build->sink, DIAGNOSTIC_WRONG_TYPE, call->span, "'%s' is not the name of a scheme",
                    call->name.text);
        sink_note(build->sink, value->span, "the value comes from here");
        return NULL;
    }
    const struct ast_name *name = &value->call->name;
    if (strcmp(name->text, "float") == 0)
        return build->model->schemes[0];
    struct declaration *declaration = find_scheme(build, name->text);
    if (!declaration) {
        report_unknown_scheme(build, name);
        if (value != &named)
            sink_note(build->sink, call->span, "it is asked for here");
        return NULL;
    }
    declaration->used = true;
    return declaration->scheme;
}

void assign_schemes(struct build *build)
{
    struct model *model = build->model;
    const struct ast_section *section = build->single[AST_QUANTIZE];
    if (section)
        refuse_settings(build, section);
    const bool fits = section && rules_fit(build, section);
    for (size_t i = 0; fits && i < section->rule_count; i++) {
        const struct ast_rule *rule = &section->rules[i];
        const struct scheme *scheme = rule_scheme(build, rule);
        for (size_t j = 0; j < rule->selector_count; j++) {
            const bool *matched = match_nodes(build, &rule->selectors[j]);
            for (size_t k = 0; matched && scheme && k < model->node_count; k++)
                if (matched[k])
                    model->nodes[k]->scheme = scheme;
        }
    }
    for (size_t i = 0; i < model->node_count; i++) {
        struct model_node *node = model->nodes[i];
        if (operator_functions[node->op]->resolve)
            operator_functions[node->op]->resolve(node, build->origins[i].arguments);
    }
}

/* ---- Hardware rules ---------------------------------------------------------------------------------------------- */

static void apply_rule(struct model_node *node, const struct arguments *arguments, struct span span)
{
    node->hardware.span = span;
    switch (arguments->callable->id) {
    case RULE_FOLD:
        node->hardware.pe = argument_integer(arguments, "pe");
        node->hardware.simd = argument_integer(arguments, "simd");
        node->hardware.pe_span = argument(arguments, "pe")->span;
        node->hardware.simd_span = argument(arguments, "simd")->span;
        break;
    case RULE_MEMORY:
        node->hardware.memory = (enum memory_style)argument_choice(arguments, "style");
        break;
    default:
        node->hardware.operands = (enum operand_style)argument_choice(arguments, "style");
        break;
    }
}

static void report_without_effect(struct build *build, const struct ast_name *selector, const struct ast_call *call)
{
    sink_report(build->sink, DIAGNOSTIC_RULE_WITHOUT_EFFECT, selector->span,
                "%s is for dense and conv layers; '%s' matches none", call->name.text, selector->text);
}

static void apply_to_matches(struct build *build, const struct ast_name *selector, const struct ast_call *call,
                             const struct arguments *arguments)
{
    const struct model *model = build->model;
    const bool *matched = match_nodes(build, selector);
    bool any = false;
    for (size_t i = 0; matched && i < model->node_count; i++) {
        if (!matched[i] || !node_has_weights(model->nodes[i]))
            continue;
        any = true;
        if (arguments)
            apply_rule(model->nodes[i], arguments, call->span);
    }
    if (!matched || any)
        return;
    report_without_effect(build, selector, call);
}

void assign_hardware(struct build *build)
{
    const struct ast_section *section = build->single[AST_HARDWARE];
    const bool fits = section && rules_fit(build, section);
    for (size_t i = 0; fits && i < section->rule_count; i++) {
        const struct ast_rule *rule = &section->rules[i];
        for (size_t j = 0; j < rule->call_count; j++) {
            const struct ast_call *call = rule->calls[j];
            const struct callable *row = choice_find(build, GROUP_RULE, &call->name);
            if (!row)
                continue;
            const struct arguments *arguments =
                arguments_check(build, row, call->arguments, call->argument_count, call->span, build->program, NULL);
            for (size_t k = 0; k < rule->selector_count; k++)
                apply_to_matches(build, &rule->selectors[k], call, arguments);
        }
    }
}

/* ---- Compression ------------------------------------------------------------------------------------------------- */

static void add_width_rule(struct build *build, const struct ast_name *selector, const struct ast_call *call,
                           const struct arguments *arguments)
{
    struct model *model = build->model;
    const bool *matched = match_nodes(build, selector);
    if (!matched)
        return;
    struct width_rule rule = {.layers = ARENA_NEW_ARRAY(build->arena, model->node_count, struct model_node *),
                              .selector = selector->text,
                              .selector_span = selector->span,
                              .span = call->span};
    for (size_t i = 0; i < model->node_count; i++) {
        struct model_node *node = model->nodes[i];
        if (matched[i] && node_has_weights(node) && !(node->op == OP_CONV && node->conv.depthwise))
            rule.layers[rule.layer_count++] = node;
    }
    if (rule.layer_count == 0) {
        report_without_effect(build, selector, call);
        return;
    }
    if (arguments->callable->id == COMPRESSION_WIDTH)
        rule.outputs = argument_integer(arguments, "n");
    else
        rule.factor = argument_number(arguments, "f");
    ARENA_PUSH(build->arena, model->width_rules, model->width_rule_count, build->width_rule_capacity, rule);
}

void read_compression(struct build *build)
{
    const struct ast_section *section = build->single[AST_COMPRESS];
    if (section)
        refuse_settings(build, section);
    const bool fits = section && rules_fit(build, section);
    for (size_t i = 0; fits && i < section->rule_count; i++) {
        const struct ast_rule *rule = &section->rules[i];
        for (size_t j = 0; j < rule->call_count; j++) {
            const struct ast_call *call = rule->calls[j];
            const struct callable *row = choice_find(build, GROUP_COMPRESSION, &call->name);
            const struct arguments *arguments = row ? arguments_check(build, row, call->arguments, call->argument_count,
                                                                      call->span, build->program, NULL)
                                                    : NULL;
            for (size_t k = 0; arguments && k < rule->selector_count; k++)
                add_width_rule(build, &rule->selectors[k], call, arguments);
        }
    }
}
