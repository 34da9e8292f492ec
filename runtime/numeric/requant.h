/*
 * Requantizers: codes of uint(bits) and int(bits) that are defined on integers,
 *     code_c(acc) = clip((M_c * acc + B_c) >> F, first, last)
 * with an arithmetic shift, which rounds down. uint: 0 and 2^bits - 1. int: last = 2^(bits-1) - 1 and first = -last, or 0
 * where a relu comes before it. Trainer, interpreter, integer C and Verilog all use these M, B and F, so a
 * unit with hundreds of levels needs neither stored thresholds nor the rounding of a float.
 *
 * |M| <= 32767 (a signed 16-bit number, symmetric) and |B| <= 2^51. With acc of 32 bits every M * acc + B stays below 2^52
 * in magnitude: exact in int64_t and in double alike, so a loop over doubles gives the same codes.
 */
#ifndef QNN_NUMERIC_REQUANT_H
#define QNN_NUMERIC_REQUANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    QNN_REQUANT_MAX_BITS = 8,
    QNN_REQUANT_MULTIPLIER_MAX = 32767,
    QNN_REQUANT_MIN_SHIFT = 1,
    QNN_REQUANT_MAX_SHIFT = 40,
};
#define QNN_REQUANT_ADDEND_MAX (INT64_C(1) << 51)

struct qnn_requant {
    const int32_t *multiplier; /* M, one per channel */
    const int64_t *addend;     /* B, one per channel */
    int shift;                 /* F, of all channels */
    int bits;                  /* of a code: 1 .. QNN_REQUANT_MAX_BITS */
    bool is_signed;            /* int(bits): 2 .. QNN_REQUANT_MAX_BITS */
    int32_t first;             /* the lowest code: 0, or -last of int */
};

/* Fills multiplier and addend [channels] for the real staircase round(clip(y, 0, clip) / step), y = a_c * acc + b_c,
 * step = clip / last (of a signed one: from -clip), and returns F:
 *     M_c = rint(a_c / step * 2^F)    B_c = rint((b_c / step + 1/2) * 2^F)
 * in double, rint half to even. F is the largest, at most QNN_REQUANT_MAX_SHIFT, for which every M keeps its limit. Two
 * corrections precede the choice, so that one channel out of shape does not cost the others their precision: a channel
 * that passes last + 1 codes within one step of acc (|a| > last + 1 steps) is made less steep around the same zero, and a B
 * beyond its limit, whose code is the first or the last one for every acc, is put at the limit.
 * a and b are finite, clip is that of a quantizer (unit.h). */
int qnn_requant_fit(size_t channels, const float *a, const float *b, float clip, int32_t last, int32_t *multiplier,
                    int64_t *addend);

/* Whether stored constants keep the limits above. */
bool qnn_requant_valid(const struct qnn_requant *requant, size_t channels);

static inline int32_t qnn_requant_last_code(const struct qnn_requant *requant)
{
    return (int32_t)((1u << (requant->is_signed ? requant->bits - 1 : requant->bits)) - 1u);
}

/* The code of one accumulator, |acc| <= 2^31. */
static inline int32_t qnn_requant_code(const struct qnn_requant *requant, size_t channel, int64_t acc)
{
    const int64_t value = requant->multiplier[channel] * acc + requant->addend[channel];
    const int64_t unit = INT64_C(1) << requant->shift;
    const int64_t code = value >= 0 ? value / unit : -((unit - 1 - value) / unit); /* value >> shift, in defined C */
    const int32_t last = qnn_requant_last_code(requant);
    if (code < requant->first)
        return requant->first;
    return code < last ? (int32_t)code : last;
}

#endif
