/*
 * The command line of the integer inference: which sections of text a program needs, and what stands in their gaps.
 * A program with data gets eval, predict and bench; one without reads raw samples and has no eval.
 */
#include "backend/c/infer_main.h"

#include "base/arena.h"
#include "base/require.h"
#include "backend/c/infer_csv_text.h"
#include "backend/c/infer_files_text.h"
#include "backend/c/infer_kernels.h"
#include "backend/c/infer_main_text.h"

#include <math.h>
#include <string.h>

enum { MAX_KEYS = 40 };

struct command_line {
    const struct int_graph *graph;
    const struct model *model;
    const struct model_node *input;
    bool regress;
    enum data_kind data;                /* DATA_NONE also for files of bytes before an input of another type */
    const char *keys[2 * MAX_KEYS + 1]; /* names and values, for infer_emit_template */
    size_t key_count;
    struct arena arena;
    struct text *out;
};

static void set(struct command_line *line, const char *key, const char *value)
{
    REQUIRE(line->key_count < MAX_KEYS);
    line->keys[2 * line->key_count] = key;
    line->keys[2 * line->key_count + 1] = value;
    line->key_count++;
}

static void add(struct command_line *line, const char *const *text)
{
    infer_emit_template(line->out, text, line->keys);
}

/* The inside of a C string literal. */
static const char *quoted(struct command_line *line, const char *name)
{
    struct text text = {0};
    for (const unsigned char *c = (const unsigned char *)(name ? name : ""); *c; c++)
        if (*c < ' ' || *c > '~' || strchr("\"\\?", *c))
            text_printf(&text, "\\%03o", *c);
        else
            text_printf(&text, "%c", *c);
    const char *copy = arena_strdup(&line->arena, text_cstr(&text));
    text_free(&text);
    return copy;
}

static const char *float_literal(struct command_line *line, float value)
{
    struct text text = {0};
    text_float(&text, value);
    const char *copy = arena_strdup(&line->arena, text_cstr(&text));
    text_free(&text);
    return copy;
}

/* ---- Values of the gaps ------------------------------------------------------------------------------------------ */

static void set_usage(struct command_line *line, const char *id)
{
    struct arena *arena = &line->arena;
    const char *const forms[] = {
        line->data ? arena_printf(arena, "%s_infer eval [--data DIR] [--predictions FILE]   the test samples", id)
                   : NULL,
        line->data ? arena_printf(arena, "%s_infer predict INDEX [--data DIR]               one test sample", id)
                   : NULL,
        line->data ? NULL : arena_printf(arena, "%s_infer predict FILE    raw samples, byte after byte", id),
        arena_printf(arena, "%s_infer bench           speed on made-up samples", id),
        line->data ? "--data: root of the data sets; default $QNN_DATA, else /usr/share/datasets" : NULL,
        line->data ? "--predictions: a line per sample. Exit status: 0 fine, 2 command line, 3 system or data"
                   : "Exit status: 0 fine, 2 command line, 3 system or data",
    };
    const char *synopsis = "", *usage = "";
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (forms[i]) {
            synopsis = arena_printf(arena, "%s *     %s\n", synopsis, forms[i]);
            usage = arena_printf(arena, "%s%s    \"%s\\n\"", usage, *usage ? "\n" : "", forms[i]);
        }
    set(line, "synopsis", synopsis);
    set(line, "usage", usage);
}

static void set_constants(struct command_line *line)
{
    struct arena *arena = &line->arena;
    const char *text = line->data ? "enum { PATH_SIZE = 4096 };\n" : "";
    if (line->data == DATA_CSV && !line->regress)
        text =
            arena_printf(arena, "%senum { MAX_CLASSES = 4096 }; /* labels beyond are a column of numbers */\n", text);
    if (line->data == DATA_CSV && !line->model->data.test)
        text = arena_printf(arena, "%senum { HOLDOUT = %d };\n", text, line->model->data.holdout);
    if (line->regress && line->data) {
        const int shift = line->graph->units[line->graph->unit_count - 1].shift;
        text = arena_printf(arena, "%sstatic const double VALUE_STEP = %.17g; /* 2^%d */\n", text, ldexp(1, -shift),
                            -shift);
    }
    set(line, "constants", text);
}

static void set_input(struct command_line *line)
{
    struct arena *arena = &line->arena;
    static const char *const types[ELEMENT_TYPE_COUNT] = {"uint8_t", "int8_t", "uint8_t"};
    static const char *const npy_types[ELEMENT_TYPE_COUNT] = {"|u1", "|i1", "<f4"};
    static const char *const low[ELEMENT_TYPE_COUNT] = {"0", "-128", ""};
    static const char *const high[ELEMENT_TYPE_COUNT] = {"255", "127", ""};
    const enum element_type type = line->input->input.type;
    const float scale = (float)line->input->input.scale, offset = (float)line->input->input.offset;
    const struct qnn_quantizer *quantizer = &line->graph->input_quantizer;
    const bool plain = scale == 1 && offset == 0;
    const char *scale_text = float_literal(line, scale), *offset_text = float_literal(line, offset);
    set(line, "type", types[type]);
    set(line, "npy_type", npy_types[type]);
    set(line, "low", low[type]);
    set(line, "high", high[type]);
    set(line, "real", plain ? "the field" : arena_printf(arena, "%s * field + %s", scale_text, offset_text));
    /* Two statements, so that no compiler contracts them into one rounding. */
    set(line, "affine",
        plain ? "" : arena_printf(arena, "    value *= %s;\n    value += %s;\n", scale_text, offset_text));
    set(line, "clip", float_literal(line, quantizer->function.clip));
    set(line, "inverse_step", float_literal(line, quantizer->function.inverse_step));
    set(line, "code_mask",
        line->graph->input.type.bits < 8 ? arena_printf(arena, " & %d", (1 << line->graph->input.type.bits) - 1) : "");
}

