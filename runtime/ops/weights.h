/*
 * What the forward pass multiplies by: the effective weights of a quantized layer, made from its latent weights.
 *
 * Effective weights are scale * code as floats, [units][inputs]. Deterministic codes and scales are those of
 * runtime/numeric/weights.h (which freezes them at the end of training); the stochastic rule exists in training only
 * (arXiv 1511.00363): +h with probability clip((w / h + 1) / 2, 0, 1), else -h, one draw per weight and step.
 * Gradients with respect to effective weights are applied to the latent ones unchanged (identity straight-through).
 */
#ifndef QNN_OPS_WEIGHTS_H
#define QNN_OPS_WEIGHTS_H

#include "runtime/numeric/weights.h"

#include <stdint.h>

enum qnn_weight_kind {
    QNN_WEIGHT_FLOAT, /* effective = latent: no buffer of its own */
    QNN_WEIGHT_BINARY,
    QNN_WEIGHT_BINARY_STOCHASTIC,
    QNN_WEIGHT_TERNARY,
    QNN_WEIGHT_KIND_COUNT
};

struct qnn_weight_quantizer {
    enum qnn_weight_kind kind;
    enum qnn_weight_scale scale; /* stochastic: NONE (h) or LAYER, CHANNEL (mean |w|) instead of h as the magnitude */
    float h;                     /* binary: > 0; with scale NONE the codes stand for -h and +h */
    float delta;                 /* ternary: threshold = delta * mean |w| */
};

/* Where the draws of a stochastic layer come from: (seed, layer, step) name the stream, the weight's index the draw. */
struct qnn_rounding {
    uint64_t seed;
    uint32_t layer; /* number of the layer, different for each, below 2^16 */
    uint64_t step;  /* training steps done so far */
};

/* effective [units][inputs] from latent. rounding is read for QNN_WEIGHT_BINARY_STOCHASTIC only and may be NULL
 * otherwise. Not for QNN_WEIGHT_FLOAT. Called at the start, after a checkpoint is loaded, and by the optimizer after
 * each update. */
void qnn_weights_effective(int units, int inputs, const struct qnn_weight_quantizer *quantizer,
                           const struct qnn_rounding *rounding, const float *latent, float *effective);

#endif
