/*
 * What a Yosys JSON netlist holds, module by module.
 */
#ifndef QNN_REPORT_NETLIST_H
#define QNN_REPORT_NETLIST_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct netlist_memory {
    int width, depth;
};

/* Cells of one module, instances of other modules of the design not counted. */
struct netlist_module {
    const char *name;
    size_t lut_cells;
    size_t lut_sites; /* xc7: LUT6 sites, route-throughs included; otherwise lut_cells */
    size_t flip_flops;
    size_t carry_cells;
    size_t lutram_sites;  /* LUT sites that hold memory */
    size_t memory_blocks; /* block memories, in units of the smallest block */
    size_t multipliers;
    struct netlist_memory *memories; /* that are still whole ($mem_v2): before they are mapped */
    size_t memory_count, memory_capacity;
};

struct netlist {
    struct netlist_module *modules;
    size_t count, capacity;
};

/* Reads a file of write_json; lut6: count LUT6 sites as Xilinx 7 has them. False with an error line (base/file.h). */
bool netlist_read(const char *path, bool lut6, struct netlist *netlist, struct arena *arena, char *error);
const struct netlist_module *netlist_find(const struct netlist *netlist, const char *name);
#endif
