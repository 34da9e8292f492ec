/*
 * Activations that stand alone (not behind a batch norm: see batchnorm.h for the fused forms).
 *
 * `count` elements, z in, y out; y may be z. Backward takes the forward's input z, dy in, dz out; dz may be dy. The
 * forward formulas, used by the fused forms too:
 *   relu      y = max(z, 0)
 *   sign      y = z >= 0 ? 1 : -1
 *   hardtanh  y = min(max(z, -1), 1)
 *   uint(k)   y = qnn_uint_value(z) * qnn_uint_step, of runtime/numeric/quantizer.h: the real value of the code
 * `quantizer` of a uint is made by qnn_quantizer_uint (runtime/numeric/unit.h). Backward: relu passes where z > 0,
 * hardtanh where |z| <= 1, sign and uint by `ste` (mode.h).
 */
#ifndef QNN_OPS_ACTIVATION_H
#define QNN_OPS_ACTIVATION_H

#include "runtime/numeric/unit.h"
#include "runtime/ops/mode.h"

#include <stddef.h>

void qnn_relu_forward(size_t count, const float *z, float *y);
void qnn_relu_backward(size_t count, const float *z, const float *dy, float *dz);

void qnn_sign_forward(size_t count, const float *z, float *y);
void qnn_sign_backward(size_t count, enum qnn_ste ste, const float *z, const float *dy, float *dz);

void qnn_hardtanh_forward(size_t count, const float *z, float *y);
void qnn_hardtanh_backward(size_t count, const float *z, const float *dy, float *dz);

void qnn_uint_forward(size_t count, const struct qnn_quantizer *quantizer, const float *z, float *y);
void qnn_uint_backward(size_t count, const struct qnn_quantizer *quantizer, enum qnn_ste ste, const float *z,
                       const float *dy, float *dz);

#endif
