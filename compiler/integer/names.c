/*
 * Names of units: the block that holds the whole unit, as long as no other unit claims it too; else the linear layer; a unit
 * without one is called by its end.
 */
#include "integer/names.h"

#include <string.h>

/* The dotted prefix that both names share, as whole parts: "h1" of "h1.dense" and "h1.act"; length 0 where there is none. */
static size_t common_prefix(const char *a, const char *b)
{
    size_t length = 0;
    for (size_t i = 0; a[i] && a[i] == b[i]; i++)
        if (a[i] == '.')
            length = i;
    return length;
}

/* The name of a unit on its own, before others are looked at. The operand of a join is called by its layer, a copy in front
 * of it as its tensors are: "add.a". */
static const char *own_name(const struct unit_plan *unit, struct arena *arena)
{
    if (!unit->linear)
        return unit->tensor;
    if (node_has(unit->end, TRAIT_JOIN))
        return unit->linear->name;
    const size_t length = common_prefix(unit->linear->name, unit->end->name);
    return length ? arena_strndup(arena, unit->end->name, length) : unit->linear->name;
}

static bool shares_name(const struct int_plan *plan, size_t unit, const char *const *names)
{
    for (size_t i = 0; i < plan->unit_count; i++)
        if (i != unit && strcmp(names[i], names[unit]) == 0)
            return true;
    return false;
}

static bool identifier_taken(const struct int_plan *plan, size_t unit, const char *identifier)
{
    for (size_t i = 0; i < unit; i++)
        if (strcmp(plan->units[i].identifier, identifier) == 0)
            return true;
    return false;
}

/* Dots become underscores; a clash ("a.b" and "a_b") is resolved by a number after the later one. */
static const char *make_identifier(const struct int_plan *plan, size_t unit, struct arena *arena)
{
    char *base = arena_strdup(arena, plan->units[unit].name);
    for (char *c = base; *c; c++)
        if (*c == '.')
            *c = '_';
    const char *identifier = base;
    for (int number = 2; identifier_taken(plan, unit, identifier); number++)
        identifier = arena_printf(arena, "%s_%d", base, number);
    return identifier;
}

void name_units(struct int_plan *plan, struct arena *arena)
{
    const char **names = ARENA_NEW_ARRAY(arena, plan->unit_count, const char *);
    for (size_t i = 0; i < plan->unit_count; i++)
        names[i] = own_name(&plan->units[i], arena);
    for (size_t i = 0; i < plan->unit_count; i++) {
        struct unit_plan *unit = &plan->units[i];
        unit->name = shares_name(plan, i, names) && unit->linear ? unit->linear->name : names[i];
        unit->identifier = make_identifier(plan, i, arena);
    }
}
