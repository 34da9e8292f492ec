/*
 * The tree for people who look for a defect: one node a line, two blanks a level, its place in angle brackets.
 */
#include "syntax/ast.h"

static void begin_line(struct text *out, int level)
{
    text_printf(out, "%*s", 2 * level, "");
}

static void end_line(struct text *out, struct span span)
{
    if (span.source) {
        size_t line, column, last_line, last_column;
        source_position(span.source, span.begin, &line, &column);
        source_position(span.source, span.end, &last_line, &last_column);
        text_printf(out, " <%zu:%zu-%zu:%zu>", line, column, last_line, last_column);
    }
    text_add(out, "\n");
}

static void dump_value(const struct ast_value *value, int level, struct text *out);

static void dump_arguments(const struct ast_argument *arguments, size_t count, int level, struct text *out)
{
    for (size_t i = 0; i < count; i++) {
        begin_line(out, level);
        text_printf(out, "argument %s", arguments[i].name.text ? arguments[i].name.text : "-");
        end_line(out, arguments[i].span);
        dump_value(arguments[i].value, level + 1, out);
    }
}

static void dump_call(const struct ast_call *call, int level, struct text *out)
{
    begin_line(out, level);
    text_printf(out, "call %s%s", call->name.text, call->has_parentheses ? "()" : "");
    end_line(out, call->span);
    dump_arguments(call->arguments, call->argument_count, level + 1, out);
}

static void dump_value(const struct ast_value *value, int level, struct text *out)
{
    static const char *const kinds[AST_VALUE_KIND_COUNT] = {
        [AST_NUMBER] = "number", [AST_QUANTITY] = "quantity", [AST_BOOL] = "bool",     [AST_STRING] = "string",
        [AST_LIST] = "list",     [AST_CALL] = "call",         [AST_NEGATE] = "negate", [AST_BINARY] = "binary",
    };
    if (value->kind == AST_CALL) {
        dump_call(value->call, level, out);
        return;
    }
    begin_line(out, level);
    text_add(out, kinds[value->kind]);
    if (value->kind == AST_BINARY) {
        text_printf(out, " %c", value->operation);
    } else if (value->kind != AST_LIST && value->kind != AST_NEGATE) {
        text_add(out, " ");
        ast_print_value(value, out);
    }
    end_line(out, value->span);
    for (size_t i = 0; i < value->item_count; i++)
        dump_value(value->items[i], level + 1, out);
    if (value->left)
        dump_value(value->left, level + 1, out);
    if (value->right)
        dump_value(value->right, level + 1, out);
}

static void dump_statement(const struct ast_statement *statement, int level, struct text *out)
{
    const struct ast_chain *chain = &statement->chain;
    begin_line(out, level);
    text_printf(out, "statement %s", statement->name.text ? statement->name.text : "-");
    end_line(out, statement->span);
    if (chain->input) {
        begin_line(out, level + 1);
        text_printf(out, "input %s", chain->input->type.text);
        end_line(out, chain->input->span);
        for (size_t i = 0; i < chain->input->dimension_count; i++)
            dump_value(chain->input->dimensions[i], level + 2, out);
        dump_arguments(chain->input->attributes, chain->input->attribute_count, level + 2, out);
    } else {
        dump_call(chain->source, level + 1, out);
    }
    for (size_t i = 0; i < chain->step_count; i++) {
        begin_line(out, level + 1);
        text_printf(out, "step %s", chain->steps[i].label.text ? chain->steps[i].label.text : "-");
        end_line(out, chain->steps[i].span);
        dump_call(chain->steps[i].call, level + 2, out);
    }
}

static void dump_rule(const struct ast_rule *rule, int level, struct text *out)
{
    begin_line(out, level);
    text_add(out, "rule");
    for (size_t i = 0; i < rule->selector_count; i++)
        text_printf(out, " %s", rule->selectors[i].text);
    end_line(out, rule->span);
    for (size_t i = 0; i < rule->call_count; i++)
        dump_call(rule->calls[i], level + 1, out);
}

static void dump_section(const struct ast_section *section, struct text *out)
{
    text_add(out, section->keyword.text);
    if (section->name.text)
        text_printf(out, " %s", section->name.text);
    if (section->extends.text)
        text_printf(out, " extends %s", section->extends.text);
    end_line(out, section->span);
    if (section->value)
        dump_value(section->value, 1, out);
    for (size_t i = 0; i < section->parameter_count; i++) {
        begin_line(out, 1);
        text_printf(out, "parameter %s", section->parameters[i].name.text);
        end_line(out, section->parameters[i].name.span);
        if (section->parameters[i].value)
            dump_value(section->parameters[i].value, 2, out);
    }
    for (size_t i = 0; i < section->setting_count; i++) {
        begin_line(out, 1);
        text_printf(out, "setting %s", section->settings[i].name.text);
        end_line(out, section->settings[i].span);
        dump_value(section->settings[i].value, 2, out);
    }
    for (size_t i = 0; i < section->rule_count; i++)
        dump_rule(&section->rules[i], 1, out);
    for (size_t i = 0; i < section->statement_count; i++)
        dump_statement(&section->statements[i], 1, out);
}

void ast_dump(const struct ast_file *file, struct text *out)
{
    for (size_t i = 0; i < file->section_count; i++)
        dump_section(file->sections[i], out);
}
