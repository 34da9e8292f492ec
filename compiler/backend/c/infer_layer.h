/*
 * Inside the emitter of the integer C: a unit of the integer graph in the form that its generated function has.
 *
 * The kernels do not compute an accumulator but a *sum* of stored codes that is cheaper and from which it follows:
 *     acc = gain * sum + bias[channel]
 * and every constant after it (thresholds, multiplier, addend) is folded into the sum's terms here, exactly, in
 * integers. A falling channel's weights are negated, so that all channels rise; no flip remains in a layer with weights.
 *
 *     product             input         weights    sum                                          gain  bias
 *     PRODUCT_SIGNS       bipolar       binary     agreements: set bits of x ^ w, w = 1 for -1     2   -products
 *     PRODUCT_KEPT_SIGNS  bipolar       ternary    agreements among the weights that are not 0     2   -kept
 *     PRODUCT_BINARY      codes         binary     sum of w * stored                               1   -offset * sum of w
 *     PRODUCT_TERNARY     codes         ternary    sum of w * stored                               1   -offset * sum of w
 *     PRODUCT_BYTES       codes         any        sum of w * stored, in bytes                      1   -offset * sum of w
 *     PRODUCT_DIRECT      any           any        sum of w * stored, channel by channel        1, 2   -offset or -1, * sum of w
 *     PRODUCT_NONE        any           none       stored; of an add or a sum pool their sum    1, 2   -offset or -1, * terms
 * Codes of more than two bits that an array holds are multiplied in bytes: eight planes cost more than the weights' bytes.
 * The offset is that of the input tensor (infer_tensor.h), of signed codes that are packed or gathered from an array 2^(bits
 * - 1). Rows of weights and the window of the input they multiply lie
 * in the same order (infer_window.h).
 *
 * What a layer stores is base + reached, reached = 0 .. levels, where it has a quantizer; gain * sum + bias + the
 * output's offset where it has none.
 */
#ifndef QNN_BACKEND_C_INFER_LAYER_H
#define QNN_BACKEND_C_INFER_LAYER_H

#include "base/arena.h"
#include "base/text.h"
#include "integer/integer.h"
#include "integer/sum.h"
#include "backend/c/infer_products.h"
#include "backend/c/infer_tensor.h"

enum { INFER_ROWS = 8 };

/* How a layer that multiplies bit by bit comes to the bits of its window, one bit per product and plane. */
enum infer_gather {
    GATHER_NOTHING, /* dense: the planes of the tensor as they are, each position in its own words */
    GATHER_WORDS,   /* the words of each tap are copied */
    GATHER_BITS,    /* the bits of each tap are put one after the other, without gaps */
    GATHER_CODES,   /* the codes of an array are copied, then packed, without gaps */
};

/* The window of a layer that multiplies bit by bit. */
struct infer_window {
    enum infer_gather gather;
    size_t taps;     /* of a dense layer the positions of its input */
    size_t run;      /* channels of a tap: of one group */
    size_t tap_bits; /* from one tap to the next: run, or whole words */
    size_t words;    /* of one plane */
    size_t bytes;    /* PRODUCT_BYTES: the window as codes, filled up to four */
};

/* How codes come from sums. */
enum infer_end {
    END_THRESHOLDS, /* base + thresholds reached */
    END_REQUANT,    /* base + clip((multiplier * sum + addend) >> shift, 0, levels) */
    END_PLAIN,      /* multiplier * sum + addend is what is stored */
    END_VALUES,     /* multiplier * sum + addend is a value */
};

struct infer_layer {
    const struct int_unit *unit;
    const char *name; /* the unit's identifier */
    enum infer_product product;
    const struct infer_tensor *inputs[2];
    const struct infer_tensor *output; /* NULL: the layer ends in values */
    size_t positions, channels;        /* of the output */

    /* Products bit by bit. Output channel c of a group is row c; a group has whole blocks, the last filled up with rows of
     * zero bits. */
    struct infer_window window;
    size_t groups, group_channels;
    size_t group_blocks; /* of eight rows */
    size_t block_words;  /* 64-bit words of a block */
    uint64_t *words;     /* [groups][group_blocks][block_words], see infer_pack.c */

    int64_t sum_lo, sum_hi;
    enum infer_end end;
    int levels;
    int32_t base;
    int table_levels;             /* levels filled up to 2^k - 1 with thresholds that are never reached */
    size_t threshold_rows;        /* channels, filled up to whole blocks where there are any */
    int64_t *thresholds;          /* [table_levels][threshold_rows] on the sum; rows that fill up never reach one */
    bool *flip;                   /* PRODUCT_NONE: falling channels; NULL where there is none */
    int64_t *multiplier, *addend; /* [channels], without END_THRESHOLDS */
    int shift;
};

/* The layer of unit `index`. Everything is allocated in arena. */
struct infer_layer infer_layer_make(const struct int_graph *graph, const struct infer_tensors *tensors, size_t index,
                                    struct arena *arena);

