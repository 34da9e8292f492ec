/* The depthwise convolution: every channel by itself, so that vectors run over channels. Private to
 * runtime/ops/conv*.c. */
#ifndef QNN_OPS_CONV_DEPTHWISE_H
#define QNN_OPS_CONV_DEPTHWISE_H

#include "runtime/ops/conv_product.h"
#include "runtime/ops/conv_weights.h"

enum { DEPTHWISE_TAPS = 256 }; /* at most */

/* As qnn_conv_product and qnn_conv_product_exact, but output c reads only channel c of the patches; outputs =
 * patches.channels, and weights.channel_step is not looked at. */
void qnn_conv_depthwise(const struct conv_product *product);

/* dweights [channels][taps] = the sum over all lanes of dy[lane * lane_step + channel] * patch. The order of a sum
 * depends on the sizes only. */
void qnn_conv_depthwise_weights(const struct conv_weights *weights);

#endif
