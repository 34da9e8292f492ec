/*
 * Expansion: from statements to nodes. Blocks, repeats and chains are applied, names given; step.c makes the nodes.
 *
 * A chain with an error yields NULL; what follows it still gets the checks that need no shape, and reports nothing
 * that follows from the first error.
 */
#include "model/expand.h"

#include "model/body.h"
#include "model/sections.h"
#include "model/step.h"

#include <string.h>

static struct model_node *expand_call(struct build *build, struct body *body, const struct ast_name *label,
                                      const struct ast_call *call, struct scope *scope, struct model_node *in);
static struct model_node *expand_body(struct build *build, struct body *body, const struct ast_section *section);

/* Counts a step against the limit; past it false, and an error the first time. */
static bool count_step(struct build *build, struct span span)
{
    if (++build->expanded_steps <= MAX_EXPANDED_STEPS)
        return !build->expansion_stopped;
    if (!build->expansion_stopped)
        sink_report(build->sink, DIAGNOSTIC_EXPANSION_LIMIT, span, "the network has more than %d steps",
                    MAX_EXPANDED_STEPS);
    build->expansion_stopped = true;
    return false;
}

/* ---- Blocks and repeat ------------------------------------------------------------------------------------------- */

static struct scope *bind_arguments(struct build *build, const struct ast_section *block, const struct ast_call *call,
                                    struct scope *caller)
{
    const size_t count = block->parameter_count;
    const char **names = ARENA_NEW_ARRAY(build->arena, count + 1, const char *);
    for (size_t i = 0; i < count; i++)
        names[i] = block->parameters[i].name.text;
    const struct ast_argument **slots = ARENA_NEW_ARRAY(build->arena, count, const struct ast_argument *);
    const char *what = arena_printf(build->arena, "block '%s'", block->name.text);
    bool fine = arguments_match(build, what, names, count, call->arguments, call->argument_count, slots);
    struct scope *scope = scope_new(build, build->program, count);
    for (size_t i = 0; i < count; i++) {
        const struct ast_parameter *parameter = &block->parameters[i];
        struct binding *binding = &scope->bindings[scope->count++];
        *binding = (struct binding){.name = parameter->name,
                                    .value = slots[i] ? slots[i]->value : parameter->value,
                                    .scope = slots[i] ? caller : scope};
        if (binding->value || !fine)
            continue;
        sink_report(build->sink, DIAGNOSTIC_MISSING_ARGUMENT, call->span, "%s needs the argument '%s'", what, names[i]);
        sink_note(build->sink, parameter->name.span, "it is declared here");
        note_expansion(build);
        fine = false;
    }
    return fine ? scope : NULL;
}

static void report_unused_parameters(struct build *build, const struct scope *scope)
{
    for (size_t i = 0; i < scope->count; i++)
        if (!scope->bindings[i].used)
            sink_report(build->sink, DIAGNOSTIC_UNUSED_PARAMETER, scope->bindings[i].name.span,
                        "parameter '%s' is never used", scope->bindings[i].name.text);
}

static bool enter_block(struct build *build, struct declaration *block, const struct ast_call *call)
{
    int depth = 0;
    for (const struct expansion *e = build->expansion; e; e = e->parent)
        depth++;
    if (block->busy) {
        sink_report(build->sink, DIAGNOSTIC_RECURSIVE_BLOCK, call->span, "block '%s' is applied inside itself",
                    call->name.text);
        note_expansion(build);
    } else if (depth >= MAX_EXPANSION_DEPTH) {
        sink_report(build->sink, DIAGNOSTIC_EXPANSION_LIMIT, call->span, "blocks nest more than %d deep",
                    MAX_EXPANSION_DEPTH);
    } else {
        block->busy = true;
        return true;
    }
    return false;
}

static struct model_node *expand_block(struct build *build, struct declaration *block, const char *path,
                                       const struct ast_call *call, struct scope *caller, struct model_node *in)
{
    block->used = true;
    struct scope *scope = bind_arguments(build, block->section, call, caller);
    if (!scope || !enter_block(build, block, call))
        return NULL;
    const struct expansion expansion = {build->expansion, block->section->name.text, call->span};
    build->expansion = &expansion;
    struct body body = {.prefix = path, .scope = scope};
    body_bind(build, &body, (struct ast_name){"in", block->section->name.span}, in);
    body.values[0].used = true;
    struct model_node *out = expand_body(build, &body, block->section);
    build->expansion = expansion.parent;
    block->busy = false;
    if (sink_errors(build->sink) == 0)
        report_unused_parameters(build, scope);
    return out;
}

