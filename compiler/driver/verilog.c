/* --emit-verilog and --simulate: the RTL on disk, and its comparison with the integer C. */
#include "driver/session.h"

#include "report/simulate.h"
#include "runtime/data/dataset.h"
#include "backend/verilog/verilog.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_SAMPLES = 100, PERIOD_SAMPLES = 24, STALL_PERCENT = 25, STALL_SEED = 1, MAX_TEMPLATE = 1 << 20 };

/* A template that the network uses. */
struct rtl_template {
    const char *name; /* without ".v" */
    char *text;
    size_t length;
    bool used;
};

struct template_list {
    struct rtl_template *items;
    size_t count, capacity;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct rtl_template *)a)->name, ((const struct rtl_template *)b)->name);
}

static enum status read_templates(struct session *session, struct template_list *list)
{
    DIR *folder = opendir(session->home.rtl);
    if (!folder)
        return session_fail(session, "cannot read the Verilog templates in '%s'", session->home.rtl);
    enum status status = STATUS_OK;
    for (struct dirent *entry; status == STATUS_OK && (entry = readdir(folder));) {
        const char *dot = strrchr(entry->d_name, '.');
        if (!dot || strcmp(dot, ".v") != 0)
            continue;
        struct rtl_template item = {.name =
                                        arena_strndup(&session->arena, entry->d_name, (size_t)(dot - entry->d_name))};
        const char *path = arena_printf(&session->arena, "%s/%s", session->home.rtl, entry->d_name);
        if (!file_read(path, MAX_TEMPLATE, &item.text, &item.length, session->error))
            status = STATUS_SYSTEM;
        else
            ARENA_PUSH(&session->arena, list->items, list->count, list->capacity, item);
    }
    closedir(folder);
    if (list->count)
        qsort(list->items, list->count, sizeof *list->items, by_name);
    return status;
}

static void mark_used(struct template_list *list, const char *name, size_t length);

/* A template says in its header which others it instantiates: "// Instantiates: qnn_rom, qnn_search.", each on that line. */
static void mark_instantiated(struct template_list *list, const char *text)
{
    static const char label[] = "\n// Instantiates: ";
    const char *at = strstr(text, label);
    if (!at)
        return;
    at += sizeof label - 1;
    while (*at && *at != '\n') {
        const size_t length = strcspn(at, ",. \n");
        mark_used(list, at, length);
        at += length;
        at += strspn(at, ",. ");
    }
}

/* Marks a template, and what it instantiates. */
static void mark_used(struct template_list *list, const char *name, size_t length)
{
    for (size_t i = 0; i < list->count; i++) {
        struct rtl_template *item = &list->items[i];
        if (item->used || strlen(item->name) != length || strncmp(item->name, name, length) != 0)
            continue;
        item->used = true;
        mark_instantiated(list, item->text);
    }
}

static bool is_source(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && strcmp(dot, ".v") == 0;
}

/* Generated files, the templates they use, and NAME.f, the list of the sources. */
static enum status write_rtl(struct session *session, const struct verilog_output *output, struct template_list *list)
{
    const char *folder = session_rtl(session);
    struct text files = {0};
    enum status status = file_make_directory(folder, session->error) ? STATUS_OK : STATUS_SYSTEM;
    for (size_t i = 0; i < output->count && status == STATUS_OK; i++) {
        const struct verilog_file *file = &output->files[i];
        status = session_write(session, arena_printf(&session->arena, "%s/%s", folder, file->name), &file->text);
        if (is_source(file->name)) {
            text_printf(&files, "%s\n", file->name);
            for (size_t m = 0; m < file->module_count; m++)
                mark_used(list, file->modules[m], strlen(file->modules[m]));
        }
    }
    for (size_t i = 0; i < list->count && status == STATUS_OK; i++) {
        const struct rtl_template *item = &list->items[i];
        if (!item->used)
            continue;
        text_printf(&files, "%s.v\n", item->name);
        const struct text text = {.data = item->text, .length = item->length};
        status = session_write(session, arena_printf(&session->arena, "%s/%s.v", folder, item->name), &text);
    }
    if (status == STATUS_OK)
        status = session_write(session, arena_printf(&session->arena, "%s/%s.f", folder, session->model->identifier),
                               &files);
    text_free(&files);
    return status;
}

