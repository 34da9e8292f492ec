/* Names in a body: values and steps. */
#include "model/body.h"

#include "model/names.h"

#include "base/require.h"

#include <string.h>

struct bound_value *body_find(struct body *body, const char *name)
{
    for (size_t i = body->value_count; i-- > 0;)
        if (body->values[i].name.text && strcmp(body->values[i].name.text, name) == 0)
            return &body->values[i];
    return NULL;
}

void body_bind(struct build *build, struct body *body, struct ast_name name, struct model_node *node)
{
    const struct bound_value value = {name, node, false};
    ARENA_PUSH(build->arena, body->values, body->value_count, body->value_capacity, value);
}

void body_report_unused(struct build *build, const struct body *body)
{
    for (size_t i = 0; i < body->value_count && sink_errors(build->sink) == 0; i++) {
        const struct bound_value *value = &body->values[i];
        if (value->used || value->node == build->output)
            continue;
        if (value->name.text) {
            sink_report(build->sink, DIAGNOSTIC_UNUSED_VALUE, value->name.span, "value '%s' is never used",
                        value->name.text);
        } else {
            sink_report(build->sink, DIAGNOSTIC_UNUSED_VALUE, value->name.span,
                        "the result of this chain is never used");
            sink_hint(build->sink, body->is_network ? "end it with classify or regress, or bind it: 'name = ...'"
                                                    : "bind it: 'out = ...'");
        }
        note_expansion(build);
    }
}

static struct counter *find_counter(struct body *body, const char *name)
{
    for (size_t i = 0; i < body->counter_count; i++)
        if (strcmp(body->counters[i].name, name) == 0)
            return &body->counters[i];
    return NULL;
}

void body_count(struct build *build, struct body *body, const char *name, int times)
{
    struct counter *counter = find_counter(body, name);
    if (!counter) {
        ARENA_PUSH(build->arena, body->counters, body->counter_count, body->counter_capacity,
                   ((struct counter){name, 0, 0}));
        counter = &body->counters[body->counter_count - 1];
    }
    counter->total += times;
}

static bool spells(const struct claim *claim, const char *name)
{
    const size_t length = strlen(claim->name);
    return strncmp(claim->name, name, length) == 0 &&
           (name[length] == '\0' || (claim->alone && strcmp(name + length, "1") == 0));
}

static void add_claim(struct build *build, struct body *body, const char *name, bool alone, struct span span)
{
    const struct claim claim = {name, alone, span};
    for (size_t i = 0; i < body->claim_count; i++) {
        const struct claim *first = &body->claims[i];
        if (!spells(first, name) && !(alone && spells(&claim, first->name)))
            continue;
        sink_report(build->sink, DIAGNOSTIC_DUPLICATE_LABEL, span, "two steps are named '%s'", name);
        sink_note(build->sink, first->span, "the first is here");
        note_expansion(build);
        return;
    }
    ARENA_PUSH(build->arena, body->claims, body->claim_count, body->claim_capacity, claim);
}

const char *body_step_path(struct build *build, struct body *body, const struct ast_name *label,
                           const struct ast_name *operator_name)
{
    const char *dot = body->prefix[0] ? "." : "";
    if (label && label->text) {
        add_claim(build, body, label->text, false, label->span);
        return arena_printf(build->arena, "%s%s%s", body->prefix, dot, label->text);
    }
    struct counter *counter = find_counter(body, operator_name->text);
    REQUIRE(counter && counter->met < counter->total);
    counter->met++;
    if (counter->total == 1) {
        add_claim(build, body, operator_name->text, true, operator_name->span);
        return arena_printf(build->arena, "%s%s%s%c", body->prefix, dot, operator_name->text, OPTIONAL_ORDINAL);
    }
    const char *name = arena_printf(build->arena, "%s%d", operator_name->text, counter->met);
    add_claim(build, body, name, false, operator_name->span);
    return arena_printf(build->arena, "%s%s%s", body->prefix, dot, name);
}
