/*
 * A code type: which integers a number may be, and how each of them is stored as bits.
 *
 * Every tensor of the integer program has one, activations and weights alike, known before any weight is. Rooms downstream
 * of a quantizer (bounds, integer C, hardware) ask the type and never the quantizer that chose it: quantizers with the same
 * type are the same to them (QONNX's DataType serves the same purpose).
 *
 * A stored *code* of `bits` bits represents an integer *value*; sums are made of values. An encoding says how:
 *
 *     encoding     code                                      value
 *     SIGN         one bit                                   2 * code - 1: -1, +1
 *     SIGN_ZERO    two bits: positive, non-zero              -1, 0, +1
 *     UNSIGNED     binary                                    code
 *     TWOS         two's complement                          code
 *     ODD          u, binary                                 2 * u - (2^bits - 1): no zero
 *     SHIFT        sign, index e of an exponent; e = 0: 0    0, -+2^(e-1)
 *     TABLE        sign, index of a magnitude                0, -+magnitude[index]
 *
 * Contract: low <= high; both are values that a code represents, and no value lies outside. Values between them may be
 * missing (SIGN, ODD, SHIFT, TABLE). Of a sum that was proven to fit, low and high are what was proven and may be less than
 * `bits` could hold.
 */
#ifndef QNN_NUMERIC_CODE_TYPE_H
#define QNN_NUMERIC_CODE_TYPE_H

#include <stdbool.h>
#include <stdint.h>

enum qnn_encoding {
    QNN_ENCODING_SIGN,
    QNN_ENCODING_SIGN_ZERO,
    QNN_ENCODING_UNSIGNED,
    QNN_ENCODING_TWOS,
    QNN_ENCODING_ODD,
    QNN_ENCODING_SHIFT,
    QNN_ENCODING_TABLE,
    QNN_ENCODING_COUNT
};

struct qnn_code_type {
    enum qnn_encoding encoding;
    int bits;          /* of a stored code, 1..32 */
    int32_t low, high; /* the least and the greatest value */
    bool has_zero;     /* 0 is a value: what padding and pruned weights need */
};

/* -1, +1 in one bit. */
static inline struct qnn_code_type qnn_code_sign(void)
{
    return (struct qnn_code_type){.encoding = QNN_ENCODING_SIGN, .bits = 1, .low = -1, .high = 1};
}

/* -1, 0, +1 in two bits. */
static inline struct qnn_code_type qnn_code_sign_zero(void)
{
    return (struct qnn_code_type){
        .encoding = QNN_ENCODING_SIGN_ZERO, .bits = 2, .low = -1, .high = 1, .has_zero = true};
}

/* 0 .. high in binary, 0 <= high < 2^bits. */
static inline struct qnn_code_type qnn_code_unsigned(int bits, int32_t high)
{
    return (struct qnn_code_type){.encoding = QNN_ENCODING_UNSIGNED, .bits = bits, .high = high, .has_zero = true};
}

/* low .. high in two's complement, -2^(bits-1) <= low <= 0 <= high < 2^(bits-1). */
static inline struct qnn_code_type qnn_code_twos(int bits, int32_t low, int32_t high)
{
    return (struct qnn_code_type){
        .encoding = QNN_ENCODING_TWOS, .bits = bits, .low = low, .high = high, .has_zero = true};
}

/* The largest magnitude of a value. */
static inline int32_t qnn_code_magnitude(const struct qnn_code_type *type)
{
    return type->high > -type->low ? type->high : -type->low;
}

/* Whether a code represents the value; not for TABLE, whose magnitudes its quantizer knows. */
static inline bool qnn_code_has(const struct qnn_code_type *type, int32_t value)
{
    const int32_t magnitude = value < 0 ? -value : value;
    if (value < type->low || value > type->high)
        return false;
    switch (type->encoding) {
    case QNN_ENCODING_SIGN:
    case QNN_ENCODING_ODD:
        return magnitude % 2 == 1;
    case QNN_ENCODING_SHIFT:
        return (magnitude & (magnitude - 1)) == 0;
    default:
        return value != 0 || type->has_zero;
    }
}

#endif
