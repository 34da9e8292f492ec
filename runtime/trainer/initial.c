/* Initial values of what learns. */
#include "runtime/trainer/initial.h"

#include "runtime/numeric/random.h"

void qnn_initial_uniform(struct qnn_parameter *parameter, uint64_t seed, float limit)
{
    const struct qnn_stream stream = {.seed = seed, .purpose = QNN_RANDOM_INIT, .index = parameter->layer};
    const size_t count = (size_t)parameter->units * (size_t)parameter->inputs;
    qnn_random_fill_uniform(&stream, 0, count, parameter->latent);
    for (size_t i = 0; i < count; i++)
        parameter->latent[i] = (2.0f * parameter->latent[i] - 1.0f) * limit;
}

void qnn_initial_batchnorm(struct qnn_batchnorm *norm, int channels)
{
    for (int c = 0; c < channels; c++) {
        norm->gamma[c] = norm->variance[c] = 1.0f;
        norm->beta[c] = norm->mean[c] = 0.0f;
    }
}
