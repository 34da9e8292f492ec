/* --evaluate: the interpreter of the integer graph on test samples. */
#include "driver/session.h"

#include "runtime/data/dataset.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

/* How many samples were asked, within what there is. */
static size_t sample_count(long asked, size_t available)
{
    return asked < 0 || (size_t)asked > available ? available : (size_t)asked;
}

static void progress(size_t done, size_t count)
{
    if (isatty(STDERR_FILENO) && (done % 100 == 0 || done == count))
        fprintf(stderr, "\r%zu of %zu samples%s", done, count, done == count ? "\r\033[K" : "");
}

/* A class per line, or the integer outputs of a regression separated by blanks. */
static void print_prediction(const struct session *session, const struct int_state *state, struct text *out)
{
    const struct unit_plan *last = session->graph->units[session->graph->unit_count - 1].plan;
    if (last->kind == UNIT_CLASS) {
        text_printf(out, "%d\n", int_class(state));
        return;
    }
    for (size_t i = 0; i < last->channels; i++)
        text_printf(out, "%" PRId64 "%s", int_values(state)[i], i + 1 < last->channels ? " " : "\n");
}

static enum status evaluate(struct session *session, const struct qnn_dataset *data)
{
    const size_t count = sample_count(session->options.evaluate, data->count);
    int32_t *codes = arena_array(&session->arena, qnn_dataset_features(data), sizeof *codes);
    struct int_state *state = int_state_new(session->graph, &session->arena);
    struct text predictions = {0};
    size_t right = 0;
    for (size_t i = 0; i < count; i++) {
        session_codes(session, data, i, codes);
        int_run(session->graph, codes, state);
        right += data->labels && int_class(state) == data->labels[i];
        print_prediction(session, state, &predictions);
        progress(i + 1, count);
    }
    if (data->labels)
        printf("interpreter: %zu of %zu right, accuracy %.2f %%\n", right, count,
               100.0 * (double)right / (double)count);
    else
        printf("interpreter: %zu samples\n", count);
    const char *path = session->options.value[OPTION_PREDICTIONS];
    enum status status = STATUS_OK;
    if (path && !file_write(path, text_cstr(&predictions), predictions.length, session->error))
        status = STATUS_SYSTEM;
    text_free(&predictions);
    return status;
}

enum status action_evaluate(struct session *session)
{
    const enum status status = session_graph(session);
    return status == STATUS_OK ? session_on_test_data(session, evaluate) : status;
}
