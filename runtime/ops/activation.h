/*
 * Standalone activations (not after a batch norm: see batchnorm.h for the fused forms): a pair of kernels for each
 * line of runtime/quantizers/activations.def, with the formulas of runtime/quantizers/NAME.h.
 *
 * `count` elements, z in, y out; y may be z. Backward takes the forward's input z, dy in, dz out; dz may be dy.
 * `activation` is made by qnn_activation or qnn_staircase (activation_form.h).
 */
#ifndef QNN_OPS_ACTIVATION_H
#define QNN_OPS_ACTIVATION_H

#include "runtime/quantizers/activation_form.h"

#include <stddef.h>

#define QNN_ACTIVATION(NAME, name)                                                                                     \
    void qnn_##name##_forward(size_t count, const struct qnn_activation *activation, const float *z, float *y);        \
    void qnn_##name##_backward(size_t count, const struct qnn_activation *activation, const float *z, const float *dy, \
                               float *dz);
#include "runtime/quantizers/activations.def"

/* gradient[0] = d loss / d value of a learned scalar: the elements' parts, summed in double in an order that depends on `count`
 * alone. Called before the backward kernel, which may overwrite dy. */
void qnn_learned_gradient(size_t count, const struct qnn_learned *learned, const struct qnn_activation *activation,
                          const float *z, const float *dy, float *gradient);

#endif
