/* What the files of this folder share; not for others. */
#ifndef QNN_TARGET_VERILOG_EMIT_H
#define QNN_TARGET_VERILOG_EMIT_H

#include "target/verilog/verilog.h"

/* Opens a new file of the output; the pointer is good until the next one is opened. */
struct text *verilog_open(struct verilog_output *output, struct arena *arena, const char *name);
/* Bits of a beat that an engine gives: pe codes, or for the last one the class index and the asked values. */
int verilog_result_bits(const struct hw_graph *graph, const struct hw_engine *engine);
/* Bits of the integer logits beside the class on the output stream; 0 where none are asked. */
int verilog_logit_bits(const struct hw_graph *graph);
bool verilog_is_last(const struct hw_graph *graph, const struct hw_engine *engine);
/* How many memories an engine has: the bits of its cfg_we. */
int verilog_memory_count(const struct hw_engine *engine);
void emit_layer(const struct hw_graph *graph, const struct hw_engine *engine, struct text *out);
void emit_top(const struct hw_graph *graph, struct text *out);

#endif
