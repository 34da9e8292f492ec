/*
 * Arguments against the rows of the tables: who is who, who is missing, and the defaults; choices, which have arguments
 * themselves; and how arguments are printed. values.c reads what has no parts.
 */
#include "model/arguments.h"

#include "model/context.h"

#include "base/require.h"

#include <string.h>

const struct value *argument(const struct arguments *arguments, const char *name)
{
    const struct parameter *parameters = arguments->callable->parameters;
    size_t i = 0;
    while (parameters[i].name && strcmp(parameters[i].name, name) != 0)
        i++;
    REQUIRE(parameters[i].name);
    return &arguments->values[i];
}

static size_t name_index(const char *const *names, size_t count, const char *name)
{
    size_t i = 0;
    while (i < count && strcmp(names[i], name) != 0)
        i++;
    return i;
}

/* Says which names there are. names ends with NULL. */
static void hint_names(struct build *build, const char *word, const char *const *names)
{
    if (sink_suggest(build->sink, word, names) || !names[0])
        return;
    struct text list = {0};
    for (size_t i = 0; names[i]; i++)
        text_printf(&list, "%s%s", i ? ", " : "", names[i]);
    sink_hint(build->sink, "known: %s", text_cstr(&list));
    text_free(&list);
}

/* The index of the parameter that an argument is for; name_count after an error. */
static size_t match_one(struct build *build, const char *what, const char *const *names, size_t name_count,
                        const struct ast_argument *written, size_t position, bool after_named)
{
    struct sink *sink = build->sink;
    if (written->name.text) {
        const size_t i = name_index(names, name_count, written->name.text);
        if (i == name_count) {
            sink_report(sink, DIAGNOSTIC_UNKNOWN_ARGUMENT, written->name.span, "%s has no argument '%s'", what,
                        written->name.text);
            hint_names(build, written->name.text, names);
        }
        return i;
    }
    if (after_named) {
        sink_report(sink, DIAGNOSTIC_ARGUMENT_ORDER, written->span, "positional argument follows a named one");
        sink_hint(sink, "put it before them, or give it a name");
        return name_count;
    }
    if (position < name_count)
        return position;
    sink_report(sink, DIAGNOSTIC_TOO_MANY_ARGUMENTS, written->span,
                name_count == 0 ? "%s takes no arguments" : "%s takes at most %zu argument%s", what, name_count,
                name_count == 1 ? "" : "s");
    return name_count;
}

bool arguments_match(struct build *build, const char *what, const char *const *names, size_t name_count,
                     const struct ast_argument *written, size_t count, const struct ast_argument **slots)
{
    bool fine = true, after_named = false;
    if (count > MAX_ARGUMENTS) {
        sink_report(build->sink, DIAGNOSTIC_TOO_MANY_ARGUMENTS, written[MAX_ARGUMENTS].span,
                    "%s has more than %d arguments", what, MAX_ARGUMENTS);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const size_t slot = match_one(build, what, names, name_count, &written[i], i, after_named);
        after_named = after_named || written[i].name.text;
        if (slot == name_count) {
            note_expansion(build);
            fine = false;
            continue;
        }
        if (slots[slot]) {
            sink_report(build->sink, DIAGNOSTIC_DUPLICATE_ARGUMENT, written[i].span, "'%s' is given twice",
                        names[slot]);
            sink_note(build->sink, slots[slot]->span, "it is given here first");
            note_expansion(build);
            fine = false;
            continue;
        }
        slots[slot] = &written[i];
    }
    return fine;
}

static const char *const *parameter_names(struct build *build, const struct callable *callable)
{
    const size_t count = parameter_count(callable);
    const char **names = ARENA_NEW_ARRAY(build->arena, count + 1, const char *);
    for (size_t i = 0; i < count; i++)
        names[i] = callable->parameters[i].name;
    return names;
}

static struct arguments *arguments_new(struct build *build, const struct callable *callable)
{
    struct arguments *arguments = ARENA_NEW(build->arena, struct arguments);
    arguments->callable = callable;
    arguments->values = ARENA_NEW_ARRAY(build->arena, parameter_count(callable), struct value);
    return arguments;
}

static void set_default(struct build *build, const struct parameter *parameter, struct value *value)
{
    value->present = true;
    if (parameter->type == VALUE_CHOICE) {
        value->choice = callable_by_id(parameter->group, (int)parameter->fallback);
        REQUIRE(value->choice);
        value->arguments = arguments_default(build, value->choice);
    } else {
        value->number = parameter->fallback;
    }
}

struct arguments *arguments_default(struct build *build, const struct callable *callable)
{
    struct arguments *arguments = arguments_new(build, callable);
    for (size_t i = 0; callable->parameters[i].name; i++) {
        REQUIRE(callable->parameters[i].presence != PRESENCE_REQUIRED);
        if (callable->parameters[i].presence == PRESENCE_DEFAULT)
            set_default(build, &callable->parameters[i], &arguments->values[i]);
    }
    return arguments;
}

static bool fill(struct build *build, const struct arguments *arguments, const struct ast_argument **slots,
                 struct span whole, struct scope *scope, const struct arguments *base, bool matched)
{
    const struct callable *callable = arguments->callable;
    bool fine = matched;
    for (size_t i = 0; callable->parameters[i].name; i++) {
        const struct parameter *parameter = &callable->parameters[i];
        struct value *value = &arguments->values[i];
        if (slots[i]) {
            fine &= value_check(build, callable, parameter, slots[i]->value, scope, value);
            value->given = value->present = true;
            value->name_span = slots[i]->name.text ? slots[i]->name.span : slots[i]->span;
        } else if (base && base->values[i].given) {
            *value = base->values[i];
        } else if (parameter->presence == PRESENCE_DEFAULT) {
            set_default(build, parameter, value);
        } else if (parameter->presence == PRESENCE_REQUIRED && matched) {
            /* Otherwise it may well be the one that was misspelt, and was reported. */
            const bool section = callable->group == GROUP_SECTION;
            sink_report(build->sink, DIAGNOSTIC_MISSING_ARGUMENT, whole, "%s needs %s '%s': %s", callable->name,
                        section ? "the setting" : "the argument", parameter->name, parameter->doc);
            note_expansion(build);
            fine = false;
        }
    }
    return fine;
}

