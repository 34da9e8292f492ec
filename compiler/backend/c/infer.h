/*
 * The integer inference in C99: three files made from an integer graph (docs/numerics.md).
 *
 *     NAME_infer.h       the two functions and the caller's memory
 *     NAME_infer.c       this one network: a function per layer over bit-packed constants; integers only, no library, no
 *                        allocation, freestanding apart from <stdint.h> and <stddef.h>
 *     NAME_infer_main.c  its command line: eval, predict, bench (POSIX stdio)
 *
 * Results equal the interpreter's bit for bit. Kernels for AVX-512, AVX2 and plain C are in the same file; the compiler
 * that builds it chooses by its predefined macros.
 */
#ifndef QNN_BACKEND_C_INFER_H
#define QNN_BACKEND_C_INFER_H

#include "base/text.h"
#include "integer/integer.h"

/* Adds the three files to empty texts. The graph is verified: anything odd in it aborts. */
void emit_infer(const struct int_graph *graph, struct text *header, struct text *source, struct text *command_line);

#endif
