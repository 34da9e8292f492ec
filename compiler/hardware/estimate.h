/*
 * The resource model: LUTs and flip-flops of an engine as sums of coefficient times term. A term is a count that follows
 * from the templates (bits of adders, of registers, of multiplexers); the coefficients are fitted to our own synthesis
 * runs (estimate.def, docs/results/estimate.md). Memories are placed by rule (estimate_memory.h), not fitted.
 */
#ifndef QNN_HARDWARE_ESTIMATE_H
#define QNN_HARDWARE_ESTIMATE_H

#include "hardware/estimate_terms.h"
#include "hardware/hardware.h"

enum estimate_resource { RESOURCE_LUTS, RESOURCE_FLIP_FLOPS, ESTIMATE_RESOURCE_COUNT };

extern const char *const estimate_term_names[ESTIMATE_TERM_COUNT];

/* The terms of a folded engine. Its input beat is that of the engine before it, or of the input stream, as the graph has
 * it now. */
struct estimate_terms estimate_terms(const struct hw_graph *graph, const struct hw_engine *engine);

#endif
