/*
 * Inside the emitter of the integer C: the kernels that its layers call, as text. Only those a network needs are emitted.
 */
#ifndef QNN_BACKEND_C_INFER_KERNELS_H
#define QNN_BACKEND_C_INFER_KERNELS_H

#include "base/text.h"

/* Functions of the generated file. */
enum infer_need {
    NEED_COUNT_XOR = 1 << 0,
    NEED_COUNT_KEPT_XOR = 1 << 1,
    NEED_COUNT_AND = 1 << 2,
    NEED_BINARY_SUMS = 1 << 3,
    NEED_TERNARY_SUMS = 1 << 4,
    NEED_AT_LEAST_8 = 1 << 5,
    NEED_AT_LEAST_16 = 1 << 6,
    NEED_AT_LEAST_32 = 1 << 7,
    NEED_STORE = 1 << 8,
    NEED_PLACE = 1 << 9,
    NEED_PACK = 1 << 10,
    NEED_PACK_WIDE = 1 << 11,
    NEED_UNPACK = 1 << 12,
    NEED_UNPACK_WIDE = 1 << 13,
    NEED_APPEND = 1 << 14,
    NEED_BYTE_SUMS = 1 << 15,
};

/* Adds the kernels; needs is a set of enum infer_need, name the network's identifier in capitals. */
void infer_emit_kernels(unsigned needs, const char *name, struct text *out);

/* Adds lines (up to a NULL) with each @key@ replaced by its value; keys and values alternate and end with NULL. */
void infer_emit_template(struct text *out, const char *const *lines, const char *const *replacements);

#endif
