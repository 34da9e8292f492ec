/*
 * Batch normalisation over the batch (arXiv 1502.03167), alone or fused with the activation that follows.
 *
 * x [batch][channels]. z = gamma * (x - mean) / sqrt(variance + eps) + beta; y = act(z), act as in activation.h. With
 * batch statistics the variance is the biased one (divided by batch) for normalising and for every stored average:
 * evaluation then normalises as training did.
 *
 * Of an image `batch` is the number of positions of all its samples, and channels are its channels. Sums run down a column
 * in double, in chunks that depend on the shape only: the results are the same for any number of threads. y may be x only
 * where no backward pass follows (backward needs x).
 */
#ifndef QNN_OPS_BATCHNORM_H
#define QNN_OPS_BATCHNORM_H

#include "runtime/ops/activation.h"
#include "runtime/ops/mode.h"

/* Everything a batch norm keeps. The caller owns the arrays, each [channels]; the kernels allocate nothing. */
struct qnn_batchnorm {
    float *gamma, *beta;    /* learned; start at 1 and 0 */
    float *mean, *variance; /* QNN_EVALUATE normalises by these; start at 0 and 1 */
    float *dgamma, *dbeta;  /* gradients, overwritten by backward */
    float *batch_mean,
        *batch_inverse; /* of the last QNN_TRAIN pass: mean, 1 / sqrt(variance + eps); backward reads them */
    double *sum_mean, *sum_variance; /* between estimate_begin and estimate_end */
    int estimated;                   /* batches summed so far */
    float eps;                       /* > 0 */
    float momentum;                  /* weight of the newest batch in mean and variance: 0 < momentum <= 1 */
};

/* Forward in the three modes, alone and with each line of activations.def:
 *   QNN_TRAIN     batch statistics; mean and variance move by momentum; batch_mean and batch_inverse are saved
 *   QNN_ESTIMATE  batch statistics, added to sum_mean and sum_variance
 *   QNN_EVALUATE  stored statistics */
void qnn_batchnorm_forward(int batch, int channels, const float *x, struct qnn_batchnorm *norm, float *y,
                           enum qnn_mode mode);
#define QNN_ACTIVATION(NAME, name)                                                                           \
    void qnn_batchnorm_##name##_forward(int batch, int channels, const float *x, struct qnn_batchnorm *norm, \
                                        const struct qnn_activation *activation, float *y, enum qnn_mode mode);
#include "runtime/quantizers/activations.def"

/* Backward of the last QNN_TRAIN forward: dy in; dx, norm->dgamma and norm->dbeta out. x is that forward's input. dx
 * may be dy. dx may be NULL: only dgamma and dbeta are made. */
void qnn_batchnorm_backward(int batch, int channels, const float *x, struct qnn_batchnorm *norm, const float *dy,
                            float *dx);
#define QNN_ACTIVATION(NAME, name)                                                                            \
    void qnn_batchnorm_##name##_backward(int batch, int channels, const float *x, struct qnn_batchnorm *norm, \
                                         const struct qnn_activation *activation, const float *dy, float *dx);
#include "runtime/quantizers/activations.def"

/* Re-estimation of mean and variance under frozen weights: begin, any number of equally large batches forward with
 * QNN_ESTIMATE, end. end sets mean and variance to the plain averages of the batches' means and biased variances, and
 * returns the number of batches; with none it leaves them as they are. */
void qnn_batchnorm_estimate_begin(struct qnn_batchnorm *norm, int channels);
int qnn_batchnorm_estimate_end(struct qnn_batchnorm *norm, int channels);

#endif
