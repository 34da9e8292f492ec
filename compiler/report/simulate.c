/* Builds and runs the bench. */
#include "report/simulate.h"

#include "base/file.h"
#include "report/tool.h"
#include "backend/verilog/verilog.h"

#include <cjson/cJSON.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LOG_BYTES = 1 << 24 };

/* Tools run in separate folders, so every path they are given is absolute. */
static const char *absolute(const char *path, struct arena *arena)
{
    char *real = realpath(path, NULL);
    const char *copy = arena_strdup(arena, real ? real : path);
    free(real);
    return copy;
}

/* The name as its macros in the integer C spell it. */
static const char *upper_case(const char *name, struct arena *arena)
{
    char *copy = arena_strdup(arena, name);
    for (char *at = copy; *at; at++)
        if (*at >= 'a' && *at <= 'z')
            *at = (char)(*at - 'a' + 'A');
    return copy;
}

static bool write_files(struct verilog_output *output, const char *folder, struct arena *arena, char *error)
{
    bool fine = true;
    for (size_t i = 0; i < output->count && fine; i++) {
        const struct verilog_file *file = &output->files[i];
        fine = file_write(arena_printf(arena, "%s/%s", folder, file->name), text_cstr(&file->text), file->text.length,
                          error);
    }
    return fine;
}

static bool compile_c(const struct simulation *simulation, const char *name, struct arena *arena, char *error)
{
    struct tool_arguments arguments = {.arena = arena};
    tool_argument(&arguments, "-std=c99");
    tool_argument(&arguments, "-O2");
    tool_argument(&arguments, "-march=native");
    tool_argument(&arguments, "-D%s_TRACE", upper_case(name, arena));
    tool_argument(&arguments, "-c");
    tool_argument(&arguments, "%s/%s_infer.c", simulation->c_folder, simulation->graph->integer->plan->model->name);
    tool_argument(&arguments, "-o");
    tool_argument(&arguments, "%s/infer.o", simulation->folder);
    const struct tool_run run = {
        .tool = TOOL_CC, .arguments = arguments.items, .log = arena_printf(arena, "%s/cc.log", simulation->folder)};
    return tool_run(&run, NULL, error);
}

static bool verilate(const struct simulation *simulation, const char *name, struct arena *arena, char *error)
{
    const char *folder = absolute(simulation->folder, arena), *rtl = absolute(simulation->rtl, arena);
    struct tool_arguments arguments = {.arena = arena};
    static const char *const flags[] = {"--cc", "--exe", "--build", "-j", "2", "-Wall", "-O3", "--x-assign", "fast"};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        tool_argument(&arguments, "%s", flags[i]);
    if (simulation->waves)
        tool_argument(&arguments, "--trace-fst");
    tool_argument(&arguments, "--top-module");
    tool_argument(&arguments, "%s", name);
    tool_argument(&arguments, "--Mdir");
    tool_argument(&arguments, "%s/obj", folder);
    tool_argument(&arguments, "-CFLAGS");
    tool_argument(&arguments, "-O2 -std=c++17 -I%s -I%s -I%s -DBENCH_HEADER='\"%s_bench.h\"' -D%s_TRACE", folder,
                  absolute(simulation->bench, arena), absolute(simulation->c_folder, arena), name,
                  upper_case(name, arena));
    tool_argument(&arguments, "%s/%s.vlt", folder, name);
    tool_argument(&arguments, "-F");
    tool_argument(&arguments, "%s/%s.f", rtl, name);
    tool_argument(&arguments, "%s/qnn_simulate.cpp", absolute(simulation->bench, arena));
    tool_argument(&arguments, "%s/infer.o", folder);
    tool_argument(&arguments, "-o");
    tool_argument(&arguments, "%s/simulate", folder);
    const struct tool_run run = {
        .tool = TOOL_VERILATOR, .arguments = arguments.items, .log = arena_printf(arena, "%s/verilator.log", folder)};
    return tool_run(&run, NULL, error);
}

bool simulation_build(const struct simulation *simulation, struct arena *arena, char *error)
{
    const char *name = simulation->graph->integer->plan->model->identifier;
    struct verilog_output output = {0};
    emit_bench(simulation->graph, &output, arena);
    const bool fine = file_make_directory(simulation->folder, error) &&
                      write_files(&output, simulation->folder, arena, error) &&
                      compile_c(simulation, name, arena, error) && verilate(simulation, name, arena, error);
    verilog_free(&output);
    return fine;
}

/* The bench's last line is a JSON object; anything before it is Verilator's. */
static bool read_result(const char *log, struct simulation_run *result, char *error)
{
    char *text;
    size_t length;
    if (!file_read(log, MAX_LOG_BYTES, &text, &length, error))
        return false;
    const char *line = strrchr(text, '{');
    cJSON *json = line ? cJSON_Parse(line) : NULL;
    const cJSON *frames = cJSON_GetObjectItemCaseSensitive(json, "frames");
    const bool fine = cJSON_IsNumber(frames);
    if (fine) {
        result->frames = (size_t)frames->valuedouble;
        result->cycles = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(json, "cycles"));
        result->latency = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(json, "latency"));
        result->period = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(json, "period"));
    } else {
        snprintf(error, FILE_ERROR_SIZE, "%.300s: the simulation ended without a result", log);
    }
    cJSON_Delete(json);
    free(text);
    return fine;
}

bool simulation_run(const struct simulation *simulation, const uint8_t *codes, size_t count, unsigned stall_percent,
                    uint64_t seed, const char *waves, struct simulation_run *result, struct arena *arena, char *error)
{
    const char *folder = absolute(simulation->folder, arena);
    const char *samples = arena_printf(arena, "%s/samples.bin", folder);
    const char *log = arena_printf(arena, "%s/simulate.log", folder);
    const size_t inputs = shape_count(simulation->graph->integer->input.shape);
    if (!file_write(samples, codes, count * inputs, error))
        return false;
    struct tool_arguments arguments = {.arena = arena};
    tool_argument(&arguments, "%s", samples);
    tool_argument(&arguments, "%s/predictions.txt", folder);
    tool_argument(&arguments, "%u", stall_percent);
    tool_argument(&arguments, "%llu", (unsigned long long)seed);
    if (waves)
        tool_argument(&arguments, "%s/%s", folder, waves);
    const struct tool_run run = {.tool = TOOL_VERILATOR,
                                 .program = arena_printf(arena, "%s/simulate", folder),
                                 .arguments = arguments.items,
                                 .directory = simulation->rtl,
                                 .log = log};
    *result = (struct simulation_run){0};
    return tool_run(&run, &result->seconds, error) && read_result(log, result, error);
}
