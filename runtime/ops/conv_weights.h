/* The gradient of a convolution with respect to its weights. Private to runtime/ops/conv*.c. */
#ifndef QNN_OPS_CONV_WEIGHTS_H
#define QNN_OPS_CONV_WEIGHTS_H

#include "runtime/ops/conv_patches.h"

/* dweights [outputs][taps][channels] = the sum over all lanes of dy[lane * lane_step + output] * patch. */
struct conv_weights {
    struct patches patches;
    const float *dy;
    size_t lane_step, outputs;
    float *dweights;
};

/* The order of a sum depends on the sizes only. */
void qnn_conv_weights(const struct conv_weights *weights);

#endif