/* n and the step of a repeat; NULL after an error. */
static const struct value *read_repeat(struct build *build, const struct ast_call *call, struct scope *scope, int *n)
{
    const struct arguments *arguments = arguments_check(build, callable_by_id(GROUP_OPERATOR, OPERATOR_REPEAT),
                                                        call->arguments, call->argument_count, call->span, scope, NULL);
    if (!arguments)
        return NULL;
    *n = argument_integer(arguments, "n");
    return argument(arguments, "step");
}

static bool is_repeat(const struct ast_call *call)
{
    const struct callable *row = callable_find(GROUP_OPERATOR, call->name.text);
    return row && row->id == OPERATOR_REPEAT;
}

/* Counts the names that a call without a label takes in its body. */
static void count_names(struct build *build, struct body *body, const struct ast_call *call, struct scope *scope,
                        int times)
{
    int n;
    if (!is_repeat(call)) {
        body_count(build, body, call->name.text, times);
        return;
    }
    const struct value *step = read_repeat(build, call, scope, &n);
    if (step)
        count_names(build, body, step->call, step->scope,
                    times > MAX_EXPANDED_STEPS / n ? MAX_EXPANDED_STEPS : times * n);
}

static struct model_node *expand_repeat(struct build *build, struct body *body, const struct ast_name *label,
                                        const struct ast_call *call, struct scope *scope, struct model_node *in)
{
    int n;
    const struct value *step = read_repeat(build, call, scope, &n);
    if (!step)
        return NULL;
    struct body inner = {.scope = body->scope};
    if (label && label->text) {
        inner.prefix = body_step_path(build, body, label, NULL);
        count_names(build, &inner, step->call, step->scope, n);
        body = &inner;
    }
    for (int i = 0; i < n && !build->expansion_stopped && (in || i == 0); i++)
        in = expand_call(build, body, NULL, step->call, step->scope, in);
    return in;
}

/* ---- Chains ------------------------------------------------------------------------------------------------------ */

static void report_unknown_operator(struct build *build, const struct ast_name *name, struct scope *scope)
{
    const char **names = ARENA_NEW_ARRAY(build->arena, build->block_count + OPERATOR_COUNT + 1, const char *);
    size_t count = 0;
    for (size_t i = 0; i < build->block_count; i++)
        names[count++] = build->blocks[i].section->name.text;
    for (int i = 0; i < OPERATOR_COUNT; i++)
        if (i != OPERATOR_INPUT)
            names[count++] = callable_by_id(GROUP_OPERATOR, i)->name;
    sink_report(build->sink, DIAGNOSTIC_UNKNOWN_OPERATOR, name->span, "'%s' is neither an operator nor a block",
                name->text);
    if (!sink_suggest(build->sink, name->text, names) && scope_find(scope, name->text))
        sink_hint(build->sink, "it is a parameter; parameters are values, not steps");
    note_expansion(build);
}

static struct model_node *expand_call(struct build *build, struct body *body, const struct ast_name *label,
                                      const struct ast_call *call, struct scope *scope, struct model_node *in)
{
    if (!count_step(build, call->span))
        return NULL;
    if (is_repeat(call))
        return expand_repeat(build, body, label, call, scope, in);
    const char *path = body_step_path(build, body, label, &call->name);
    const struct callable *row = callable_find(GROUP_OPERATOR, call->name.text);
    if (step_is_join(row)) {
        sink_report(build->sink, DIAGNOSTIC_MISPLACED_JOIN, call->span, "%s begins a chain; it cannot be a step",
                    row->name);
        sink_hint(build->sink, "bind its operands: 'x = ...; %s(x, y) -> ...'", row->name);
        note_expansion(build);
        return NULL;
    }
    if (row)
        return step_operator(build, row, path, call, scope, in);
    struct declaration *block = find_block(build, call->name.text);
    if (block)
        return expand_block(build, block, path, call, scope, in);
    report_unknown_operator(build, &call->name, scope);
    return NULL;
}

static void report_unknown_value(struct build *build, const struct body *body, const struct ast_call *call)
{
    const char **names = ARENA_NEW_ARRAY(build->arena, body->value_count + 1, const char *);
    size_t count = 0;
    for (size_t i = 0; i < body->value_count; i++)
        if (body->values[i].name.text)
            names[count++] = body->values[i].name.text;
    const bool is_step = callable_find(GROUP_OPERATOR, call->name.text) || find_block(build, call->name.text);
    sink_report(build->sink, DIAGNOSTIC_UNKNOWN_VALUE, call->name.span, "'%s' is not a value of this body",
                call->name.text);
    if (is_step)
        sink_hint(build->sink, "a chain starts with %s, add or concat",
                  body->is_network ? "'input', a value" : "'in', a value");
    else
        sink_suggest(build->sink, call->name.text, names);
    note_expansion(build);
}