static void set_truth(struct command_line *line, const char *capitals)
{
    const bool classes = !line->regress;
    const char *field = classes ? "    int *labels;\n" : "    float *targets; /* count x outputs */\n";
    set(line, "truth_field", line->data ? field : "");
    set(line, "RESULTS", classes ? "CLASSES" : "OUTPUTS");
    set(line, "truth", classes ? "labels" : "targets");
    set(line, "truth_count", classes ? "1" : arena_printf(&line->arena, "%s_OUTPUTS", capitals));
    set(line, "numbers",
        arena_printf(&line->arena, classes ? "%s_INPUTS" : "%s_INPUTS + %s_OUTPUTS", capitals, capitals));
    set(line, "columns",
        arena_printf(&line->arena, classes ? "%s_INPUTS + 1" : "%s_INPUTS + %s_OUTPUTS", capitals, capitals));
    set(line, "classes_parameter", classes ? "const struct classes *classes, " : "");
    set(line, "classes_argument", classes ? "classes, " : "");
    set(line, "classes_variable", classes ? "    struct classes classes;\n" : "");
    set(line, "classes_address", classes ? "&classes, " : "");
    set(line, "collect", classes ? " && collect_classes(&table, &classes)" : "");
    set(line, "collect_train", classes ? " && collect_classes(&train, &classes)" : "");
}

/* ---- Sections ---------------------------------------------------------------------------------------------------- */

/* The quantizer of an f32 input. */
static void add_input_code(struct command_line *line)
{
    if (line->input->input.type == ELEMENT_F32)
        add(line, line->graph->input_quantizer.kind == QNN_QUANTIZER_SIGN ? text_code_sign : text_code_uint);
}

static void add_csv(struct command_line *line)
{
    add(line, text_csv);
    add(line, line->regress ? text_csv_targets : text_csv_labels);
    add_input_code(line);
    add(line, line->input->input.type == ELEMENT_F32 ? text_input_real : text_input_integer);
    if (!line->model->data.test)
        add(line, text_holdout);
    add(line, text_csv_load);
    add(line, line->model->data.test ? text_csv_load_test : text_csv_load_holdout);
}

static void add_idx(struct command_line *line)
{
    add(line, text_idx);
}

static void add_cifar10(struct command_line *line)
{
    add(line, text_cifar10);
}

static void add_npy(struct command_line *line)
{
    const bool codes = line->input->input.type == ELEMENT_F32;
    add(line, text_npy);
    if (codes || line->regress)
        add(line, text_npy_float);
    add_input_code(line);
    add(line, codes ? text_npy_codes : text_npy_inputs);
    add(line, line->regress ? text_npy_targets : text_npy_labels);
    add(line, text_npy_load);
}

static void add_raw(struct command_line *line)
{
    add(line, text_raw);
}

static const struct reader {
    void (*add)(struct command_line *line);
    bool streams; /* reads files of a folder, plain or compressed */
} readers[DATA_KIND_COUNT] = {
    [DATA_NONE] = {add_raw, false},       [DATA_IDX] = {add_idx, true}, [DATA_CSV] = {add_csv, false},
    [DATA_CIFAR10] = {add_cifar10, true}, [DATA_NPY] = {add_npy, true},
};

static void add_sections(struct command_line *line)
{
    const bool streams = readers[line->data].streams;
    add(line, text_head);
    if (line->data)
        add(line, text_root);
    if (streams)
        add(line, text_stream);
    if (streams && line->data != DATA_CIFAR10)
        add(line, text_stream_elements);
    if (streams)
        add(line, text_find);
    readers[line->data].add(line);
    add(line, line->regress ? text_result_values : text_result_class);
    if (line->data)
        add(line, line->regress ? text_score_values : text_score_class);
    add(line, line->data ? text_eval : text_predict_raw);
    add(line, text_bench);
    add(line, line->data ? text_main : text_main_raw);
}

/* Images of bytes with labels are for nothing else; CIFAR-10 has one shape. Whatever does not fit has no data. */
static enum data_kind data_of(const struct command_line *line)
{
    const enum data_kind kind = line->model->data.kind;
    const struct shape shape = line->input->shape;
    const bool images = line->input->input.type == ELEMENT_U8 && !line->regress;
    if (kind == DATA_IDX && !images)
        return DATA_NONE;
    if (kind == DATA_CIFAR10 && !(images && shape.height == 32 && shape.width == 32 && shape.channels == 3))
        return DATA_NONE;
    return kind;
}

void infer_emit_main(const struct int_graph *graph, const char *capitals, struct text *out)
{
    const struct model *model = graph->plan->model;
    struct command_line line = {.graph = graph,
                                .model = model,
                                .input = model->nodes[0],
                                .regress = graph->units[graph->unit_count - 1].plan->kind == UNIT_VALUES,
                                .out = out};
    line.data = data_of(&line);
    const bool streams = readers[line.data].streams;
    set(&line, "name", model->name);
    set(&line, "id", model->identifier);
    set(&line, "NAME", capitals);
    set(&line, "data", quoted(&line, model->data.name));
    set(&line, "test", quoted(&line, model->data.test));
    set(&line, "samples", quoted(&line, model->data.files[1].samples));
    set(&line, "truth_file", quoted(&line, model->data.files[1].labels));
    set(&line, "system_includes", streams ? "#include <sys/types.h>\n#include <sys/wait.h>\n" : "");
    set(&line, "end_includes", streams ? "#include <unistd.h>\n" : "");
    set_usage(&line, model->identifier);
    set_constants(&line);
    set_input(&line);
    set_truth(&line, capitals);
    add_sections(&line);
    arena_free(&line.arena);
}
