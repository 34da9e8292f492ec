/*
 * LUT6 sites that a Xilinx 7 netlist needs.
 *
 * A site holds one LUT6, or two LUTs that together read at most five signals. At most one LUT of a site may drive a carry
 * chain's S pin, because only the O6 output reaches it; an S pin without its own LUT costs a site as a
 * route-through. Conflicts on the O5 output are not modelled. Pairs are found greedily, largest common input sets first,
 * so the count is deterministic.
 */
#ifndef QNN_REPORT_LUT_SITES_H
#define QNN_REPORT_LUT_SITES_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

enum { LUT_MAX_INPUTS = 6 };

struct lut {
    int inputs[LUT_MAX_INPUTS]; /* signal numbers, each once, rising */
    int input_count;
    bool drives_carry;
};

/* Sites of these LUTs, without route-throughs. Working space comes from the arena. */
size_t lut_sites(const struct lut *luts, size_t count, struct arena *arena);

#endif
