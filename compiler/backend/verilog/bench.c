/*
 * What fits the bench to one network: the header NAME_bench.h and Verilator's control file NAME.vlt.
 *
 * A tap is a stream inside a layer's wrapper that the bench watches: the codes that leave it, or, in the last layer, the
 * integers that the class is made from. The control file makes exactly these signals readable.
 */
#include "backend/verilog/emit.h"

#include <string.h>

/* A Verilog name as Verilator spells it in C++: the second of two adjacent underscores is encoded. */
static const char *mangled(const char *name, struct arena *arena)
{
    struct text text = {0};
    for (const char *at = name; *at; at++) {
        text_add_bytes(&text, at, 1);
        if (at[0] == '_' && at[1] == '_') {
            text_add(&text, "__05F");
            at++;
        }
    }
    char *copy = arena_strdup(arena, text_cstr(&text));
    text_free(&text);
    return copy;
}

/* The stream of a wrapper that is compared. */
static const char *tap_stream(const struct hw_graph *graph, const struct hw_engine *engine)
{
    return verilog_is_last(graph, engine) ? "values" : "m";
}

static void emit_tap(const struct hw_graph *graph, const struct hw_engine *engine, size_t index, struct arena *arena,
                     struct text *out)
{
    const char *name = graph->integer->plan->model->identifier;
    const char *instance = arena_printf(arena, "u_%s", engine->identifier);
    const char *path = arena_printf(arena, "root.%s__DOT__%s__DOT__%s", mangled(name, arena), mangled(instance, arena),
                                    tap_stream(graph, engine));
    const bool last = verilog_is_last(graph, engine);
    text_printf(out, "static bool fires_%zu(const BenchRoot &root)\n{\n    return %s_valid && %s_ready;\n}\n", index,
                path, path);
    text_printf(out, "static long long value_%zu(const BenchRoot &root, unsigned lane)\n{\n", index);
    text_printf(out, "    return bench_bits(%s_data, lane * %d, %d, %s);\n}\n", path, engine->out_bits,
                engine->out_bits, last || engine->unit->output.type.encoding == QNN_ENCODING_TWOS ? "true" : "false");
    text_printf(out, "static long long expected_%zu(const BenchState &state, unsigned element)\n{\n", index);
    if (!last)
        text_printf(out, "    return %s_code(&state, %zu, element);\n}\n\n", name, index);
    else if (engine->tail == TAIL_NONE)
        text_printf(out, "    return state.values[element] / %d;\n}\n\n", (int)engine->unit->multiplier[0]);
    else
        text_add(out, "    return state.values[element];\n}\n\n");
}

static void emit_tap_table(const struct hw_graph *graph, struct text *out)
{
    text_add(out, "struct BenchTap {\n    const char *name;\n    unsigned elements, lanes, channels;\n"
                  "    bool (*fires)(const BenchRoot &root);\n"
                  "    long long (*value)(const BenchRoot &root, unsigned lane);\n"
                  "    long long (*expected)(const BenchState &state, unsigned element);\n};\n\n"
                  "static const BenchTap bench_taps[BENCH_TAPS] = {\n");
    for (size_t i = 0; i < graph->engine_count; i++) {
        const struct hw_engine *engine = &graph->engines[i];
        text_printf(out, "    {\"%s\", %d, %d, %zu, fires_%zu, value_%zu, expected_%zu},\n", engine->unit->plan->name,
                    hw_frame_out(engine), verilog_is_last(graph, engine) ? engine->pe : engine->lanes_out,
                    engine->unit->plan->channels, i, i, i);
    }
    text_add(out, "};\n\n");
}

/* How a beat of input elements is laid on s_axis_tdata: element 0 in the lowest bits, padding lanes zero. */
static void emit_input(const struct hw_graph *graph, struct text *out)
{
    text_printf(out,
                "static inline void bench_set_input(BenchModel &model, const uint8_t *sample, unsigned beat)\n{\n"
                "    for (unsigned lane = 0; lane < %d; lane++) {\n"
                "        const unsigned element = beat * %d + lane;\n"
                "        bench_put(model.s_axis_tdata, lane * %d, %d, element < BENCH_INPUTS ? sample[element] : 0);\n"
                "    }\n}\n\n",
                graph->input_elements, graph->input_elements, graph->input_bits, graph->input_bits);
}

