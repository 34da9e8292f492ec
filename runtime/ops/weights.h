/*
 * What the forward pass multiplies by: the effective weights of a quantized layer, made from its latent weights.
 *
 * Effective weights are scale * value as floats, [units][inputs], by the quantizer's form (runtime/quantizers), which also
 * freezes them at the end of training. Where a form draws values at random, it does so in training only, one draw per
 * weight and step. Gradients with respect to effective weights are applied to the latent ones unchanged (identity
 * straight-through).
 */
#ifndef QNN_OPS_WEIGHTS_H
#define QNN_OPS_WEIGHTS_H

#include "runtime/quantizers/weight_form.h"

#include <stdint.h>

/* Where the draws of a stochastic layer come from: (seed, layer, step) name the stream, the weight's index the draw. */
struct qnn_rounding {
    uint64_t seed;
    uint32_t layer; /* number of the layer, different for each, below 2^16 */
    uint64_t step;  /* training steps done so far */
};

/* effective [units][inputs] from latent, by a quantizer with a form and settled arguments. rounding: of a training step;
 * NULL: as they are frozen, without draws. Called at the start, after a checkpoint is loaded, and by the optimizer after
 * each update. The result is the same for any number of threads. */
void qnn_weights_effective(int units, int inputs, const struct qnn_weight_quantizer *quantizer,
                           const struct qnn_rounding *rounding, const float *latent, float *effective);

#endif
