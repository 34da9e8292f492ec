/* --help-language and the body of the language reference: the tables as text. */
#include "model/model.h"

#include "model/arguments.h"
#include "model/table.h"

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
    case VALUE_BOOLEAN:
        text_add(out, "true or false");
        break;
    case VALUE_STRING:
        text_add(out, "text");
        break;
    case VALUE_STEP:
        text_add(out, "step");
        break;
    default:
        break;
    }
    if (parameter->or_choice)
        text_add(out, "; or ");
    if (!parameter->or_choice && parameter->type != VALUE_CHOICE)
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

static void print_callable(const struct callable *row, bool markdown, struct text *out)
{
    text_printf(out, markdown ? "\n### `%s`\n\n%s\n" : "\n  %s\n      %s\n", row->name, row->doc);
    if (row->parameters[0].name)
        text_add(out, markdown ? "\n| name | values | default | meaning |\n|---|---|---|---|\n" : "");
    for (const struct parameter *parameter = row->parameters; parameter->name; parameter++) {
        text_printf(out, markdown ? "| `%s` | " : "      %-14s ", parameter->name);
        print_type(parameter, out);
        text_add(out, markdown ? " | " : "; ");
        print_default(parameter, out);
        text_printf(out, markdown ? " | %s |\n" : "\n                       %s\n", parameter->doc);
    }
}

static void print_diagnostics(bool markdown, struct text *out)
{
    text_add(out, markdown ? "\n## Messages\n\n| id | kind | meaning |\n|---|---|---|\n" : "\nMessages\n\n");
    for (int i = 0; i < DIAGNOSTIC_COUNT; i++) {
        const struct diagnostic_row *row = &diagnostic_rows[i];
        const char *kind = row->severity == SEVERITY_ERROR ? "error" : "warning";
        text_printf(out, markdown ? "| `%s` | %s | %s |\n" : "  %-22s %-8s %s\n", row->name, kind, row->meaning);
    }
}

void model_help(struct text *out, bool markdown)
{
    for (int group = 0; group < GROUP_COUNT; group++) {
        text_printf(out, markdown ? "%s## %s\n" : "%s%s\n", group > 0 ? "\n" : "", group_rows[group].title);
        for (size_t i = 0; i < callable_count; i++)
            if ((int)callables[i].group == group)
                print_callable(&callables[i], markdown, out);
    }
    print_diagnostics(markdown, out);
}
