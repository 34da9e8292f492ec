/*
 * The training loop.
 *
 * An epoch: shuffle, steps, freeze, validate, and where the network is the best so far write it; then the log, then the
 * checkpoint, in this order, so that a run killed between any two of them repeats the epoch from the last checkpoint and
 * writes the same bytes. Every random number is drawn by counter, so a resumed run needs no generator's state.
 */
#include "runtime/trainer/checkpoint.h"
#include "runtime/trainer/interrupt.h"
#include "runtime/trainer/log.h"
#include "runtime/trainer/prefetch.h"
#include "runtime/trainer/progress.h"
#include "runtime/trainer/store.h"

#include "runtime/numeric/random.h"
#include "runtime/thread_pool.h"

#include <inttypes.h>
#include <math.h>

/* ---- Beginning --------------------------------------------------------------------------------------------------- */

static void begin_fresh(struct qnn_run *run, struct qnn_state *state)
{
    *state = (struct qnn_state){.seed = (int64_t)run->seed, .epochs = run->epochs, .best = -INFINITY, .best_epoch = -1};
    run->program->initialise(run->program->net, run->seed);
}

static enum qnn_status open_prefetch(struct qnn_run *run)
{
    const struct qnn_program *p = run->program;
    run->prefetch = qnn_prefetch_open(&p->augment, &run->train, p->height, p->width, (size_t)p->batch, run->seed);
    if (run->prefetch)
        return QNN_OK;
    qnn_error_set(run->error, "the system has no memory or threads left to augment batches");
    return QNN_SYSTEM;
}

static enum qnn_status begin(struct qnn_run *run, struct qnn_state *state)
{
    const bool resume = run->options.resume;
    enum qnn_status status = resume ? qnn_checkpoint_read(run, state) : QNN_OK;
    if (status == QNN_OK)
        status = qnn_run_load_training(run);
    if (status != QNN_OK)
        return status;
    if (resume)
        status = qnn_checkpoint_check_samples(run, state);
    else
        begin_fresh(run, state);
    if (status == QNN_OK)
        status = qnn_run_load_test(run);
    if (status == QNN_OK && run->program->augment.count)
        status = open_prefetch(run);
    if (status != QNN_OK)
        return status;
    state->samples = (int64_t)run->train.count;
    state->epochs = run->epochs;
    return qnn_log_begin(run, state->log_bytes, state->histogram_bytes);
}

static void announce(const struct qnn_run *run, const struct qnn_state *state)
{
    const struct qnn_program *p = run->program;
    printf("%s: %zu training and %zu validation samples, batch %d, seed %" PRIu64 ", %d thread%s, %.1f MiB\n", p->name,
           run->train.count, run->validation.count, p->batch, run->seed, qnn_thread_count(),
           qnn_thread_count() == 1 ? "" : "s", (double)p->footprint / (1 << 20));
    if (!p->deployed)
        printf("%s: cannot be deployed as it is; validation is training's own view\n", p->name);
    if (run->options.resume && state->epoch < run->epochs)
        printf("resumed in epoch %" PRId64 " of %d after %" PRId64 " steps\n", state->epoch + 1, run->epochs,
               state->step);
    fflush(stdout);
}

/* ---- Steps ------------------------------------------------------------------------------------------------------- */

static void shuffle(struct qnn_run *run, int64_t epoch)
{
    const struct qnn_stream stream = {.seed = run->seed, .purpose = QNN_RANDOM_SHUFFLE, .index = (uint64_t)epoch};
    qnn_random_permutation(&stream, run->train.count, run->order);
}

static enum qnn_status diverged(struct qnn_run *run, const struct qnn_state *state)
{
    qnn_error_set(run->error,
                  "training diverged in epoch %" PRId64 ", step %" PRId64 ": the loss is not finite; "
                  "lower the learning rate",
                  state->epoch + 1, state->step);
    return QNN_WRONG;
}

/* The batch of a step of this epoch. */
static struct qnn_batch next_batch(struct qnn_run *run, size_t step)
{
    struct qnn_batch batch = qnn_run_batch(run, &run->train, run->order + step * (size_t)run->program->batch);
    if (run->prefetch)
        batch.samples = qnn_prefetch_take(run->prefetch, &batch.index);
    return batch;
}

/* The epoch's remaining steps, until its end or a signal. Allocates nothing. */
static enum qnn_status run_steps(struct qnn_run *run, struct qnn_state *state, double lr)
{
    const struct qnn_program *p = run->program;
    const size_t steps = qnn_run_steps(run), batch_size = (size_t)p->batch;
    struct qnn_progress progress;
    qnn_progress_begin(&progress, (int)state->epoch + 1, run->epochs, (size_t)state->step, steps, batch_size);
    enum qnn_status status = QNN_OK;
    while ((size_t)state->step < steps && !qnn_interrupt_pending() && status == QNN_OK) {
        const struct qnn_batch batch = next_batch(run, (size_t)state->step);
        const struct qnn_loss loss = p->learn(p->net, &batch, lr);
        state->step++;
        state->loss += loss.value;
        state->right += loss.correct;
        state->seen += p->batch;
        if (!isfinite(loss.value))
            status = diverged(run, state);
        qnn_progress_step(&progress, (size_t)state->step, loss.value);
    }
    state->update = (int64_t)qnn_run_optimizer(run)->step;
    qnn_progress_end(&progress);
    return status;
}

/* ---- End of an epoch --------------------------------------------------------------------------------------------- */

