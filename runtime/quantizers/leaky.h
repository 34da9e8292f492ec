/* leaky(slope): y = z for z > 0, else slope * z, 0 <= slope <= 1; the gradient likewise. */
#ifndef QNN_QUANTIZERS_LEAKY_H
#define QNN_QUANTIZERS_LEAKY_H

#include "runtime/quantizers/activation_form.h"

static inline float qnn_leaky_output(const struct qnn_activation *a, float z)
{
    return z > 0.0f ? z : a->argument[0] * z;
}

static inline float qnn_leaky_gradient(const struct qnn_activation *a, float z, float dy)
{
    return z > 0.0f ? dy : a->argument[0] * dy;
}

static const struct qnn_activation_form qnn_leaky_form = {
    .name = "leaky",
    .identifier = "LEAKY",
    .kind = QNN_ACTIVATION_LEAKY,
    .stage = QNN_STAGE_LEAKY,
    .is_negative = true,
};

#endif
