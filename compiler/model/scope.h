/*
 * Scopes: the names of parameters, and what they mean.
 *
 * A name represents an expression that is read in the scope where it was written, when it is needed. So a parameter may
 * represent a number, a quantizer, the name of a scheme, or another parameter. The nearest binding wins, and a binding
 * wins over a word of the tables.
 */
#ifndef QNN_MODEL_SCOPE_H
#define QNN_MODEL_SCOPE_H

#include "model/table.h"
#include "syntax/ast.h"

struct build;

struct quantity {
    double number; /* in the base unit */
    enum dimension dimension;
};

struct binding {
    struct ast_name name;
    const struct ast_value *value;
    struct scope *scope; /* where names in value are looked up */
    bool used;
    bool busy;  /* its value is being read: meeting it again is a cycle */
    bool known; /* number holds its value */
    struct quantity number;
};

struct scope {
    struct scope *parent;
    struct binding *bindings;
    size_t count;
};

struct scope *scope_new(struct build *build, struct scope *parent, size_t count);
/* The binding that a value names (a name without arguments); NULL where it names none. */
struct binding *scope_lookup(struct scope *scope, const struct ast_value *value);
struct binding *scope_find(struct scope *scope, const char *name);
/* Before and after reading a binding's value; enter is false, and an error reported at span, where that never ends. */
bool binding_enter(struct build *build, struct binding *binding, struct span span);
void binding_leave(struct build *build, struct binding *binding);
/* Names of a scope and its parents, ending with NULL, for sink_suggest. */
const char *const *scope_names(struct build *build, const struct scope *scope);

/* evaluate.c: the number that an expression means. Errors are reported at the part that is wrong. */
bool evaluate(struct build *build, const struct ast_value *value, struct scope *scope, struct quantity *result);

#endif
