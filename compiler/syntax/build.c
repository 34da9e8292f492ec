/* Nodes of the syntax tree, as the actions of the grammar ask for them. */
#include "syntax/parse.h"

#include <string.h>

static struct parsed_value value_new(struct parse *parse, enum ast_value_kind kind, int depth, struct span span)
{
    struct ast_value *node = ARENA_NEW(parse->arena, struct ast_value);
    node->kind = kind;
    node->span = span;
    return (struct parsed_value){node, depth};
}

/* Where the tree has grown too high the node gives way to a leaf, and the error says so. */
static struct parsed_value bounded(struct parse *parse, struct parsed_value value)
{
    if (value.depth <= AST_DEEPEST)
        return value;
    parse_too_deep(parse, value.node->span);
    struct parsed_value leaf = value_new(parse, AST_NUMBER, 1, value.node->span);
    leaf.node->spelling = "0";
    leaf.node->is_integer = true;
    return leaf;
}

static int higher(int a, int b)
{
    return a > b ? a : b;
}

struct parsed_value value_list(struct parse *parse, const struct value_list *list, struct span span)
{
    struct parsed_value value = value_new(parse, AST_LIST, list->depth + 1, span);
    value.node->items = list->items;
    value.node->item_count = list->count;
    return bounded(parse, value);
}

void value_add(struct parse *parse, struct value_list *list, struct parsed_value value)
{
    ARENA_PUSH(parse->arena, list->items, list->count, list->capacity, value.node);
    list->depth = higher(list->depth, value.depth);
}

struct parsed_value value_binary(struct parse *parse, char operation, struct parsed_value left,
                                 struct parsed_value right, struct span span)
{
    struct parsed_value value = value_new(parse, AST_BINARY, higher(left.depth, right.depth) + 1, span);
    value.node->operation = operation;
    value.node->left = left.node;
    value.node->right = right.node;
    return bounded(parse, value);
}

struct parsed_value value_negate(struct parse *parse, struct parsed_value operand, struct span span)
{
    struct parsed_value value = value_new(parse, AST_NEGATE, operand.depth + 1, span);
    value.node->left = operand.node;
    return bounded(parse, value);
}

struct parsed_value value_parenthesised(struct parse *parse, struct parsed_value inner, struct span span)
{
    inner.depth++;
    inner.node->span = span;
    return bounded(parse, inner);
}

struct parsed_value value_call(struct parse *parse, struct parsed_call call)
{
    const char *name = call.node->name.text;
    const bool is_true = strcmp(name, "true") == 0;
    if (!call.node->has_parentheses && (is_true || strcmp(name, "false") == 0)) {
        struct parsed_value value = value_new(parse, AST_BOOL, 1, call.node->span);
        value.node->boolean = is_true;
        return value;
    }
    struct parsed_value value = value_new(parse, AST_CALL, call.depth, call.node->span);
    value.node->call = call.node;
    return bounded(parse, value);
}

struct parsed_argument argument_of(struct ast_name name, struct parsed_value value, struct span span)
{
    return (struct parsed_argument){{name, value.node, span}, value.depth};
}

void argument_add(struct parse *parse, struct argument_list *list, struct parsed_argument argument)
{
    ARENA_PUSH(parse->arena, list->items, list->count, list->capacity, argument.argument);
    list->depth = higher(list->depth, argument.depth);
}

struct parsed_call call_new(struct parse *parse, struct ast_name name, const struct argument_list *arguments,
                            struct span span)
{
    struct ast_call *call = ARENA_NEW(parse->arena, struct ast_call);
    call->name = name;
    call->span = span;
    if (!arguments)
        return (struct parsed_call){call, 1};
    call->has_parentheses = true;
    if (arguments->depth >= AST_DEEPEST) {
        parse_too_deep(parse, span);
        return (struct parsed_call){call, 1};
    }
    call->arguments = arguments->items;
    call->argument_count = arguments->count;
    return (struct parsed_call){call, arguments->depth + 1};
}

struct ast_input *input_new(struct parse *parse, struct ast_name type, const struct value_list *dimensions,
                            const struct argument_list *attributes, struct span span)
{
    struct ast_input *input = ARENA_NEW(parse->arena, struct ast_input);
    *input = (struct ast_input){.type = type,
                                .dimensions = dimensions->items,
                                .dimension_count = dimensions->count,
                                .attributes = attributes->items,
                                .attribute_count = attributes->count,
                                .span = span};
    return input;
}

struct ast_statement statement_of(struct ast_input *input, struct ast_call *source, const struct step_list *steps,
                                  struct span span)
{
    return (struct ast_statement){
        .chain = {.input = input, .source = source, .steps = steps->items, .step_count = steps->count, .span = span},
        .span = span};
}

struct ast_section *section_new(struct parse *parse, enum ast_section_kind kind)
{
    struct ast_section *section = ARENA_NEW(parse->arena, struct ast_section);
    section->kind = kind;
    parse->setting_capacity = parse->rule_capacity = 0;
    return section;
}

struct ast_section *section_as(struct ast_section *section, enum ast_section_kind kind)
{
    section->kind = kind;
    return section;
}

struct ast_section *section_body(struct parse *parse, enum ast_section_kind kind,
                                 const struct statement_list *statements)
{
    struct ast_section *section = section_new(parse, kind);
    section->statements = statements->items;
    section->statement_count = statements->count;
    return section;
}

void section_setting(struct parse *parse, struct ast_section *section, struct ast_name name, struct ast_value *value,
                     struct span span)
{
    const struct ast_setting setting = {name, value, span};
    ARENA_PUSH(parse->arena, section->settings, section->setting_count, parse->setting_capacity, setting);
}

void section_rule(struct parse *parse, struct ast_section *section, const struct name_list *selectors,
                  const struct call_list *calls, struct span span)
{
    const struct ast_rule rule = {selectors->items, selectors->count, calls->items, calls->count, span};
    ARENA_PUSH(parse->arena, section->rules, section->rule_count, parse->rule_capacity, rule);
}

void parse_section(struct parse *parse, struct ast_section *section, struct span span)
{
    if (!section)
        return;
    section->span = span;
    const char *word = section_words[section->kind];
    section->keyword = (struct ast_name){word, {span.source, span.begin, span.begin + strlen(word)}};
    ARENA_PUSH(parse->arena, parse->file->sections, parse->file->section_count, parse->section_capacity, section);
}
