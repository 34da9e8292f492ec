/* sign: +1 for z >= 0, -0.0 included, else -1 (also for a NaN). Clipped, the gradient passes where |z| <= 1 (arXiv 1602.02830). */
#ifndef QNN_QUANTIZERS_SIGN_H
#define QNN_QUANTIZERS_SIGN_H

#include "runtime/quantizers/activation_form.h"

static inline float qnn_sign_value(const struct qnn_activation *a, float z)
{
    (void)a;
    return z >= 0.0f ? 1.0f : -1.0f;
}

static inline float qnn_sign_output(const struct qnn_activation *a, float z)
{
    return qnn_sign_value(a, z);
}

static inline float qnn_sign_gradient(const struct qnn_activation *a, float z, float dy)
{
    return qnn_gated(a, z, dy);
}

static inline struct qnn_code_type qnn_sign_type(int bits)
{
    (void)bits;
    return qnn_code_sign();
}

static const struct qnn_activation_form qnn_sign_form = {
    .name = "sign",
    .identifier = "SIGN",
    .kind = QNN_ACTIVATION_SIGN,
    .quantizer = QNN_QUANTIZER_SIGN,
    .is_negative = true,
    .gate = qnn_gate_unit,
    .type = qnn_sign_type,
};

#endif