struct arguments *arguments_check(struct build *build, const struct callable *callable,
                                  const struct ast_argument *written, size_t count, struct span whole,
                                  struct scope *scope, const struct arguments *base)
{
    struct arguments *arguments = arguments_new(build, callable);
    const size_t parameters = parameter_count(callable);
    const struct ast_argument **slots = ARENA_NEW_ARRAY(build->arena, parameters, const struct ast_argument *);
    const bool matched =
        arguments_match(build, callable->name, parameter_names(build, callable), parameters, written, count, slots);
    return fill(build, arguments, slots, whole, scope, base, matched) ? arguments : NULL;
}

struct arguments *settings_check(struct build *build, const struct callable *callable,
                                 const struct ast_section *section, struct scope *scope, const struct arguments *base)
{
    struct arguments *arguments = arguments_new(build, callable);
    const size_t parameters = parameter_count(callable);
    const char *const *names = parameter_names(build, callable);
    const struct ast_argument **slots = ARENA_NEW_ARRAY(build->arena, parameters, const struct ast_argument *);
    bool fine = true;
    for (size_t i = 0; i < section->setting_count; i++) {
        const struct ast_setting *setting = &section->settings[i];
        const size_t slot = name_index(names, parameters, setting->name.text);
        if (slot == parameters) {
            sink_report(build->sink, DIAGNOSTIC_UNKNOWN_SETTING, setting->name.span, "%s has no setting '%s'",
                        callable->name, setting->name.text);
            hint_names(build, setting->name.text, names);
            fine = false;
        } else if (slots[slot]) {
            sink_report(build->sink, DIAGNOSTIC_DUPLICATE_SETTING, setting->name.span, "'%s' is set twice",
                        setting->name.text);
            sink_note(build->sink, slots[slot]->name.span, "it is set here first");
            fine = false;
        } else {
            struct ast_argument *written = ARENA_NEW(build->arena, struct ast_argument);
            *written = (struct ast_argument){setting->name, setting->value, setting->span};
            slots[slot] = written;
        }
    }
    const struct span whole = section->name.text ? section->name.span : section->keyword.span;
    return fill(build, arguments, slots, whole, scope, base, fine) ? arguments : NULL;
}

const struct callable *choice_find(struct build *build, enum group group, const struct ast_name *name)
{
    const struct callable *row = callable_find(group, name->text);
    if (row)
        return row;
    const char **names = ARENA_NEW_ARRAY(build->arena, callable_count + 1, const char *);
    size_t count = 0;
    for (size_t i = 0; i < callable_count; i++)
        if (callables[i].group == group)
            names[count++] = callables[i].name;
    sink_report(build->sink, DIAGNOSTIC_UNKNOWN_WORD, name->span, "%s '%s' is not known", group_rows[group].noun,
                name->text);
    hint_names(build, name->text, names);
    return NULL;
}

/* ---- Choices and single values ----------------------------------------------------------------------------------- */

/* "an optimizer", "a loss". */
static bool fail_choice(const struct reading *reading, const struct ast_value *value)
{
    const char *noun = group_rows[reading->parameter->group].noun;
    return value_fail(reading, DIAGNOSTIC_WRONG_TYPE, value, "must be the name of %s %s",
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

/* Each item is read like a single choice of the group; no row appears twice. */
static bool read_choices(const struct reading *reading, const struct ast_value *value, struct scope *scope,
                         struct value *result)
{
    struct build *build = reading->build;
    struct parameter one = *reading->parameter;
    one.type = VALUE_CHOICE;
    if (value->kind != AST_LIST) {
        const char *noun = group_rows[one.group].noun;
        return value_fail(reading, DIAGNOSTIC_WRONG_TYPE, value, "must be a list of %ss, as in [%s]", noun,
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
        return value_read_name(reading, value, result);
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
        return value_read_number(reading, value, scope, true, &result->number);
    case VALUE_NUMBER:
    case VALUE_QUANTITY:
        return value_read_number(reading, value, scope, false, &result->number);
    case VALUE_INTEGER_LIST:
        return value_read_list(reading, value, scope, result);
    case VALUE_CHOICE_LIST:
        return read_choices(reading, value, scope, result);
    case VALUE_BOOLEAN:
        result->number = value->boolean;
        return value->kind == AST_BOOL || value_fail(reading, DIAGNOSTIC_WRONG_TYPE, value, "must be true or false");
    case VALUE_STRING:
        result->string = value->string;
        if (value->kind != AST_STRING)
            return value_fail(reading, DIAGNOSTIC_WRONG_TYPE, value, "must be a text in quotes");
        return value->string[0] || value_fail(reading, DIAGNOSTIC_OUT_OF_RANGE, value, "must not be empty");
    case VALUE_STEP:
        result->call = value->call;
        result->scope = scope;
        return value->kind == AST_CALL ||
               value_fail(reading, DIAGNOSTIC_WRONG_TYPE, value, "must be an operator or a block");
    case VALUE_SIZE:
        return value_read_size(reading, value, scope, result);
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

/* ---- Printing ---------------------------------------------------------------------------------------------------- */

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
