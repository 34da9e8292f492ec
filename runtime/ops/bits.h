/*
 * Dense layers and convolutions of one group, without bias, whose weights are -1 or +1 and whose inputs lie in few bits: both are
 * packed into bits, and sums counted. Shapes as in dense.h and conv.h.
 *
 * y is step times an exact integer, rounded once; acc, whose codes have step 1, is exact. So these serve training and
 * evaluation alike. work: memory that all layers of a network share, contents meaningless before and after.
 */
#ifndef QNN_OPS_BITS_H
#define QNN_OPS_BITS_H

#include "runtime/numeric/work.h"
#include "runtime/ops/conv.h"

#include <stdint.h>

/* What inputs are: QNN_SIGNS are -1 and +1, QNN_CODES(planes, step) are step * code, 0 <= code < 2^planes. */
struct qnn_bits {
    int planes; /* of signs 0 */
    float step;
};
#define QNN_SIGNS ((struct qnn_bits){0, 1.0f})
#define QNN_CODES(planes, step) ((struct qnn_bits){planes, step})

/* If anything pads, pad_value is such an input too. work: QNN_BIT_WORK(planes, batch * height * width, taps, inputs,
 * outputs) words. */
void qnn_conv_bits_forward(int batch, const struct qnn_conv *conv, struct qnn_bits bits, const float *x,
                           const float *weights, float *y, uint64_t *work);
void qnn_conv_bits_accumulate(int batch, const struct qnn_conv *conv, struct qnn_bits bits, const float *x,
                              const float *weights, int32_t *acc, uint64_t *work);

/* work: QNN_BIT_WORK(planes, batch, 1, inputs, units) words. */
void qnn_dense_bits_forward(int batch, int inputs, int units, struct qnn_bits bits, const float *x,
                            const float *weights, float *y, uint64_t *work);
void qnn_dense_bits_accumulate(int batch, int inputs, int units, struct qnn_bits bits, const float *x,
                               const float *weights, int32_t *acc, uint64_t *work);

#endif