/* Whether a channel falls: its weights and its sum are stored negated, so that a larger sum is a larger code. */
static inline bool infer_negated(const struct infer_layer *layer, size_t channel)
{
    return layer->product != PRODUCT_NONE && layer->end == END_THRESHOLDS && layer->unit->thresholds.flip[channel];
}
/* The weight of a product as the kernels have it: negated where the channel falls. */
static inline int infer_weight(const struct infer_layer *layer, size_t channel, size_t product)
{
    return int_weight(layer->unit, channel, product, infer_negated(layer, channel));
}
/* Fills words and block_words of a layer that multiplies bit by bit. */
void infer_pack_weights(struct infer_layer *layer, struct arena *arena);
/* How many parts the bits of its weights are spread over. A product in bits only. */
size_t infer_parts(const struct infer_layer *layer);
/* Bytes of the constant that holds the weights, what fills up rows and words included. */
size_t infer_weight_bytes(const struct infer_layer *layer);
/* Whether the code of an element follows from what is stored alone: one table for all channels. */
bool infer_same_for_all(const struct infer_layer *layer);

/* ---- Text -------------------------------------------------------------------------------------------------------- */

/* One line, indented by depth * 4 blanks. */
void infer_line(struct text *out, int depth, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* An integer array as `static const` of the smallest type that holds it, [rows][columns] or [columns] where rows is 1.
 * Returns the bits of the type. */
int infer_emit_array(struct text *out, const char *layer, const char *what, const int64_t *values, size_t rows,
                     size_t columns);
/* The same with two dimensions also where rows is 1. */
int infer_emit_table(struct text *out, const char *layer, const char *what, const int64_t *values, size_t rows,
                     size_t columns);
/* Whether all values are the same: then no array is needed. */
bool infer_all_equal(const int64_t *values, size_t count);

/* The constants and the function `infer_NAME` of a layer, by its source. Return the kernels they call, a set of enum
 * infer_need. */
unsigned infer_emit_layer(const struct infer_layer *layer, struct text *out);
#define SOURCE(ID, name, traits) unsigned infer_emit_##name(const struct infer_layer *layer, struct text *out);
#include "integer/sources.def"
/* The same of a product in PRODUCT_DIRECT. */
unsigned infer_emit_direct(const struct infer_layer *layer, struct text *out);
/* `static void window_NAME`, which gathers the window; nothing for GATHER_NOTHING. */
unsigned infer_emit_window(const struct infer_layer *layer, struct text *out);
/* Whether one kernel, gather_bytes, gathers the window from a table NAME_taps, in place of a window_NAME. */
bool infer_gathers_bytes(const struct infer_layer *layer);
void infer_emit_gather_bytes(const struct infer_layer *layer, int depth, struct text *out);
/* "uint64_t window[8 * 3]": what it gathers into. */
void infer_declare_window(const struct infer_layer *layer, struct text *out);

/* The head of `infer_NAME` up to its opening brace. */
void infer_emit_head(const struct infer_layer *layer, struct text *out);

/* Where a loop over the output's positions is. */
struct infer_place {
    const char *position; /* the position as a factor, "(y * 28 + x)", "position"; NULL where there is one position */
    int depth;            /* of the lines inside */
};
/* Loops over rows `y` and columns `x` where taps follow from them, else over `position`, none where there is one. */
struct infer_place infer_open_loops(const struct infer_layer *layer, bool taps, struct arena *arena, struct text *out);
/* Ends the loops and the function. */
void infer_close_loops(struct infer_place place, struct text *out);
/* The expression "BASE + POSITION * FACTOR". */
void infer_add_at(const char *base, const char *position, size_t factor, struct text *out);

/* Declares `name`: what is stored of a tensor at a position, unpacked where it is planes; position NULL: all of it. `from`
 * is the parameter. Returns needs. */
unsigned infer_emit_load(const struct infer_tensor *tensor, int depth, const char *from, const char *name,
                         const char *position, struct text *out);
/* The position to load an input from: NULL where the unit reads the whole tensor, flattened, as its one position. */
const char *infer_read_position(const struct infer_layer *layer, const struct infer_tensor *tensor,
                                struct infer_place place);

/* ---- Taps -------------------------------------------------------------------------------------------------------- */

/* Loops over the taps `r`, `s` of output position y, x, and `row`, `column` that each reads; returns the depth inside. */
int infer_open_taps(const struct unit_plan *plan, int depth, struct text *out);
/* "row < 28 && column < 28 ? " where a tap may lie outside, else "". Rows above the first wrap round to large ones. */
void infer_add_inside(const struct unit_plan *plan, struct text *out);
/* The position of a tap: "(row * 28 + column)". */
const char *infer_tap_position(const struct unit_plan *plan, struct arena *arena);
/* What is stored of the code outside. */
int32_t infer_outside(const struct infer_layer *layer);

/* Where codes go, `code`: open declares it for the position, close packs it where the output is planes and returns needs. A
 * layer that ends in values writes `values`. */
void infer_open_codes(const struct infer_layer *layer, struct infer_place place, struct text *out);
unsigned infer_close_codes(const struct infer_layer *layer, struct infer_place place, struct text *out);
/* The constants of an end, then the loop that makes codes or values from sums: `sum` is an expression of an integer type in
 * c that an int32_t holds. Returns the bits of a threshold where there are thresholds. */
int infer_emit_end_constants(const struct infer_layer *layer, struct text *out);
void infer_emit_codes(const struct infer_layer *layer, int depth, const char *sum, struct text *out);

/* The comment above a layer. */
void infer_emit_comment(const struct infer_layer *layer, const struct model *model, struct text *out);

#endif
