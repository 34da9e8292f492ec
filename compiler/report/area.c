/* Runs Yosys and checks what it made. */
#include "report/area.h"

#include "base/file.h"
#include "base/part.h"
#include "report/tool.h"
#include "backend/verilog/verilog.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { YOSYS_MEMORY_MB = 8192 };

static const struct model *model_of(const struct hw_graph *graph)
{
    return graph->integer->plan->model;
}

static const struct part *part_of_graph(const struct hw_graph *graph)
{
    return part_of(model_of(graph)->hardware.target);
}

/* The script: coarse synthesis, the netlist with whole memories, then the rest and the mapped netlist. */
static void write_script(const struct hw_graph *graph, const char *list, struct text *out)
{
    const struct part_flow *flow = &part_of_graph(graph)->flow;
    const char *top = model_of(graph)->identifier;
    if (*flow->library)
        text_printf(out, "%s\n", flow->library);
    for (const char *at = list; *at;) {
        const size_t length = strcspn(at, "\n");
        text_printf(out, "read_verilog -defer -D %s %.*s\n", flow->rom_macro, (int)length, at);
        at += length + (at[length] == '\n');
    }
    text_printf(out, "hierarchy -check -top %s\n", top);
    for (size_t i = 0; i < graph->engine_count; i++)
        text_printf(out, "setattr -mod -set keep_hierarchy 1 %s_%s\n", top, graph->engines[i].identifier);
    text_printf(out, "%s -top %s -run %s:%s\n", flow->synth, top, flow->first, flow->memory_label);
    text_add(out, "write_json whole.json\n");
    text_printf(out, "%s -top %s -run %s:check\n", flow->synth, top, flow->memory_label);
    text_add(out, "write_json mapped.json\n");
}

static bool take_memory(struct netlist_module *module, int width, int depth)
{
    for (size_t i = 0; i < module->memory_count; i++)
        if (module->memories[i].width == width && module->memories[i].depth == depth) {
            module->memories[i].width = -1;
            return true;
        }
    return false;
}

/* The memories of one engine, and those of the rows that its window keeps; false with an error line where one is missing. */
static bool check_engine(const struct hw_engine *engine, struct netlist_module *module, char *error)
{
    const struct hw_window *window = &engine->window;
    const char *name = engine->unit->plan->name;
    for (int role = 0; role < MEMORY_ROLE_COUNT; role++) {
        const struct hw_memory *memory = &engine->memories[role];
        if (memory->name && !take_memory(module, memory->width, memory->depth)) {
            snprintf(error, FILE_ERROR_SIZE,
                     "the netlist of layer '%s' lacks its memory %s of %d words of %d bits: the area would be wrong",
                     name, memory->name, memory->depth, memory->width);
            return false;
        }
    }
    for (int i = 0; i < window->line_count; i++)
        if (!take_memory(module, window->line_width, window->line_depth)) {
            snprintf(error, FILE_ERROR_SIZE,
                     "the netlist of layer '%s' lacks its window's rows, %d memories of %d words of %d bits", name,
                     window->line_count, window->line_depth, window->line_width);
            return false;
        }
    return true;
}

/* The FIFOs between engines, which are in the top. */
static bool check_buffers(const struct hw_graph *graph, struct netlist_module *top, char *error)
{
    for (size_t i = 0; i < graph->edge_count; i++) {
        const struct hw_edge *edge = &graph->edges[i];
        if (edge->depth > 1 && !take_memory(top, edge->lanes * edge->bits, (int)edge->depth)) {
            snprintf(error, FILE_ERROR_SIZE, "the netlist lacks the FIFO before '%s', %lld words of %d bits",
                     graph->engines[edge->to].unit->plan->name, (long long)edge->depth, edge->lanes * edge->bits);
            return false;
        }
    }
    return true;
}

static struct netlist_module module_of(const struct netlist *netlist, const char *name)
{
    const struct netlist_module *found = netlist_find(netlist, name);
    return found ? *found : (struct netlist_module){0};
}

/* Every memory that the compiler laid out must be in the netlist with that very shape. Black boxes hold none. */
static bool check_memories(const struct hw_graph *graph, const struct netlist *whole, struct arena *arena, char *error)
{
    const struct part_flow *flow = &part_of_graph(graph)->flow;
    const char *network = model_of(graph)->identifier;
    if (strcmp(flow->rom_macro, "QNN_ROM_PORT") != 0)
        return true;
    for (size_t i = 0; i < graph->engine_count; i++) {
        const struct hw_engine *engine = &graph->engines[i];
        struct netlist_module module = module_of(whole, arena_printf(arena, "%s_%s", network, engine->identifier));
        if (!check_engine(engine, &module, error))
            return false;
    }
    struct netlist_module top = module_of(whole, network);
    return check_buffers(graph, &top, error);
}

