/* The terms of the resource model: counts that follow from the templates, one for each row of estimate_terms.def. */
#ifndef QNN_HARDWARE_ESTIMATE_TERMS_H
#define QNN_HARDWARE_ESTIMATE_TERMS_H

#include <stdint.h>

enum estimate_term {
#define TERM(ID, luts, flip_flops, meaning) TERM_##ID,
#include "hardware/estimate_terms.def"
#undef TERM
    ESTIMATE_TERM_COUNT
};

struct estimate_terms {
    double value[ESTIMATE_TERM_COUNT];
    int64_t lutram_sites, memory_blocks;
};

#endif
