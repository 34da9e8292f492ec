/* Sizing: PE and SIMD of every engine, and from them the period of the whole. */
#ifndef QNN_HARDWARE_SIZE_H
#define QNN_HARDWARE_SIZE_H

#include "hardware/hardware.h"

/* False with an error in the sink where the asked throughput cannot be kept. */
bool hw_size(struct hw_graph *graph, struct sink *sink);

#endif
