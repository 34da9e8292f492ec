/*
 * Where qnnc's own files are: the runtime that trainers link and the Verilog templates.
 *
 * The layout is the same in a build folder and below an installation prefix:
 *     bin/qnnc   lib/qnnc/libqnn_{runtime,infer,data,numeric}.a   share/qnnc/include/runtime/   share/qnnc/rtl/
 *     lib/qnnc/libraries: what a generated program is linked with, one argument a line
 * The prefix is $QNNC_HOME, else the folder above the one the program lies in.
 */
#ifndef QNN_DRIVER_HOME_H
#define QNN_DRIVER_HOME_H

#include "base/arena.h"

#include <stdbool.h>

struct home {
    const char *include; /* folder to be named with -I */
    const char *library; /* folder with the runtime's archives and `libraries` */
    const char *rtl;     /* folder with the Verilog templates */
};

/* False with one line in error where the files are not there. */
bool home_find(struct home *home, struct arena *arena, char *error);

#endif
