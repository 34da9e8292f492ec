/* int(bits): codes -last .. last = 2^(bits-1) - 1 of [-clip, clip], 2 <= bits <= QNN_UINT_MAX_BITS. Clipped, the gradient passes
 * where |z| < clip. */
#ifndef QNN_QUANTIZERS_INT_H
#define QNN_QUANTIZERS_INT_H

#include "runtime/quantizers/activation_form.h"

static inline int32_t qnn_int_last_code(int bits)
{
    return (int32_t)((1u << (bits - 1)) - 1u);
}

/* Clamp to [-clip, clip] first, then round half to even. A NaN gives the lowest code. The sum makes zero of -0. */
static inline float qnn_int_value(const struct qnn_activation *a, float z)
{
    const float above = z > -a->clip ? z : -a->clip;
    const float clamped = above < a->clip ? above : a->clip;
    return nearbyintf(clamped * a->inverse_step) + 0.0f;
}

static inline float qnn_int_output(const struct qnn_activation *a, float z)
{
    return qnn_int_value(a, z) * a->step;
}

static inline float qnn_int_gradient(const struct qnn_activation *a, float z, float dy)
{
    return qnn_gated(a, z, dy);
}

static inline struct qnn_code_type qnn_int_type(int bits)
{
    return qnn_code_twos(bits, -qnn_int_last_code(bits), qnn_int_last_code(bits));
}

static inline struct qnn_gate qnn_int_gate(float clip)
{
    return (struct qnn_gate){-clip, clip};
}

static const struct qnn_activation_form qnn_int_form = {
    .name = "int",
    .identifier = "INT",
    .kind = QNN_ACTIVATION_INT,
    .quantizer = QNN_QUANTIZER_INT,
    .is_negative = true,
    .gate = qnn_int_gate,
    .type = qnn_int_type,
    .bits = qnn_first_argument_bits,
    .clip = qnn_fixed_clip,
};

#endif
