/*
 * A scalar that an activation learns, by a form of this test alone: uint(2) whose clip is trained as PACT does, d clip = the sum of
 * dy where z >= clip (By5ugjyCb). Its gradient against central differences of the clamp that the rule stands for; training
 * that finds a clip; a checkpoint in the middle of it.
 */
#include "kernel_test.h"

#include "runtime/ops/activation.h"
#include "runtime/optimizer.h"
#include "runtime/quantizers/activations.h"
#include "runtime/trainer/checkpoint.h"

#include <unistd.h>

enum { COUNT = 40001, LAST = 3 };

static float start_clip(const struct qnn_arguments *arguments)
{
    return (float)arguments->number[2];
}

static void set_clip(struct qnn_activation *a, float clip)
{
    a->clip = clip;
    a->inverse_step = qnn_inverse_step(clip, LAST);
    a->step = qnn_step(clip, LAST);
    a->gate = qnn_uint_gate(clip);
}

static double clip_gradient(const struct qnn_activation *a, size_t count, const float *z, const float *dy)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; i++)
        sum += z[i] >= a->clip ? (double)dy[i] : 0.0;
    return sum;
}

static const struct qnn_learned learned_clip = {
    .name = "clip", .start = start_clip, .set = set_clip, .gradient = clip_gradient};

static double loss(const float *z, const float *r, double clip)
{
    double sum = 0.0;
    for (int i = 0; i < COUNT; i++) {
        const double x = (double)z[i];
        sum += (double)r[i] * (x < 0.0 ? 0.0 : x > clip ? clip : x);
    }
    return sum;
}

static float gradients[4];
static int gradient_count;

static void check_gradient(void)
{
    const double h = 1e-7;
    float *z = random_floats(1, COUNT, -1.0f, 3.0f), *r = random_floats(2, COUNT, -1.0f, 1.0f), gradient;
    const struct qnn_activation a = qnn_staircase(QNN_QUANTIZER_UINT, 2, 1.5f, QNN_STE_CLIPPED);
    qnn_learned_gradient(COUNT, &learned_clip, &a, z, r, &gradient);
    CU_ASSERT(is_close((double)gradient, (loss(z, r, 1.5 + h) - loss(z, r, 1.5 - h)) / (2.0 * h), 1e-3));
    gradients[gradient_count++ & 3] = gradient;
    qnn_learned_gradient(0, &learned_clip, &a, z, r, &gradient);
    CU_ASSERT_EQUAL(gradient, 0.0f);
    free(z);
    free(r);
}

/* The same for every number of threads. */
static void test_gradient(void)
{
    gradient_count = 0;
    with_threads(check_gradient);
    CU_ASSERT(gradient_count > 1);
    for (int i = 1; i < gradient_count && i < 4; i++)
        CU_ASSERT_EQUAL(gradients[i], gradients[0]);
}

/* ---- Training ---------------------------------------------------------------------------------------------------- */

struct net {
    struct qnn_optimizer optimizer;
    struct qnn_activation function;
    struct qnn_parameter clip_learner;
    float clip[1], dclip[1], clip_m[1], clip_v[1];
};
static struct net net;

static void setup(void *block, uint64_t seed)
{
    struct net *n = block;
    n->optimizer = (struct qnn_optimizer){
        .kind = QNN_OPTIMIZER_ADAM, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8, .weight_decay = 1e-2, .seed = seed};
    n->function = qnn_activation(QNN_ACTIVATION_UINT, QNN_STE_CLIPPED, QNN_ARGUMENTS(2, 0, 0.5));
    n->clip_learner = (struct qnn_parameter){.units = 1,
                                             .inputs = 1,
                                             .latent = n->clip,
                                             .gradient = n->dclip,
                                             .m = n->clip_m,
                                             .v = n->clip_v,
                                             .lr_scale = 0.5f};
}

#define AT(member) offsetof(struct net, member)
static const struct qnn_stored tensors[] = {
    {"act.clip", AT(clip), QNN_DTYPE_F32, 1, {1}, QNN_IN_BOTH, 0, 0},
    {"act.clip.m", AT(clip_m), QNN_DTYPE_F32, 1, {1}, QNN_IN_CHECKPOINT, 0, 0},
    {"act.clip.v", AT(clip_v), QNN_DTYPE_F32, 1, {1}, QNN_IN_CHECKPOINT, 0, INFINITY},
};
static const struct qnn_learner learners[] = {{"act", "clip", AT(clip_learner)}};
static const struct qnn_program learned_program = {
    .name = "learned",
    .source = "learned.qnn",
    .hash = "0123456789abcdef",
    .epochs = 1,
    .tensors = tensors,
    .tensor_count = 3,
    .learners = learners,
    .learner_count = 1,
    .net = &net,
    .optimizer_offset = AT(optimizer),
    .setup = setup,
};

/* Steps towards the uint whose clip is 2, as a generated trainer takes them. */
static void train(int steps)
{
    float *z = random_floats(3, COUNT, -1.0f, 4.0f), *y = floats(COUNT);
    for (int step = 0; step < steps; step++) {
        learned_clip.set(&net.function, net.clip[0]);
        qnn_uint_forward(COUNT, &net.function, z, y);
        for (int i = 0; i < COUNT; i++)
            y[i] = (y[i] - (z[i] < 0.0f ? 0.0f : z[i] > 2.0f ? 2.0f : z[i])) / COUNT;
        qnn_learned_gradient(COUNT, &learned_clip, &net.function, z, y, net.dclip);
        qnn_optimizer_begin(&net.optimizer, 0.02);
        qnn_optimizer_update(&net.optimizer, &net.clip_learner);
    }
    free(z);
    free(y);
}

static void start(void)
{
    memset(&net, 0, sizeof net);
    setup(&net, 1);
    net.clip[0] = learned_clip.start(&QNN_ARGUMENTS(2, 0, 0.5));
}

/* The first step is the rate times the starting value, whatever the gradient's size; in the end the clip is found. */
static void test_training(void)
{
    CU_ASSERT(qnn_threads_start(1));
    start();
    train(1);
    CU_ASSERT(is_close((double)net.clip[0], 0.5 + 0.02 * 0.5, 1e-4));
    train(400);
    CU_ASSERT(fabsf(net.clip[0] - 2.0f) < 0.05f);
    qnn_threads_stop();
}

static void test_checkpoint(void)
{
    struct qnn_run run = {.program = &learned_program, .seed = 1, .epochs = 1};
    snprintf(run.checkpoint, sizeof run.checkpoint, "learned-%ld.checkpoint.safetensors", (long)getpid());
    CU_ASSERT(qnn_threads_start(1));
    start();
    train(7);
    const struct qnn_state written = {.seed = 1, .epochs = 1, .samples = 1, .update = (int64_t)net.optimizer.step};
    CU_ASSERT(qnn_checkpoint_write(&run, &written) == QNN_OK);
    train(9);
    const struct net expected = net;
    memset(&net, 0, sizeof net);
    struct qnn_state read;
    CU_ASSERT(qnn_checkpoint_read(&run, &read) == QNN_OK);
    train(9);
    CU_ASSERT_EQUAL(net.clip[0], expected.clip[0]);
    CU_ASSERT_EQUAL(net.clip_m[0], expected.clip_m[0]);
    CU_ASSERT_EQUAL(net.clip_v[0], expected.clip_v[0]);
    unlink(run.checkpoint);
    qnn_threads_stop();
}

static const struct unit_case cases[] = {
    {"gradient", test_gradient},
    {"training", test_training},
    {"checkpoint", test_checkpoint},
};
UNIT_MAIN("learned scalars of activations", cases)
