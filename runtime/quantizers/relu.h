/* relu: y = max(z, 0); the gradient passes where z > 0. */
#ifndef QNN_QUANTIZERS_RELU_H
#define QNN_QUANTIZERS_RELU_H

#include "runtime/quantizers/activation_form.h"

static inline float qnn_relu_output(const struct qnn_activation *a, float z)
{
    (void)a;
    return z > 0.0f ? z : 0.0f;
}

static inline float qnn_relu_gradient(const struct qnn_activation *a, float z, float dy)
{
    return qnn_gated(a, z, dy);
}

static const struct qnn_activation_form qnn_relu_form = {
    .name = "relu",
    .identifier = "RELU",
    .kind = QNN_ACTIVATION_RELU,
    .stage = QNN_STAGE_RELU,
    .clamps_at_zero = true,
    .gate = qnn_gate_positive,
};

#endif
