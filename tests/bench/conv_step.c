/*
 * Speed of the convolutions of BinaryConnect's CIFAR network, 2x128C3-P-2x256C3-P-2x512C3-P on 32x32x3, and of a
 * residual network's stages, batch 50, padding "same": forward, gradient of the image, gradient of the weights, in GF/s
 * of the direct convolution: the direct one, and training's (Winograd's, with fewer products). Beside them our own products
 * of the same shapes (what a convolution would reach if its patches lay in memory already), and, where the build found
 * it, oneDNN's direct convolution, alone and with the reorders between its layouts and the trainer's.
 *
 *     OMP_NUM_THREADS=THREADS bench_conv_step THREADS ROUNDS
 *
 * All take turns within a round; a line holds medians over the rounds.
 */
#include "conv_step.h"

#include "runtime/gemm.h"
#include "runtime/numeric/random.h"
#include "runtime/ops/conv.h"
#include "runtime/thread_pool.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BATCH = 50, TAPS = 9, MAX_ROUNDS = 1000, REST_NS = 2000000 };

static const struct bench_layer layers[] = {{32, 3, 128},   {32, 128, 128}, {16, 128, 256},
                                            {16, 256, 256}, {8, 256, 512},  {8, 512, 512},
                                            {32, 64, 64},   {16, 128, 128}, {8, 256, 256}};
enum { LAYERS = sizeof layers / sizeof layers[0] };

/* Who is measured; the peer's second figure includes its reorders. */
enum who { OURS, TRAINING, PRODUCT, PEER, PEER_REORDERED, WHOS };
static const char *const pass_names[BENCH_PASSES] = {"forward", "dx", "dweights"};

static double times[BENCH_PASSES][WHOS][MAX_ROUNDS];

double bench_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}

/* Lets the threads of the one who was measured last fall asleep. */
static void rest(void)
{
    nanosleep(&(struct timespec){.tv_nsec = REST_NS}, NULL);
}

static float *floats(size_t count, uint64_t seed)
{
    const struct qnn_stream stream = {.seed = seed, .purpose = QNN_RANDOM_TEST, .index = 0};
    float *memory = aligned_alloc(64, (count * sizeof *memory + 63) / 64 * 64);
    if (!memory)
        abort();
    qnn_random_fill_uniform(&stream, 0, count, memory);
    for (size_t i = 0; i < count; i++)
        memory[i] -= 0.5f;
    return memory;
}

struct sizes {
    size_t lanes, x, weights, y;
};

static struct sizes sizes_of(const struct bench_layer *l)
{
    const size_t lanes = (size_t)BATCH * (size_t)l->size * (size_t)l->size;
    return (struct sizes){.lanes = lanes,
                          .x = lanes * (size_t)l->inputs,
                          .weights = (size_t)(TAPS * l->inputs * l->outputs),
                          .y = lanes * (size_t)l->outputs};
}

static struct bench_tensors make_tensors(const struct sizes *s)
{
    return (struct bench_tensors){.x = floats(s->x, 1),
                                  .weights = floats(s->weights, 2),
                                  .y = floats(s->y, 3),
                                  .dx = floats(s->x, 4),
                                  .dweights = floats(s->weights, 5),
                                  .dy = floats(s->y, 6)};
}

static void free_tensors(struct bench_tensors *t)
{
    free(t->x);
    free(t->weights);
    free(t->y);
    free(t->dx);
    free(t->dweights);
    free(t->dy);
}

static struct qnn_conv conv_of(const struct bench_layer *l)
{
    return (struct qnn_conv){.window = {.height = l->size,
                                        .width = l->size,
                                        .kernel_height = 3,
                                        .kernel_width = 3,
                                        .stride_height = 1,
                                        .stride_width = 1,
                                        .pad_top = 1,
                                        .pad_left = 1,
                                        .dilation = 1,
                                        .out_height = l->size,
                                        .out_width = l->size},
                             .inputs = l->inputs,
                             .outputs = l->outputs,
                             .groups = 1};
}

/* Training steps on real inputs with work memory; without it they are the direct convolution. */
static void run_ours(const struct bench_layer *l, const struct bench_tensors *t, float *work, enum who who, int round)
{
    const struct qnn_conv conv = conv_of(l);
    rest();
    double start = bench_now();
    qnn_conv_train_forward(BATCH, &conv, QNN_SUMS_ROUNDED, t->x, t->weights, NULL, t->y, work);
    times[BENCH_FORWARD][who][round] = bench_now() - start;
    rest();
    start = bench_now();
    qnn_conv_train_backward(BATCH, &conv, t->x, t->weights, t->dy, NULL, t->dweights, NULL, work);
    times[BENCH_DWEIGHTS][who][round] = bench_now() - start;
    rest();
    start = bench_now();
    qnn_conv_train_backward(BATCH, &conv, t->x, t->weights, t->dy, t->dx, t->dweights, NULL, work);
    times[BENCH_DX][who][round] = bench_now() - start - times[BENCH_DWEIGHTS][who][round];
}

