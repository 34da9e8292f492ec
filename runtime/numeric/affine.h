/*
 * Affine folding: everything linear between an integer accumulator and the next non-linear step becomes
 * y_c = a_c * acc_c + b_c, in double, rounded once to float at the end.
 *
 * Order of calls: start, then the linear steps in the order of the network, then round. Arrays have one element per
 * channel unless said; the caller owns all of them. Nothing is checked for being finite before qnn_affine_round.
 */
#ifndef QNN_NUMERIC_AFFINE_H
#define QNN_NUMERIC_AFFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct qnn_affine {
    size_t channels;
    double *a; /* channels; written by qnn_affine_start */
    double *b; /* channels; written by qnn_affine_start */
};

/* The accumulator's own meaning. With x = input_scale * n + input_offset and weight w = weight_scale * integer:
 * a_c = weight_scale_c * input_scale, b_c = weight_scale_c * input_offset * weight_sum_c.
 * weight_scale has weight_scale_count elements: 1 (shared) or channels. weight_sum: the sum of the integer weights of
 * each channel; may be NULL where input_offset is 0 (or where padding makes the sum unusable, offset then being 0). */
void qnn_affine_start(struct qnn_affine *affine, const float *weight_scale, size_t weight_scale_count,
                      float input_scale, float input_offset, const int64_t *weight_sum);

/* y + bias_c. */
void qnn_affine_bias(struct qnn_affine *affine, const float *bias);

/* Batch norm in evaluation: gamma_c * (y - mean_c) / sqrt(variance_c + eps) + beta_c (Ioffe and Szegedy 2015).
 * gamma and beta may be NULL: 1 and 0. */
void qnn_affine_batchnorm(struct qnn_affine *affine, const float *gamma, const float *beta, const float *mean,
                          const float *variance, float eps);

/* y * factor: the divisor of an average pool, or a shared scale. */
void qnn_affine_scale(struct qnn_affine *affine, double factor);

/* Rounds to float, once. Returns false where a value is not finite as a float and puts the channel into *bad_channel;
 * a and b then hold no meaning. */
bool qnn_affine_round(const struct qnn_affine *affine, float *a, float *b, size_t *bad_channel);

#endif
