/* The log of a run and its histograms: two files that grow by an epoch at a time. */
#include "runtime/trainer/log.h"

#include "runtime/histogram.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { HISTOGRAM_BINS = 200 };

static enum qnn_status failed(struct qnn_run *run, const char *path)
{
    qnn_error_set(run->error, "cannot write '%s': %s", path, strerror(errno));
    return QNN_SYSTEM;
}

/* ---- Log --------------------------------------------------------------------------------------------------------- */

/* Cuts a file to what belongs to the state that training goes on from. */
static enum qnn_status cut_file(struct qnn_run *run, const char *path, int64_t bytes)
{
    const int file = open(path, O_WRONLY | O_CREAT, 0666);
    if (file < 0)
        return failed(run, path);
    const off_t length = lseek(file, 0, SEEK_END);
    const bool cut = length <= (off_t)bytes || ftruncate(file, (off_t)bytes) == 0;
    const bool closed = close(file) == 0;
    return cut && closed ? QNN_OK : failed(run, path);
}

/* Holds the log until the run closes. Two trainings into one folder would mix their files. */
static enum qnn_status lock(struct qnn_run *run)
{
    run->lock = open(run->log, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (run->lock < 0)
        return failed(run, run->log);
    if (flock(run->lock, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
        return QNN_OK; /* where the file system has no locks, there are none */
    qnn_error_set(run->error, "another training writes '%s': let it end, or choose another folder with --out",
                  run->log);
    return QNN_SYSTEM;
}

enum qnn_status qnn_log_begin(struct qnn_run *run, int64_t log_bytes, int64_t histogram_bytes)
{
    enum qnn_status status = lock(run);
    if (status == QNN_OK)
        status = cut_file(run, run->log, log_bytes);
    return status == QNN_OK ? cut_file(run, run->histogram, histogram_bytes) : status;
}

/* Closes a file that was appended to; *bytes is its length. */
static enum qnn_status close_file(struct qnn_run *run, const char *path, FILE *file, int64_t *bytes)
{
    const bool sound = fflush(file) == 0 && !ferror(file);
    const off_t length = lseek(fileno(file), 0, SEEK_END);
    if (fclose(file) != 0 || !sound || length < 0)
        return failed(run, path);
    *bytes = (int64_t)length;
    return QNN_OK;
}

static void print_share(FILE *file, const struct qnn_program *program, const struct qnn_score *score)
{
    if (!score->count || !program->classes)
        fprintf(file, "null");
    else
        fprintf(file, "%.6g", (double)score->right / (double)score->count);
}

static void print_loss(FILE *file, const struct qnn_score *score)
{
    if (score->count && isfinite(score->loss))
        fprintf(file, "%.9g", score->loss);
    else
        fprintf(file, "null");
}

static void print_layers(FILE *file, const struct qnn_run *run)
{
    for (size_t i = 0; i < run->program->learner_count; i++) {
        const struct qnn_parameter *parameter = qnn_run_parameter(run, i);
        const size_t count = (size_t)parameter->units * (size_t)parameter->inputs;
        fprintf(file, "%s{\"layer\":\"%s\",\"parameter\":\"%s\",\"saturated\":%.6g,\"flips\":%.6g}", i ? "," : "",
                run->program->learners[i].layer, run->program->learners[i].name,
                (double)qnn_count_saturated(count, parameter->latent, parameter->bound) / (double)count,
                (double)parameter->flips / (double)count);
    }
}

enum qnn_status qnn_log_epoch(struct qnn_run *run, const struct qnn_epoch *epoch, int64_t *bytes)
{
    FILE *file = fopen(run->log, "a");
    if (!file)
        return failed(run, run->log);
    fprintf(file, "{\"epoch\":%d,\"lr\":%.9g,\"loss\":%.9g,\"train\":", epoch->epoch + 1, epoch->lr, epoch->loss);
    print_share(file, run->program, &epoch->train);
    fprintf(file, ",\"validation\":{\"float\":");
    print_share(file, run->program, &epoch->validation[QNN_VIEW_FLOAT]);
    fprintf(file, ",\"quantized\":");
    print_share(file, run->program, &epoch->validation[QNN_VIEW_QUANTIZED]);
    fprintf(file, "},\"validation_loss\":");
    print_loss(file, &epoch->validation[QNN_VIEW_FLOAT]);
    fprintf(file, ",\"seconds\":%.3f,\"best\":%s,\"layers\":[", epoch->seconds, epoch->best ? "true" : "false");
    print_layers(file, run);
    fprintf(file, "]}\n");
    return close_file(run, run->log, file, bytes);
}

/* ---- Histograms -------------------------------------------------------------------------------------------------- */

static float range_of(const struct qnn_parameter *parameter, size_t count)
{
    if (parameter->bound > 0)
        return parameter->bound;
    float largest = 0;
    for (size_t i = 0; i < count; i++)
        largest = fmaxf(largest, fabsf(parameter->latent[i]));
    return largest > 0 && isfinite(largest) ? largest : 1.0f;
}

static void print_histogram(FILE *file, const struct qnn_run *run, size_t learner, int epoch)
{
    const struct qnn_parameter *parameter = qnn_run_parameter(run, learner);
    const size_t count = (size_t)parameter->units * (size_t)parameter->inputs;
    const float range = range_of(parameter, count);
    uint64_t bins[HISTOGRAM_BINS];
    qnn_histogram(count, parameter->latent, range, HISTOGRAM_BINS, bins);
    for (int i = 0; i < HISTOGRAM_BINS; i++)
        if (bins[i])
            fprintf(file, "%d,%s,%s,%.9g,%.9g,%" PRIu64 "\n", epoch + 1, run->program->learners[learner].layer,
                    run->program->learners[learner].name, (double)range * (2.0 * i / HISTOGRAM_BINS - 1.0),
                    (double)range * (2.0 * (i + 1) / HISTOGRAM_BINS - 1.0), bins[i]);
}

enum qnn_status qnn_histogram_epoch(struct qnn_run *run, int epoch, int64_t *bytes)
{
    FILE *file = fopen(run->histogram, "a");
    if (!file)
        return failed(run, run->histogram);
    if (*bytes == 0)
        fprintf(file, "epoch,layer,parameter,low,high,count\n");
    for (size_t i = 0; i < run->program->learner_count; i++)
        print_histogram(file, run, i, epoch);
    return close_file(run, run->histogram, file, bytes);
}
