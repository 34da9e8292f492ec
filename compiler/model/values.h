/*
 * Values: one thing written against one parameter of the tables. Here are those without parts; a choice with arguments of its
 * own is read in arguments.c.
 */
#ifndef QNN_MODEL_VALUES_H
#define QNN_MODEL_VALUES_H

#include "diagnostics/diagnostics.h"
#include "model/scope.h"
#include "model/table.h"
#include "syntax/ast.h"

struct build;
struct arguments;

/* One checked value. Which members count follows from the parameter's type. */
struct value {
    bool given;    /* written, here or in an extended scheme */
    bool present;  /* given, or has a default */
    double number; /* numbers, quantities (base unit), booleans (0 or 1) */
    const char *string;
    const int *list; /* VALUE_SIZE: NULL where one number was given */
    size_t list_count;
    const struct value *items; /* VALUE_CHOICE_LIST: a choice each */
    size_t item_count;
    const struct callable *choice; /* NULL: a number was given where both may be */
    struct arguments *arguments;   /* of the choice */
    const struct ast_call *call;   /* VALUE_STEP, VALUE_NAME */
    struct scope *scope;           /* VALUE_STEP: where names in its arguments are looked up */
    struct span span;
    struct span name_span; /* of the argument's name where it was given by name */
};

/* What is being read, for messages. */
struct reading {
    struct build *build;
    const struct callable *callable;
    const struct parameter *parameter;
    struct span use; /* the value as written in the call, maybe a parameter's name */
};

/* Reports at the call, with a note at the value itself where a parameter brings it from elsewhere; false. */
bool value_fail(const struct reading *reading, enum diagnostic_id id, const struct ast_value *value, const char *format,
                ...) __attribute__((format(printf, 4, 5)));
/* A number of the parameter's dimension, whole where asked, in its range. False after an error, as all that follow. */
bool value_read_number(const struct reading *reading, const struct ast_value *value, struct scope *scope, bool whole,
                       double *number);
/* Rising whole numbers. */
bool value_read_list(const struct reading *reading, const struct ast_value *value, struct scope *scope,
                     struct value *result);
/* One whole number for rows and columns, or a list of two. */
bool value_read_size(const struct reading *reading, const struct ast_value *value, struct scope *scope,
                     struct value *result);
/* The name of a value of the body. */
bool value_read_name(const struct reading *reading, const struct ast_value *value, struct value *result);

/* "1 to 65536", "more than 0, at most 1": the range of a number, with its unit. */
void range_print(const struct parameter *parameter, struct text *out);
/* A double as the language writes it. */
void number_print(double number, struct text *out);
/* The same of a quantity, given in its base unit, with the largest unit that leaves a number of at least 1: "100 MHz". */
void quantity_print(double number, enum dimension dimension, struct text *out);

#endif