static void add_row(struct area_row *total, const struct area_row *row)
{
    total->found.lut_cells += row->found.lut_cells;
    total->found.lut_sites += row->found.lut_sites;
    total->found.flip_flops += row->found.flip_flops;
    total->found.carry_cells += row->found.carry_cells;
    total->found.lutram_sites += row->found.lutram_sites;
    total->found.memory_blocks += row->found.memory_blocks;
    total->found.multipliers += row->found.multipliers;
    total->estimate.luts += row->estimate.luts;
    total->estimate.flip_flops += row->estimate.flip_flops;
    total->estimate.memory_bits += row->estimate.memory_bits;
}

static int64_t buffer_bits(const struct hw_graph *graph)
{
    int64_t bits = 0;
    for (size_t i = 0; i < graph->edge_count; i++)
        bits += graph->edges[i].depth * graph->edges[i].lanes * graph->edges[i].bits;
    return bits;
}

static bool fill_rows(struct area_report *report, const struct netlist *mapped, struct arena *arena, char *error)
{
    const struct hw_graph *graph = report->graph;
    const struct model *model = model_of(graph);
    report->row_count = graph->engine_count + 1;
    report->rows = ARENA_NEW_ARRAY(arena, report->row_count, struct area_row);
    report->total = (struct area_row){.layer = "total"};
    for (size_t i = 0; i < report->row_count; i++) {
        const struct hw_engine *engine = i < graph->engine_count ? &graph->engines[i] : NULL;
        const char *name =
            engine ? arena_printf(arena, "%s_%s", model->identifier, engine->identifier) : model->identifier;
        const struct netlist_module *found = netlist_find(mapped, name);
        if (!found) {
            snprintf(error, FILE_ERROR_SIZE, "the mapped netlist has no module '%.100s'", name);
            return false;
        }
        struct area_row *row = &report->rows[i];
        *row = (struct area_row){.layer = engine ? engine->unit->plan->name : "top", .engine = engine, .found = *found};
        if (engine)
            row->estimate = hw_estimate_engine(graph, engine);
        else
            row->estimate.memory_bits = buffer_bits(graph);
        add_row(&report->total, row);
    }
    return true;
}

/* The first resource that a named part has too little of; NULL where all is well or the target names a family. */
static const char *find_excess(const struct area_report *report, struct arena *arena)
{
    const struct part_chip *chip = &part_of_graph(report->graph)->chip;
    const struct netlist_module *total = &report->total.found;
    const struct {
        const char *what;
        size_t needed, available;
    } resources[] = {{"LUTs", total->lut_sites + total->lutram_sites, chip->luts},
                     {"flip-flops", total->flip_flops, chip->flip_flops},
                     {"memory blocks", total->memory_blocks, chip->memories}};
    for (size_t i = 0; chip->fixed && i < sizeof resources / sizeof resources[0]; i++)
        if (resources[i].needed > resources[i].available)
            return arena_printf(arena, "'%s' does not fit %s: %zu %s of %zu", model_of(report->graph)->name, chip->name,
                                resources[i].needed, resources[i].what, resources[i].available);
    return NULL;
}

static bool run_yosys(const struct hw_graph *graph, const char *rtl, const char *folder, double *seconds,
                      struct arena *arena, char *error)
{
    char *list;
    size_t length;
    char *real = realpath(rtl, NULL);
    if (!real) {
        snprintf(error, FILE_ERROR_SIZE, "%.300s: no such folder", rtl);
        return false;
    }
    const char *absolute = arena_strdup(arena, real);
    free(real);
    if (!file_read(arena_printf(arena, "%s/%s.f", rtl, model_of(graph)->identifier), 1 << 20, &list, &length, error))
        return false;
    struct text script = {0};
    struct text paths = {0};
    for (char *save = NULL, *name = strtok_r(list, "\n", &save); name; name = strtok_r(NULL, "\n", &save))
        text_printf(&paths, "%s/%s\n", absolute, name);
    write_script(graph, text_cstr(&paths), &script);
    const bool written = file_make_directory(folder, error) && file_write(arena_printf(arena, "%s/area.ys", folder),
                                                                          text_cstr(&script), script.length, error);
    text_free(&script);
    text_free(&paths);
    free(list);
    static const char *const arguments[] = {"-q", "-l", "yosys.log", "area.ys", NULL};
    const struct tool_run run = {.tool = TOOL_YOSYS,
                                 .arguments = arguments,
                                 .directory = folder,
                                 .log = arena_printf(arena, "%s/yosys.out", folder),
                                 .memory_mb = YOSYS_MEMORY_MB};
    return written && tool_run(&run, seconds, error);
}

bool area_run(const struct hw_graph *graph, const char *rtl, const char *folder, struct area_report *report,
              struct arena *arena, char *error)
{
    const bool lut6 = part_of_graph(graph)->engines.lut6;
    struct netlist whole, mapped;
    *report = (struct area_report){.graph = graph};
    if (!run_yosys(graph, rtl, folder, &report->seconds, arena, error) ||
        !netlist_read(arena_printf(arena, "%s/whole.json", folder), false, &whole, arena, error) ||
        !check_memories(graph, &whole, arena, error) ||
        !netlist_read(arena_printf(arena, "%s/mapped.json", folder), lut6, &mapped, arena, error) ||
        !fill_rows(report, &mapped, arena, error))
        return false;
    report->excess = find_excess(report, arena);
    return true;
}