/* The node that a name is bound to; NULL after an error, here or where it was bound. */
static struct model_node *read_bound(struct build *build, struct body *body, const struct ast_call *call)
{
    struct bound_value *value = call->has_parentheses ? NULL : body_find(body, call->name.text);
    if (!value) {
        report_unknown_value(build, body, call);
        return NULL;
    }
    value->used = true;
    return value->node;
}

static struct model_node *expand_join(struct build *build, struct body *body, const struct callable *row,
                                      const struct ast_call *call)
{
    if (!count_step(build, call->span))
        return NULL;
    const char *path = body_step_path(build, body, NULL, &call->name);
    const struct arguments *arguments =
        arguments_check(build, row, call->arguments, call->argument_count, call->span, body->scope, NULL);
    if (!arguments)
        return NULL;
    struct model_node *a = read_bound(build, body, argument(arguments, "a")->call);
    struct model_node *b = read_bound(build, body, argument(arguments, "b")->call);
    return step_join(build, arguments, path, call, a, b);
}

/* The row of a chain's source where that is a join; NULL for a value, which may have any name. */
static const struct callable *find_join(const struct ast_call *call)
{
    const struct callable *row = call->has_parentheses ? callable_find(GROUP_OPERATOR, call->name.text) : NULL;
    return step_is_join(row) ? row : NULL;
}

static struct model_node *expand_source(struct build *build, struct body *body, const struct ast_call *call)
{
    const struct callable *join = find_join(call);
    return join ? expand_join(build, body, join, call) : read_bound(build, body, call);
}

static struct model_node *expand_chain(struct build *build, struct body *body, const struct ast_chain *chain)
{
    struct model_node *node = chain->input ? step_input(build, chain->input, body->scope, body->is_network)
                                           : expand_source(build, body, chain->source);
    for (size_t i = 0; i < chain->step_count; i++)
        node = expand_call(build, body, &chain->steps[i].label, chain->steps[i].call, body->scope, node);
    return node;
}

static struct model_node *block_result(struct build *build, struct body *body, const struct ast_section *section)
{
    struct bound_value *out = body_find(body, "out");
    if (out) {
        out->used = true;
        return out->node;
    }
    sink_report(build->sink, DIAGNOSTIC_BLOCK_WITHOUT_OUT, section->name.span, "block '%s' binds no 'out'",
                section->name.text);
    sink_hint(build->sink, "write 'out = in -> ...;'");
    return NULL;
}

static struct model_node *expand_body(struct build *build, struct body *body, const struct ast_section *section)
{
    for (size_t i = 0; i < section->statement_count; i++) {
        const struct ast_chain *chain = &section->statements[i].chain;
        if (chain->source && find_join(chain->source))
            body_count(build, body, chain->source->name.text, 1);
        for (size_t j = 0; j < chain->step_count; j++)
            if (!chain->steps[j].label.text)
                count_names(build, body, chain->steps[j].call, body->scope, 1);
    }
    for (size_t i = 0; i < section->statement_count; i++) {
        const struct ast_statement *statement = &section->statements[i];
        struct model_node *node = expand_chain(build, body, &statement->chain);
        const struct ast_name chain = {NULL, statement->span};
        body_bind(build, body, statement->name.text ? statement->name : chain, node);
    }
    if (body->is_network) /* its values are looked at when it has an output */
        return NULL;
    struct model_node *out = block_result(build, body, section);
    body_report_unused(build, body);
    return out;
}

/* ---- The whole network ------------------------------------------------------------------------------------------- */

bool expand_network(struct build *build)
{
    const struct ast_section *network = build->single[AST_NETWORK];
    const size_t errors = sink_errors(build->sink);
    struct body body = {.prefix = "", .scope = build->program, .is_network = true};
    expand_body(build, &body, network);
    if (sink_errors(build->sink) > errors)
        return false;
    if (!build->input) {
        sink_report(build->sink, DIAGNOSTIC_NO_INPUT, network->name.span, "network '%s' has no input",
                    network->name.text);
        sink_hint(build->sink, "start a chain with 'input u8[H, W, C]'");
        return false;
    }
    if (!build->output) {
        sink_report(build->sink, DIAGNOSTIC_NO_OUTPUT, network->name.span, "network '%s' has no output",
                    network->name.text);
        sink_hint(build->sink, "end its last chain with 'classify' or 'regress'");
        return false;
    }
    body_report_unused(build, &body);
    return true;
}
