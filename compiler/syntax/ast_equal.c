/*
 * Whether two trees say the same. Places and the spelling of numbers (0x10 and 16) do not count; the order of things does,
 * within each kind: a setting and a rule of one section do not speak of each other.
 */
#include "syntax/ast.h"

#include <string.h>

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_name(const struct ast_name *a, const struct ast_name *b)
{
    return same_text(a->text, b->text);
}

static bool same_value(const struct ast_value *a, const struct ast_value *b);

static bool same_arguments(const struct ast_argument *a, size_t a_count, const struct ast_argument *b, size_t b_count)
{
    bool same = a_count == b_count;
    for (size_t i = 0; same && i < a_count; i++)
        same = same_name(&a[i].name, &b[i].name) && same_value(a[i].value, b[i].value);
    return same;
}

static bool same_call(const struct ast_call *a, const struct ast_call *b)
{
    if (!a || !b)
        return a == b;
    return same_name(&a->name, &b->name) && a->has_parentheses == b->has_parentheses &&
           same_arguments(a->arguments, a->argument_count, b->arguments, b->argument_count);
}

static bool same_values(struct ast_value *const *a, size_t a_count, struct ast_value *const *b, size_t b_count)
{
    bool same = a_count == b_count;
    for (size_t i = 0; same && i < a_count; i++)
        same = same_value(a[i], b[i]);
    return same;
}

/* What a kind does not use is zero in every node, so all fields may be compared. */
static bool same_value(const struct ast_value *a, const struct ast_value *b)
{
    if (!a || !b)
        return a == b;
    return a->kind == b->kind && a->number == b->number && a->is_integer == b->is_integer &&
           same_text(a->unit, b->unit) && a->boolean == b->boolean && same_text(a->string, b->string) &&
           same_values(a->items, a->item_count, b->items, b->item_count) && same_call(a->call, b->call) &&
           a->operation == b->operation && same_value(a->left, b->left) && same_value(a->right, b->right);
}

static bool same_input(const struct ast_input *a, const struct ast_input *b)
{
    if (!a || !b)
        return a == b;
    return same_name(&a->type, &b->type) &&
           same_values(a->dimensions, a->dimension_count, b->dimensions, b->dimension_count) &&
           same_arguments(a->attributes, a->attribute_count, b->attributes, b->attribute_count);
}

static bool same_statement(const struct ast_statement *a, const struct ast_statement *b)
{
    bool same = same_name(&a->name, &b->name) && same_input(a->chain.input, b->chain.input) &&
                same_call(a->chain.source, b->chain.source) && a->chain.step_count == b->chain.step_count;
    for (size_t i = 0; same && i < a->chain.step_count; i++)
        same = same_name(&a->chain.steps[i].label, &b->chain.steps[i].label) &&
               same_call(a->chain.steps[i].call, b->chain.steps[i].call);
    return same;
}

static bool same_rule(const struct ast_rule *a, const struct ast_rule *b)
{
    bool same = a->selector_count == b->selector_count && a->call_count == b->call_count;
    for (size_t i = 0; same && i < a->selector_count; i++)
        same = same_name(&a->selectors[i], &b->selectors[i]);
    for (size_t i = 0; same && i < a->call_count; i++)
        same = same_call(a->calls[i], b->calls[i]);
    return same;
}

static bool same_section(const struct ast_section *a, const struct ast_section *b)
{
    bool same = a->kind == b->kind && same_name(&a->name, &b->name) && same_name(&a->extends, &b->extends) &&
                same_value(a->value, b->value) && a->parameter_count == b->parameter_count &&
                a->setting_count == b->setting_count && a->rule_count == b->rule_count &&
                a->statement_count == b->statement_count;
    for (size_t i = 0; same && i < a->parameter_count; i++)
        same = same_name(&a->parameters[i].name, &b->parameters[i].name) &&
               same_value(a->parameters[i].value, b->parameters[i].value);
    for (size_t i = 0; same && i < a->setting_count; i++)
        same = same_name(&a->settings[i].name, &b->settings[i].name) &&
               same_value(a->settings[i].value, b->settings[i].value);
    for (size_t i = 0; same && i < a->rule_count; i++)
        same = same_rule(&a->rules[i], &b->rules[i]);
    for (size_t i = 0; same && i < a->statement_count; i++)
        same = same_statement(&a->statements[i], &b->statements[i]);
    return same;
}

bool ast_equal(const struct ast_file *a, const struct ast_file *b)
{
    bool same = a->section_count == b->section_count;
    for (size_t i = 0; same && i < a->section_count; i++)
        same = same_section(a->sections[i], b->sections[i]);
    return same;
}
