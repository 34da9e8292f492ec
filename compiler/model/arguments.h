/*
 * Arguments: what was written in a call or a section, checked against a row of the tables and with defaults filled in.
 */
#ifndef QNN_MODEL_ARGUMENTS_H
#define QNN_MODEL_ARGUMENTS_H

#include "model/values.h"

struct arguments {
    const struct callable *callable;
    struct value *values; /* one for each parameter of the row */
};

/*
 * Checks arguments against a row: positions, names, duplicates, missing ones, types, ranges. Errors are at the value as
 * it is written in the call, with a note where a parameter brings it from elsewhere; whole is the place of the call, for
 * what is missing. base, or NULL: values that count where none is written. Returns NULL after an error.
 */
struct arguments *arguments_check(struct build *build, const struct callable *callable,
                                  const struct ast_argument *written, size_t count, struct span whole,
                                  struct scope *scope, const struct arguments *base);
/* The same for a section's settings. */
struct arguments *settings_check(struct build *build, const struct callable *callable,
                                 const struct ast_section *section, struct scope *scope, const struct arguments *base);
/* A row with nothing written: all defaults. The row has no required parameter. */
struct arguments *arguments_default(struct build *build, const struct callable *callable);
/* One value against one parameter; as above. */
bool value_check(struct build *build, const struct callable *callable, const struct parameter *parameter,
                 const struct ast_value *written, struct scope *scope, struct value *result);
/* The row of a group that a name without or with arguments is, or NULL with an error. */
const struct callable *choice_find(struct build *build, enum group group, const struct ast_name *name);

/*
 * Matches written arguments to names: slots[i] is the argument for names[i] or NULL. Reports too many, unknown,
 * duplicate and misplaced ones; false after an error. what is for messages: "block 'fc'".
 */
bool arguments_match(struct build *build, const char *what, const char *const *names, size_t name_count,
                     const struct ast_argument *written, size_t count, const struct ast_argument **slots);

/* The value of a parameter of the row; aborts where the row has none of this name. */
const struct value *argument(const struct arguments *arguments, const char *name);
static inline double argument_number(const struct arguments *arguments, const char *name)
{
    return argument(arguments, name)->number;
}
static inline int argument_integer(const struct arguments *arguments, const char *name)
{
    return (int)argument(arguments, name)->number;
}
/* Of a VALUE_SIZE: rows and columns, the same number where one was given. */
static inline int argument_rows(const struct arguments *arguments, const char *name)
{
    const struct value *value = argument(arguments, name);
    return value->list ? value->list[0] : (int)value->number;
}
static inline int argument_columns(const struct arguments *arguments, const char *name)
{
    const struct value *value = argument(arguments, name);
    return value->list ? value->list[1] : (int)value->number;
}
/* The id of a choice. */
static inline int argument_choice(const struct arguments *arguments, const char *name)
{
    return argument(arguments, name)->choice->id;
}

/* "dense(1024, bias = true)": the row's name and the arguments that were given, evaluated. */
void arguments_print(const struct arguments *arguments, struct text *out);

#endif
