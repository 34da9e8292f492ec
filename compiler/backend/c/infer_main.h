/* Inside the emitter of the integer C: the command line NAME_infer_main.c. */
#ifndef QNN_BACKEND_C_INFER_MAIN_H
#define QNN_BACKEND_C_INFER_MAIN_H

#include "base/text.h"
#include "integer/integer.h"

/* capitals: the network's identifier in capitals. */
void infer_emit_main(const struct int_graph *graph, const char *capitals, struct text *out);

#endif
