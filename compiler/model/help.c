/* --help-language and the body of the language reference: the tables as text. */
#include "model/model.h"

#include "model/arguments.h"
#include "model/table.h"

#include <string.h>

static void print_type(const struct parameter *parameter, struct text *out)
{
    switch (parameter->type) {
    case VALUE_INTEGER:
        text_add(out, "whole number, ");
        range_print(parameter, out);
        break;
    case VALUE_INTEGER_LIST:
        text_add(out, "list of rising whole numbers, ");
        range_print(parameter, out);
        break;
    case VALUE_NUMBER:
    case VALUE_QUANTITY:
        text_add(out, parameter->type == VALUE_NUMBER ? "number, " : "quantity, ");
        range_print(parameter, out);
        break;
    case VALUE_CHOICE_LIST:
        text_add(out, "list of ");
        break;
    case VALUE_BOOLEAN:
        text_add(out, "true or false");
        break;
    case VALUE_STRING:
        text_add(out, "text");
        break;
    case VALUE_STEP:
        text_add(out, "step");
        break;
    case VALUE_SIZE:
        text_add(out, "whole number or two of them, ");
        range_print(parameter, out);
        break;
    case VALUE_NAME:
        text_add(out, "name of a value");
        break;
    default:
        break;
    }
    if (parameter->or_choice)
        text_add(out, "; or ");
    if (!parameter->or_choice && parameter->type != VALUE_CHOICE && parameter->type != VALUE_CHOICE_LIST)
        return;
    for (size_t i = 0, listed = 0; i < callable_count; i++)
        if (callables[i].group == parameter->group)
            text_printf(out, "%s%s", listed++ ? ", " : "", callables[i].name);
}

static void print_default(const struct parameter *parameter, struct text *out)
{
    if (parameter->presence == PRESENCE_REQUIRED) {
        text_add(out, "required");
    } else if (parameter->presence == PRESENCE_OPTIONAL) {
        text_printf(out, "default: %s", parameter->fallback_doc);
    } else if (parameter->type == VALUE_CHOICE) {
        text_printf(out, "default %s", callable_by_id(parameter->group, (int)parameter->fallback)->name);
    } else if (parameter->type == VALUE_BOOLEAN) {
        text_printf(out, "default %s", parameter->fallback != 0 ? "true" : "false");
    } else {
        text_add(out, "default ");
        quantity_print(parameter->fallback, parameter->dimension, out);
    }
}

/* Prose of the tables in markdown: what would be emphasis or the edge of a table's cell is escaped. */
static void add_prose(const char *prose, struct text *out)
{
    bool code = false;
    for (const char *p = prose; *p; p++) {
        code = code != (*p == '`');
        if (*p == '|' || (*p == '*' && !code))
            text_add(out, "\\");
        text_add_bytes(out, p, 1);
    }
}

/* The same on a terminal: lines of at most WRAP_COLUMN columns, indented. */
static void add_wrapped(const char *prose, size_t indent, struct text *out)
{
    enum { WRAP_COLUMN = 100 };
    size_t column = WRAP_COLUMN;
    for (const char *word = prose; *word;) {
        const size_t length = strcspn(word, " ");
        if (column + 1 + length > WRAP_COLUMN) {
            text_printf(out, "%s%*s", word == prose ? "" : "\n", (int)indent, "");
            column = indent;
        } else {
            text_add(out, " ");
            column++;
        }
        text_add_bytes(out, word, length);
        column += length;
        word += length + strspn(word + length, " ");
    }
    text_add(out, "\n");
}

static void print_parameter(const struct parameter *parameter, bool markdown, struct text *out)
{
    struct text values = {0};
    print_type(parameter, &values);
    text_add(&values, markdown ? " | " : "; ");
    print_default(parameter, &values);
    if (markdown) {
        text_printf(out, "| `%s` | %s | ", parameter->name, text_cstr(&values));
        add_prose(parameter->doc, out);
        text_add(out, " |\n");
    } else {
        text_printf(out, "      %-14s %s\n", parameter->name, text_cstr(&values));
        add_wrapped(parameter->doc, 23, out);
    }
    text_free(&values);
}

static void print_callable(const struct callable *row, bool markdown, struct text *out)
{
    text_printf(out, markdown ? "\n### `%s`\n\n" : "\n  %s\n", row->name);
    if (markdown) {
        add_prose(row->doc, out);
        text_add(out, "\n");
    } else {
        add_wrapped(row->doc, 6, out);
    }
    if (markdown && row->parameters[0].name)
        text_add(out, "\n| name | values | default | meaning |\n|---|---|---|---|\n");
    for (const struct parameter *parameter = row->parameters; parameter->name; parameter++)
        print_parameter(parameter, markdown, out);
}

void model_help(struct text *out, bool markdown)
{
    for (int group = 0; group < GROUP_COUNT; group++) {
        text_printf(out, markdown ? "%s## %s\n" : "%s%s\n", group > 0 ? "\n" : "", group_rows[group].title);
        for (size_t i = 0; i < callable_count; i++)
            if ((int)callables[i].group == group)
                print_callable(&callables[i], markdown, out);
    }
}