enum status action_verilog(struct session *session)
{
    if (session->rtl_written)
        return STATUS_OK;
    enum status status = session_hardware(session);
    if (status != STATUS_OK)
        return status;
    if (!home_find(&session->home, &session->arena, session->error))
        return STATUS_SYSTEM;
    struct template_list list = {0};
    struct verilog_output output = {0};
    hw_fill_memories(session->hardware, &session->arena);
    emit_verilog(session->hardware, &output, &session->arena);
    status = read_templates(session, &list);
    if (status == STATUS_OK)
        status = write_rtl(session, &output, &list);
    for (size_t i = 0; i < list.count; i++)
        free(list.items[i].text);
    verilog_free(&output);
    session->rtl_written = status == STATUS_OK;
    return status;
}

/* Input codes of count samples, a byte an element, as the bench takes them: bipolar ones as bits. */
static uint8_t *bench_samples(const struct session *session, const struct qnn_dataset *data, size_t count)
{
    const size_t elements = qnn_dataset_features(data);
    uint8_t *bytes = malloc(count * elements + 1);
    int32_t *codes = malloc(elements * sizeof *codes + 1);
    const bool bipolar = session->graph->input.type.encoding == QNN_ENCODING_SIGN;
    for (size_t i = 0; bytes && codes && i < count; i++) {
        session_codes(session, data, i, codes);
        for (size_t e = 0; e < elements; e++)
            bytes[i * elements + e] = (uint8_t)(bipolar ? codes[e] > 0 : codes[e]);
    }
    free(codes);
    return bytes;
}

/* Without pauses frames follow each other back to back, which shows the period; with pauses the handshakes are tried. */
static enum status run_both(struct session *session, const struct simulation *simulation, const uint8_t *codes,
                            size_t count)
{
    struct simulation_run quick, paused;
    const char *waves = simulation->waves ? "waves.fst" : NULL;
    const size_t quick_count = count < PERIOD_SAMPLES ? count : PERIOD_SAMPLES;
    if (!simulation_run(simulation, codes, quick_count, 0, STALL_SEED, waves, &quick, &session->arena,
                        session->error) ||
        !simulation_run(simulation, codes, count, STALL_PERCENT, STALL_SEED, NULL, &paused, &session->arena,
                        session->error))
        return STATUS_SYSTEM;
    printf("simulation: %zu of %zu samples equal to the integer C in every code, with random pauses (%.0f s)\n",
           paused.frames, count, paused.seconds);
    if (quick.period > 0)
        printf("simulation: period %.1f cycles (slowest engine %lld), latency %.0f cycles\n", quick.period,
               (long long)session->hardware->period, quick.latency);
    return STATUS_OK;
}

static enum status keep_predictions(struct session *session, const struct simulation *simulation)
{
    const char *path = session->options.value[OPTION_PREDICTIONS];
    if (!path)
        return STATUS_OK;
    char *text;
    size_t length;
    const char *made = arena_printf(&session->arena, "%s/predictions.txt", simulation->folder);
    if (!file_read(made, SIZE_MAX / 2, &text, &length, session->error))
        return STATUS_SYSTEM;
    const bool fine = file_write(path, text, length, session->error);
    free(text);
    return fine ? STATUS_OK : STATUS_SYSTEM;
}

static enum status simulate(struct session *session, const struct qnn_dataset *data)
{
    const struct simulation simulation = {
        .graph = session->hardware,
        .rtl = session_rtl(session),
        .c_folder = session->out,
        .bench = arena_printf(&session->arena, "%s/simulate", session->home.rtl),
        .folder = arena_printf(&session->arena, "%s/sim", session->out),
        .waves =
            session->options.given[OPTION_WAVES] ? arena_printf(&session->arena, "%s.fst", session->model->name) : NULL,
    };
    const long asked = session->options.simulate == SAMPLES_DEFAULT ? DEFAULT_SAMPLES : session->options.simulate;
    const size_t count = asked < 0 || (size_t)asked > data->count ? data->count : (size_t)asked;
    if (!simulation_build(&simulation, &session->arena, session->error))
        return STATUS_SYSTEM;
    uint8_t *codes = bench_samples(session, data, count);
    if (!codes)
        return session_fail(session, "no memory for %zu samples", count);
    enum status status = run_both(session, &simulation, codes, count);
    free(codes);
    return status == STATUS_OK ? keep_predictions(session, &simulation) : status;
}

enum status action_simulate(struct session *session)
{
    enum status status = action_verilog(session);
    if (status == STATUS_OK)
        status = action_infer(session);
    return status == STATUS_OK ? session_on_test_data(session, simulate) : status;
}
