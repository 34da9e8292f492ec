/*
 * Properties of random programs, each a mode of one test program. A failure prints the seed and the program text.
 */
#ifndef QNN_TESTS_SYSTEM_PROPERTY_H
#define QNN_TESTS_SYSTEM_PROPERTY_H

#include <stdbool.h>

/* Where things are: absolute paths. */
struct places {
    const char *rtl;    /* the Verilog templates */
    const char *bench;  /* the folder of tb_axis.v */
    const char *folder; /* for everything that is made; exists */
};

/* The interpreter, an independent evaluation and the integer C give the same codes, integers and class. */
bool property_c(const struct places *places);
/* The generated Verilog gives the interpreter's class and integers under pauses, frames of wrong length and resets
 * (Icarus). */
bool property_verilog(const struct places *places);
/* FIFOs between engines are deep enough, and no deeper than they say (Icarus). */
bool property_buffers(const struct places *places);

#endif
