/* Values without parts: numbers, sizes, lists of numbers, names; and how numbers and ranges are printed. */
#include "model/values.h"

#include "model/context.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

bool value_fail(const struct reading *reading, enum diagnostic_id id, const struct ast_value *value, const char *format,
                ...)
{
    struct build *build = reading->build;
    const bool section = reading->callable->group == GROUP_SECTION;
    va_list args;
    va_start(args, format);
    const char *what = arena_vprintf(build->arena, format, args);
    va_end(args);
    sink_report(build->sink, id, reading->use, "%s '%s' of %s %s", section ? "setting" : "argument",
                reading->parameter->name, reading->callable->name, what);
    if (value->span.source != reading->use.source || value->span.begin != reading->use.begin)
        sink_note(build->sink, value->span, "the value comes from here");
    note_expansion(build);
    return false;
}

void number_print(double number, struct text *out)
{
    text_double(out, number);
}

void quantity_print(double number, enum dimension dimension, struct text *out)
{
    static const struct {
        const char *prefix;
        double factor;
    } prefixes[] = {{"G", 1e9}, {"M", 1e6}, {"k", 1e3}};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        const char *unit = dimension_units[dimension];
        struct text name = {0};
        text_printf(&name, "%s%s", prefixes[i].prefix, unit);
        enum dimension found;
        double factor;
        const bool fits = number >= prefixes[i].factor && unit_find(text_cstr(&name), &found, &factor);
        if (fits) {
            number_print(number / factor, out);
            text_printf(out, " %s", text_cstr(&name));
        }
        text_free(&name);
        if (fits)
            return;
    }
    number_print(number, out);
    if (dimension != DIMENSION_NONE)
        text_printf(out, " %s", dimension_units[dimension]);
}

void range_print(const struct parameter *parameter, struct text *out)
{
    const bool open = parameter->above || parameter->below;
    if (open)
        text_add(out, parameter->above ? "more than " : "at least ");
    quantity_print(parameter->low, parameter->dimension, out);
    text_add(out, !open ? " to " : parameter->below ? ", less than " : ", at most ");
    quantity_print(parameter->high, parameter->dimension, out);
}

static bool check_range(const struct reading *reading, const struct ast_value *value, double number)
{
    const struct parameter *parameter = reading->parameter;
    const bool low = parameter->above ? number > parameter->low : number >= parameter->low;
    const bool high = parameter->below ? number < parameter->high : number <= parameter->high;
    if (low && high)
        return true;
    struct text text = {0};
    text_add(&text, "is ");
    quantity_print(number, parameter->dimension, &text);
    text_add(&text, "; allowed: ");
    range_print(parameter, &text);
    value_fail(reading, DIAGNOSTIC_OUT_OF_RANGE, value, "%s", text_cstr(&text));
    text_free(&text);
    return false;
}

bool value_read_number(const struct reading *reading, const struct ast_value *value, struct scope *scope, bool whole,
                       double *number)
{
    const struct parameter *parameter = reading->parameter;
    if (value->kind == AST_STRING || value->kind == AST_BOOL || value->kind == AST_LIST)
        return value_fail(reading, DIAGNOSTIC_WRONG_TYPE, value, "must be %s",
                          whole ? "a whole number" : dimension_nouns[parameter->dimension]);
    struct quantity quantity;
    if (!evaluate(reading->build, value, scope, &quantity))
        return false;
    if (quantity.dimension != parameter->dimension)
        return value_fail(reading, DIAGNOSTIC_WRONG_UNIT, value, "must be %s", dimension_nouns[parameter->dimension]);
    *number = quantity.number;
    if (whole && quantity.number != floor(quantity.number)) {
        struct text text = {0};
        number_print(quantity.number, &text);
        value_fail(reading, DIAGNOSTIC_NOT_AN_INTEGER, value, "must be a whole number, not %s", text_cstr(&text));
        text_free(&text);
        return false;
    }
    return check_range(reading, value, quantity.number);
}

bool value_read_list(const struct reading *reading, const struct ast_value *value, struct scope *scope,
                     struct value *result)
{
    if (value->kind != AST_LIST)
        return value_fail(reading, DIAGNOSTIC_WRONG_TYPE, value, "must be a list of whole numbers, as in [10, 20]");
    int *list = ARENA_NEW_ARRAY(reading->build->arena, value->item_count, int);
    for (size_t i = 0; i < value->item_count; i++) {
        struct reading item = *reading;
        item.use = value->items[i]->span;
        double number = 0;
        if (!value_read_number(&item, value->items[i], scope, true, &number))
            return false;
        list[i] = (int)number;
        if (i > 0 && list[i] <= list[i - 1])
            return value_fail(&item, DIAGNOSTIC_LIST_ORDER, value->items[i], "must rise: %d follows %d", list[i],
                              list[i - 1]);
    }
    result->list = list;
    result->list_count = value->item_count;
    return true;
}

bool value_read_size(const struct reading *reading, const struct ast_value *value, struct scope *scope,
                     struct value *result)
{
    if (value->kind != AST_LIST)
        return value_read_number(reading, value, scope, true, &result->number);
    if (value->item_count != 2)
        return value_fail(reading, DIAGNOSTIC_WRONG_TYPE, value, "must be a whole number or two, [rows, columns]");
    int *list = ARENA_NEW_ARRAY(reading->build->arena, 2, int);
    for (size_t i = 0; i < 2; i++) {
        struct reading item = *reading;
        item.use = value->items[i]->span;
        double number = 0;
        if (!value_read_number(&item, value->items[i], scope, true, &number))
            return false;
        list[i] = (int)number;
    }
    result->list = list;
    result->list_count = 2;
    return true;
}

/* Values and parameters have separate names: a parameter is not read in place of a value. */
bool value_read_name(const struct reading *reading, const struct ast_value *value, struct value *result)
{
    if (value->kind == AST_CALL && !value->call->has_parentheses) {
        result->call = value->call;
        return true;
    }
    value_fail(reading, DIAGNOSTIC_WRONG_TYPE, value, "must be the name of a value");
    sink_hint(reading->build->sink, "bind it before: 'name = ...;'");
    return false;
}
