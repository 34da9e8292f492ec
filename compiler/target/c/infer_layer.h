/*
 * Inside the emitter of the integer C: a unit of the integer graph in the form that its generated function has.
 *
 * The kernels do not compute an accumulator but a *sum* that is cheaper and from which it follows:
 *     acc = gain * sum + bias[channel]
 * and every constant behind it (thresholds, multiplier, addend) is folded into the sum's terms here, exactly, in
 * integers. A falling channel's weights are negated, so that all channels rise; no flip remains in a dense layer.
 *
 *     product             input         weights    sum                                          gain  bias
 *     PRODUCT_SIGNS       bipolar       binary     agreements: set bits of x ^ w, w = 1 for -1     2   -inputs
 *     PRODUCT_KEPT_SIGNS  bipolar       ternary    agreements among the weights that are not 0     2   -kept
 *     PRODUCT_BINARY      codes         binary     sum of w * code                                 1   -offset * sum of w
 *     PRODUCT_TERNARY     codes         ternary    sum of w * code                                 1   -offset * sum of w
 *     PRODUCT_NONE        any           none       the code itself                              1, 2   -offset, -1
 * A signed input is held as code = n + offset, offset = 128; otherwise the offset is 0.
 */
#ifndef QNN_TARGET_C_INFER_LAYER_H
#define QNN_TARGET_C_INFER_LAYER_H

#include "base/arena.h"
#include "base/text.h"
#include "integer/integer.h"

enum infer_product { PRODUCT_NONE, PRODUCT_SIGNS, PRODUCT_KEPT_SIGNS, PRODUCT_BINARY, PRODUCT_TERNARY, PRODUCT_COUNT };

enum { INFER_ROWS = 8, INFER_WORD = 64, INFER_SIGNED_OFFSET = 128 };

struct infer_layer {
    const struct int_unit *unit;
    const char *name; /* the unit's identifier */
    enum infer_product product;
    bool from_input;     /* reads the network's input, not a unit's codes */
    const char *source;  /* member of the state that holds the input's codes; of no meaning for bytes (below) */
    bool bytes;          /* PRODUCT_NONE on the network's input: reads its bytes */
    size_t inputs;       /* elements of the input tensor */
    size_t input_words;  /* 64-bit words of one of its bit planes */
    size_t input_planes; /* bits of a code */
    size_t channels;     /* outputs */
    size_t output_words;
    size_t output_planes; /* 0: the layer ends in values */
    size_t blocks;        /* of eight rows, the last filled up with rows of zero bits */
    size_t block_words;   /* 64-bit words of a block */
    uint64_t *words;      /* [blocks][block_words], see infer_layer_pack */
    int64_t sum_lo, sum_hi;
    int levels;
    size_t threshold_rows; /* 8 * blocks; channels without weights */
    int64_t *thresholds; /* [levels][threshold_rows] on the sum; rows that fill up never reach one. NULL with scaled */
    bool *flip;          /* PRODUCT_NONE: falling channels; NULL where there is none */
    bool scaled;         /* code = clip((multiplier * sum + addend) >> shift), or values = multiplier * sum + addend */
    int64_t *multiplier, *addend; /* [channels] */
    int shift;
};

/* The layer of unit `index`. Everything is allocated in arena. */
struct infer_layer infer_layer_make(const struct int_graph *graph, size_t index, struct arena *arena);

/* An integer array as `static const` of the smallest type that holds it, [rows][columns] or [columns] where rows is 1.
 * Returns the bits of the type. */
int infer_emit_array(struct text *out, const char *layer, const char *what, const int64_t *values, size_t rows,
                     size_t columns);
/* Whether all values are the same: then no array is needed. */
bool infer_all_equal(const int64_t *values, size_t count);

/* The constants and the function `infer_NAME` of a layer with weights, and of one without. Return the kernels they call, a
 * set of enum infer_need. */
unsigned infer_emit_dense(const struct infer_layer *layer, struct text *out);
unsigned infer_emit_elementwise(const struct infer_layer *layer, struct text *out);

/* The arrays that `scaled` needs. */
void infer_emit_scaled_constants(const struct infer_layer *layer, struct text *out);
/* The expression multiplier * sum + addend of channel `c` in the type of infer_scaled_type; sum is an int32_t. */
void infer_emit_scaled(const struct infer_layer *layer, const char *sum, struct text *out);
const char *infer_scaled_type(const struct infer_layer *layer);

/* The comment above a layer, and the type and name of its output parameter: "uint64_t output[16]". */
void infer_emit_comment(const struct infer_layer *layer, const struct model *model, struct text *out);
void infer_emit_output_parameter(const struct infer_layer *layer, struct text *out);

#endif
