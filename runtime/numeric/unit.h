/*
 * A unit: what stands between an integer accumulator and the next quantizer, as one monotone function per channel.
 *
 * code = quantizer(stage_n(... stage_1((float)acc))). Everything linear is already folded (affine.h), so most units are
 * one affine stage and a quantizer; pool - batch norm - pool chains keep several. A requantizer takes the affine into its
 * integers: no stage is left before it (requant.h). The literal definition is qnn_unit_value and qnn_unit_code; the batch
 * loops give the same bits. The compiler bisects thresholds with qnn_unit_code, the trainer evaluates with
 * qnn_unit_codes.
 *
 * Contract: acc is an integer of magnitude at most 2^24, so that its float is exact. a, b and clip are finite. A unit
 * borrows its arrays. Arrays over a batch are rows x channels, channel fastest.
 */
#ifndef QNN_NUMERIC_UNIT_H
#define QNN_NUMERIC_UNIT_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/numeric/requant.h"

enum { QNN_UNIT_MAX_STAGES = 8 };

enum qnn_stage_kind {
    QNN_STAGE_AFFINE,   /* y = fmaf(a[c], y, b[c]) */
    QNN_STAGE_RELU,     /* y = y > 0 ? y : 0 */
    QNN_STAGE_HARDTANH, /* y clamped to [-1, 1] */
    QNN_STAGE_COUNT
};

struct qnn_stage {
    enum qnn_stage_kind kind;
    const float *a; /* affine: one per channel; NULL otherwise */
    const float *b; /* affine: one per channel; NULL otherwise */
};

enum qnn_quantizer_kind {
    QNN_QUANTIZER_NONE,    /* the unit ends in a real value (the logits) */
    QNN_QUANTIZER_SIGN,    /* code 0 or 1, value -1 or +1 */
    QNN_QUANTIZER_UINT,    /* code 0 .. 2^bits - 1, real value code * qnn_uint_step(clip, bits) */
    QNN_QUANTIZER_INT,     /* code -last .. last = 2^(bits-1) - 1, real value code * qnn_int_step(clip, bits) */
    QNN_QUANTIZER_REQUANT, /* the same codes and values, from an accumulator by integers: a unit without stages */
    QNN_QUANTIZER_COUNT
};

struct qnn_quantizer {
    enum qnn_quantizer_kind kind;
    int bits;           /* uint, int: 1 .. QNN_UINT_MAX_BITS; requant: 1 .. QNN_REQUANT_MAX_BITS; sign: 1 */
    float clip;         /* uint, int, requant: upper end of the staircase, QNN_CLIP_LEAST .. QNN_CLIP_GREATEST */
    float inverse_step; /* uint, int: qnn_uint_inverse_step, qnn_int_inverse_step (clip, bits) */
    struct qnn_requant requant; /* requant; borrows its arrays, one element per channel of the unit */
};

struct qnn_unit {
    size_t channels;
    size_t stage_count;
    struct qnn_stage stages[QNN_UNIT_MAX_STAGES];
    struct qnn_quantizer quantizer;
};

/* A sign quantizer, uint(bits) and int(bits) with their derived inverse steps, and one by integers that were fitted for, or belong to, that
 * clip. Abort for bits or a clip out of range. */
struct qnn_quantizer qnn_quantizer_sign(void);
struct qnn_quantizer qnn_quantizer_uint(int bits, float clip);
struct qnn_quantizer qnn_quantizer_int(int bits, float clip);
struct qnn_quantizer qnn_quantizer_requant(struct qnn_requant requant, float clip);

/* The first and the last code: 0 and 1 for sign, 0 and 2^bits - 1, of int -last and 2^(bits-1) - 1 (a signed requantizer's
 * first may be 0). Abort for QNN_QUANTIZER_NONE. */
int32_t qnn_quantizer_first_code(const struct qnn_quantizer *quantizer);
int32_t qnn_quantizer_last_code(const struct qnn_quantizer *quantizer);

/* The stages without the quantizer: the real value of one accumulator. */
float qnn_unit_value(const struct qnn_unit *unit, size_t channel, float acc);

/* The code of one accumulator, first .. last code (sign: 0 or 1). Aborts for QNN_QUANTIZER_NONE. */
int32_t qnn_unit_code(const struct qnn_unit *unit, size_t channel, float acc);

/* qnn_unit_value over rows x channels. acc and values do not overlap. */
void qnn_unit_values(const struct qnn_unit *unit, size_t rows, const float *acc, float *values);

/* The quantized integers as floats, what the next layer multiplies: sign -1 or +1, else the code.
 * rows x channels; acc and codes do not overlap. Aborts for QNN_QUANTIZER_NONE. */
void qnn_unit_codes(const struct qnn_unit *unit, size_t rows, const float *acc, float *codes);

#endif
