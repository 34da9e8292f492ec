/* Scopes: lookups and the guard against parameters that refer to themselves. */
#include "model/scope.h"

#include "model/context.h"

#include <string.h>

enum { MAX_NAME_DEPTH = 200 };

struct scope *scope_new(struct build *build, struct scope *parent, size_t count)
{
    struct scope *scope = ARENA_NEW(build->arena, struct scope);
    scope->parent = parent;
    scope->bindings = ARENA_NEW_ARRAY(build->arena, count, struct binding);
    return scope;
}

struct binding *scope_find(struct scope *scope, const char *name)
{
    for (; scope; scope = scope->parent)
        for (size_t i = 0; i < scope->count; i++)
            if (strcmp(scope->bindings[i].name.text, name) == 0)
                return &scope->bindings[i];
    return NULL;
}

struct binding *scope_lookup(struct scope *scope, const struct ast_value *value)
{
    if (value->kind != AST_CALL || value->call->has_parentheses)
        return NULL;
    struct binding *binding = scope_find(scope, value->call->name.text);
    if (binding)
        binding->used = true;
    return binding;
}

bool binding_enter(struct build *build, struct binding *binding, struct span span)
{
    if (binding->busy) {
        sink_report(build->sink, DIAGNOSTIC_PARAMETER_CYCLE, span, "parameter '%s' refers to itself",
                    binding->name.text);
        sink_note(build->sink, binding->name.span, "it is declared here");
        return false;
    }
    if (build->depth >= MAX_NAME_DEPTH) {
        sink_report(build->sink, DIAGNOSTIC_EXPANSION_LIMIT, span, "more than %d parameters refer to one another",
                    MAX_NAME_DEPTH);
        return false;
    }
    build->depth++;
    binding->busy = true;
    return true;
}

void binding_leave(struct build *build, struct binding *binding)
{
    build->depth--;
    binding->busy = false;
}

const char *const *scope_names(struct build *build, const struct scope *scope)
{
    size_t count = 0;
    for (const struct scope *s = scope; s; s = s->parent)
        count += s->count;
    const char **names = ARENA_NEW_ARRAY(build->arena, count + 1, const char *);
    size_t next = 0;
    for (const struct scope *s = scope; s; s = s->parent)
        for (size_t i = 0; i < s->count; i++)
            names[next++] = s->bindings[i].name.text;
    return names;
}