static enum qnn_status write_best(struct qnn_run *run, int epoch)
{
    char epoch_text[24], seed_text[24];
    snprintf(epoch_text, sizeof epoch_text, "%d", epoch + 1);
    snprintf(seed_text, sizeof seed_text, "%" PRIu64, run->seed);
    const struct qnn_metadata metadata[] = {{"epoch", epoch_text}, {"seed", seed_text}};
    return qnn_store_write(run->program, run->frozen, QNN_IN_FROZEN, NULL, 0, metadata, 2, run->error) ? QNN_OK
                                                                                                       : QNN_SYSTEM;
}

static void print_epoch(const struct qnn_run *run, const struct qnn_epoch *epoch)
{
    const struct qnn_program *p = run->program;
    char train[32], real[32], quantized[32];
    printf("epoch %d/%d  lr %.3g  loss %.4g", epoch->epoch + 1, run->epochs, epoch->lr, epoch->loss);
    if (p->classes)
        printf("  train %s", qnn_score_text(p, &epoch->train, train));
    if (run->validation.count)
        printf("  validation %s", qnn_score_text(p, &epoch->validation[QNN_VIEW_FLOAT], real));
    if (run->validation.count && qnn_has_view(p, QNN_VIEW_QUANTIZED))
        printf(", quantized %s", qnn_score_text(p, &epoch->validation[QNN_VIEW_QUANTIZED], quantized));
    printf("  %.1f s%s\n", epoch->seconds, epoch->best ? "  best" : "");
    fflush(stdout);
}

/* Freezes, validates, keeps the best. Without a validation set the newest network counts as the best. */
static enum qnn_status close_epoch(struct qnn_run *run, struct qnn_state *state, struct qnn_epoch *epoch)
{
    const struct qnn_program *p = run->program;
    const struct qnn_batches batches = qnn_run_batches(run);
    if (!p->freeze(p->net, &batches, run->error))
        return QNN_WRONG;
    for (int view = 0; view < QNN_VIEW_COUNT; view++)
        if (qnn_has_view(p, (enum qnn_view)view))
            epoch->validation[view] = qnn_evaluate(run, &run->validation, (enum qnn_view)view, NULL);
    const double merit = qnn_merit(p, &epoch->validation[qnn_deciding_view(p)]);
    epoch->best = merit > state->best || !run->validation.count;
    if (!epoch->best)
        return QNN_OK;
    state->best = merit;
    state->best_epoch = state->epoch;
    return write_best(run, epoch->epoch);
}

static void begin_epoch(struct qnn_run *run, struct qnn_state *state)
{
    shuffle(run, state->epoch);
    if (run->prefetch)
        qnn_prefetch_begin(run->prefetch, run->order, (uint64_t)state->epoch, (size_t)state->step, qnn_run_steps(run));
    run->program->prepare(run->program->net);
    if (state->step > 0)
        return;
    state->loss = 0;
    state->right = state->seen = 0;
    for (size_t i = 0; i < run->program->learner_count; i++)
        qnn_run_parameter(run, i)->flips = 0;
}

static enum qnn_status run_epoch(struct qnn_run *run, struct qnn_state *state)
{
    const double started = qnn_seconds();
    struct qnn_epoch epoch = {
        .epoch = (int)state->epoch,
        .lr = qnn_schedule_rate(run->program->lr, (int)state->epoch, run->epochs),
    };
    begin_epoch(run, state);
    enum qnn_status status = run_steps(run, state, epoch.lr);
    if (status != QNN_OK || (size_t)state->step < qnn_run_steps(run))
        return status;
    epoch.loss = state->loss / (double)state->step;
    epoch.train = (struct qnn_score){.count = (size_t)state->seen, .right = (size_t)state->right};
    status = close_epoch(run, state, &epoch);
    if (status != QNN_OK)
        return status;
    epoch.seconds = qnn_seconds() - started;
    print_epoch(run, &epoch);
    status = qnn_log_epoch(run, &epoch, &state->log_bytes);
    if (status == QNN_OK)
        status = qnn_histogram_epoch(run, epoch.epoch, &state->histogram_bytes);
    state->epoch++;
    state->step = 0;
    return status == QNN_OK ? qnn_checkpoint_write(run, state) : status;
}

/* ---- The run ----------------------------------------------------------------------------------------------------- */

static bool is_over(const struct qnn_run *run, const struct qnn_state *state)
{
    const int patience = run->program->patience;
    return state->epoch >= run->epochs || (patience > 0 && state->epoch > state->best_epoch + patience);
}

static enum qnn_status save_interrupted(struct qnn_run *run, const struct qnn_state *state)
{
    const enum qnn_status status = qnn_checkpoint_write(run, state);
    if (status != QNN_OK)
        return status;
    printf("stopped in epoch %" PRId64 " after %" PRId64 " steps; `%s train --resume` goes on from here\n",
           state->epoch + 1, state->step, run->program->name);
    return (enum qnn_status)(QNN_INTERRUPTED + qnn_interrupt_pending());
}

enum qnn_status qnn_train(struct qnn_run *run)
{
    struct qnn_state state;
    enum qnn_status status = begin(run, &state);
    if (status != QNN_OK)
        return status;
    announce(run, &state);
    qnn_interrupt_watch();
    while (status == QNN_OK && !is_over(run, &state) && !qnn_interrupt_pending())
        status = run_epoch(run, &state);
    if (status != QNN_OK)
        return status;
    if (!is_over(run, &state))
        return save_interrupted(run, &state);
    printf("best network: epoch %" PRId64 ", %s\n", state.best_epoch + 1, run->frozen);
    status = qnn_run_load_frozen(run);
    return status == QNN_OK ? qnn_report_test(run, NULL) : status;
}
