/* netlist_sites NETLIST.json MODULE: what a xc7 netlist of Yosys needs, by the rules of compiler/report: one line. */
#include "base/arena.h"
#include "base/file.h"
#include "report/netlist.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    char error[FILE_ERROR_SIZE] = "usage: netlist_sites NETLIST.json MODULE";
    struct arena arena = {0};
    struct netlist netlist;
    const struct netlist_module *module = NULL;
    if (argc == 3 && netlist_read(argv[1], true, &netlist, &arena, error)) {
        module = netlist_find(&netlist, argv[2]);
        snprintf(error, sizeof error, "%s: no module %s", argv[1], argv[2]);
    }
    if (!module)
        fprintf(stderr, "%s\n", error);
    else
        printf("sites %zu cells %zu flip-flops %zu lutram %zu\n", module->lut_sites, module->lut_cells,
               module->flip_flops, module->lutram_sites);
    arena_free(&arena);
    return module ? 0 : 1;
}
