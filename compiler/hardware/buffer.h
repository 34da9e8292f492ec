/* Inside the room: the edges between engines and the depth of their FIFOs. */
#ifndef QNN_HARDWARE_BUFFER_H
#define QNN_HARDWARE_BUFFER_H

#include "hardware/hardware.h"

/* Makes the edges of a graph whose engines are folded. */
void hw_connect(struct hw_graph *graph, struct arena *arena);

#endif