/* The matrix products, over patches [lanes][taps * channels] that lie in memory. */
static void run_products(const struct bench_layer *l, const struct bench_tensors *t, float *patches, int round)
{
    const int lanes = BATCH * l->size * l->size;
    rest();
    double start = bench_now();
    qnn_gemm_nt(lanes, l->outputs, TAPS * l->inputs, patches, t->weights, t->y);
    times[BENCH_FORWARD][PRODUCT][round] = bench_now() - start;
    rest();
    start = bench_now();
    qnn_gemm_nt(lanes, l->inputs, TAPS * l->outputs, patches, t->weights, t->dx);
    times[BENCH_DX][PRODUCT][round] = bench_now() - start;
    rest();
    start = bench_now();
    qnn_gemm_tn(l->outputs, TAPS * l->inputs, lanes, t->dy, patches, t->dweights);
    times[BENCH_DWEIGHTS][PRODUCT][round] = bench_now() - start;
}

#ifdef QNN_BENCH_DNNL
static void run_peer(struct bench_peer *peer, int round)
{
    for (int pass = 0; pass < BENCH_PASSES; pass++) {
        double convolution, reorders;
        rest();
        bench_peer_run(peer, (enum bench_pass)pass, &convolution, &reorders);
        times[pass][PEER][round] = convolution;
        times[pass][PEER_REORDERED][round] = convolution + reorders;
    }
}

static double difference(const float *a, const float *b, size_t count)
{
    double largest = 0.0;
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, fabs((double)a[i] - (double)b[i]));
    return largest;
}

/* A peer that computes something else is none. */
static void compare_results(const struct sizes *s, const struct bench_tensors *ours, const struct bench_tensors *theirs)
{
    const double largest = fmax(fmax(difference(ours->y, theirs->y, s->y), difference(ours->dx, theirs->dx, s->x)),
                                difference(ours->dweights, theirs->dweights, s->weights));
    if (largest > 1e-2) {
        fprintf(stderr, "bench_conv_step: results differ by %g\n", largest);
        exit(1);
    }
}
#endif

static int compare(const void *a, const void *b)
{
    const double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static void print_layer(const struct bench_layer *l, const struct sizes *s, int rounds, double totals[][WHOS])
{
    const double work = 2e-6 * (double)s->lanes * (double)s->weights; /* GF/s of a millisecond */
    for (int pass = 0; pass < BENCH_PASSES; pass++) {
        printf("%2dx%-2d %3d->%-3d %-9s", l->size, l->size, l->inputs, l->outputs, pass_names[pass]);
        for (int who = 0; who < WHOS; who++) {
            qsort(times[pass][who], (size_t)rounds, sizeof(double), compare);
            const double median = times[pass][who][rounds / 2];
            totals[pass][who] += median;
            printf(" %9.1f", median > 0.0 ? work / median : 0.0);
        }
        printf("\n");
    }
}

static void measure_layer(const struct bench_layer *l, int rounds, double totals[][WHOS])
{
    const struct sizes s = sizes_of(l);
    const size_t widest = (size_t)(l->inputs > l->outputs ? l->inputs : l->outputs);
    struct bench_tensors ours = make_tensors(&s);
    float *patches = floats(s.lanes * TAPS * widest, 7);
    float *work = floats(QNN_CONV_WORK(l->inputs, l->outputs), 8);
#ifdef QNN_BENCH_DNNL
    struct bench_tensors theirs = make_tensors(&s);
    struct bench_peer *peer = bench_peer_make(BATCH, l, &theirs);
#endif
    for (int round = -1; round < rounds; round++) {
        const int at = round < 0 ? 0 : round; /* the first one warms up */
        run_products(l, &ours, patches, at);
        run_ours(l, &ours, work, TRAINING, at);
        run_ours(l, &ours, NULL, OURS, at);
#ifdef QNN_BENCH_DNNL
        run_peer(peer, at);
#endif
    }
    print_layer(l, &s, rounds, totals);
#ifdef QNN_BENCH_DNNL
    compare_results(&s, &ours, &theirs);
    bench_peer_free(peer);
    free_tensors(&theirs);
#endif
    free_tensors(&ours);
    free(patches);
    free(work);
}

int main(int count, char **arguments)
{
    const int threads = count > 1 ? atoi(arguments[1]) : 1, rounds = count > 2 ? atoi(arguments[2]) : 5;
    double totals[BENCH_PASSES][WHOS] = {0};
    if (threads < 1 || threads > QNN_MAX_THREADS || rounds < 1 || rounds > MAX_ROUNDS || !qnn_threads_start(threads)) {
        fprintf(stderr, "usage: OMP_NUM_THREADS=THREADS bench_conv_step THREADS ROUNDS\n");
        return 2;
    }
    printf("GF/s, %d threads            %9s %9s %9s %9s %9s\n", threads, "ours", "training", "product", "oneDNN",
           "+reorders");
    for (int i = 0; i < LAYERS; i++)
        measure_layer(&layers[i], rounds, totals);
    for (int pass = 0; pass < BENCH_PASSES; pass++) {
        printf("all, milliseconds %-9s", pass_names[pass]);
        for (int who = 0; who < WHOS; who++)
            printf(" %9.1f", totals[pass][who]);
        printf("\n");
    }
    qnn_threads_stop();
    return 0;
}
