/* How each target is synthesised and what its part holds; the table is flow.def. */
#ifndef QNN_REPORT_FLOW_H
#define QNN_REPORT_FLOW_H

#include "model/model.h"

#include <stdbool.h>
#include <stddef.h>

struct flow {
    const char *library, *synth, *first, *memory_label, *rom_macro;
    const char *part; /* "" where utilisation has no meaning */
    size_t luts, flip_flops, memories;
    int memory_bits; /* of a block */
    bool fixed;      /* the target names this very part */
};

const struct flow *flow_of(enum target_part target);

#endif
