/*
 * Gradients of a whole generated network against central differences of its own loss. NETWORK names the generated file,
 * which is included: a learning rate of 0 makes a training step that only fills the gradients. Dropout draws the same
 * masks as long as the step's number is the same.
 */
#define main generated_main
#include NETWORK
#undef main

#include "runtime/numeric/random.h"
#include "runtime/thread_pool.h"

enum { CHECKED = 12 }; /* elements of each parameter */
static const float epsilon = 3e-4f;

static uint8_t samples[BATCH * INPUT];
static uint32_t rows[BATCH];
static int32_t labels[BATCH];

static double loss(void)
{
    const struct qnn_batch batch = {.samples = samples, .index = rows, .label = labels};
    network.optimizer.step = 0;
    return program.learn(&network, &batch, 0.0).value;
}

static double difference(float *weight)
{
    const float before = *weight;
    *weight = before + epsilon;
    const double above = loss();
    *weight = before - epsilon;
    const double below = loss();
    *weight = before;
    return (above - below) / (2.0 * (double)epsilon);
}

/* A kink between the two sides spoils single differences: a few may miss, a wrong gradient misses nearly all. */
static int check(const struct qnn_learner *learner)
{
    const struct qnn_parameter *parameter = (const void *)((const char *)&network + learner->offset);
    const size_t count = (size_t)parameter->units * (size_t)parameter->inputs;
    int missed = 0, checked = 0;
    for (size_t i = 0; i < count; i += count / CHECKED + 1, checked++) {
        loss();
        const double gradient = (double)parameter->gradient[i];
        const double numeric = difference(&parameter->latent[i]);
        missed += fabs(gradient - numeric) > 1e-3 + 0.03 * fabs(gradient);
    }
    printf("%s.%s: %d of %d differ\n", learner->layer, learner->name, missed, checked);
    return missed > checked / 4;
}

int main(void)
{
    const struct qnn_stream stream = {.seed = 9, .purpose = QNN_RANDOM_TEST};
    if (!qnn_threads_start(1))
        return 2;
    for (uint32_t i = 0; i < BATCH; i++) {
        rows[i] = i;
        labels[i] = (int32_t)(i % CLASSES);
    }
    for (size_t i = 0; i < sizeof samples; i++)
        samples[i] = (uint8_t)qnn_random_u32(&stream, i);
    program.setup(&network, 4);
    program.initialise(&network, 4);
    program.prepare(&network);
    int failed = 0;
    for (size_t i = 0; i < program.learner_count; i++)
        failed |= check(&program.learners[i]);
    qnn_threads_stop();
    return failed;
}
