/* Single values against parameters of the tables: type, unit, range; and how values and ranges are printed. */
#include "model/build.h"

#include "base/require.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

/* What is being read, for messages. */
struct reading {
    struct build *build;
    const struct callable *callable;
    const struct parameter *parameter;
    struct span use; /* the value as written in the call, maybe a parameter's name */
};

/* Reports at the call, with a note at the value itself where a parameter brings it from elsewhere. */
__attribute__((format(printf, 4, 5))) static bool fail(const struct reading *reading, enum diagnostic_id id,
                                                       const struct ast_value *value, const char *format, ...)
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

/* 1e+08 Hz as "100 MHz": the largest unit of the dimension that leaves a number of at least 1. */
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
    fail(reading, DIAGNOSTIC_OUT_OF_RANGE, value, "%s", text_cstr(&text));
    text_free(&text);
    return false;
}

/* A number of the parameter's dimension, whole where asked, in its range. */
static bool read_number(const struct reading *reading, const struct ast_value *value, struct scope *scope, bool whole,
                        double *number)
{
    const struct parameter *parameter = reading->parameter;
    if (value->kind == AST_STRING || value->kind == AST_BOOL || value->kind == AST_LIST)
        return fail(reading, DIAGNOSTIC_WRONG_TYPE, value, "must be %s",
                    whole ? "a whole number" : dimension_nouns[parameter->dimension]);
    struct quantity quantity;
    if (!evaluate(reading->build, value, scope, &quantity))
        return false;
    if (quantity.dimension != parameter->dimension)
        return fail(reading, DIAGNOSTIC_WRONG_UNIT, value, "must be %s", dimension_nouns[parameter->dimension]);
    *number = quantity.number;
    if (whole && quantity.number != floor(quantity.number)) {
        struct text text = {0};
        number_print(quantity.number, &text);
        fail(reading, DIAGNOSTIC_NOT_AN_INTEGER, value, "must be a whole number, not %s", text_cstr(&text));
        text_free(&text);
        return false;
    }
    return check_range(reading, value, quantity.number);
}

static bool read_list(const struct reading *reading, const struct ast_value *value, struct scope *scope,
                      struct value *result)
{
    if (value->kind != AST_LIST)
        return fail(reading, DIAGNOSTIC_WRONG_TYPE, value, "must be a list of whole numbers, as in [10, 20]");
    int *list = ARENA_NEW_ARRAY(reading->build->arena, value->item_count, int);
    for (size_t i = 0; i < value->item_count; i++) {
        struct reading item = *reading;
        item.use = value->items[i]->span;
        double number = 0;
        if (!read_number(&item, value->items[i], scope, true, &number))
            return false;
        list[i] = (int)number;
        if (i > 0 && list[i] <= list[i - 1])
            return fail(&item, DIAGNOSTIC_LIST_ORDER, value->items[i], "must rise: %d stands behind %d", list[i],
                        list[i - 1]);
    }
    result->list = list;
    result->list_count = value->item_count;
    return true;
}

/* One whole number for rows and columns, or a list of two. */
static bool read_size(const struct reading *reading, const struct ast_value *value, struct scope *scope,
                      struct value *result)
{
    if (value->kind != AST_LIST)
        return read_number(reading, value, scope, true, &result->number);
    if (value->item_count != 2)
        return fail(reading, DIAGNOSTIC_WRONG_TYPE, value, "must be a whole number or two, [rows, columns]");
    int *list = ARENA_NEW_ARRAY(reading->build->arena, 2, int);
    for (size_t i = 0; i < 2; i++) {
        struct reading item = *reading;
        item.use = value->items[i]->span;
        double number = 0;
        if (!read_number(&item, value->items[i], scope, true, &number))
            return false;
        list[i] = (int)number;
    }
    result->list = list;
    result->list_count = 2;
    return true;
}

/* Values and parameters have names of their own: a parameter does not stand for a value. */
static bool read_name(const struct reading *reading, const struct ast_value *value, struct value *result)
{
    if (value->kind == AST_CALL && !value->call->has_parentheses) {
        result->call = value->call;
        return true;
    }
    fail(reading, DIAGNOSTIC_WRONG_TYPE, value, "must be the name of a value");
    sink_hint(reading->build->sink, "bind it before: 'name = ...;'");
    return false;
}

/* "an optimizer", "a loss". */
static bool fail_choice(const struct reading *reading, const struct ast_value *value)
{
    const char *noun = group_rows[reading->parameter->group].noun;
    return fail(reading, DIAGNOSTIC_WRONG_TYPE, value, "must be the name of %s %s",
                strchr("aeiou", noun[0]) ? "an" : "a", noun);
}

static bool read_choice(const struct reading *reading, const struct ast_value *value, struct scope *scope,
                        struct value *result)
{
    struct build *build = reading->build;
    if (value->kind == AST_STRING) {
        fail_choice(reading, value);
        sink_hint(build->sink, "write it without quotes");
        return false;
    }
    if (value->kind != AST_CALL)
        return fail_choice(reading, value);
    result->choice = choice_find(build, reading->parameter->group, &value->call->name);
    if (!result->choice) {
        note_expansion(build);
        return false;
    }
    result->arguments = arguments_check(build, result->choice, value->call->arguments, value->call->argument_count,
                                        value->span, scope, NULL);
    return result->arguments != NULL;
}

