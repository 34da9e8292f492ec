/* The area report as a person and as a program read it. */
#include "report/area.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

/* How far the estimate is off, in percent of the result; 0 where there is none. */
static double error_percent(double estimate, size_t found)
{
    return found && estimate > 0 ? 100.0 * (estimate - (double)found) / (double)found : 0;
}

static void print_row(const struct area_row *row, double clock_hz, struct text *out)
{
    const struct hw_engine *engine = row->engine;
    text_printf(out, "%-12s ", row->layer);
    if (engine)
        text_printf(out, "%4d x %-4d %8lld %10.0f", engine->pe, engine->simd, (long long)engine->cycles,
                    clock_hz / (double)engine->cycles);
    else
        text_printf(out, "%11s %8s %10s", "", "", "");
    const struct netlist_module *found = &row->found;
    text_printf(out, " %8zu", found->lut_sites);
    if (row->estimate.luts > 0)
        text_printf(out, " %8.0f %+6.0f%%", row->estimate.luts, error_percent(row->estimate.luts, found->lut_sites));
    else
        text_printf(out, " %8s %7s", "", "");
    text_printf(out, " %8zu %7zu %6zu %7zu %4zu %10lld\n", found->lut_cells, found->flip_flops, found->lutram_sites,
                found->memory_blocks, found->multipliers, (long long)row->estimate.memory_bits);
}

static void print_utilisation(const struct area_report *report, const struct part_chip *chip, struct text *out)
{
    const struct netlist_module *total = &report->total.found;
    if (!*chip->name)
        return;
    text_printf(out, "of %s: LUT %.1f %%, FF %.1f %%, memory blocks %.1f %%\n", chip->name,
                100.0 * (double)(total->lut_sites + total->lutram_sites) / (double)chip->luts,
                100.0 * (double)total->flip_flops / (double)chip->flip_flops,
                100.0 * (double)total->memory_blocks / (double)chip->memories);
}

void area_print(const struct area_report *report, struct text *out)
{
    const struct hw_graph *graph = report->graph;
    const struct model *model = graph->integer->plan->model;
    const struct part *part = part_of(model->hardware.target);
    text_printf(out, "%s on %s at %g MHz\n", model->name, part->name, model->hardware.clock_hz / 1e6);
    text_printf(out, "%-12s %11s %8s %10s %8s %8s %7s %8s %7s %6s %7s %4s %10s\n", "layer", "PE x SIMD", "cycles",
                "frames/s", "LUT", "estimate", "error", "cells", "FF", "LUTRAM", "blocks", "mul", "bits");
    for (size_t i = 0; i < report->row_count; i++)
        print_row(&report->rows[i], model->hardware.clock_hz, out);
    print_row(&report->total, model->hardware.clock_hz, out);
    text_printf(out, "period %lld cycles: %.0f frames a second\n", (long long)graph->period,
                hw_frames_per_second(graph));
    print_utilisation(report, &part->chip, out);
    text_printf(out, "LUT: %s; cells: LUT cells before packing; blocks of %d bits; Yosys took %.0f s\n",
                part->engines.lut6 ? "LUT6 sites" : "LUT4 cells", part->chip.memory_bits, report->seconds);
}

static cJSON *json_row(const struct area_row *row, double clock_hz)
{
    cJSON *json = cJSON_CreateObject();
    const struct netlist_module *found = &row->found;
    cJSON_AddStringToObject(json, "layer", row->layer);
    if (row->engine) {
        cJSON_AddNumberToObject(json, "pe", row->engine->pe);
        cJSON_AddNumberToObject(json, "simd", row->engine->simd);
        cJSON_AddNumberToObject(json, "cycles", (double)row->engine->cycles);
        cJSON_AddNumberToObject(json, "frames_per_second", clock_hz / (double)row->engine->cycles);
    }
    cJSON_AddNumberToObject(json, "luts", (double)found->lut_sites);
    cJSON_AddNumberToObject(json, "lut_cells", (double)found->lut_cells);
    cJSON_AddNumberToObject(json, "flip_flops", (double)found->flip_flops);
    cJSON_AddNumberToObject(json, "carry_cells", (double)found->carry_cells);
    cJSON_AddNumberToObject(json, "lutram_sites", (double)found->lutram_sites);
    cJSON_AddNumberToObject(json, "memory_blocks", (double)found->memory_blocks);
    cJSON_AddNumberToObject(json, "multipliers", (double)found->multipliers);
    cJSON_AddNumberToObject(json, "memory_bits", (double)row->estimate.memory_bits);
    if (row->estimate.luts > 0) {
        cJSON_AddNumberToObject(json, "estimated_luts", row->estimate.luts);
        cJSON_AddNumberToObject(json, "estimated_flip_flops", row->estimate.flip_flops);
    }
    return json;
}

void area_json(const struct area_report *report, struct text *out)
{
    const struct hw_graph *graph = report->graph;
    const struct model *model = graph->integer->plan->model;
    const struct part *part = part_of(model->hardware.target);
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "format", "qnnc-report-1");
    cJSON_AddStringToObject(json, "network", model->name);
    cJSON_AddStringToObject(json, "program", model->hash);
    cJSON_AddStringToObject(json, "target", part->name);
    cJSON_AddStringToObject(json, "part", part->chip.name);
    cJSON_AddNumberToObject(json, "clock_hz", model->hardware.clock_hz);
    cJSON_AddNumberToObject(json, "period_cycles", (double)graph->period);
    cJSON_AddNumberToObject(json, "frames_per_second", hw_frames_per_second(graph));
    cJSON_AddNumberToObject(json, "memory_block_bits", part->chip.memory_bits);
    cJSON *layers = cJSON_AddArrayToObject(json, "layers");
    for (size_t i = 0; i < report->row_count; i++)
        cJSON_AddItemToArray(layers, json_row(&report->rows[i], model->hardware.clock_hz));
    cJSON_AddItemToObject(json, "total", json_row(&report->total, model->hardware.clock_hz));
    char *text = cJSON_Print(json);
    if (text)
        text_printf(out, "%s\n", text);
    cJSON_free(text);
    cJSON_Delete(json);
}
