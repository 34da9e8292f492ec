/*
 * Time of one training step of BinaryConnect's MNIST network, 784-1024-1024-1024-10, batch 200, on random data: binary
 * weights, batch norm, relu, squared hinge, Adam, clipping to [-1, 1]. The calls are those of a generated trainer.
 *
 *     bench_dense_step THREADS STEPS      prints median and best step in milliseconds, and the last loss
 */
#include "runtime/loss.h"
#include "runtime/numeric/random.h"
#include "runtime/ops/batchnorm.h"
#include "runtime/ops/dense.h"
#include "runtime/ops/input.h"
#include "runtime/optimizer.h"
#include "runtime/thread_pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BATCH = 200, INPUT = 784, HIDDEN = 1024, CLASSES = 10, LAYERS = 4, SAMPLES = 2000, MAX_STEPS = 10000 };
enum { WARM_UP = 5 };

static const int widths[LAYERS + 1] = {INPUT, HIDDEN, HIDDEN, HIDDEN, CLASSES};

/* One dense layer with its batch norm; a generated trainer has a struct with a member for each. */
struct layer {
    struct qnn_parameter weights, gamma, beta;
    struct qnn_batchnorm norm;
    float *y, *activation, *dy; /* [BATCH][units] */
};

static struct layer layers[LAYERS];
static float x[BATCH * INPUT];
static uint8_t samples[SAMPLES * INPUT];
static int32_t sample_labels[SAMPLES];

static float *floats(int count, float value)
{
    float *memory = aligned_alloc(64, ((size_t)count * sizeof *memory + 63) / 64 * 64);
    if (!memory)
        abort();
    for (int i = 0; i < count; i++)
        memory[i] = value;
    return memory;
}

static struct qnn_parameter parameter(int units, int inputs, float value)
{
    const int count = units * inputs;
    return (struct qnn_parameter){.units = units,
                                  .inputs = inputs,
                                  .latent = floats(count, value),
                                  .gradient = floats(count, 0.0f),
                                  .m = floats(count, 0.0f),
                                  .v = floats(count, 0.0f),
                                  .lr_scale = 1.0f};
}

static void make_layer(struct layer *layer, int inputs, int units, uint32_t index)
{
    const struct qnn_stream stream = {.seed = 1, .purpose = QNN_RANDOM_INIT, .index = index};
    layer->weights = parameter(units, inputs, 0.0f);
    layer->weights.effective = floats(units * inputs, 0.0f);
    layer->weights.quantizer = (struct qnn_weight_quantizer){&qnn_weight_binary, {{0, QNN_WEIGHT_SCALE_NONE, 1}}};
    layer->weights.bound = 1.0f;
    layer->weights.lr_scale = 35.0f;
    layer->weights.layer = index;
    qnn_random_fill_uniform(&stream, 0, (size_t)(units * inputs), layer->weights.latent);
    for (int i = 0; i < units * inputs; i++)
        layer->weights.latent[i] = 2.0f * layer->weights.latent[i] - 1.0f;
    layer->gamma = parameter(1, units, 1.0f);
    layer->beta = parameter(1, units, 0.0f);
    layer->norm = (struct qnn_batchnorm){.gamma = layer->gamma.latent,
                                         .beta = layer->beta.latent,
                                         .mean = floats(units, 0.0f),
                                         .variance = floats(units, 1.0f),
                                         .dgamma = layer->gamma.gradient,
                                         .dbeta = layer->beta.gradient,
                                         .batch_mean = floats(units, 0.0f),
                                         .batch_inverse = floats(units, 0.0f),
                                         .eps = 1e-4f,
                                         .momentum = 0.1f};
    layer->y = floats(BATCH * units, 0.0f);
    layer->activation = floats(BATCH * units, 0.0f);
    layer->dy = floats(BATCH * units, 0.0f);
}

static const float *input_of(int index)
{
    return index == 0 ? x : layers[index - 1].activation;
}