static bool read_value(const struct reading *reading, const struct ast_value *value, struct scope *scope,
                       struct value *result);

/* Each item is read like a single choice of the group; no row stands twice. */
static bool read_choices(const struct reading *reading, const struct ast_value *value, struct scope *scope,
                         struct value *result)
{
    struct build *build = reading->build;
    struct parameter one = *reading->parameter;
    one.type = VALUE_CHOICE;
    if (value->kind != AST_LIST) {
        const char *noun = group_rows[one.group].noun;
        return fail(reading, DIAGNOSTIC_WRONG_TYPE, value, "must be a list of %ss, as in [%s]", noun,
                    callable_by_id(one.group, 0)->name);
    }
    struct value *items = ARENA_NEW_ARRAY(build->arena, value->item_count, struct value);
    for (size_t i = 0; i < value->item_count; i++) {
        const struct reading item = {build, reading->callable, &one, value->items[i]->span};
        items[i] = (struct value){.span = item.use};
        if (!read_value(&item, value->items[i], scope, &items[i]))
            return false;
        for (size_t j = 0; j < i; j++)
            if (items[j].choice == items[i].choice) {
                sink_report(build->sink, DIAGNOSTIC_DUPLICATE_ARGUMENT, item.use, "'%s' is listed twice",
                            items[i].choice->name);
                sink_note(build->sink, items[j].span, "it is listed here first");
                return false;
            }
    }
    result->items = items;
    result->item_count = value->item_count;
    return true;
}

static bool read_value(const struct reading *reading, const struct ast_value *value, struct scope *scope,
                       struct value *result)
{
    const struct parameter *parameter = reading->parameter;
    if (parameter->type == VALUE_NAME)
        return read_name(reading, value, result);
    struct binding *binding = scope_lookup(scope, value);
    if (binding) {
        if (!binding_enter(reading->build, binding, value->span))
            return false;
        const bool fine = read_value(reading, binding->value, binding->scope, result);
        binding_leave(reading->build, binding);
        return fine;
    }
    if (parameter->type == VALUE_CHOICE || (parameter->or_choice && value->kind == AST_CALL))
        return read_choice(reading, value, scope, result);
    switch (parameter->type) {
    case VALUE_INTEGER:
        return read_number(reading, value, scope, true, &result->number);
    case VALUE_NUMBER:
    case VALUE_QUANTITY:
        return read_number(reading, value, scope, false, &result->number);
    case VALUE_INTEGER_LIST:
        return read_list(reading, value, scope, result);
    case VALUE_CHOICE_LIST:
        return read_choices(reading, value, scope, result);
    case VALUE_BOOLEAN:
        result->number = value->boolean;
        return value->kind == AST_BOOL || fail(reading, DIAGNOSTIC_WRONG_TYPE, value, "must be true or false");
    case VALUE_STRING:
        result->string = value->string;
        if (value->kind != AST_STRING)
            return fail(reading, DIAGNOSTIC_WRONG_TYPE, value, "must be a text in quotes");
        return value->string[0] || fail(reading, DIAGNOSTIC_OUT_OF_RANGE, value, "must not be empty");
    case VALUE_STEP:
        result->call = value->call;
        result->scope = scope;
        return value->kind == AST_CALL || fail(reading, DIAGNOSTIC_WRONG_TYPE, value, "must be an operator or a block");
    case VALUE_SIZE:
        return read_size(reading, value, scope, result);
    default:
        UNREACHABLE("a parameter of the tables has a known type");
        return false;
    }
}

bool value_check(struct build *build, const struct callable *callable, const struct parameter *parameter,
                 const struct ast_value *written, struct scope *scope, struct value *result)
{
    const struct reading reading = {build, callable, parameter, written->span};
    *result = (struct value){.span = written->span};
    return read_value(&reading, written, scope, result);
}

static void value_print(const struct parameter *parameter, const struct value *value, struct text *out)
{
    if (value->choice)
        arguments_print(value->arguments, out);
    else if (parameter->type == VALUE_BOOLEAN)
        text_add(out, value->number != 0 ? "true" : "false");
    else if (parameter->type == VALUE_STRING)
        text_printf(out, "\"%s\"", value->string);
    else if (parameter->type == VALUE_STEP || parameter->type == VALUE_NAME)
        text_add(out, value->call->name.text);
    else if (parameter->type == VALUE_SIZE && value->list)
        text_printf(out, "[%d, %d]", value->list[0], value->list[1]);
    else
        quantity_print(value->number, parameter->dimension, out);
}

void arguments_print(const struct arguments *arguments, struct text *out)
{
    const struct callable *callable = arguments->callable;
    text_add(out, callable->name);
    bool any = false, skipped = false;
    for (size_t i = 0; callable->parameters[i].name; i++) {
        if (!arguments->values[i].given) {
            skipped = true;
            continue;
        }
        text_add(out, any ? ", " : "(");
        any = true;
        if (skipped || i > 0)
            text_printf(out, "%s = ", callable->parameters[i].name);
        value_print(&callable->parameters[i], &arguments->values[i], out);
    }
    if (any)
        text_add(out, ")");
}
