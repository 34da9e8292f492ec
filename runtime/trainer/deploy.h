/*
 * The deployed network in the trainer: the integer graph over integers held in float32 (docs/numerics.md), and what
 * freezing needs to make its constants.
 */
#ifndef QNN_TRAINER_DEPLOY_H
#define QNN_TRAINER_DEPLOY_H

#include "runtime/numeric/affine.h"
#include "runtime/numeric/fixed_point.h"
#include "runtime/numeric/unit.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* values[i] = (float)codes[i]: integer weights as the exact product multiplies them. */
void qnn_integer_weights(size_t count, const int8_t *codes, float *values);

/* sums[unit] = the sum of a unit's codes [units][inputs]: what an input offset multiplies. */
void qnn_weight_sums(size_t units, size_t inputs, const int8_t *codes, int64_t *sums);

/* The proven range of each accumulator when every input lies in [low, high]: the sum over inputs of the least and of
 * the greatest product. */
void qnn_accumulator_range(size_t units, size_t inputs, const int8_t *codes, int32_t low, int32_t high, int64_t *lowest,
                           int64_t *highest);

/* The same where the accumulators are codes in [low, high] themselves. */
void qnn_code_range(size_t channels, int32_t low, int32_t high, int64_t *lowest, int64_t *highest);

/* Starts a fold on accumulators that are codes or values themselves: a = scale, b = offset in every channel. */
void qnn_fold_elementwise(struct qnn_affine *affine, float scale, float offset);

/* falling[c] = 1 where the stages of a unit from first_stage on fall in channel c: where an odd number of their slopes is
 * negative. A requantizer is one affine, stage 0. */
void qnn_falling_channels(const struct qnn_unit *unit, size_t first_stage, uint8_t *falling);

/* A unit over accumulators [rows][channels]: the quantized integers as floats, what the next layer multiplies. */
void qnn_deploy_codes(int rows, const struct qnn_unit *unit, const int32_t *acc, float *codes);

/* The same where the accumulators are codes up to 2^24, or the real values of the input, as floats. */
void qnn_deploy_codes_of_codes(int rows, const struct qnn_unit *unit, const float *in, float *codes);

/* Accumulators that are the codes: codes[i] = (float)acc[i], |acc| <= 2^24. */
void qnn_deploy_accumulators(int count, const int32_t *acc, float *codes);

/* The last layer over accumulators [rows][channels]: values = M * acc + B. */
void qnn_deploy_values(int rows, const struct qnn_fixed_point *fixed, const int32_t *acc, int64_t *values);

/* The same where the accumulators are codes, as floats. */
void qnn_deploy_values_of_codes(int rows, const struct qnn_fixed_point *fixed, const float *codes, int64_t *values);

/* The message of a folded constant that is not finite; false. */
bool qnn_fold_failed(char *error, const char *layer, size_t channel);

#endif
