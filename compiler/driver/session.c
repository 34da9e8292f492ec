/* The steps from text to integer graph, each made once and on demand. */
#include "driver/session.h"

#include "runtime/data/source.h"
#include "transform/transform.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PROGRAM_BYTES = 16 << 20 };

enum status session_fail(struct session *session, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(session->error, sizeof session->error, format, args);
    va_end(args);
    return STATUS_SYSTEM;
}

void session_say(const struct session *session, const char *format, ...)
{
    if (!session->options.given[OPTION_VERBOSE])
        return;
    va_list args;
    va_start(args, format);
    fputs("qnnc: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}

const char *session_path(struct session *session, const char *suffix)
{
    return arena_printf(&session->arena, "%s/%s%s", session->out, session->model->name, suffix);
}

const char *session_rtl(struct session *session)
{
    return arena_printf(&session->arena, "%s/rtl", session->out);
}

enum status session_write(struct session *session, const char *path, const struct text *text)
{
    if (!file_make_directory(session->out, session->error) ||
        !file_write(path, text_cstr(text), text->length, session->error))
        return STATUS_SYSTEM;
    session_say(session, "wrote %s", path);
    return STATUS_OK;
}

/* Standard input until its end, within the limit. */
static enum status read_stdin(struct session *session)
{
    struct text text = {0};
    char block[4096];
    size_t got;
    while ((got = fread(block, 1, sizeof block, stdin)) > 0) {
        if (text.length + got > MAX_PROGRAM_BYTES) {
            text_free(&text);
            return session_fail(session, "standard input: program exceeds %d bytes", MAX_PROGRAM_BYTES);
        }
        text_add_bytes(&text, block, got);
    }
    session->source = (struct source){.name = "<stdin>", .length = text.length};
    session->text = text.data;
    return STATUS_OK;
}

enum status session_read(struct session *session)
{
    if (session->ast)
        return STATUS_OK;
    const char *path = session->options.program;
    if (strcmp(path, "-") == 0) {
        const enum status status = read_stdin(session);
        if (status != STATUS_OK)
            return status;
    } else {
        size_t length;
        if (!file_read(path, MAX_PROGRAM_BYTES, &session->text, &length, session->error))
            return STATUS_SYSTEM;
        session->source = (struct source){.name = path, .length = length};
    }
    session->source.text = session->text ? session->text : "";
    session->ast = ast_parse(&session->source, &session->arena, session->sink);
    return sink_errors(session->sink) ? STATUS_PROGRAM : STATUS_OK;
}

enum status session_model(struct session *session)
{
    if (session->model)
        return STATUS_OK;
    const enum status status = session_read(session);
    if (status == STATUS_SYSTEM)
        return status;
    const struct options *options = &session->options;
    session->model =
        transform_program(session->ast, options->defines, options->define_count, &session->arena, session->sink);
    if (!session->model || sink_errors(session->sink))
        return STATUS_PROGRAM;
    const char *target = options->value[OPTION_TARGET], *throughput = options->value[OPTION_THROUGHPUT];
    if (target && !model_override_target(session->model, target, session->sink))
        return STATUS_PROGRAM;
    if (throughput && !model_override_throughput(session->model, throughput, &session->arena, session->sink))
        return STATUS_PROGRAM;
    model_verify(session->model);
    return STATUS_OK;
}

enum status session_plan(struct session *session)
{
    if (session->plan)
        return STATUS_OK;
    const enum status status = session_model(session);
    if (status != STATUS_OK)
        return status;
    session->plan = int_cut(session->model, &session->arena, session->sink);
    return session->plan ? STATUS_OK : STATUS_PROGRAM;
}

static enum status read_weights(struct session *session)
{
    const char *given = session->options.value[OPTION_WEIGHTS];
    const char *path = given ? given : session_path(session, ".safetensors");
    if (!given && !file_exists(path))
        return session_fail(session,
                            "no trained weights: '%s' does not exist; train first, or give --weights FILE or "
                            "--random-weights SEED",
                            path);
    return qnn_safetensors_open(&session->weights, path, session->error) ? STATUS_OK : STATUS_SYSTEM;
}

enum status session_graph(struct session *session)
{
    if (session->graph)
        return STATUS_OK;
    enum status status = session_plan(session);
    if (status != STATUS_OK)
        return status;
    if (session->options.given[OPTION_RANDOM_WEIGHTS]) {
        session->graph = int_random(session->plan, session->options.random_seed, &session->arena, session->sink);
    } else {
        status = read_weights(session);
        if (status != STATUS_OK)
            return status;
        session->graph = int_lower(session->plan, &session->weights, &session->arena, session->sink);
    }
    if (!session->graph)
        return STATUS_PROGRAM;
    int_verify(session->graph);
    return STATUS_OK;
}

enum status session_hardware(struct session *session)
{
    if (session->hardware)
        return STATUS_OK;
    const enum status status = session_graph(session);
    if (status != STATUS_OK)
        return status;
    session->hardware = hw_build(session->graph, &session->arena, session->sink);
    if (!session->hardware)
        return STATUS_PROGRAM;
    hw_verify(session->hardware);
    return STATUS_OK;
}

void session_close(struct session *session)
{
    qnn_safetensors_close(&session->weights);
    free(session->text);
    arena_free(&session->arena);
}

static enum status load_test_data(struct session *session, struct qnn_dataset *data)
{
    static const enum qnn_element elements[ELEMENT_TYPE_COUNT] = {
        [ELEMENT_U8] = QNN_U8, [ELEMENT_I8] = QNN_I8, [ELEMENT_F32] = QNN_F32};
    static const enum qnn_source_kind kinds[DATA_KIND_COUNT] = {
        [DATA_IDX] = QNN_SOURCE_IDX,
        [DATA_CSV] = QNN_SOURCE_CSV,
        [DATA_CIFAR10] = QNN_SOURCE_CIFAR10,
        [DATA_NPY] = QNN_SOURCE_NPY,
    };
    const struct model *model = session->model;
    if (model->data.kind == DATA_NONE)
        return session_fail(session, "%s: the program has no data section, hence no test samples", model->source->name);
    const struct model_node *input = model->nodes[0], *output = model->nodes[model->node_count - 1];
    const bool classes = node_has(output, TRAIT_CLASSES);
    const struct qnn_data_source source = {
        .kind = kinds[model->data.kind],
        .name = model->data.name,
        .test = model->data.test,
        .holdout = (size_t)model->data.holdout,
        .outputs = classes ? 0 : (size_t)output->output.outputs,
        .element = elements[input->input.type],
        .files = {[QNN_SPLIT_TEST] = {model->data.files[1].samples, model->data.files[1].labels}},
    };
    const struct qnn_dataset_need need = {
        .element = source.element,
        .height = (size_t)input->shape.height,
        .width = (size_t)input->shape.width,
        .channels = (size_t)input->shape.channels,
        .classes = classes ? output->output.outputs : 0,
        .outputs = source.outputs,
    };
    if (!qnn_data_load(&source, session->options.value[OPTION_DATA], QNN_SPLIT_TEST, data, session->error))
        return STATUS_SYSTEM;
    if (qnn_dataset_check(data, source.name, &need, session->error))
        return STATUS_OK;
    qnn_dataset_free(data);
    return STATUS_SYSTEM;
}

enum status session_on_test_data(struct session *session,
                                 enum status (*run)(struct session *session, const struct qnn_dataset *data))
{
    struct qnn_dataset data;
    enum status status = load_test_data(session, &data);
    if (status != STATUS_OK)
        return status;
    status = run(session, &data);
    qnn_dataset_free(&data);
    return status;
}

void session_codes(const struct session *session, const struct qnn_dataset *data, size_t index, int32_t *codes)
{
    const void *sample = qnn_dataset_sample(data, index);
    const size_t count = qnn_dataset_features(data);
    const struct qnn_quantizer *quantizer = &session->graph->input_quantizer;
    const struct model_node *input = session->model->nodes[0];
    const float scale = (float)input->input.scale, offset = (float)input->input.offset;
    for (size_t i = 0; i < count; i++) {
        if (data->element == QNN_U8)
            codes[i] = ((const uint8_t *)sample)[i];
        else if (data->element == QNN_I8)
            codes[i] = (int32_t)((const int8_t *)sample)[i];
        else {
            const float y = scale * ((const float *)sample)[i] + offset; /* as qnn_input_f32: product, then sum */
            codes[i] = qnn_quantizer_value(quantizer, y);
        }
    }
}
