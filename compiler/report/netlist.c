/* Reads what Yosys' write_json writes. Cell types are told apart by a table of names. */
#include "report/netlist.h"

#include "base/file.h"
#include "report/lut_sites.h"

#include <cjson/cJSON.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NETLIST_BYTES = 1 << 30 };

/* What a cell type counts as: PREFIX matches the beginning of the type's name. */
static const struct cell_row {
    const char *prefix;
    size_t offset; /* of the counter in struct netlist_module */
    size_t weight;
} cell_rows[] = {
#define COUNTER(field) offsetof(struct netlist_module, field)
    {"RAM32M", COUNTER(lutram_sites), 4},
    {"RAM64M", COUNTER(lutram_sites), 4},
    {"RAM128X1D", COUNTER(lutram_sites), 4},
    {"RAM64X1D", COUNTER(lutram_sites), 2},
    {"RAM32X1D", COUNTER(lutram_sites), 2},
    {"SRL", COUNTER(lutram_sites), 1},
    {"TRELLIS_DPR", COUNTER(lutram_sites), 4},
    {"RAMB18", COUNTER(memory_blocks), 1},
    {"RAMB36", COUNTER(memory_blocks), 2},
    {"SB_RAM40", COUNTER(memory_blocks), 1},
    {"DP16KD", COUNTER(memory_blocks), 1},
    {"PDPW16KD", COUNTER(memory_blocks), 1},
    {"FD", COUNTER(flip_flops), 1},
    {"SB_DFF", COUNTER(flip_flops), 1},
    {"TRELLIS_FF", COUNTER(flip_flops), 1},
    {"$_DFF", COUNTER(flip_flops), 1},
    {"$_SDFF", COUNTER(flip_flops), 1},
    {"$_ALDFF", COUNTER(flip_flops), 1},
    {"DSP48", COUNTER(multipliers), 1},
    {"SB_MAC16", COUNTER(multipliers), 1},
    {"MULT18", COUNTER(multipliers), 1},
    {"SB_LUT4", COUNTER(lut_cells), 1},
    {"$lut", COUNTER(lut_cells), 1},
    {"SB_CARRY", COUNTER(carry_cells), 1},
    {"CARRY4", COUNTER(carry_cells), 1},
    /* a CCU2C is a pair of LUTs with their carry */
    {"CCU2C", COUNTER(carry_cells), 1},
    {"CCU2C", COUNTER(lut_cells), 2},
#undef COUNTER
};

static void count_cell(struct netlist_module *module, const char *type)
{
    for (size_t i = 0; i < sizeof cell_rows / sizeof cell_rows[0]; i++)
        if (strncmp(type, cell_rows[i].prefix, strlen(cell_rows[i].prefix)) == 0)
            *(size_t *)(void *)((char *)module + cell_rows[i].offset) += cell_rows[i].weight;
}

/* LUT1..LUT6, LUT4 of ECP5, INV: cells whose inputs are needed for pairing. */
static bool is_named_lut(const char *type)
{
    return strcmp(type, "INV") == 0 || (strncmp(type, "LUT", 3) == 0 && type[3] >= '1' && type[3] <= '6' && !type[4]);
}

/* A signal and the LUT that drives it. */
struct driver {
    int signal, lut;
};

struct lut_list {
    struct lut *items;
    size_t count, capacity;
    struct driver *drivers; /* sorted by signal once all are known */
    size_t driver_count, driver_capacity;
};

static void add_input(struct lut *lut, int signal)
{
    int at = lut->input_count;
    for (int i = 0; i < lut->input_count; i++)
        if (lut->inputs[i] == signal)
            return;
    if (at == LUT_MAX_INPUTS)
        return;
    while (at > 0 && lut->inputs[at - 1] > signal) {
        lut->inputs[at] = lut->inputs[at - 1];
        at--;
    }
    lut->inputs[at] = signal;
    lut->input_count++;
}

static void add_lut(struct lut_list *list, const cJSON *pins, struct arena *arena)
{
    struct lut lut = {0};
    const cJSON *named = cJSON_IsObject(pins) ? pins : NULL, *pin;
    cJSON_ArrayForEach(pin, named)
    {
        const cJSON *bit = cJSON_GetArrayItem(pin, 0);
        const bool is_output = strcmp(pin->string, "O") == 0 || strcmp(pin->string, "Z") == 0;
        if (!cJSON_IsNumber(bit))
            continue;
        if (is_output) {
            const struct driver driver = {bit->valueint, (int)list->count};
            ARENA_PUSH(arena, list->drivers, list->driver_count, list->driver_capacity, driver);
        } else {
            add_input(&lut, bit->valueint);
        }
    }
    ARENA_PUSH(arena, list->items, list->count, list->capacity, lut);
}

