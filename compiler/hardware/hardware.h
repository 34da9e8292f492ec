/*
 * The hardware graph: the integer graph as streaming engines, one per unit, each with its folding, its memories and the
 * plumbing in front of it; and the edges between them. What the Verilog emitter writes and the report counts.
 *
 * A frame is one sample; a tensor is streamed in (h, w, c) order. A vector is what one pass of an engine works on: the whole
 * input of a dense layer, the window of one output position and group of channels of a convolution, the channels of one
 * position elsewhere. An engine takes a vector as `in_beats` beats of `simd` elements and gives `out_beats` beats of `pe`
 * elements. The last beat of each may be partly padding; the stream between two engines has padding only where a frame is
 * one vector (`lanes_out` divides the vector otherwise), so that its reader may cut it as it likes.
 */
#ifndef QNN_HARDWARE_H
#define QNN_HARDWARE_H

#include "base/arena.h"
#include "base/text.h"
#include "integer/integer.h"

#include <stdbool.h>
#include <stdint.h>

enum engine_kind {
    ENGINE_QUANTIZE, /* a copy with stages: codes to codes, element by element */
    ENGINE_MVU,      /* dense and conv, a matrix-vector unit: PE rows x SIMD columns a cycle */
    ENGINE_POOL,     /* the largest or smallest code, or the sum, of a window */
    ENGINE_ADD,      /* the sum of two streams */
    ENGINE_CONCAT,   /* the channels of two streams side by side */
    ENGINE_KIND_COUNT
};

/* What cuts a tensor into the windows of its output positions. */
enum window_form {
    WINDOW_NONE,       /* nothing: dense, 1x1 windows that leave out no position, element by element */
    WINDOW_SEQUENTIAL, /* qnn_window: tap after tap */
    WINDOW_PARALLEL,   /* qnn_window_parallel: all taps in one beat */
    WINDOW_WHOLE,      /* qnn_accumulate: the sum over all positions, which needs no window */
    WINDOW_FORM_COUNT
};

struct hw_window {
    enum window_form form;
    int lanes;        /* elements a beat in front of it; divides the channels of a group */
    int groups;       /* of channels, played one after the other: those of the convolution; of a pool one per `lanes` */
    int pad;          /* bits of the code that taps outside read, as the engine takes its input */
    int64_t beats_in; /* a frame */
    int64_t read_cycles;        /* a frame, to give all vectors: in sequential form its beats */
    int slots;                  /* rows that it keeps; 0: none */
    int line_count;             /* memories that hold them */
    int line_width, line_depth; /* of each */
};
static inline int64_t window_bits(const struct hw_window *window)
{
    return (int64_t)window->line_count * window->line_width * window->line_depth;
}

/* What turns an engine's accumulators into its result. */
enum engine_tail {
    TAIL_SIGN,      /* one level, folded into the accumulator's start: the result is its sign */
    TAIL_TABLE,     /* ENGINE_QUANTIZE where all elements share one function: a code table */
    TAIL_THRESHOLD, /* stored thresholds, counted */
    TAIL_REQUANT,   /* clip((M*acc + B) >> F) */
    TAIL_AFFINE,    /* the last unit: M*acc + B, whole */
    TAIL_NONE, /* the sums themselves: pools, joins, raw accumulators; the last unit with one shared M > 0 and no B */
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
    int vectors;                   /* a frame: positions * groups */
    int groups;                    /* of channels of a convolution, vectors of each in turn; 1 elsewhere */
    int in_bits, out_bits;         /* of an element; of the last engine: of a value */
    int simd, pe;
    int lanes_in;            /* elements a beat after the first width converter of each port */
    int lanes_out;           /* elements a beat of the stream that leaves */
    int in_beats, out_beats; /* of a vector: SF = ceil(MW / simd), NF = ceil(MH / pe) */
    struct hw_window window;
    const struct mvu_form *form; /* of a matrix-vector unit: how it multiplies; NULL elsewhere (mvu_forms.h) */
    bool registered_operands;
    bool
        signed_input; /* codes in two's complement: a matrix-vector unit takes n + 2^(in_bits-1), the constants take it back */
    int acc_bits;  /* of the accumulator as the engine keeps it: */
    int acc_least; /* what its values need, or more where the sum of one beat does */
    struct hw_multiply multiply;
    int64_t cycles; /* a frame, undisturbed: the most of what its parts take */
    struct hw_memory memories[MEMORY_ROLE_COUNT];
    int32_t *table;     /* TAIL_TABLE: code of every input code, [2^in_bits] */
    bool folding_asked; /* by a fold rule */
};

/* A stream from an engine, or the network's input, to a port of an engine. Several from one engine are a fork. */
struct hw_edge {
    int from;        /* engine, -1: the input */
    int to, port;    /* engine, 0 or 1 */
    int lanes, bits; /* a beat, as `from` gives it */
    int64_t beats;   /* a frame */
    /* Words of the FIFO in front of `to`, 0: none. Where two branches of a fork meet, the shorter one waits for the longer:
     * `deadlock` words are the beats that the longer takes before its first result, without them both would wait for ever;
     * `depth` words are the most that wait while nobody is held up (buffer.c). */
    int64_t depth, deadlock;
    const char *derivation; /* of depth, in words; NULL without a FIFO */
};

struct hw_graph {
    const struct int_graph *integer;
    struct hw_engine *engines; /* as the units of the integer graph */
    size_t engine_count;
    struct hw_edge *edges; /* by reader, then port */
    size_t edge_count;
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

/* Elements of a tensor: of the input of a port, and of the output. */
static inline int hw_frame_in(const struct hw_engine *engine, int port)
{
    return (int)shape_count(engine->unit->plan->in_shape[port]);
}
static inline int hw_frame_out(const struct hw_engine *engine)
{
    return engine->vectors * engine->elements_out;
}
/* Elements a beat of what a port reads, as the graph is now. */
int hw_lanes_to(const struct hw_graph *graph, const struct hw_engine *engine, int port);

/* Fills in what follows from simd and pe: beats, window, cycles, multipliers, memory shapes. Elementwise engines, pools and
 * joins have simd = pe. */
void hw_fold(struct hw_engine *engine, int pe, int simd, const struct hardware_plan *plan);
/* Bits of a matrix-vector unit's sum of one beat; where products are one bit wide, one of them is added as a carry. */
int hw_beat_bits(const struct hw_engine *engine);
/* Elements a beat after the window of a convolution; those before it where there is none. */
int hw_window_lanes_out(const struct hw_engine *engine);
/* Whether an engine that is not a matrix-vector unit can work on that many elements a beat. */
bool hw_lanes_fit(const struct hw_engine *engine, int lanes);
/* Thresholds of a channel in memory, 2^out_bits - 1: one more than an int has levels (memory.c). */
int hw_stored_levels(const struct hw_engine *engine);
/* Cycles of one product of TAIL_REQUANT and TAIL_AFFINE; 1 for every other tail. */
int hw_product_cycles(const struct hw_engine *engine);

/* Resources of a folded engine as the model fitted to our own synthesis runs expects them (estimate.h). LUTs as the
 * target counts them: six inputs on xc7, four elsewhere. */
struct hw_estimate {
    double luts, flip_flops;
    int64_t lutram_sites, memory_blocks; /* the latter in units of the target's smallest block */
    int64_t memory_bits; /* of weights, starts, constants and rows of windows: a count, not an estimate */
};
/* The engine's input beat is taken from the graph as it is: from the engine before it, or the input stream. */
struct hw_estimate hw_estimate_engine(const struct hw_graph *graph, const struct hw_engine *engine);

#endif
