/* What the files of this folder share; not for others. */
#ifndef QNN_BACKEND_VERILOG_EMIT_H
#define QNN_BACKEND_VERILOG_EMIT_H

#include "backend/verilog/verilog.h"

/* Opens a new file of the output; the pointer is good until the next one is opened. */
struct verilog_file *verilog_open(struct verilog_output *output, struct arena *arena, const char *name);
/* Bits of a beat that an engine gives: its codes, or for the last one the class index and the asked values. */
int verilog_result_bits(const struct hw_graph *graph, const struct hw_engine *engine);
/* Bits of the integer logits beside the class on the output stream; 0 where none are asked. */
int verilog_logit_bits(const struct hw_graph *graph);
bool verilog_is_last(const struct hw_graph *graph, const struct hw_engine *engine);
/* How many memories an engine has: the bits of its cfg_we. */
int verilog_memory_count(const struct hw_engine *engine);
/* Prefix of the ports of an engine's input: "s", of a join "s0" and "s1". */
const char *verilog_port(const struct hw_engine *engine, int port);

/* ---- Streams inside a wrapper: PREFIX_valid, PREFIX_ready, PREFIX_data ------------------------------------------- */

/* Declares one, unless it is the output port "m". */
void emit_stream(struct verilog_file *out, const char *prefix, int bits);
/* "[7:0] ", or nothing for a single bit. */
const char *emit_range(int bits, char buffer[16]);
/* An instance of a template: its module, a parameter a line, then its name; its ports follow. */
void emit_instance(struct verilog_file *out, const char *module);
void emit_parameter(struct verilog_file *out, const char *name, int value);
/* A value that is not a number: an identifier, a string with its quotes, a concatenation. */
void emit_parameter_text(struct verilog_file *out, const char *name, const char *value);
/* FILE and the like: the image of a memory. */
void emit_parameter_image(struct verilog_file *out, const char *name, const struct hw_memory *memory);
/* The widths of the configuration bus: the wrapper's own. */
void emit_bus_parameters(struct verilog_file *out);
void emit_instance_name(struct verilog_file *out, const char *name);
/* Clock, reset and the two streams of an instance, without a trailing comma or newline. */
void emit_connections(struct verilog_file *out, const char *from, const char *from_data, const char *to);
void emit_instance_end(struct verilog_file *out, const char *from, const char *to);
/* The configuration inputs of an instance whose memories are number first .. first + count - 1 of the `total` around it. */
void emit_configuration(struct verilog_file *out, int first, int count, int total);
/* "1 row", "2 rows": a number and its noun in the buffer, which is returned. */
const char *emit_count(long long count, const char *noun, char buffer[48]);
/* Connects valid and ready of the stream `to` with those of `from`; the data are the caller's. */
void emit_handshake(struct verilog_file *out, const char *from, const char *to);
/* A change of width: vectors of `count` elements of `bits`, from `in` elements a beat to `lanes`. */
struct verilog_converter {
    const char *name;
    int bits, count, in, lanes;
};
/* Declares the stream `to` and the converter to it from `from`; returns `to`. Where nothing changes: `from`, and no text. */
const char *emit_converter(struct verilog_file *out, const struct verilog_converter *converter, const char *from,
                           const char *to);
/* Elements as signed numbers of `bits` bits: the stream `to`, or `from` where they are that already. */
const char *emit_extension(struct verilog_file *out, const struct hw_engine *engine, int bits, const char *from,
                           const char *to);

/* ---- Parts of a wrapper ------------------------------------------------------------------------------------------ */

/* Converters and window of a port, from the wrapper's input; returns the stream that the engine reads. */
const char *emit_front(struct verilog_file *out, const struct hw_graph *graph, const struct hw_engine *engine,
                       int port);
/* The engine itself on these streams. */
void emit_unit(struct verilog_file *out, const struct hw_graph *graph, const struct hw_engine *engine,
               const char *const inputs[2], const char *to);
/* What turns sums into codes or values: nothing where they are the result, and then `to` is `from`. */
void emit_tail(struct verilog_file *out, const struct hw_engine *engine, const char *from, const char *to);
/* The last engine: values to a class index, or gathered into one word. */
void emit_result(struct verilog_file *out, const struct hw_graph *graph, const struct hw_engine *engine);

void emit_layer(const struct hw_graph *graph, const struct hw_engine *engine, struct verilog_file *out);
void emit_top(const struct hw_graph *graph, struct verilog_file *out);

#endif
