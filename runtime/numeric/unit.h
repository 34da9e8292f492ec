/*
 * A unit: what lies between an integer accumulator and the next quantizer, as one monotone function per channel.
 *
 * code = quantizer(stage_n(... stage_1((float)acc))). Everything linear is already folded (affine.h), so most units are
 * one affine stage and a quantizer; pool - batch norm - pool chains keep several. A requantizer takes the affine into its
 * integers: no stage is left before it (requant.h). The literal definition is qnn_unit_value and qnn_unit_code; the batch
 * loops give the same bits. The compiler bisects thresholds with qnn_unit_code, the trainer evaluates with
 * qnn_unit_codes.
 *
 * Contract: acc is any int32_t. Where its magnitude exceeds 2^24, (float)acc is rounded to nearest, which is monotone, so
 * thresholds are bisected all the same; a requantizer is exact. a, b and clip are finite. A unit
 * borrows its arrays. Arrays over a batch are rows x channels, channel fastest.
 */
#ifndef QNN_NUMERIC_UNIT_H
#define QNN_NUMERIC_UNIT_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/numeric/requant.h"
#include "runtime/quantizers/activation_form.h"

enum { QNN_UNIT_MAX_STAGES = 8 };

struct qnn_stage {
    enum qnn_stage_kind kind;
    const float *a;                 /* affine: one per channel; NULL otherwise */
    const float *b;                 /* affine: one per channel; NULL otherwise */
    struct qnn_activation function; /* the others: their constants */
};

struct qnn_quantizer {
    enum qnn_quantizer_kind kind;
    struct qnn_code_type type;      /* of its codes; of signs the values -1 and +1 */
    struct qnn_activation function; /* clip, step; of a staircase all constants of its formula */
    struct qnn_requant requant;     /* requant; borrows its arrays, one element per channel of the unit */
};

struct qnn_unit {
    size_t channels;
    size_t stage_count;
    struct qnn_stage stages[QNN_UNIT_MAX_STAGES];
    struct qnn_quantizer quantizer;
};

/* A staircase of so many bits up to this clip (sign: 1, any), and one by integers that were fitted for, or belong to, that
 * clip. Abort for bits or a clip out of range. */
struct qnn_quantizer qnn_quantizer(enum qnn_quantizer_kind kind, int bits, float clip);
struct qnn_quantizer qnn_quantizer_requant(struct qnn_requant requant, float clip);

/* The first and the last code: 0 and 1 for sign, else those of the type (a signed requantizer's first may be 0). Abort for
 * QNN_QUANTIZER_NONE. */
int32_t qnn_quantizer_first_code(const struct qnn_quantizer *quantizer);
int32_t qnn_quantizer_last_code(const struct qnn_quantizer *quantizer);

/* The integer that a staircase makes of y: of a sign -1 or +1, else the code. */
int32_t qnn_quantizer_value(const struct qnn_quantizer *quantizer, float y);

/* The stages without the quantizer: the real value of one accumulator. */
float qnn_unit_value(const struct qnn_unit *unit, size_t channel, int32_t acc);

/* The code of one accumulator, first .. last code (sign: 0 or 1). Aborts for QNN_QUANTIZER_NONE. */
int32_t qnn_unit_code(const struct qnn_unit *unit, size_t channel, int32_t acc);

/* qnn_unit_value over rows x channels. acc and values do not overlap. */
void qnn_unit_values(const struct qnn_unit *unit, size_t rows, const int32_t *acc, float *values);

/* The quantized integers as floats, what the next layer multiplies: sign -1 or +1, else the code.
 * rows x channels; acc and codes do not overlap. Aborts for QNN_QUANTIZER_NONE. */
void qnn_unit_codes(const struct qnn_unit *unit, size_t rows, const int32_t *acc, float *codes);

/* The same of float32 values in the place of accumulators: real inputs, or integers up to 2^24. */
void qnn_unit_codes_of_reals(const struct qnn_unit *unit, size_t rows, const float *values, float *codes);

#endif
