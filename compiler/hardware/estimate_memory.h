/*
 * Where Yosys puts a memory: flip-flops, LUTs or blocks. Not fitted: the cheapest by the costs in Yosys's target files
 * (estimate_memory.def), as memory_libmap chooses.
 */
#ifndef QNN_HARDWARE_ESTIMATE_MEMORY_H
#define QNN_HARDWARE_ESTIMATE_MEMORY_H

#include "model/model.h"

/* A memory with one write port and one registered read port. */
struct memory_place {
    int64_t soft_bits;     /* bits kept in flip-flops */
    int64_t register_bits; /* flip-flops of the read port; blocks have their own */
    int64_t mux_bits;      /* two-to-one multiplexers between the rows that the read port chooses from */
    int64_t enables;       /* rows where there are several: each has a write enable */
    int64_t lutram_sites;  /* LUT sites that hold bits */
    int64_t blocks;        /* in units of the target's smallest block */
};

/* width bits, depth words, both positive. Black boxes (the generic target's read-only memories) are the caller's matter. */
struct memory_place memory_place(int width, int depth, enum memory_style style, enum target_part target);

#endif