static void emit_expected(const struct hw_graph *graph, struct text *out)
{
    const char *name = graph->integer->plan->model->identifier;
    text_add(out, "static inline long long bench_result(const BenchState &state, unsigned beat)\n{\n");
    if (graph->class_bits)
        text_printf(out, "    return beat == 0 ? %s_class(&state) : (long long)state.values[beat - 1];\n}\n\n", name);
    else
        text_add(out, "    return (long long)state.values[beat];\n}\n\n");
    text_add(out, "static inline long long bench_output(const BenchModel &model, unsigned beat)\n{\n");
    if (graph->class_bits)
        text_printf(out, "    if (beat == 0)\n        return bench_bits(model.m_axis_tdata, 0, %d, false);\n",
                    graph->class_bits);
    else
        text_add(out, "    (void)beat;\n");
    const int logit = verilog_logit_bits(graph);
    text_printf(out, "    return bench_bits(model.m_axis_tdata, 0, %d, true);\n}\n\n", logit ? logit : 1);
}

static void emit_header(const struct hw_graph *graph, struct arena *arena, struct text *out)
{
    const struct model *model = graph->integer->plan->model;
    const char *name = model->identifier, *top = mangled(name, arena);
    const int logits = verilog_logit_bits(graph) ? graph->engines[graph->engine_count - 1].elements_out : 0;
    const int results = logits + (graph->class_bits > 0);
    text_printf(out, "// Fits qnn_simulate.cpp to %s. Generated from %s.\n#pragma once\n\n", model->name,
                model_file_name(model));
    text_printf(out, "#include \"V%s.h\"\n#include \"V%s___024root.h\"\n#include \"qnn_bits.h\"\n\n", top, top);
    text_printf(out, "extern \"C\" {\n#include \"%s_infer.h\"\n}\n\n", model->name);
    text_printf(out, "using BenchModel = V%s;\nusing BenchRoot = V%s___024root;\nusing BenchState = %s_state;\n\n", top,
                top, name);
    text_printf(out, "#define BENCH_INPUTS %d\n#define BENCH_INPUT_BEATS %lld\n#define BENCH_RESULT_BEATS %d\n",
                (int)shape_count(graph->integer->input.shape), (long long)graph->input_cycles, results);
    text_printf(out, "#define BENCH_PREDICTION_BEATS %d\n#define BENCH_TAPS %zu\n#define BENCH_PERIOD %lld\n\n",
                graph->class_bits ? 1 : results, graph->engine_count, (long long)graph->period);
    text_printf(
        out,
        "static inline void bench_infer(BenchState *state, const uint8_t *sample)\n{\n    %s_infer(state, %s);\n}\n\n",
        name,
        graph->integer->input.type.encoding == QNN_ENCODING_TWOS ? "reinterpret_cast<const int8_t *>(sample)"
                                                                 : "sample");
    for (size_t i = 0; i < graph->engine_count; i++)
        emit_tap(graph, &graph->engines[i], i, arena, out);
    emit_tap_table(graph, out);
    emit_input(graph, out);
    emit_expected(graph, out);
}

/* Modules are named there as in C++ too. */
static void emit_control(const struct hw_graph *graph, struct arena *arena, struct text *out)
{
    static const char *const signals[] = {"valid", "ready", "data"};
    const char *name = graph->integer->plan->model->identifier;
    text_add(out, "`verilator_config\n");
    for (size_t i = 0; i < graph->engine_count; i++) {
        const struct hw_engine *engine = &graph->engines[i];
        const char *module = mangled(arena_printf(arena, "%s_%s", name, engine->identifier), arena);
        for (size_t s = 0; s < sizeof signals / sizeof signals[0]; s++)
            text_printf(out, "public_flat_rd -module \"%s\" -var \"%s_%s\"\n", module, tap_stream(graph, engine),
                        signals[s]);
    }
}

void emit_bench(const struct hw_graph *graph, struct verilog_output *output, struct arena *arena)
{
    const char *name = graph->integer->plan->model->identifier;
    emit_header(graph, arena, &verilog_open(output, arena, arena_printf(arena, "%s_bench.h", name))->text);
    emit_control(graph, arena, &verilog_open(output, arena, arena_printf(arena, "%s.vlt", name))->text);
}
