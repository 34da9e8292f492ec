/* The order of the passes, and what the command line may replace afterwards. */
#include "model/arguments.h"
#include "model/expand.h"
#include "model/live.h"
#include "model/names.h"
#include "model/plans.h"
#include "model/rules.h"
#include "model/scheme.h"
#include "model/sections.h"

#include <string.h>

static void report_unused(struct build *build)
{
    for (size_t i = 0; i < build->block_count; i++)
        if (!build->blocks[i].used)
            sink_report(build->sink, DIAGNOSTIC_UNUSED_BLOCK, build->blocks[i].section->name.span,
                        "block '%s' is never used", build->blocks[i].section->name.text);
    /* Where a parameter chooses, the other schemes are its alternatives. */
    for (size_t i = 0; i < build->scheme_count && !build->schemes_by_parameter; i++)
        if (!build->schemes[i].used)
            sink_report(build->sink, DIAGNOSTIC_UNUSED_SCHEME, build->schemes[i].section->name.span,
                        "scheme '%s' is never used", build->schemes[i].section->name.text);
    /* A parameter that only a replaced value named is not a mistake in the program. */
    for (size_t i = 0; i < build->program->count && !build->defines; i++)
        if (!build->program->bindings[i].used)
            sink_report(build->sink, DIAGNOSTIC_UNUSED_PARAMETER, build->program->bindings[i].name.span,
                        "parameter '%s' is never used", build->program->bindings[i].name.text);
}

static bool find_network(struct build *build)
{
    const struct ast_section *network = build->single[AST_NETWORK];
    if (network) {
        build->model->name = network->name.text;
        build->model->identifier = identifier_make(build->arena, network->name.text, NULL, 0);
        return true;
    }
    sink_report(build->sink, DIAGNOSTIC_NO_NETWORK, (struct span){build->file->source, 0, 0},
                "the program has no network");
    sink_hint(build->sink, "write 'network name { ... }'");
    return false;
}

struct model *model_build(const struct ast_file *file, const struct define *defines, size_t define_count,
                          struct arena *arena, struct sink *sink)
{
    /* A tree with holes would only add complaints about what the first error took away. */
    if (sink_errors(sink) > 0)
        return NULL;
    struct build build = {.arena = arena, .sink = sink, .file = file, .model = ARENA_NEW(arena, struct model)};
    build.model->source = file->source;
    index_sections(&build, defines, define_count);
    build_schemes(&build);
    const bool expanded = find_network(&build) && expand_network(&build);
    if (expanded) {
        keep_live(&build);
        name_nodes(&build);
        assign_schemes(&build);
        read_compression(&build);
        assign_hardware(&build);
    }
    build_data(&build);
    build_train(&build);
    build_hardware_plan(&build);
    if (sink_errors(sink) > 0)
        return NULL;
    report_unused(&build);
    if (sink_errors(sink) > 0) /* a warning made an error */
        return NULL;
    model_hash(build.model);
    model_verify(build.model);
    return build.model;
}

/* ---- Overrides --------------------------------------------------------------------------------------------------- */

/* Reads text as the value of one hardware setting. */
static bool override_value(const char *setting, const char *option, const char *text, struct arena *arena,
                           struct sink *sink, struct value *value)
{
    struct build build = {.arena = arena, .sink = sink};
    build.program = scope_new(&build, NULL, 0);
    struct source *source = ARENA_NEW(arena, struct source);
    *source = (struct source){.name = option, .text = arena_strdup(arena, text), .length = strlen(text)};
    const struct ast_value *written = ast_parse_value(source, arena, sink);
    const struct callable *row = callable_by_id(GROUP_SECTION, SECTION_HARDWARE);
    for (const struct parameter *parameter = row->parameters; written && parameter->name; parameter++)
        if (strcmp(parameter->name, setting) == 0)
            return value_check(&build, row, parameter, written, build.program, value);
    return false;
}

bool model_override_target(struct model *model, const char *target, struct sink *sink)
{
    struct arena scratch = {0};
    struct build build = {.arena = &scratch, .sink = sink};
    const struct ast_name name = {.text = target};
    const struct callable *row = choice_find(&build, GROUP_TARGET, &name);
    arena_free(&scratch);
    if (!row)
        return false;
    model->hardware.target = (enum target_part)row->id;
    return model_check_hardware(model, sink);
}

bool model_override_throughput(struct model *model, const char *quantity, struct arena *arena, struct sink *sink)
{
    struct value value;
    if (!override_value("throughput", "<--throughput>", quantity, arena, sink, &value))
        return false;
    model->hardware.throughput_fps = value.number;
    return true;
}
