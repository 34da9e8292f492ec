/*
 * The parts that a network can be built for: what is known of each, from their one table, parts.def, which explains the
 * columns. It lies in the lowest room because every stage asks: the language for names, sizing for what engines can be
 * made of, the report for synthesis and utilisation.
 */
#ifndef QNN_BASE_PART_H
#define QNN_BASE_PART_H

#include <stdbool.h>
#include <stddef.h>

enum target_part {
#define PART(ID, ...) TARGET_##ID,
#include "base/parts.def"
#undef PART
    TARGET_PART_COUNT
};

struct part_engines {
    bool lut6, distributed, multiplier;
    double registered_from_hz;
};

struct part_flow {
    const char *library, *synth, *first, *memory_label, *rom_macro;
};

struct part_chip {
    const char *name;
    size_t luts, flip_flops, memories;
    int memory_bits; /* of a block */
    bool fixed;
};

struct part {
    const char *name, *meaning;
    struct part_engines engines;
    struct part_flow flow;
    struct part_chip chip;
};

const struct part *part_of(enum target_part target);

#endif