static void forward(void)
{
    const struct qnn_activation relu = qnn_activation(QNN_ACTIVATION_RELU, QNN_STE_CLIPPED, QNN_ARGUMENTS(0));
    for (int i = 0; i < LAYERS; i++) {
        struct layer *l = &layers[i];
        const int units = widths[i + 1];
        qnn_dense_forward(BATCH, widths[i], units, input_of(i), l->weights.effective, NULL, l->y);
        if (i < LAYERS - 1)
            qnn_batchnorm_relu_forward(BATCH, units, l->y, &l->norm, &relu, l->activation, QNN_TRAIN);
        else
            qnn_batchnorm_forward(BATCH, units, l->y, &l->norm, l->activation, QNN_TRAIN);
    }
}

static void backward(void)
{
    const struct qnn_activation relu = qnn_activation(QNN_ACTIVATION_RELU, QNN_STE_CLIPPED, QNN_ARGUMENTS(0));
    for (int i = LAYERS - 1; i >= 0; i--) {
        struct layer *l = &layers[i];
        const int units = widths[i + 1];
        if (i < LAYERS - 1)
            qnn_batchnorm_relu_backward(BATCH, units, l->y, &l->norm, &relu, l->dy, l->dy);
        else
            qnn_batchnorm_backward(BATCH, units, l->y, &l->norm, l->dy, l->dy);
        qnn_dense_backward(BATCH, widths[i], units, input_of(i), l->weights.effective, l->dy,
                           i > 0 ? layers[i - 1].dy : NULL, l->weights.gradient, NULL);
    }
}

static double step(struct qnn_optimizer *optimizer, const uint32_t *index, const int32_t *label)
{
    struct layer *last = &layers[LAYERS - 1];
    qnn_input_u8(BATCH, INPUT, samples, index, 1.0f / 255.0f, 0.0f, x);
    forward();
    const struct qnn_loss loss =
        qnn_square_hinge(BATCH, CLASSES, QNN_REDUCTION_MEAN, last->activation, label, last->dy);
    backward();
    qnn_optimizer_begin(optimizer, 3e-3);
    for (int i = 0; i < LAYERS; i++) {
        qnn_optimizer_update(optimizer, &layers[i].weights);
        qnn_optimizer_update(optimizer, &layers[i].gamma);
        qnn_optimizer_update(optimizer, &layers[i].beta);
    }
    return loss.value;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}

static int compare(const void *a, const void *b)
{
    const double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static void make_data(void)
{
    const struct qnn_stream stream = {.seed = 2, .purpose = QNN_RANDOM_TEST, .index = 0};
    for (size_t i = 0; i < SAMPLES * INPUT; i++)
        samples[i] = (uint8_t)qnn_random_u32(&stream, i);
    for (int i = 0; i < SAMPLES; i++)
        sample_labels[i] = i % CLASSES;
}

int main(int count, char **arguments)
{
    static double times[MAX_STEPS];
    const int threads = count > 1 ? atoi(arguments[1]) : 1, steps = count > 2 ? atoi(arguments[2]) : 40;
    if (threads < 1 || threads > QNN_MAX_THREADS || steps < 1 || steps > MAX_STEPS || !qnn_threads_start(threads)) {
        fprintf(stderr, "usage: bench_dense_step THREADS STEPS\n");
        return 2;
    }
    struct qnn_optimizer optimizer = {.kind = QNN_OPTIMIZER_ADAM, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8, .seed = 1};
    make_data();
    for (int i = 0; i < LAYERS; i++) {
        make_layer(&layers[i], widths[i], widths[i + 1], (uint32_t)i);
        qnn_parameter_prepare(&optimizer, &layers[i].weights);
    }
    double loss = 0.0;
    for (int i = -WARM_UP; i < steps; i++) {
        uint32_t index[BATCH];
        int32_t label[BATCH];
        for (int row = 0; row < BATCH; row++) {
            index[row] = (uint32_t)((i + WARM_UP) * BATCH + row) % SAMPLES;
            label[row] = sample_labels[index[row]];
        }
        const double start = now();
        loss = step(&optimizer, index, label);
        if (i >= 0)
            times[i] = now() - start;
    }
    qsort(times, (size_t)steps, sizeof times[0], compare);
    printf("%.3f %.3f %.6f\n", times[steps / 2], times[0], loss);
    qnn_threads_stop();
    return 0;
}