static int by_signal(const void *a, const void *b)
{
    const struct driver *x = a, *y = b;
    return (x->signal > y->signal) - (x->signal < y->signal);
}

/* The LUT that drives a signal; NULL where none does. */
static struct lut *driver_of(const struct lut_list *list, int signal)
{
    const struct driver key = {.signal = signal};
    const struct driver *driver =
        list->driver_count ? bsearch(&key, list->drivers, list->driver_count, sizeof key, by_signal) : NULL;
    return driver ? &list->items[driver->lut] : NULL;
}

/* Marks the LUTs that drive S pins; returns the S pins that need a route-through. */
static size_t mark_carry(struct lut_list *list, const cJSON *cells)
{
    size_t through = 0;
    if (list->driver_count)
        qsort(list->drivers, list->driver_count, sizeof *list->drivers, by_signal);
    const cJSON *cell;
    cJSON_ArrayForEach(cell, cells)
    {
        const cJSON *type = cJSON_GetObjectItemCaseSensitive(cell, "type");
        if (!cJSON_IsString(type) || strcmp(type->valuestring, "CARRY4") != 0)
            continue;
        const cJSON *pins = cJSON_GetObjectItemCaseSensitive(cell, "connections");
        const cJSON *bit;
        cJSON_ArrayForEach(bit, cJSON_GetObjectItemCaseSensitive(pins, "S"))
        {
            if (!cJSON_IsNumber(bit))
                continue;
            struct lut *driver = driver_of(list, bit->valueint);
            if (driver && !driver->drives_carry)
                driver->drives_carry = true;
            else
                through++;
        }
    }
    return through;
}

/* A parameter that Yosys writes as a string of binary digits; 0 where it is not a size. */
static int binary_parameter(const cJSON *cell, const char *name)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(cell, "parameters"), name);
    long size = 0;
    if (cJSON_IsNumber(value))
        size = value->valueint;
    else if (cJSON_IsString(value))
        size = strtol(value->valuestring, NULL, 2);
    return size < 0 || size > INT_MAX ? 0 : (int)size;
}

static void read_module(struct netlist_module *module, const cJSON *cells, bool lut6, struct arena *arena)
{
    struct lut_list list = {0};
    struct arena scratch = {0};
    const cJSON *cell;
    cJSON_ArrayForEach(cell, cells)
    {
        const cJSON *type = cJSON_GetObjectItemCaseSensitive(cell, "type");
        if (!cJSON_IsString(type))
            continue;
        count_cell(module, type->valuestring);
        if (is_named_lut(type->valuestring))
            add_lut(&list, cJSON_GetObjectItemCaseSensitive(cell, "connections"), &scratch);
        if (strncmp(type->valuestring, "$mem", 4) == 0) {
            const struct netlist_memory memory = {binary_parameter(cell, "WIDTH"), binary_parameter(cell, "SIZE")};
            ARENA_PUSH(arena, module->memories, module->memory_count, module->memory_capacity, memory);
        }
    }
    module->lut_cells += list.count;
    module->lut_sites = module->lut_cells;
    if (lut6) {
        const size_t through = mark_carry(&list, cells);
        module->lut_sites = lut_sites(list.items, list.count, &scratch) + through;
    }
    arena_free(&scratch);
}

bool netlist_read(const char *path, bool lut6, struct netlist *netlist, struct arena *arena, char *error)
{
    char *text;
    size_t length;
    *netlist = (struct netlist){0};
    if (!file_read(path, MAX_NETLIST_BYTES, &text, &length, error))
        return false;
    cJSON *json = cJSON_ParseWithLength(text, length);
    free(text);
    const cJSON *modules = cJSON_GetObjectItemCaseSensitive(json, "modules");
    if (!cJSON_IsObject(modules)) {
        snprintf(error, FILE_ERROR_SIZE, "%.300s: not a netlist that Yosys wrote", path);
        cJSON_Delete(json);
        return false;
    }
    const cJSON *item;
    cJSON_ArrayForEach(item, modules)
    {
        struct netlist_module module = {.name = arena_strdup(arena, item->string)};
        read_module(&module, cJSON_GetObjectItemCaseSensitive(item, "cells"), lut6, arena);
        ARENA_PUSH(arena, netlist->modules, netlist->count, netlist->capacity, module);
    }
    cJSON_Delete(json);
    return true;
}

const struct netlist_module *netlist_find(const struct netlist *netlist, const char *name)
{
    for (size_t i = 0; i < netlist->count; i++)
        if (strcmp(netlist->modules[i].name, name) == 0)
            return &netlist->modules[i];
    return NULL;
}
