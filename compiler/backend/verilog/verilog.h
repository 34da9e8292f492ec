/*
 * The Verilog back end: one wrapper module per engine, a top that is wiring, memory images, and what a simulation needs.
 *
 * Files: rtl/NAME.v (top), rtl/NAME_LAYER.v (one a layer), rtl/LAYER_*.mem, the templates that these use, rtl/NAME.f (their
 * list). Everything is plain Verilog-2005; the same files go through Verilator, Icarus and Yosys.
 */
#ifndef QNN_BACKEND_VERILOG_H
#define QNN_BACKEND_VERILOG_H

#include "base/arena.h"
#include "base/text.h"
#include "hardware/hardware.h"

#include <stdbool.h>
#include <stddef.h>

enum { VERILOG_MAX_MODULES = 16, VERILOG_INDENT = 4 };

/* A file to be written: its name, its text and the templates that it instantiates. */
struct verilog_file {
    const char *name;                         /* "mnist_bin_h1.v" */
    struct text text;                         /* freed by verilog_free */
    const char *modules[VERILOG_MAX_MODULES]; /* names of rtl_templates, each once: "qnn_mvu" */
    size_t module_count;
    size_t parameter_count; /* of the instance being written */
    int indent;             /* columns that instances are indented by: 4, in a generate loop 8 */
};

struct verilog_output {
    struct verilog_file *files;
    size_t count, capacity;
};

/* The top, the wrappers and the memory images of a graph whose memories are filled. */
void emit_verilog(const struct hw_graph *graph, struct verilog_output *output, struct arena *arena);
/* The header that fits the bench (rtl_templates/simulate/qnn_simulate.cpp) to this network, and the control file that
 * makes the compared signals visible to Verilator: NAME_bench.h and NAME.vlt. */
void emit_bench(const struct hw_graph *graph, struct verilog_output *output, struct arena *arena);
void verilog_free(struct verilog_output *output);

/* Bits of the configuration bus that every memory hangs on. */
struct verilog_bus {
    int address_bits, data_bits, memories;
};
struct verilog_bus verilog_configuration_bus(const struct hw_graph *graph);

#endif
