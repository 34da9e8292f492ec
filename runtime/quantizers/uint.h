/* uint(bits): codes 0 .. 2^bits - 1 of [0, clip], 1 <= bits <= QNN_UINT_MAX_BITS. Clipped, the gradient passes where
 * 0 < z < clip. */
#ifndef QNN_QUANTIZERS_UINT_H
#define QNN_QUANTIZERS_UINT_H

#include "runtime/quantizers/activation_form.h"

static inline int32_t qnn_uint_last_code(int bits)
{
    return (int32_t)((1u << bits) - 1u);
}

/* Clamp to [0, clip] first, then round half to even. A NaN gives 0. */
static inline float qnn_uint_value(const struct qnn_activation *a, float z)
{
    const float positive = z > 0.0f ? z : 0.0f;
    const float clamped = positive < a->clip ? positive : a->clip;
    return nearbyintf(clamped * a->inverse_step);
}

static inline float qnn_uint_output(const struct qnn_activation *a, float z)
{
    return qnn_uint_value(a, z) * a->step;
}

static inline float qnn_uint_gradient(const struct qnn_activation *a, float z, float dy)
{
    return qnn_gated(a, z, dy);
}

static inline struct qnn_code_type qnn_uint_type(int bits)
{
    return qnn_code_unsigned(bits, qnn_uint_last_code(bits));
}

static inline struct qnn_gate qnn_uint_gate(float clip)
{
    return (struct qnn_gate){0.0f, clip};
}

static const struct qnn_activation_form qnn_uint_form = {
    .name = "uint",
    .identifier = "UINT",
    .kind = QNN_ACTIVATION_UINT,
    .quantizer = QNN_QUANTIZER_UINT,
    .gate = qnn_uint_gate,
    .type = qnn_uint_type,
    .bits = qnn_first_argument_bits,
    .clip = qnn_fixed_clip,
};

#endif
