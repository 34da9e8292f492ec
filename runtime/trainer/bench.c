/* bench: medians of training and evaluation steps on random samples; needs no data. */
#include "runtime/trainer/run.h"

#include "runtime/numeric/random.h"
#include "runtime/thread_pool.h"

#include <string.h>

enum { WARM_STEPS = 3, TIMED_STEPS = 15 };

enum bench_kind { BENCH_LEARN, BENCH_EVALUATE, BENCH_DEPLOYED, BENCH_COUNT };

static const char *const bench_names[BENCH_COUNT] = {"training", "evaluation", "deployed evaluation"};

/* One batch of random bytes; as floats, uniform over [0, 1). */
static bool random_data(struct qnn_run *run)
{
    const struct qnn_program *p = run->program;
    const size_t batch = (size_t)p->batch, count = batch * p->height * p->width * p->channels;
    const struct qnn_stream stream = {.seed = run->seed, .purpose = QNN_RANDOM_TEST};
    run->train = (struct qnn_dataset){.count = batch, .element = p->element, .outputs = p->data.outputs};
    run->train.samples = calloc(count, sizeof(float));
    run->train.labels = p->classes ? calloc(batch, sizeof(int32_t)) : NULL;
    run->train.targets = p->classes ? NULL : calloc(batch * p->data.outputs, sizeof(float));
    if (!run->train.samples || !(run->train.labels || run->train.targets))
        return qnn_error_set(run->error, "out of memory");
    if (p->element == QNN_F32)
        qnn_random_fill_uniform(&stream, 0, count, run->train.samples);
    else
        qnn_random_fill_u32(&stream, 0, count / sizeof(uint32_t), run->train.samples);
    for (size_t i = 0; i < batch && p->classes; i++)
        run->train.labels[i] = (int32_t)(i % (size_t)p->classes);
    for (uint32_t i = 0; i < batch; i++)
        run->index[i] = i;
    return true;
}

static void step(const struct qnn_program *p, enum bench_kind kind, const struct qnn_batch *batch)
{
    int shift;
    if (kind == BENCH_LEARN)
        p->learn(p->net, batch, 1e-6);
    else if (kind == BENCH_EVALUATE)
        p->evaluate(p->net, batch);
    else
        p->deployed(p->net, batch, &shift);
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(const struct qnn_run *run, enum bench_kind kind, const struct qnn_batch *batch)
{
    const struct qnn_program *p = run->program;
    double seconds[TIMED_STEPS];
    for (int i = 0; i < WARM_STEPS; i++)
        step(p, kind, batch);
    for (int i = 0; i < TIMED_STEPS; i++) {
        const double started = qnn_seconds();
        step(p, kind, batch);
        seconds[i] = qnn_seconds() - started;
    }
    qsort(seconds, TIMED_STEPS, sizeof seconds[0], by_value);
    const double median = seconds[TIMED_STEPS / 2];
    printf("%-20s %9.3f ms a batch of %d, %9.0f samples/s\n", bench_names[kind], 1e3 * median, p->batch,
           p->batch / median);
}

enum qnn_status qnn_bench(struct qnn_run *run)
{
    const struct qnn_program *p = run->program;
    if (!random_data(run))
        return QNN_SYSTEM;
    p->initialise(p->net, run->seed);
    p->prepare(p->net);
    const struct qnn_batch batch = qnn_run_batch(run, &run->train, run->index);
    printf("%s: %d thread%s, %.1f MiB; median of %d steps\n", p->name, qnn_thread_count(),
           qnn_thread_count() == 1 ? "" : "s", (double)p->footprint / (1 << 20), TIMED_STEPS);
    measure(run, BENCH_LEARN, &batch);
    const struct qnn_batches batches = {.samples = run->train.samples, .order = run->index, .count = 1};
    if (!p->freeze(p->net, &batches, run->error))
        return QNN_WRONG;
    measure(run, BENCH_EVALUATE, &batch);
    if (p->deployed)
        measure(run, BENCH_DEPLOYED, &batch);
    return QNN_OK;
}
