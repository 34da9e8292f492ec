/* The sections of a file: which there are, which are twice, and the program's parameters with --define applied. */
#include "model/sections.h"

#include "model/scope.h"

#include <string.h>

struct declaration *find_block(struct build *build, const char *name)
{
    for (size_t i = 0; i < build->block_count; i++)
        if (strcmp(build->blocks[i].section->name.text, name) == 0)
            return &build->blocks[i];
    return NULL;
}

struct declaration *find_scheme(struct build *build, const char *name)
{
    for (size_t i = 0; i < build->scheme_count; i++)
        if (strcmp(build->schemes[i].section->name.text, name) == 0)
            return &build->schemes[i];
    return NULL;
}

static void report_again(struct build *build, const struct ast_name *name, const char *what, struct span first)
{
    sink_report(build->sink, DIAGNOSTIC_DUPLICATE_NAME, name->span, "%s '%s' is declared twice", what, name->text);
    sink_note(build->sink, first, "it is declared here first");
}

static void add_scheme(struct build *build, const struct ast_section *section)
{
    if (strcmp(section->name.text, "float") == 0) {
        sink_report(build->sink, DIAGNOSTIC_RESERVED_NAME, section->name.span, "scheme 'float' is predefined");
        sink_hint(build->sink, "choose another name");
        return;
    }
    const struct declaration *first = find_scheme(build, section->name.text);
    if (first) {
        report_again(build, &section->name, "scheme", first->section->name.span);
        return;
    }
    const struct declaration declaration = {.section = section};
    ARENA_PUSH(build->arena, build->schemes, build->scheme_count, build->scheme_capacity, declaration);
}

static void add_block(struct build *build, const struct ast_section *section)
{
    if (callable_find(GROUP_OPERATOR, section->name.text)) {
        sink_report(build->sink, DIAGNOSTIC_RESERVED_NAME, section->name.span, "'%s' is an operator, not a block",
                    section->name.text);
        sink_hint(build->sink, "choose another name");
        return;
    }
    const struct declaration *first = find_block(build, section->name.text);
    if (first) {
        report_again(build, &section->name, "block", first->section->name.span);
        return;
    }
    if (section->parameter_count > MAX_ARGUMENTS) {
        sink_report(build->sink, DIAGNOSTIC_EXPANSION_LIMIT, section->name.span,
                    "block '%s' has more than %d parameters", section->name.text, MAX_ARGUMENTS);
        return;
    }
    for (size_t i = 0; i < section->parameter_count; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(section->parameters[i].name.text, section->parameters[j].name.text) == 0) {
                report_again(build, &section->parameters[i].name, "parameter", section->parameters[j].name.span);
                break;
            }
    const struct declaration declaration = {.section = section};
    ARENA_PUSH(build->arena, build->blocks, build->block_count, build->block_capacity, declaration);
}

static void add_parameter(struct build *build, const struct ast_section *section)
{
    const struct binding *first = scope_find(build->program, section->name.text);
    if (first) {
        report_again(build, &section->name, "parameter", first->name.span);
        return;
    }
    build->program->bindings[build->program->count++] =
        (struct binding){.name = section->name, .value = section->value, .scope = build->program};
}

static void add_single(struct build *build, const struct ast_section *section)
{
    const struct ast_section **slot = &build->single[section->kind];
    if (!*slot) {
        *slot = section;
        return;
    }
    sink_report(build->sink, DIAGNOSTIC_DUPLICATE_SECTION, section->keyword.span, "there is a second section '%s'",
                section->keyword.text);
    sink_note(build->sink, (*slot)->keyword.span, "the first is here");
}

static void apply_define(struct build *build, const struct define *define)
{
    struct binding *binding = scope_find(build->program, define->name);
    if (!binding) {
        sink_report(build->sink, DIAGNOSTIC_UNKNOWN_DEFINE, (struct span){0},
                    "--define %s: the program has no such parameter", define->name);
        sink_suggest(build->sink, define->name, scope_names(build, build->program));
        return;
    }
    struct source *source = ARENA_NEW(build->arena, struct source);
    *source = (struct source){.name = arena_printf(build->arena, "<define %s>", define->name),
                              .text = arena_strdup(build->arena, define->value),
                              .length = strlen(define->value)};
    const struct ast_value *value = ast_parse_value(source, build->arena, build->sink);
    if (!value)
        return;
    binding->value = value;
    binding->known = false;
}

void index_sections(struct build *build, const struct define *defines, size_t define_count)
{
    size_t counts[AST_SECTION_KIND_COUNT] = {0};
    build->program = scope_new(build, NULL, MAX_DECLARATIONS);
    for (size_t i = 0; i < build->file->section_count; i++) {
        const struct ast_section *section = build->file->sections[i];
        if (++counts[section->kind] > MAX_DECLARATIONS) {
            sink_report(build->sink, DIAGNOSTIC_EXPANSION_LIMIT, section->keyword.span,
                        "the program has more than %d sections '%s'", MAX_DECLARATIONS, section->keyword.text);
            break;
        }
        switch (section->kind) {
        case AST_PARAM:
            add_parameter(build, section);
            break;
        case AST_SCHEME:
            add_scheme(build, section);
            break;
        case AST_BLOCK:
            add_block(build, section);
            break;
        default:
            add_single(build, section);
            break;
        }
    }
    for (size_t i = 0; i < define_count; i++)
        apply_define(build, &defines[i]);
    build->defines = define_count > 0;
}
