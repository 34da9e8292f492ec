/*
 * The hardware graph: the integer graph as a chain of streaming engines, each with its folding, its memories and the
 * plumbing in front of it. What the Verilog emitter writes and the report counts.
 *
 * A frame is one sample. A vector is one unit's input or output of that frame (fully connected: one vector a frame).
 * An engine takes a vector as `in_beats` beats of `simd` elements and gives `out_beats` beats of `pe` elements; the last
 * beat of each may be partly padding. Between two engines stands a width converter where pe and simd differ.
 */
#ifndef QNN_HARDWARE_H
#define QNN_HARDWARE_H

#include "base/arena.h"
#include "base/text.h"
#include "integer/integer.h"

#include <stdbool.h>
#include <stdint.h>

enum engine_kind {
    ENGINE_QUANTIZE, /* a unit without linear part: codes to codes, element by element */
    ENGINE_MVU,      /* matrix-vector unit: PE rows x SIMD columns a cycle */
    ENGINE_KIND_COUNT
};

/* What turns an engine's accumulators into its result. */
enum engine_tail {
    TAIL_SIGN,      /* one level, folded into the accumulator's start: the result is its sign */
    TAIL_TABLE,     /* ENGINE_QUANTIZE where all elements share one function: a code table */
    TAIL_THRESHOLD, /* stored thresholds, counted */
    TAIL_REQUANT,   /* clip((M*acc + B) >> F) */
    TAIL_AFFINE,    /* the last unit: M*acc + B, whole */
    TAIL_NONE,      /* the last unit with one shared M > 0 and no B: the accumulator itself decides */
    ENGINE_TAIL_COUNT
};

enum memory_role {
    MEMORY_WEIGHTS,
    MEMORY_STARTS,    /* the value each accumulator starts from */
    MEMORY_CONSTANTS, /* thresholds, or M and B */
    MEMORY_ROLE_COUNT
};

/* One memory of an engine, read one word a cycle. words holds depth words of width bits, bit 0 of a word first, 8 bits a
 * byte, each word padded to whole bytes (memory_word_bytes). */
struct hw_memory {
    const char *name; /* "h1_weights": its image is NAME.mem; NULL where the engine has no such memory */
    int width, depth;
    enum memory_style style;
    uint8_t *words; /* NULL until hw_fill_memories */
};
static inline size_t memory_word_bytes(const struct hw_memory *memory)
{
    return ((size_t)memory->width + 7) / 8;
}
static inline int64_t memory_bits(const struct hw_memory *memory)
{
    return (int64_t)memory->width * memory->depth;
}

/* The multiplier side of TAIL_REQUANT and TAIL_AFFINE. */
struct hw_multiply {
    int multiplier_bits, addend_bits, shift;
    int multipliers; /* lanes at a time */
    int steps;       /* ceil(pe / multipliers) */
    bool serial;     /* shift and add, without a hard multiplier */
};

struct hw_engine {
    const struct int_unit *unit;
    const char *identifier;
    enum engine_kind kind;
    enum engine_tail tail;
    int elements_in, elements_out; /* of a vector: MW and MH */
    int in_bits, out_bits;         /* of an element; TAIL_AFFINE, TAIL_NONE: of a value */
    int simd, pe;
    int in_beats, out_beats; /* SF = ceil(MW / simd), NF = ceil(MH / pe) */
    bool ternary;
    bool registered_operands;
    bool recoded;      /* weights hold parities of triples (rtl_templates/README.md) */
    bool signed_input; /* i8: engines take n + 128, and the constants take it back */
    int acc_bits;      /* of the accumulator as the engine keeps it */
    struct hw_multiply multiply;
    int64_t cycles; /* a frame, undisturbed: in_beats * out_beats (ENGINE_QUANTIZE: out_beats), or its multipliers' */
    struct hw_memory memories[MEMORY_ROLE_COUNT];
    int32_t *table;     /* TAIL_TABLE: code of every input code, [2^in_bits] */
    bool folding_asked; /* by a fold rule */
};

struct hw_graph {
    const struct int_graph *integer;
    struct hw_engine *engines;
    size_t engine_count;
    int input_bits;        /* of an element on the input stream, before byte padding */
    int input_elements;    /* a beat */
    int64_t input_cycles;  /* beats of one frame on the input stream */
    int class_bits;        /* of the class index; 0 for a regression */
    int64_t period;        /* cycles between frames: the maximum over engines and the input stream */
    size_t slowest;        /* the engine that sets it; engine_count where the input stream does */
    bool balanced_default; /* neither throughput nor fold rules were given */
};

/* Sizes every engine: fold rules first, else the cheapest PE x SIMD that keeps the asked throughput, else engines as fast
 * as the input stream, or as the slowest of them can be. A throughput that cannot be reached is an error in the sink;
 * NULL then. */
struct hw_graph *hw_build(const struct int_graph *integer, struct arena *arena, struct sink *sink);
/* Makes every memory's words. */
void hw_fill_memories(struct hw_graph *graph, struct arena *arena);
/* --dump-hardware: a line per engine. */
void hw_print(const struct hw_graph *graph, struct text *out);
void hw_verify(const struct hw_graph *graph);

/* Frames a second at the asked clock. */
double hw_frames_per_second(const struct hw_graph *graph);

/* Fills in what follows from simd and pe: beats, cycles, multipliers, memory shapes. */
void hw_fold(struct hw_engine *engine, int pe, int simd, const struct hardware_plan *plan);
/* Cycles of one product of TAIL_REQUANT and TAIL_AFFINE; 1 for every other tail. */
int hw_product_cycles(const struct hw_engine *engine);

/* Resources of a folded engine as the model fitted to our own synthesis runs expects them (estimate.h). LUTs as the
 * target counts them: six inputs on xc7, four elsewhere. */
struct hw_estimate {
    double luts, flip_flops;
    int64_t lutram_sites, memory_blocks; /* the latter in units of the target's smallest block */
    int64_t memory_bits;                 /* of weights, starts and constants: a count, not an estimate */
};
/* The engine's input beat is taken from the graph as it stands: from the engine before it, or the input stream. */
struct hw_estimate hw_estimate_engine(const struct hw_graph *graph, const struct hw_engine *engine);

#endif
