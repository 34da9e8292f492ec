/*
 * Area: the generated Verilog through Yosys, a row per layer, the estimate beside the result.
 *
 * Memories are synthesised with a write port that is brought out to the top and without contents: their contents would only
 * cost Yosys time. The run fails where the memories in the netlist are not those that the compiler counted, since a
 * tied-off port would silently take the logic away.
 */
#ifndef QNN_REPORT_AREA_H
#define QNN_REPORT_AREA_H

#include "base/arena.h"
#include "base/text.h"
#include "hardware/hardware.h"
#include "report/netlist.h"

#include <stdbool.h>

struct area_row {
    const char *layer;              /* "h1"; "top" for ingress, egress and the flags between */
    const struct hw_engine *engine; /* NULL for the top */
    struct netlist_module found;
    struct hw_estimate estimate; /* zero for the top */
};

struct area_report {
    const struct hw_graph *graph;
    struct area_row *rows; /* one per layer, then the top */
    size_t row_count;
    struct area_row total;
    double seconds;     /* wall time of Yosys */
    const char *excess; /* what the named part has too little of, in one line; NULL where the network fits */
};

/* Runs Yosys on the sources in rtl; folder takes its script, log and netlists. False with an error line: a missing tool, a
 * failed run, or memories that do not agree. A network that does not fit is reported like any other, with its excess. */
bool area_run(const struct hw_graph *graph, const char *rtl, const char *folder, struct area_report *report,
              struct arena *arena, char *error);
/* The table that a person reads. */
void area_print(const struct area_report *report, struct text *out);
/* report.json; its schema is docs/report.md. */
void area_json(const struct area_report *report, struct text *out);

#endif
