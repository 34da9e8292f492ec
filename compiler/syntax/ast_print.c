/*
 * Canonical form of a file: what --format prints.
 *
 * Two blanks of indentation, the rest of a chain two more, one item a line, an empty line between sections (lines of
 * `param` may be adjacent) and elsewhere where the text has one. `=` of neighbouring settings and `:` of neighbouring
 * rules share a column, and so do comments after neighbouring lines. A section of at most one item that was written on
 * one line stays there. A chain breaks before `->` where its author broke it and where it would exceed PRINT_COLUMNS.
 */
#include "syntax/print.h"

#include "syntax/parse.h"

#include <string.h>

static void print_statement_head(const struct ast_statement *statement, struct text *out)
{
    if (statement->name.text)
        text_printf(out, "%s = ", statement->name.text);
    if (statement->chain.input)
        print_input(statement->chain.input, out);
    else
        print_call(statement->chain.source, out);
}

static void print_step(const struct ast_step *step, struct text *out)
{
    text_add(out, "-> ");
    if (step->label.text)
        text_printf(out, "%s: ", step->label.text);
    print_call(step->call, out);
}

static size_t head_end(const struct ast_statement *statement)
{
    return statement->chain.input ? statement->chain.input->span.end : statement->chain.source->span.end;
}

static void print_statement_lines(struct layout *layout, const struct ast_statement *statement)
{
    const struct ast_chain *chain = &statement->chain;
    struct text line = {0}, step = {0};
    size_t last = head_end(statement);
    text_printf(&line, "%*s", PRINT_INDENT, "");
    print_statement_head(statement, &line);
    for (size_t i = 0; i < chain->step_count; i++) {
        const struct span span = chain->steps[i].span;
        const size_t semicolon = i + 1 == chain->step_count;
        step.length = 0;
        print_step(&chain->steps[i], &step);
        bool breaks = layout->source && line_end_between(layout->source, last, span.begin);
        breaks = breaks || line.length + 1 + step.length + semicolon > PRINT_COLUMNS;
        if (!layout_comments(layout, span.end, 2 * PRINT_INDENT, &line) && breaks) {
            layout_line(layout, text_cstr(&line), NULL);
            line.length = 0;
        }
        if (line.length == 0)
            text_printf(&line, "%*s%s", 2 * PRINT_INDENT, "", text_cstr(&step));
        else
            text_printf(&line, " %s", text_cstr(&step));
        last = span.end;
    }
    text_add(&line, ";");
    layout_line(layout, text_cstr(&line), NULL);
    text_free(&line);
    text_free(&step);
}

/* An item of a body; one of the three is set. */
struct item {
    const struct ast_setting *setting;
    const struct ast_rule *rule;
    const struct ast_statement *statement;
    struct span span;
};

/* The next item in the order of the text; false at the end. Without a text settings come first. */
static bool next_item(const struct ast_section *section, size_t *settings, size_t *rules, size_t *statements,
                      struct item *item)
{
    const struct ast_setting *setting = *settings < section->setting_count ? &section->settings[*settings] : NULL;
    const struct ast_rule *rule = *rules < section->rule_count ? &section->rules[*rules] : NULL;
    *item = (struct item){0};
    if (setting && (!rule || setting->span.begin <= rule->span.begin)) {
        ++*settings;
        *item = (struct item){.setting = setting, .span = setting->span};
    } else if (rule) {
        ++*rules;
        *item = (struct item){.rule = rule, .span = rule->span};
    } else if (*statements < section->statement_count) {
        item->statement = &section->statements[(*statements)++];
        item->span = item->statement->span;
    } else {
        return false;
    }
    return true;
}

/* The left part and the part from '=' or ':' on. */
static void print_halves(const struct item *item, struct text *left, struct text *right)
{
    if (item->setting) {
        text_add(left, item->setting->name.text);
        text_add(right, "= ");
        ast_print_value(item->setting->value, right);
    } else {
        for (size_t i = 0; i < item->rule->selector_count; i++)
            text_printf(left, "%s%s", i > 0 ? ", " : "", item->rule->selectors[i].text);
        for (size_t i = 0; i < item->rule->call_count; i++) {
            text_add(right, i > 0 ? ", " : ": ");
            print_call(item->rule->calls[i], right);
        }
    }
    text_add(right, ";");
}

