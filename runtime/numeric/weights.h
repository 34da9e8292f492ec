/*
 * Weight quantizers: latent float weights to integer codes and a scale. Real weight = scale * code.
 *
 * latent and codes are units x inputs, inputs fastest (a unit is an output channel). scale has 1 element for
 * QNN_WEIGHT_SCALE_NONE and _LAYER, units for _CHANNEL. Sums run in double in index order, so that a result depends on
 * nothing but the weights. Latent weights are finite.
 */
#ifndef QNN_NUMERIC_WEIGHTS_H
#define QNN_NUMERIC_WEIGHTS_H

#include <stddef.h>
#include <stdint.h>

enum qnn_weight_scale {
    QNN_WEIGHT_SCALE_NONE,
    QNN_WEIGHT_SCALE_LAYER,
    QNN_WEIGHT_SCALE_CHANNEL,
    QNN_WEIGHT_SCALE_COUNT
};

/* How many scales a layer has: 1 or units. */
size_t qnn_weight_scale_count(enum qnn_weight_scale kind, size_t units);

/* binary: code +1 for w >= 0 (-0.0 included), else -1. scale: none -> h (BinaryConnect's H, usually 1); layer, channel
 * -> mean |w| (XNOR-Net, arXiv 1603.05279), h unused. */
void qnn_weights_binary(size_t units, size_t inputs, const float *latent, enum qnn_weight_scale kind, float h,
                        int8_t *codes, float *scale);

/* ternary (Ternary Weight Networks, arXiv 1605.04711): code sign(w) where |w| > threshold, else 0; threshold =
 * delta * mean |w|, over the layer for none and layer, over the unit for channel, and compared in double. scale: none
 * -> 1; layer, channel -> mean |w| over the kept weights, 1 where none is kept (all codes are 0 and the scale has no
 * effect). */
void qnn_weights_ternary(size_t units, size_t inputs, const float *latent, enum qnn_weight_scale kind, float delta,
                         int8_t *codes, float *scale);

#endif
