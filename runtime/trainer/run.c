/* One run of a trainer: opening it, its data, its batches. */
#include "runtime/trainer/run.h"

#include "runtime/numeric/random.h"
#include "runtime/thread_pool.h"
#include "runtime/trainer/prefetch.h"
#include "runtime/trainer/store.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Freezing takes its batches in one fixed order, whatever the epoch. */
#define FREEZING_ORDER UINT64_MAX

double qnn_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ---- Opening ----------------------------------------------------------------------------------------------------- */

static int thread_count(const struct qnn_options *options)
{
    if (options->threads)
        return (int)options->threads;
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return processors < 1 ? 1 : processors > QNN_MAX_THREADS ? QNN_MAX_THREADS : (int)processors;
}

/* The folder of the running program; "." where the system does not tell. */
static void find_folder(struct qnn_run *run)
{
    if (run->options.out) {
        snprintf(run->folder, sizeof run->folder, "%s", run->options.out);
        return;
    }
    const ssize_t length = readlink("/proc/self/exe", run->folder, sizeof run->folder - 1);
    run->folder[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(run->folder, '/');
    if (slash)
        *slash = '\0';
    else
        strcpy(run->folder, ".");
}

static bool make_path(struct qnn_run *run, char path[QNN_PATH_SIZE], const char *suffix)
{
    const int length = snprintf(path, QNN_PATH_SIZE, "%s/%s%s", run->folder, run->program->name, suffix);
    return length > 0 && length < QNN_PATH_SIZE;
}

static enum qnn_status make_paths(struct qnn_run *run)
{
    find_folder(run);
    if (run->options.out && mkdir(run->folder, 0777) != 0 && errno != EEXIST) {
        qnn_error_set(run->error, "cannot make the folder '%s': %s", run->folder, strerror(errno));
        return QNN_SYSTEM;
    }
    if (make_path(run, run->frozen, ".safetensors") && make_path(run, run->checkpoint, ".checkpoint.safetensors") &&
        make_path(run, run->log, ".log.jsonl") && make_path(run, run->histogram, ".histogram.csv"))
        return QNN_OK;
    qnn_error_set(run->error, "the folder's name is too long: '%.80s...'", run->folder);
    return QNN_SYSTEM;
}

/* What multiplies matrices. A problem with OpenBLAS is a warning, unless the command line insists on it. */
static enum qnn_status open_blas(struct qnn_run *run)
{
    char why[QNN_ERROR_SIZE];
    const bool open = qnn_blas_open(run->options.blas, why), insists = run->options.blas == QNN_BLAS_ALWAYS;
    if (!open && insists) {
        qnn_error_set(run->error, "--blas always: %s", why[0] ? why : "this build of qnnc is without OpenBLAS");
        return QNN_SYSTEM;
    }
    if (why[0])
        fprintf(stderr, "%s: warning: %s; matrix products are the built-in ones\n", run->program->name, why);
    if (run->options.verbose && open)
        fprintf(stderr, "%s: matrix products by OpenBLAS, kernels %s%s\n", run->program->name, qnn_blas_kernels(),
                insists ? "" : ", where it is faster");
    else if (run->options.verbose)
        fprintf(stderr, "%s: matrix products built in\n", run->program->name);
    return QNN_OK;
}

enum qnn_status qnn_run_open(struct qnn_run *run, const struct qnn_program *program, const struct qnn_options *options)
{
    memset(run, 0, sizeof *run);
    run->lock = -1;
    run->program = program;
    run->options = *options;
    run->seed = options->has_seed ? (uint64_t)options->seed : program->seed;
    run->epochs = options->epochs ? (int)options->epochs : program->epochs;
    enum qnn_status status = make_paths(run);
    if (status == QNN_OK)
        status = open_blas(run);
    if (status != QNN_OK)
        return status;
    const size_t batch = (size_t)program->batch, outputs = (size_t)program->outputs;
    run->index = calloc(batch, sizeof *run->index);
    run->label = calloc(batch, sizeof *run->label);
    run->target = calloc(batch * outputs, sizeof *run->target);
    run->outputs = calloc(batch * outputs, sizeof *run->outputs);
    if (!run->index || !run->label || !run->target || !run->outputs || !qnn_threads_start(thread_count(options))) {
        qnn_error_set(run->error, "the system has no memory or threads left");
        return QNN_SYSTEM;
    }
    program->setup(program->net, run->seed);
    return QNN_OK;
}

void qnn_run_close(struct qnn_run *run)
{
    qnn_prefetch_close(run->prefetch);
    qnn_threads_stop();
    qnn_blas_close();
    if (run->lock >= 0)
        close(run->lock);
    qnn_dataset_free(&run->train);
    qnn_dataset_free(&run->validation);
    qnn_dataset_free(&run->test);
    free(run->order);
    free(run->freezing);
    free(run->index);
    free(run->label);
    free(run->target);
    free(run->outputs);
}

/* ---- Data -------------------------------------------------------------------------------------------------------- */

static enum qnn_status load(struct qnn_run *run, enum qnn_split split, struct qnn_dataset *data)
{
    const struct qnn_program *p = run->program;
    if (!qnn_data_load(&p->data, run->options.data, split, data, run->error))
        return QNN_SYSTEM;
    const struct qnn_dataset_need need = {.element = p->element,
                                          .height = p->height,
                                          .width = p->width,
                                          .channels = p->channels,
                                          .classes = p->classes,
                                          .outputs = p->data.outputs};
    return qnn_dataset_check(data, p->data.name, &need, run->error) ? QNN_OK : QNN_WRONG;
}

static enum qnn_status split_validation(struct qnn_run *run)
{
    const struct qnn_program *p = run->program;
    if (p->validation && !qnn_dataset_split_tail(&run->train, p->validation, &run->validation, run->error))
        return QNN_WRONG;
    if (run->options.limit && (size_t)run->options.limit < run->train.count)
        run->train.count = (size_t)run->options.limit;
    if (run->train.count >= (size_t)p->batch)
        return QNN_OK;
    qnn_error_set(run->error, "%zu training samples do not fill one batch of %d; lower `batch` or `validation` in %s",
                  run->train.count, p->batch, p->source);
    return QNN_WRONG;
}

enum qnn_status qnn_run_load_training(struct qnn_run *run)
{
    enum qnn_status status = load(run, QNN_SPLIT_TRAIN, &run->train);
    if (status == QNN_OK)
        status = split_validation(run);
    if (status != QNN_OK)
        return status;
    run->order = malloc(run->train.count * sizeof *run->order);
    run->freezing = malloc(run->train.count * sizeof *run->freezing);
    if (!run->order || !run->freezing) {
        qnn_error_set(run->error, "out of memory for %zu samples", run->train.count);
        return QNN_SYSTEM;
    }
    const struct qnn_stream stream = {.seed = run->seed, .purpose = QNN_RANDOM_SHUFFLE, .index = FREEZING_ORDER};
    qnn_random_permutation(&stream, run->train.count, run->freezing);
    return QNN_OK;
}

enum qnn_status qnn_run_load_test(struct qnn_run *run)
{
    return load(run, QNN_SPLIT_TEST, &run->test);
}

enum qnn_status qnn_run_load_frozen(struct qnn_run *run)
{
    struct qnn_safetensors file;
    bool fits;
    if (access(run->frozen, F_OK) != 0) {
        qnn_error_set(run->error, "no trained weights: '%s' does not exist; run `%s train` first", run->frozen,
                      run->program->name);
        return QNN_SYSTEM;
    }
    if (!qnn_store_open(run->program, run->frozen, QNN_IN_FROZEN, &file, &fits, run->error))
        return fits ? QNN_SYSTEM : QNN_WRONG;
    qnn_store_copy(run->program, &file, QNN_IN_FROZEN);
    qnn_safetensors_close(&file);
    run->program->restore(run->program->net);
    return QNN_OK;
}

/* ---- Batches ----------------------------------------------------------------------------------------------------- */

struct qnn_batch qnn_run_batch(struct qnn_run *run, const struct qnn_dataset *data, const uint32_t *index)
{
    const size_t outputs = data->outputs;
    for (int i = 0; i < run->program->batch; i++) {
        if (data->labels)
            run->label[i] = data->labels[index[i]];
        else
            memcpy(run->target + (size_t)i * outputs, data->targets + index[i] * outputs, outputs * sizeof(float));
    }
    return (struct qnn_batch){.samples = data->samples, .index = index, .label = run->label, .target = run->target};
}

struct qnn_batches qnn_run_batches(const struct qnn_run *run)
{
    const size_t steps = qnn_run_steps(run), asked = (size_t)run->program->estimate_batches;
    return (struct qnn_batches){
        .samples = run->train.samples, .order = run->freezing, .count = (int)(steps < asked ? steps : asked)};
}

size_t qnn_run_steps(const struct qnn_run *run)
{
    return run->train.count / (size_t)run->program->batch;
}

struct qnn_optimizer *qnn_run_optimizer(const struct qnn_run *run)
{
    return (struct qnn_optimizer *)(void *)((char *)run->program->net + run->program->optimizer_offset);
}

struct qnn_parameter *qnn_run_parameter(const struct qnn_run *run, size_t learner)
{
    return (struct qnn_parameter *)(void *)((char *)run->program->net + run->program->learners[learner].offset);
}
