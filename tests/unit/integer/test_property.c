/*
 * Random programs, from text to integer graph: the interpreter against an independent evaluation, thresholds against the
 * interpreter, and every threshold against the definition.
 */
#include "tests/support/draw.h"
#include "tests/support/frozen.h"
#include "tests/support/random_program.h"
#include "tests/support/reference.h"
#include "tests/unit/cunit_main.h"

#include "base/require.h"
#include "syntax/ast.h"
#include "transform/transform.h"

#include <stdlib.h>
#include <string.h>

enum { PROGRAMS = 400, SAMPLES = 6 };

/* What was met, so that the test cannot pass by meeting nothing. */
struct seen {
    size_t falling, constant, requantized, fine, units[3], without_linear, multi_stage, inputs[QNN_ENCODING_COUNT];
    size_t sources[UNIT_SOURCE_COUNT], minima, padded, groups, signed_codes, raw;
};

static struct int_plan *compile(const char *program, size_t length, struct arena *arena, struct sink *sink)
{
    struct source *source = ARENA_NEW(arena, struct source);
    *source = (struct source){.name = "random.qnn", .text = program, .length = length};
    const struct ast_file *file = ast_parse(source, arena, sink);
    const struct model *model = transform_program(file, NULL, 0, arena, sink);
    return model ? int_cut(model, arena, sink) : NULL;
}

/* Whether the codes of a requantized unit move as trained ones do: less than a code a step, over many accumulators. */
static bool is_fine(const struct int_unit *unit)
{
    const struct qnn_requant *requant = int_requant(unit);
    for (size_t c = 0; c < unit->plan->channels; c++)
        if (requant->multiplier[c] == 0 || (int64_t)abs(requant->multiplier[c]) >> requant->shift > 0)
            return false;
    return true;
}

/* Every accumulator of a narrow range, a spread of a wide one; int_verify has looked at the edges of all. */
static bool unit_agrees(const struct int_unit *unit, struct seen *seen)
{
    seen->requantized += unit->plan->requantized;
    seen->fine += unit->plan->requantized && is_fine(unit);
    for (size_t c = 0; c < unit->plan->channels; c++) {
        const int64_t lo = unit->acc_lo[c], hi = unit->acc_hi[c];
        seen->falling += unit->thresholds.flip[c];
        seen->constant += int_threshold_code(&unit->thresholds, c, lo) == int_threshold_code(&unit->thresholds, c, hi);
        for (int64_t acc = lo; acc <= hi; acc += 1 + (hi - lo) / 500)
            if (int_threshold_code(&unit->thresholds, c, acc) != qnn_unit_code(&unit->function, c, (int32_t)acc))
                return false;
    }
    return true;
}

static bool sample_agrees(const struct int_graph *graph, const struct qnn_safetensors *weights, const int32_t *input,
                          struct int_state *state, struct arena *arena)
{
    int_run(graph, input, state);
    const struct reference expected = reference_run(graph->plan, weights, input, arena);
    for (size_t u = 0; u < graph->unit_count; u++) {
        const struct int_unit *unit = &graph->units[u];
        for (size_t e = 0; e < shape_count(unit->plan->shape); e++) {
            if (unit->plan->kind != UNIT_CODES) {
                if (int_values(state)[e] != expected.scores[e])
                    return false;
            } else if (int_codes(state, u)[e] != expected.codes[u][e] ||
                       (unit->plan->quantizer != QNN_QUANTIZER_NONE &&
                        int_threshold_code(&unit->thresholds, e % unit->plan->channels,
                                           int_accumulators(state, u)[e]) != expected.codes[u][e])) {
                return false;
            }
        }
    }
    const bool classify = graph->plan->units[graph->unit_count - 1].kind == UNIT_CLASS;
    return !classify || (size_t)int_class(state) == expected.best;
}

static void draw_input(struct draw *draw, const struct int_tensor *edge, int32_t *input)
{
    for (size_t i = 0; i < shape_count(edge->shape); i++)
        input[i] = edge->type.encoding == QNN_ENCODING_SIGN ? 2 * draw_int(draw, 0, 1) - 1
                                                            : draw_int(draw, edge->type.low, edge->type.high);
}

static void see_graph(const struct int_unit *unit, struct seen *seen)
{
    const struct unit_plan *plan = unit->plan;
    seen->sources[plan->source]++;
    for (size_t c = 0; unit->minimum && c < plan->channels; c++)
        seen->minima += unit->minimum[c];
    seen->padded += plan->source == UNIT_CONV && plan->window->pads;
    seen->groups += plan->groups > 1;
    seen->signed_codes += plan->quantizer == QNN_QUANTIZER_INT;
    seen->raw += plan->scaled_by != NULL;
}

