/* hardtanh: y = min(max(z, -1), 1); the gradient passes where |z| <= 1. */
#ifndef QNN_QUANTIZERS_HARDTANH_H
#define QNN_QUANTIZERS_HARDTANH_H

#include "runtime/quantizers/activation_form.h"

static inline float qnn_hardtanh_output(const struct qnn_activation *a, float z)
{
    (void)a;
    return z < -1.0f ? -1.0f : z > 1.0f ? 1.0f : z;
}

static inline float qnn_hardtanh_gradient(const struct qnn_activation *a, float z, float dy)
{
    return qnn_gated(a, z, dy);
}

static const struct qnn_activation_form qnn_hardtanh_form = {
    .name = "hardtanh",
    .identifier = "HARDTANH",
    .kind = QNN_ACTIVATION_HARDTANH,
    .stage = QNN_STAGE_HARDTANH,
    .is_negative = true,
    .gate = qnn_gate_unit,
};

#endif