static void print_item_lines(struct layout *layout, const struct item *item)
{
    const size_t end = item->statement ? head_end(item->statement) : item->span.end;
    layout_lead(layout, item->span.begin, end, PRINT_INDENT, false);
    if (item->statement) {
        print_statement_lines(layout, item->statement);
        return;
    }
    struct text left = {0}, right = {0};
    text_printf(&left, "%*s", PRINT_INDENT, "");
    print_halves(item, &left, &right);
    layout_line(layout, text_cstr(&left), text_cstr(&right));
    text_free(&left);
    text_free(&right);
}

static void print_item_inline(const struct item *item, struct text *out)
{
    if (item->statement) {
        print_statement_head(item->statement, out);
        for (size_t i = 0; i < item->statement->chain.step_count; i++) {
            text_add(out, " ");
            print_step(&item->statement->chain.steps[i], out);
        }
        text_add(out, ";");
        return;
    }
    struct text right = {0};
    print_halves(item, out, &right);
    text_printf(out, " %s", text_cstr(&right));
    text_free(&right);
}

/* "block fc(units, p = 0.5)", "param q = bin" */
static void print_heading(const struct ast_section *section, struct text *out)
{
    text_add(out, section_words[section->kind]);
    if (section->name.text)
        text_printf(out, " %s", section->name.text);
    if (section->extends.text)
        text_printf(out, " extends %s", section->extends.text);
    if (section->kind == AST_BLOCK) {
        text_add(out, "(");
        for (size_t i = 0; i < section->parameter_count; i++) {
            text_printf(out, "%s%s", i > 0 ? ", " : "", section->parameters[i].name.text);
            if (section->parameters[i].value) {
                text_add(out, " = ");
                ast_print_value(section->parameters[i].value, out);
            }
        }
        text_add(out, ")");
    } else if (section->kind == AST_PARAM) {
        text_add(out, " = ");
        ast_print_value(section->value, out);
        text_add(out, ";");
    }
}

/* The whole section on one line, where it is empty or was written so and fits; false otherwise. */
static bool print_on_one_line(struct layout *layout, const struct ast_section *section, struct text *heading)
{
    const struct span span = section->span;
    size_t settings = 0, rules = 0, statements = 0;
    struct item item;
    const size_t count = section->setting_count + section->rule_count + section->statement_count;
    const bool written_so = layout->source && !line_end_between(layout->source, span.begin, span.end);
    if (count > 1 || (count == 1 && !written_so) || layout_has_comment(layout, span.begin, span.end))
        return false;
    const size_t length = heading->length;
    if (next_item(section, &settings, &rules, &statements, &item)) {
        text_add(heading, " { ");
        print_item_inline(&item, heading);
        text_add(heading, " }");
    } else {
        text_add(heading, " {}");
    }
    const bool fits = heading->length <= PRINT_COLUMNS;
    if (fits)
        layout_line(layout, text_cstr(heading), NULL);
    else
        heading->length = length;
    return fits;
}

static void print_body(struct layout *layout, const struct ast_section *section)
{
    size_t settings = 0, rules = 0, statements = 0;
    struct item item;
    layout->at_start = true;
    while (next_item(section, &settings, &rules, &statements, &item))
        print_item_lines(layout, &item);
    if (layout->source)
        (void)layout_comments(layout, section->span.end - 1, PRINT_INDENT, NULL);
    layout_line(layout, "}", NULL);
}

static void print_section(struct layout *layout, const struct ast_section *section, bool blank)
{
    struct text heading = {0};
    const size_t end = section->kind == AST_PARAM ? section->span.end : section->span.begin;
    layout_lead(layout, section->span.begin, end, 0, blank);
    print_heading(section, &heading);
    if (section->kind == AST_PARAM) {
        layout_line(layout, text_cstr(&heading), NULL);
    } else if (!print_on_one_line(layout, section, &heading)) {
        heading.data[heading.length] = '\0';
        text_add(&heading, " {");
        layout_line(layout, text_cstr(&heading), NULL);
        print_body(layout, section);
    }
    text_free(&heading);
}

void ast_print(const struct ast_file *file, struct text *out)
{
    struct layout layout;
    layout_open(&layout, file->source, out);
    for (size_t i = 0; i < file->section_count; i++) {
        const bool params = i > 0 && file->sections[i - 1]->kind == AST_PARAM && file->sections[i]->kind == AST_PARAM;
        print_section(&layout, file->sections[i], i > 0 && !params);
    }
    layout_close(&layout);
}
