/*
 * Inside the emitter of the integer C: the kernels that its layers call, sections of runtime/infer/kernels.h and planes.h. Only
 * those that a network needs are copied.
 */
#ifndef QNN_BACKEND_C_INFER_KERNELS_H
#define QNN_BACKEND_C_INFER_KERNELS_H

#include "base/text.h"

/* Functions of the generated file: X(id, the name in the section marks). */
#define INFER_NEEDS(X)                \
    X(COUNT_XOR, count_xor)           \
    X(COUNT_KEPT_XOR, count_kept_xor) \
    X(COUNT_AND, count_and)           \
    X(BINARY_SUMS, binary_sums)       \
    X(TERNARY_SUMS, ternary_sums)     \
    X(INTEGER_SUMS, integer_sums)     \
    X(AT_LEAST_8, at_least_8)         \
    X(AT_LEAST_16, at_least_16)       \
    X(AT_LEAST_32, at_least_32)       \
    X(STORE, store)                   \
    X(PLACE, place)                   \
    X(PACK, pack)                     \
    X(PACK_WIDE, pack_wide)           \
    X(UNPACK, unpack)                 \
    X(UNPACK_WIDE, unpack_wide)       \
    X(APPEND, append)                 \
    X(BYTE_SUMS, byte_sums)           \
    X(WIDE_BYTE_SUMS, wide_byte_sums) \
    X(GATHER_BYTES, gather_bytes)

enum infer_need_index {
#define INDEX(id, name) NEED_INDEX_##id,
    INFER_NEEDS(INDEX)
#undef INDEX
};

/* Sets of them are unsigned. */
enum infer_need {
#define BIT(id, name) NEED_##id = 1 << NEED_INDEX_##id,
    INFER_NEEDS(BIT)
#undef BIT
};

/* Adds the kernels; needs is a set of enum infer_need, name the network's identifier in capitals. */
void infer_emit_kernels(unsigned needs, const char *name, struct text *out);

#endif
