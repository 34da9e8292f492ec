/*
 * Simulation: the generated Verilog through Verilator, compared beat by beat with the generated integer C.
 */
#ifndef QNN_REPORT_SIMULATE_H
#define QNN_REPORT_SIMULATE_H

#include "base/arena.h"
#include "hardware/hardware.h"

#include <stdbool.h>
#include <stdint.h>

struct simulation {
    const struct hw_graph *graph;
    const char *rtl;      /* folder of the Verilog and the memory images */
    const char *c_folder; /* folder of NAME_infer.c */
    const char *bench;    /* folder of qnn_simulate.cpp */
    const char *folder;   /* folder for everything that the simulation makes */
    const char *waves;    /* file for an FST trace of the undisturbed run, or NULL */
    bool verbose;
};

/* What one run of the bench measured. */
struct simulation_run {
    size_t frames;
    double cycles, latency; /* total; from the first beat in to the first result out */
    double period;          /* cycles a frame in the second half of the run; 0 where the run is too short to tell */
    double seconds;
};

/* Writes the bench's header, compiles integer C and Verilog: folder/simulate. Errors as in base/file.h. */
bool simulation_build(const struct simulation *simulation, struct arena *arena, char *error);
/* Runs count samples (count * input elements bytes of codes) with random pauses of that percentage on both ends and
 * writes folder/predictions.txt; waves names a file of the folder for an FST trace, or is NULL. False where anything differs: the error names the first wrong layer, beat and lane. */
bool simulation_run(const struct simulation *simulation, const uint8_t *codes, size_t count, unsigned stall_percent,
                    uint64_t seed, const char *waves, struct simulation_run *result, struct arena *arena, char *error);

#endif
