/*
 * Inside the emitter of the integer C: how the codes of a tensor lie in memory.
 *
 *     FORM_PLANES  bit planes of 64-bit words, [plane][position][word]: bit p of channel c at a position is bit c % 64 of
 *                  word c / 64 there, in plane p. What is stored is code + offset, offset = 2^(bits - 1) of signed codes
 *                  and 0 of others, so it is never negative. Bits beyond the channels are 0.
 *     FORM_ARRAY   the codes, [position][channel], in the smallest type of C that holds them
 *
 * A position is a row and a column, columns fastest. A sign is 1 for +1 in both forms. With s what is stored, the integer n
 * is gain * s + bias: 2 * s - 1 of signs, else s - offset.
 *
 * A tensor has one form, the one its readers would rather have: layers that multiply bit by bit read planes, whatever
 * goes element by element reads arrays, and where both read it, it is planes and the others unpack. A tensor of single
 * bits that only pools and concats read is planes: a pool is then an OR of words. Codes of three to eight bits are an array
 * also before a convolution that is small or has fewer input channels than a word has bits: with a byte each, weights and
 * codes are multiplied faster than plane by plane. A tensor that a window reads flattened is an array: there channels lie
 * one after the other.
 *
 * The network's input is the caller's array; where a dense layer reads it, it is packed first, as one position. Tensors
 * whose lifetimes do not overlap share a slot of the state.
 */
#ifndef QNN_BACKEND_C_INFER_TENSOR_H
#define QNN_BACKEND_C_INFER_TENSOR_H

#include "base/arena.h"
#include "base/text.h"
#include "integer/integer.h"

enum { INFER_WORD = 64 };

enum infer_form { FORM_ARRAY, FORM_PLANES };

struct infer_tensor {
    const char *name; /* member NAME_codes of the state; of the caller's array "input" */
    struct int_tensor edge;
    enum infer_form form;
    bool parameter; /* the caller's array: no member of the state */
    size_t positions, channels;
    size_t words;      /* FORM_PLANES: of a position, in one plane */
    size_t planes;     /* bits of a code */
    int32_t offset;    /* FORM_PLANES */
    int written, read; /* the unit that makes it (-1: before the first), the last one that reads it */
    size_t slot;       /* of no meaning for a parameter */
};

struct infer_tensors {
    struct infer_tensor input;
    bool packs_input;
    struct infer_tensor packed_input;
    struct infer_tensor *units; /* of the last unit: unused */
    size_t unit_count;
    size_t slot_count;
};

struct infer_tensors infer_tensors_make(const struct int_graph *graph, struct arena *arena);

/* The tensor that a unit reads as its k-th input. */
const struct infer_tensor *infer_input_of(const struct infer_tensors *tensors, const struct unit_plan *plan, int k);

/* Whether a unit multiplies bit by bit; a convolution with one input channel per group (depthwise) does not. */
bool infer_bit_serial(const struct unit_plan *plan);

static inline size_t infer_words_of(size_t bits)
{
    return (bits + INFER_WORD - 1) / INFER_WORD;
}
/* Words of one plane. */
static inline size_t infer_stride(const struct infer_tensor *tensor)
{
    return tensor->positions * tensor->words;
}
/* n = gain * stored + bias. */
static inline int32_t infer_gain(const struct infer_tensor *tensor)
{
    return tensor->edge.type.encoding == QNN_ENCODING_SIGN ? 2 : 1;
}
static inline int32_t infer_bias(const struct infer_tensor *tensor)
{
    return tensor->edge.type.encoding == QNN_ENCODING_SIGN ? -1 : -tensor->offset;
}
/* The C type of what is stored, one element by itself. */
const char *infer_type(const struct infer_tensor *tensor);
/* "uint64_t NAME[16]", "const int8_t NAME[12]": a declaration without its end. */
void infer_declare(const struct infer_tensor *tensor, const char *qualifier, const char *name, struct text *out);
/* "state->slot1.h1_codes", "input": the tensor in the function that runs all layers. */
void infer_access(const struct infer_tensors *tensors, const struct infer_tensor *tensor, struct text *out);
/* The members of the state; name in capitals for the macro that says whether slots are shared. */
void infer_emit_members(const struct infer_tensors *tensors, const char *capitals, struct text *out);
/* Whether a slot has more than one tensor: then the header defines the macro. */
bool infer_shares(const struct infer_tensors *tensors);

#endif
