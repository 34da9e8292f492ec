/* Checkpoints: one safetensors file, replaced as a whole. */
#include "runtime/trainer/checkpoint.h"

#include "runtime/trainer/store.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

enum { NUMBER_SIZE = 40 };

static const char flips_name[] = "trainer.flips"; /* I64 [learners]: changes of sign in the epoch so far */

struct integer_field {
    const char *key;
    size_t offset;
    int64_t least;
};

static const struct integer_field integers[] = {
    {"seed", offsetof(struct qnn_state, seed), 0},
    {"epochs", offsetof(struct qnn_state, epochs), 1},
    {"samples", offsetof(struct qnn_state, samples), 1},
    {"epoch", offsetof(struct qnn_state, epoch), 0},
    {"step", offsetof(struct qnn_state, step), 0},
    {"update", offsetof(struct qnn_state, update), 0},
    {"right", offsetof(struct qnn_state, right), 0},
    {"seen", offsetof(struct qnn_state, seen), 0},
    {"best_epoch", offsetof(struct qnn_state, best_epoch), -1},
    {"log_bytes", offsetof(struct qnn_state, log_bytes), 0},
    {"histogram_bytes", offsetof(struct qnn_state, histogram_bytes), 0},
};
enum { INTEGER_COUNT = sizeof integers / sizeof integers[0] };

struct real_field {
    const char *key;
    size_t offset;
};

static const struct real_field reals[] = {
    {"loss", offsetof(struct qnn_state, loss)},
    {"best", offsetof(struct qnn_state, best)},
};
enum { REAL_COUNT = sizeof reals / sizeof reals[0] };

/* ---- Writing ----------------------------------------------------------------------------------------------------- */

enum qnn_status qnn_checkpoint_write(struct qnn_run *run, const struct qnn_state *state)
{
    const struct qnn_program *p = run->program;
    char numbers[INTEGER_COUNT + REAL_COUNT][NUMBER_SIZE];
    struct qnn_metadata metadata[INTEGER_COUNT + REAL_COUNT];
    for (int i = 0; i < INTEGER_COUNT; i++) {
        const int64_t *value = (const int64_t *)(const void *)((const char *)state + integers[i].offset);
        snprintf(numbers[i], NUMBER_SIZE, "%" PRId64, *value);
        metadata[i] = (struct qnn_metadata){integers[i].key, numbers[i]};
    }
    for (int i = 0; i < REAL_COUNT; i++) {
        const double *value = (const double *)(const void *)((const char *)state + reals[i].offset);
        snprintf(numbers[INTEGER_COUNT + i], NUMBER_SIZE, "%a", *value);
        metadata[INTEGER_COUNT + i] = (struct qnn_metadata){reals[i].key, numbers[INTEGER_COUNT + i]};
    }
    int64_t *flips = calloc(p->learner_count ? p->learner_count : 1, sizeof *flips);
    if (!flips) {
        qnn_error_set(run->error, "%s: out of memory", run->checkpoint);
        return QNN_SYSTEM;
    }
    for (size_t i = 0; i < p->learner_count; i++)
        flips[i] = (int64_t)qnn_run_parameter(run, i)->flips;
    const struct qnn_tensor tensor = {
        .name = flips_name, .dtype = QNN_DTYPE_I64, .rank = 1, .shape = {p->learner_count}, .data = flips};
    const bool done = qnn_store_write(p, run->checkpoint, QNN_IN_CHECKPOINT, &tensor, 1, metadata,
                                      INTEGER_COUNT + REAL_COUNT, run->error);
    free(flips);
    return done ? QNN_OK : QNN_SYSTEM;
}

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

static bool read_integer(const struct qnn_safetensors *file, const struct integer_field *field, struct qnn_state *state)
{
    const char *text = qnn_safetensors_metadata(file, field->key);
    char *end;
    errno = 0;
    const long long value = text ? strtoll(text, &end, 10) : 0;
    *(int64_t *)(void *)((char *)state + field->offset) = value;
    return text && *text && !*end && !errno && value >= field->least;
}

static bool read_real(const struct qnn_safetensors *file, const struct real_field *field, struct qnn_state *state)
{
    const char *text = qnn_safetensors_metadata(file, field->key);
    char *end;
    const double value = text ? strtod(text, &end) : 0;
    *(double *)(void *)((char *)state + field->offset) = value;
    return text && *text && !*end && !isnan(value);
}

static bool read_state(struct qnn_run *run, const struct qnn_safetensors *file, struct qnn_state *state)
{
    const char *bad = NULL;
    for (int i = 0; i < INTEGER_COUNT; i++)
        if (!read_integer(file, &integers[i], state))
            bad = integers[i].key;
    for (int i = 0; i < REAL_COUNT; i++)
        if (!read_real(file, &reals[i], state))
            bad = reals[i].key;
    if (state->epochs > INT32_MAX || state->epoch > state->epochs || state->update >= INT64_C(1) << 48)
        bad = "epoch";
    return !bad || qnn_error_set(run->error, "%s: '%s' is missing or impossible", run->checkpoint, bad);
}

static enum qnn_status adopt(struct qnn_run *run, const struct qnn_safetensors *file, const struct qnn_state *state)
{
    const struct qnn_program *p = run->program;
    const size_t shape[] = {p->learner_count};
    const int64_t *flips = qnn_safetensors_find(file, flips_name, QNN_DTYPE_I64, 1, shape, run->error);
    if (!flips)
        return QNN_WRONG;
    if (run->options.has_seed && run->options.seed != state->seed) {
        qnn_error_set(run->error, "the checkpoint was trained with --seed %" PRId64 "; leave --seed out to resume it",
                      state->seed);
        return QNN_COMMAND_LINE;
    }
    run->seed = (uint64_t)state->seed;
    if (!run->options.epochs)
        run->epochs = (int)state->epochs;
    p->setup(p->net, run->seed);
    qnn_store_copy(p, file, QNN_IN_CHECKPOINT);
    qnn_run_optimizer(run)->step = (uint64_t)state->update;
    for (size_t i = 0; i < p->learner_count; i++)
        qnn_run_parameter(run, i)->flips = (uint64_t)flips[i];
    return QNN_OK;
}

enum qnn_status qnn_checkpoint_read(struct qnn_run *run, struct qnn_state *state)
{
    if (access(run->checkpoint, F_OK) != 0) {
        qnn_error_set(run->error, "there is no checkpoint '%s'; run `%s train` without --resume first", run->checkpoint,
                      run->program->name);
        return QNN_SYSTEM;
    }
    struct qnn_safetensors file;
    bool fits;
    if (!qnn_store_open(run->program, run->checkpoint, QNN_IN_CHECKPOINT, &file, &fits, run->error))
        return fits ? QNN_SYSTEM : QNN_WRONG;
    const enum qnn_status status = read_state(run, &file, state) ? adopt(run, &file, state) : QNN_WRONG;
    qnn_safetensors_close(&file);
    return status;
}

enum qnn_status qnn_checkpoint_check_samples(struct qnn_run *run, const struct qnn_state *state)
{
    if (state->samples == (int64_t)run->train.count && state->step <= (int64_t)qnn_run_steps(run))
        return QNN_OK;
    qnn_error_set(run->error, "the checkpoint was trained on %" PRId64 " samples, here are %zu; give the same --limit",
                  state->samples, run->train.count);
    return QNN_WRONG;
}
