/* Quantizers with their arguments as plain numbers (runtime/quantizers/arguments.h): taken from checked arguments, and
 * printed from the row that names them. */
#include "model/quantizer.h"

#include "base/require.h"

#include <string.h>

/* A word where a number may be given too is told from it by its sign. */
static double number_of(const struct parameter *parameter, const struct value *value)
{
    if (!value->choice)
        return value->number;
    return parameter->or_choice ? -1.0 - value->choice->id : value->choice->id;
}

static double *collect(const struct arguments *arguments, double *next, const double *end)
{
    const struct parameter *parameters = arguments->callable->parameters;
    for (size_t i = 0; parameters[i].name; i++) {
        REQUIRE(next < end);
        *next++ = number_of(&parameters[i], &arguments->values[i]);
    }
    for (size_t i = 0; parameters[i].name; i++)
        if (arguments->values[i].choice)
            next = collect(arguments->values[i].arguments, next, end);
    return next;
}

struct qnn_arguments quantizer_arguments(const struct arguments *arguments)
{
    struct qnn_arguments result = {{0}};
    collect(arguments, result.number, result.number + QNN_MOST_ARGUMENTS);
    return result;
}

/* The row of the word that a number represents; NULL where it is a number. */
static const struct callable *word_of(const struct parameter *parameter, double number)
{
    if (parameter->or_choice)
        return number < 0 ? callable_by_id(parameter->group, (int)(-1.0 - number)) : NULL;
    return parameter->type == VALUE_CHOICE ? callable_by_id(parameter->group, (int)number) : NULL;
}

/* A width, or the only argument, needs no name: uint(2, clip = fixed(1)), ternary(delta = 0.7, scale = none). */
static bool needs_name(const struct callable *row, size_t index)
{
    return index > 0 || (row->parameters[0].type != VALUE_INTEGER && row->parameters[1].name);
}

/* Own arguments at `own`, those of its words from *next on. */
static void print_row(const struct callable *row, const double *own, const double **next, struct text *out)
{
    text_add(out, row->name);
    *next += parameter_count(row);
    for (size_t i = 0; row->parameters[i].name; i++) {
        const struct callable *word = word_of(&row->parameters[i], own[i]);
        text_add(out, i == 0 ? "(" : ", ");
        if (needs_name(row, i))
            text_printf(out, "%s = ", row->parameters[i].name);
        if (word)
            print_row(word, *next, next, out);
        else
            number_print(own[i], out);
    }
    if (parameter_count(row) > 0)
        text_add(out, ")");
}

void quantizer_print(const struct callable *row, const struct qnn_arguments *arguments, struct text *out)
{
    const double *next = arguments->number;
    print_row(row, arguments->number, &next, out);
}

/* "sign or uint(bits)": the rows of a group that `fits` takes. */
static const char *list_rows(struct arena *arena, enum group group,
                             bool (*fits)(const struct qnn_activation_form *row,
                                          const struct qnn_activation_form *form),
                             const struct qnn_activation_form *form)
{
    const char *names = "";
    for (size_t i = callable_count; i-- > 0;) {
        const struct callable *row = &callables[i];
        if (row->group != group || !fits(qnn_activation_forms[row->id], form))
            continue;
        const char *first = row->parameters[0].name;
        const char *call = first ? arena_printf(arena, "%s(%s)", row->name, first) : row->name;
        const char *between = !names[0] ? "" : strstr(names, " or ") ? ", " : " or ";
        names = arena_printf(arena, "%s%s%s", call, between, names);
    }
    return names;
}

static bool quantizes(const struct qnn_activation_form *row, const struct qnn_activation_form *form)
{
    (void)form;
    return row->quantizer != QNN_QUANTIZER_NONE;
}

bool quantizer_deploys(const struct qnn_activation_form *quantizer, const struct qnn_activation_form *form)
{
    return form->quantizer == QNN_QUANTIZER_NONE && (quantizer->is_negative || !form->is_negative);
}

const char *model_quantizer_names(struct arena *arena)
{
    return list_rows(arena, GROUP_ACTS, quantizes, NULL);
}

const char *model_deploy_names(struct arena *arena, const struct qnn_activation_form *form)
{
    return list_rows(arena, GROUP_DEPLOY, quantizer_deploys, form);
}
