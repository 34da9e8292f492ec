/* Initial values of what learns. */
#ifndef QNN_TRAINER_INITIAL_H
#define QNN_TRAINER_INITIAL_H

#include "runtime/ops/batchnorm.h"
#include "runtime/optimizer.h"

#include <stdint.h>

/* Latent weights uniform over [-limit, limit): stream QNN_RANDOM_INIT, index the parameter's layer. */
void qnn_initial_uniform(struct qnn_parameter *parameter, uint64_t seed, float limit);

/* gamma 1, beta 0, mean 0, variance 1: the identity, but for eps. */
void qnn_initial_batchnorm(struct qnn_batchnorm *norm, int channels);

#endif
