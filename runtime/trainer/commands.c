/* eval, predict, export. */
#include "runtime/trainer/checkpoint.h"
#include "runtime/trainer/evaluate.h"
#include "runtime/trainer/store.h"

#include "runtime/data/png.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* ---- eval -------------------------------------------------------------------------------------------------------- */

enum qnn_status qnn_report_test(struct qnn_run *run, FILE *predictions)
{
    static const char *const names[QNN_VIEW_COUNT] = {"float", "quantized"};
    const struct qnn_program *p = run->program;
    const enum qnn_view written = p->deployed ? QNN_VIEW_QUANTIZED : QNN_VIEW_FLOAT;
    for (int view = 0; view < QNN_VIEW_COUNT; view++) {
        if (!qnn_has_view(p, (enum qnn_view)view))
            continue;
        const struct qnn_score score =
            qnn_evaluate(run, &run->test, (enum qnn_view)view, view == (int)written ? predictions : NULL);
        char text[32];
        printf("test, %s: %s", names[view], qnn_score_text(p, &score, text));
        if (p->classes)
            printf(" (%zu of %zu right)", score.right, score.count);
        printf("\n");
    }
    return QNN_OK;
}

static enum qnn_status write_predictions(struct qnn_run *run)
{
    const char *path = run->options.predictions;
    char temporary[QNN_PATH_SIZE];
    const int length = snprintf(temporary, sizeof temporary, "%s.tmp", path);
    FILE *file = length < (int)sizeof temporary ? fopen(temporary, "w") : NULL;
    if (!file) {
        qnn_error_set(run->error, "cannot write '%s': %s", path, strerror(errno));
        return QNN_SYSTEM;
    }
    qnn_report_test(run, file);
    const bool sound = fflush(file) == 0 && !ferror(file);
    const bool closed = fclose(file) == 0;
    if (sound && closed && rename(temporary, path) == 0)
        return QNN_OK;
    qnn_error_set(run->error, "cannot write '%s': %s", path, strerror(errno));
    unlink(temporary);
    return QNN_SYSTEM;
}

enum qnn_status qnn_eval(struct qnn_run *run)
{
    enum qnn_status status = qnn_run_load_frozen(run);
    if (status == QNN_OK)
        status = qnn_run_load_test(run);
    if (status != QNN_OK)
        return status;
    return run->options.predictions ? write_predictions(run) : qnn_report_test(run, NULL);
}

/* ---- predict ----------------------------------------------------------------------------------------------------- */

/* A PNG file as a data set of one sample. */
static enum qnn_status load_picture(struct qnn_run *run)
{
    const struct qnn_program *p = run->program;
    if (p->element != QNN_U8 || (p->channels != 1 && p->channels != 3)) {
        qnn_error_set(run->error, "%s does not take pictures; give the number of a test sample", p->name);
        return QNN_COMMAND_LINE;
    }
    run->test = (struct qnn_dataset){
        .count = 1, .height = p->height, .width = p->width, .channels = p->channels, .element = QNN_U8};
    run->test.samples = calloc(p->height * p->width, p->channels);
    run->test.labels = calloc(1, sizeof *run->test.labels);
    if (!run->test.samples || !run->test.labels) {
        qnn_error_set(run->error, "out of memory for a picture");
        return QNN_SYSTEM;
    }
    return qnn_png_load(run->options.argument, p->height, p->width, p->channels, run->test.samples, run->error)
               ? QNN_OK
               : QNN_SYSTEM;
}

/* The number of a test sample, or -1 where the argument is the name of a file. */
static int64_t sample_number(const char *argument)
{
    char *end;
    errno = 0;
    const long long number = strtoll(argument, &end, 10);
    return end == argument || *end || errno || number < 0 ? -1 : number;
}

static void print_prediction(struct qnn_run *run, const float *outputs, const int64_t *integers, bool labelled)
{
    const struct qnn_program *p = run->program;
    if (p->classes) {
        printf("%d", qnn_class_of(p, outputs, integers, 0));
        if (labelled)
            printf("   label %d", run->label[0]);
        printf("\n");
    }
    for (int i = 0; i < p->outputs; i++) {
        printf("%s %d: %.6g", p->classes ? "  class" : "  output", i, (double)outputs[i]);
        if (integers)
            printf("   integer %" PRId64, integers[i]);
        printf("\n");
    }
}

enum qnn_status qnn_predict(struct qnn_run *run)
{
    const int64_t number = sample_number(run->options.argument);
    enum qnn_status status = qnn_run_load_frozen(run);
    if (status == QNN_OK)
        status = number < 0 ? load_picture(run) : qnn_run_load_test(run);
    if (status != QNN_OK)
        return status;
    if (number >= (int64_t)run->test.count) {
        qnn_error_set(run->error, "there is no test sample %" PRId64 "; they range from 0 to %zu", number,
                      run->test.count - 1);
        return QNN_COMMAND_LINE;
    }
    const struct qnn_program *p = run->program;
    for (int i = 0; i < p->batch; i++)
        run->index[i] = number < 0 ? 0 : (uint32_t)number;
    const struct qnn_batch batch = qnn_run_batch(run, &run->test, run->index);
    const int64_t *integers;
    const enum qnn_view view = p->deployed ? QNN_VIEW_QUANTIZED : QNN_VIEW_FLOAT;
    const float *outputs = qnn_evaluate_batch(run, &batch, view, &integers);
    print_prediction(run, outputs, integers, number >= 0 && run->test.labels);
    return QNN_OK;
}

/* ---- export ------------------------------------------------------------------------------------------------------ */

enum qnn_status qnn_export(struct qnn_run *run)
{
    const struct qnn_program *p = run->program;
    char path[QNN_PATH_SIZE], epoch[24], seed[24];
    snprintf(path, sizeof path, "%.3000s/%.500s.last.safetensors", run->folder, p->name);
    const char *target = run->options.argument ? run->options.argument : path;
    struct qnn_state state;
    enum qnn_status status = qnn_checkpoint_read(run, &state);
    if (status == QNN_OK)
        status = qnn_run_load_training(run);
    if (status == QNN_OK)
        status = qnn_checkpoint_check_samples(run, &state);
    if (status != QNN_OK)
        return status;
    p->prepare(p->net);
    const struct qnn_batches batches = qnn_run_batches(run);
    if (!p->freeze(p->net, &batches, run->error))
        return QNN_WRONG;
    snprintf(epoch, sizeof epoch, "%" PRId64, state.epoch);
    snprintf(seed, sizeof seed, "%" PRIu64, run->seed);
    const struct qnn_metadata metadata[] = {{"epoch", epoch}, {"seed", seed}};
    if (!qnn_store_write(p, target, QNN_IN_FROZEN, NULL, 0, metadata, 2, run->error))
        return QNN_SYSTEM;
    printf("wrote %s\n", target);
    return QNN_OK;
}
