/*
 * Canonical form of values and calls: one blank around '=', '+' and '-', none around '*' and '/', parentheses only where
 * the tree needs them.
 */
#include "syntax/print.h"

#include <string.h>

/* How tightly a value holds together; an operand below what its place asks for gets parentheses. */
enum binding { BINDING_SUM = 1, BINDING_PRODUCT, BINDING_NEGATION, BINDING_PRIMARY };

static enum binding binding_of(const struct ast_value *value)
{
    if (value->kind == AST_BINARY)
        return value->operation == '+' || value->operation == '-' ? BINDING_SUM : BINDING_PRODUCT;
    return value->kind == AST_NEGATE ? BINDING_NEGATION : BINDING_PRIMARY;
}

static void print_operand(const struct ast_value *value, enum binding least, struct text *out)
{
    const bool parentheses = binding_of(value) < least;
    text_add(out, parentheses ? "(" : "");
    ast_print_value(value, out);
    text_add(out, parentheses ? ")" : "");
}

static void print_string(const char *string, struct text *out)
{
    static const char meanings[] = "\n\t\r\\\"", letters[] = "ntr\\\"";
    text_add(out, "\"");
    for (; *string; string++) {
        const char *found = strchr(meanings, *string);
        const unsigned char byte = (unsigned char)*string;
        if (found)
            text_printf(out, "\\%c", letters[found - meanings]);
        else if (byte < 0x20 || byte == 0x7f)
            text_printf(out, "\\x%02x", byte);
        else
            text_add_bytes(out, string, 1);
    }
    text_add(out, "\"");
}

static void print_number(const struct ast_value *value, struct text *out)
{
    if (value->spelling)
        text_add(out, value->spelling);
    else
        text_double(out, value->number);
    if (value->kind == AST_QUANTITY)
        text_printf(out, " %s", value->unit);
}

static void print_list(const struct ast_value *value, struct text *out)
{
    text_add(out, "[");
    print_values(value->items, value->item_count, out);
    text_add(out, "]");
}

static void print_binary(const struct ast_value *value, struct text *out)
{
    const enum binding binding = binding_of(value);
    print_operand(value->left, binding, out);
    text_printf(out, binding == BINDING_SUM ? " %c " : "%c", value->operation);
    print_operand(value->right, binding + 1, out);
}

static void print_bool(const struct ast_value *value, struct text *out)
{
    text_add(out, value->boolean ? "true" : "false");
}

static void print_string_value(const struct ast_value *value, struct text *out)
{
    print_string(value->string, out);
}

static void print_call_value(const struct ast_value *value, struct text *out)
{
    print_call(value->call, out);
}

static void print_negation(const struct ast_value *value, struct text *out)
{
    text_add(out, "-");
    print_operand(value->left, BINDING_NEGATION, out);
}

void ast_print_value(const struct ast_value *value, struct text *out)
{
    static void (*const printers[AST_VALUE_KIND_COUNT])(const struct ast_value *, struct text *) = {
        [AST_NUMBER] = print_number,       [AST_QUANTITY] = print_number, [AST_BOOL] = print_bool,
        [AST_STRING] = print_string_value, [AST_LIST] = print_list,       [AST_CALL] = print_call_value,
        [AST_NEGATE] = print_negation,     [AST_BINARY] = print_binary,
    };
    printers[value->kind](value, out);
}

void print_values(struct ast_value *const *values, size_t count, struct text *out)
{
    for (size_t i = 0; i < count; i++) {
        text_add(out, i > 0 ? ", " : "");
        ast_print_value(values[i], out);
    }
}

void print_call(const struct ast_call *call, struct text *out)
{
    text_add(out, call->name.text);
    if (!call->has_parentheses)
        return;
    text_add(out, "(");
    for (size_t i = 0; i < call->argument_count; i++) {
        text_add(out, i > 0 ? ", " : "");
        if (call->arguments[i].name.text)
            text_printf(out, "%s = ", call->arguments[i].name.text);
        ast_print_value(call->arguments[i].value, out);
    }
    text_add(out, ")");
}

void print_input(const struct ast_input *input, struct text *out)
{
    text_printf(out, "input %s[", input->type.text);
    print_values(input->dimensions, input->dimension_count, out);
    text_add(out, "]");
    for (size_t i = 0; i < input->attribute_count; i++) {
        text_printf(out, " %s ", input->attributes[i].name.text);
        ast_print_value(input->attributes[i].value, out);
    }
}