static bool graph_agrees(uint64_t seed, const struct int_graph *graph, const struct qnn_safetensors *weights,
                         struct arena *arena, struct seen *seen)
{
    struct draw draw = draw_open(seed, 6);
    struct int_state *state = int_state_new(graph, arena);
    int32_t *input = ARENA_NEW_ARRAY(arena, shape_count(graph->input.shape), int32_t);
    seen->inputs[graph->input.type.encoding]++;
    for (size_t u = 0; u < graph->unit_count; u++) {
        const struct int_unit *unit = &graph->units[u];
        seen->units[unit->plan->kind]++;
        seen->without_linear += !unit->plan->linear;
        seen->multi_stage += unit->plan->stage_count > 2;
        see_graph(unit, seen);
        if (unit->plan->kind == UNIT_CODES && unit->plan->quantizer != QNN_QUANTIZER_NONE && !unit_agrees(unit, seen))
            return false;
    }
    for (int sample = 0; sample < SAMPLES; sample++) {
        draw_input(&draw, &graph->input, input);
        if (!sample_agrees(graph, weights, input, state, arena))
            return false;
    }
    return true;
}

static void run_program(uint64_t seed, bool images, struct seen *seen)
{
    struct arena arena = {0};
    struct sink *sink = sink_open(&arena, DIAGNOSTICS_TEXT);
    struct text text = {0}, messages = {0};
    if (images)
        random_image_program(seed, RANDOM_PROGRAM_TRAIN | RANDOM_PROGRAM_HARDWARE, &text);
    else
        random_program(seed, RANDOM_PROGRAM_TRAIN | RANDOM_PROGRAM_HARDWARE, &text);
    const struct int_plan *plan = compile(text_cstr(&text), text.length, &arena, sink);
    bool agrees = false;
    if (plan) {
        struct frozen *frozen = frozen_random(plan, seed, &arena);
        const struct int_graph *graph = int_lower(plan, &frozen->file, &arena, sink);
        if (graph)
            int_verify(graph);
        agrees = graph && graph_agrees(seed, graph, &frozen->file, &arena, seen);
    }
    CU_ASSERT_TRUE(agrees);
    if (!agrees) {
        sink_render(sink, &messages);
        printf("seed %llu:\n%s%s", (unsigned long long)seed, text_cstr(&text), text_cstr(&messages));
    }
    text_free(&messages);
    text_free(&text);
    arena_free(&arena);
}

static void test_programs(void)
{
    struct seen seen = {0};
    for (uint64_t seed = 1; seed <= PROGRAMS; seed++)
        run_program(seed, false, &seen);
    CU_ASSERT_TRUE(seen.falling > 1000);
    CU_ASSERT_TRUE(seen.constant > 1000);
    CU_ASSERT_TRUE(seen.requantized > 100);
    CU_ASSERT_TRUE(seen.fine > 30);
    CU_ASSERT_TRUE(seen.without_linear > 50);
    CU_ASSERT_TRUE(seen.multi_stage > 30);
    for (int i = 0; i < 3; i++)
        CU_ASSERT_TRUE(seen.units[i] > 30);
    CU_ASSERT_TRUE(seen.inputs[QNN_ENCODING_SIGN] > 30);
    CU_ASSERT_TRUE(seen.inputs[QNN_ENCODING_UNSIGNED] > 30);
    CU_ASSERT_TRUE(seen.inputs[QNN_ENCODING_TWOS] > 30);
}

static void test_image_programs(void)
{
    struct seen seen = {0};
    for (uint64_t seed = 1; seed <= PROGRAMS; seed++)
        run_program(seed, true, &seen);
    for (int i = 0; i < UNIT_SOURCE_COUNT; i++)
        CU_ASSERT_TRUE(seen.sources[i] > 30);
    CU_ASSERT_TRUE(seen.falling > 1000);
    CU_ASSERT_TRUE(seen.minima > 30);
    CU_ASSERT_TRUE(seen.padded > 100);
    CU_ASSERT_TRUE(seen.groups > 30);
    CU_ASSERT_TRUE(seen.signed_codes > 30);
    CU_ASSERT_TRUE(seen.raw > 10);
    CU_ASSERT_TRUE(seen.requantized > 100);
}

static const struct unit_case cases[] = {{"random programs", test_programs},
                                         {"random networks on images", test_image_programs}};
UNIT_MAIN("properties of the integer graph", cases)
