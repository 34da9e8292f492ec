/* int_lower, int_random and the interpreter on models made by hand; every way in which a file can be wrong. */
#include "tests/support/draw.h"
#include "tests/support/frozen.h"
#include "tests/support/reference.h"
#include "tests/unit/cunit_main.h"
#include "tests/unit/integer/handmade.h"

#include <math.h>

/* u8 -> dense -> relu (deployed) -> dense ternary -> relu -> batch norm -> uint(3) -> dense -> hardtanh -> sign -> dense. */
static struct int_plan *make_plan(struct handmade *made, enum element_type type, int inputs)
{
    handmade_open(made, type, 1, 1, inputs);
    if (type == ELEMENT_F32)
        handmade_sign(made, "in");
    handmade_dense(made, "a", 5, WEIGHT_BINARY);
    handmade_relu(made, "a_relu", 8);
    handmade_dense(made, "b", 7, WEIGHT_TERNARY);
    handmade_relu(made, "b_relu", 8);
    handmade_add(made, OP_BATCHNORM, "b_norm");
    handmade_uint(made, "b_act", 3, 0.75);
    handmade_dense(made, "c", 3, WEIGHT_BINARY);
    handmade_hardtanh(made, "c_tanh");
    handmade_sign(made, "c_act");
    handmade_dense(made, "d", 4, WEIGHT_TERNARY);
    handmade_output(made, OP_CLASSIFY, "classify");
    struct int_plan *plan = int_cut(&made->model, &made->arena, made->sink);
    REQUIRE(plan);
    return plan;
}

static void draw_input(struct draw *draw, const struct int_tensor *edge, int32_t *input)
{
    for (size_t i = 0; i < shape_count(edge->shape); i++)
        input[i] = edge->type.encoding == QNN_ENCODING_SIGN ? 2 * draw_int(draw, 0, 1) - 1
                                                            : draw_int(draw, edge->type.low, edge->type.high);
}

static void test_interpreter(void)
{
    for (uint64_t seed = 0; seed < 60; seed++) {
        static const int sizes[] = {1, 2, 3, 5, 7, 8, 17, 63, 64, 65};
        struct handmade made;
        const int inputs = sizes[seed % 10];
        struct int_plan *plan = make_plan(&made, (enum element_type)(seed % ELEMENT_TYPE_COUNT), inputs);
        struct frozen *frozen = frozen_random(plan, seed, &made.arena);
        struct int_graph *graph = int_lower(plan, &frozen->file, &made.arena, made.sink);
        CU_ASSERT_PTR_NOT_NULL_FATAL(graph);
        int_verify(graph);
        struct int_state *state = int_state_new(graph, &made.arena);
        struct draw draw = draw_open(seed, 5);
        int32_t *input = ARENA_NEW_ARRAY(&made.arena, (size_t)inputs, int32_t);
        for (int sample = 0; sample < 10; sample++) {
            draw_input(&draw, &graph->input, input);
            int_run(graph, input, state);
            const struct reference expected = reference_run(plan, &frozen->file, input, &made.arena);
            for (size_t u = 0; u + 1 < graph->unit_count; u++)
                CU_ASSERT_EQUAL(
                    memcmp(int_codes(state, u), expected.codes[u], graph->units[u].plan->channels * sizeof(int32_t)),
                    0);
            CU_ASSERT_EQUAL(memcmp(int_values(state), expected.scores, 4 * sizeof(int64_t)), 0);
            CU_ASSERT_EQUAL((size_t)int_class(state), expected.best);
            for (size_t c = 0; c < 4; c++)
                CU_ASSERT_EQUAL((double)int_accumulators(state, 3)[c], expected.accumulators[c]);
        }
        handmade_close(&made);
    }
}

/* Through a file on disk, closed before the graph is used: the same graph. */
static void test_file(void)
{
    static const char path[] = "integer_test_lower.safetensors";
    struct handmade made;
    struct int_plan *plan = make_plan(&made, ELEMENT_U8, 17);
    struct frozen *frozen = frozen_random(plan, 4, &made.arena);
    struct qnn_safetensors file;
    char error[QNN_ERROR_SIZE];
    CU_ASSERT_TRUE_FATAL(qnn_safetensors_write(path, frozen->file.tensors, frozen->file.tensor_count, frozen->metadata,
                                               FROZEN_METADATA, error));
    CU_ASSERT_TRUE_FATAL(qnn_safetensors_open(&file, path, error));
    const struct int_graph *graph = int_lower(plan, &file, &made.arena, made.sink);
    qnn_safetensors_close(&file);
    CU_ASSERT_PTR_NOT_NULL_FATAL(graph);
    int_verify(graph);
    struct text text[2] = {0};
    int_print(graph, &text[0]);
    int_print(int_lower(plan, &frozen->file, &made.arena, made.sink), &text[1]);
    CU_ASSERT_STRING_EQUAL(text_cstr(&text[0]), text_cstr(&text[1]));
    text_free(&text[0]);
    text_free(&text[1]);
    CU_ASSERT_EQUAL(remove(path), 0);
    handmade_close(&made);
}

/* Every combination of extreme inputs of a tiny layer: the bound is reached at both ends and never left, by no partial sum. */
static void test_bounds(void)
{
    for (uint64_t seed = 0; seed < 30; seed++) {
        enum { INPUTS = 6 };
        struct handmade made;
        struct int_plan *plan = make_plan(&made, (enum element_type)(seed % ELEMENT_TYPE_COUNT), INPUTS);
        struct int_graph *graph = int_random(plan, seed, &made.arena, made.sink);
        CU_ASSERT_PTR_NOT_NULL_FATAL(graph);
        const struct int_unit *unit = &graph->units[0];
        for (size_t c = 0; c < unit->plan->channels; c++) {
            int64_t least = INT64_MAX, greatest = INT64_MIN;
            for (unsigned corner = 0; corner < 1u << INPUTS; corner++) {
                int64_t sum = 0;
                for (unsigned i = 0; i < INPUTS; i++) {
                    const int32_t n = corner >> i & 1 ? unit->input.type.high : unit->input.type.low;
                    sum += unit->weights[c * INPUTS + i] * n;
                    CU_ASSERT_TRUE(sum >= unit->acc_lo[c] && sum <= unit->acc_hi[c]);
                }
                least = sum < least ? sum : least;
                greatest = sum > greatest ? sum : greatest;
            }
            CU_ASSERT_EQUAL(unit->acc_lo[c], least);
            CU_ASSERT_EQUAL(unit->acc_hi[c], greatest);
        }
        handmade_close(&made);
    }
}

/* The width is the least that holds every channel's range. */
static void test_width(void)
{
    struct handmade made;
    struct int_plan *plan = make_plan(&made, ELEMENT_U8, 8);
    struct frozen *frozen = frozen_random(plan, 1, &made.arena);
    memset((void *)(uintptr_t)frozen_tensor(frozen, "a.code")->data, 1, 5 * 8); /* all +1: 0 .. 2040 */
    struct int_graph *graph = int_lower(plan, &frozen->file, &made.arena, made.sink);
    CU_ASSERT_PTR_NOT_NULL_FATAL(graph);
    CU_ASSERT_EQUAL(graph->units[0].acc_hi[0], 2040);
    CU_ASSERT_EQUAL(graph->units[0].acc_lo[0], 0);
    CU_ASSERT_EQUAL(graph->units[0].acc_bits, 12);
    handmade_close(&made);
}

static void test_random_repeats(void)
{
    struct handmade made;
    struct int_plan *plan = make_plan(&made, ELEMENT_U8, 17);
    struct text text[3] = {0};
    for (int i = 0; i < 3; i++) {
        const struct int_graph *graph = int_random(plan, i < 2 ? 1 : 2, &made.arena, made.sink);
        CU_ASSERT_PTR_NOT_NULL_FATAL(graph);
        int_verify(graph);
        int_print(graph, &text[i]);
    }
    CU_ASSERT_STRING_EQUAL(text_cstr(&text[0]), text_cstr(&text[1]));
    CU_ASSERT_STRING_NOT_EQUAL(text_cstr(&text[0]), text_cstr(&text[2]));
    for (int i = 0; i < 3; i++)
        text_free(&text[i]);
    handmade_close(&made);
}

/* What needs no training is not invented: a quantizer right behind the input has the input's scale and offset. */
static void test_random_input_unit(void)
{
    struct handmade made;
    handmade_open(&made, ELEMENT_U8, 1, 1, 40);
    made.nodes[0]->input.scale = 0.25;
    made.nodes[0]->input.offset = -10;
    handmade_sign(&made, "sign");
    handmade_dense(&made, "dense", 2, WEIGHT_BINARY);
    handmade_output(&made, OP_CLASSIFY, "classify");
    const struct int_plan *plan = int_cut(&made.model, &made.arena, made.sink);
    CU_ASSERT_PTR_NOT_NULL_FATAL(plan);
    const struct int_graph *graph = int_random(plan, 1, &made.arena, made.sink);
    CU_ASSERT_PTR_NOT_NULL_FATAL(graph);
    for (size_t c = 0; c < 40; c++) {
        CU_ASSERT_EQUAL(graph->units[0].thresholds.values[c], 40);
        CU_ASSERT_EQUAL(graph->units[0].thresholds.flip[c], 0);
    }
    handmade_close(&made);
}

static void test_print(void)
{
    static const char expected[] =
        "made: 4 units\n"
        "input  [1, 1, 6] uint8 [0, 255] scale 1\n"
        "a: dense 6 -> 5, binary, acc [-1275, 1275] 12 bits\n"
        "    affine -> uint8 [0, 255] scale 0.00392156886: (M * acc + B) >> 14, M 16 bits, B 24 bits, 0 falling, 0 "
        "constant\n"
        "b: dense 5 -> 7, ternary, acc [-765, 765] 11 bits\n"
        "    affine -> relu -> affine -> uint3 [0, 7] scale 0.107142858: 7 thresholds a channel, 1 falling, 0 "
        "constant\n"
        "c: dense 7 -> 3, binary, acc [-28, 28] 6 bits\n"
        "    affine -> hardtanh -> bipolar: 1 threshold a channel, 0 falling, 0 constant\n"
        "d: dense 3 -> 4, ternary, acc [-3, 3] 3 bits\n"
        "    class: M * acc + B, F = 14, 16 bits\n";
    struct handmade made;
    struct int_plan *plan = make_plan(&made, ELEMENT_U8, 6);
    const struct int_graph *graph = int_random(plan, 3, &made.arena, made.sink);
    struct text text = {0};
    int_print(graph, &text);
    CU_ASSERT_STRING_EQUAL(text_cstr(&text), expected);
    if (strcmp(text_cstr(&text), expected) != 0)
        fputs(text_cstr(&text), stdout); /* what it should be, where the change is meant */
    text_free(&text);
    handmade_close(&made);
}

/* ---- Wrong files ------------------------------------------------------------------------------------------------- */

/* What a case does to a good file. */
static void break_format(struct frozen *frozen)
{
    frozen->metadata[0].value = "other";
}
static void break_missing_metadata(struct frozen *frozen)
{
    frozen->file.metadata_count = 0;
}
static void break_program(struct frozen *frozen)
{
    frozen->metadata[1].value = "fedcba9876543210";
    frozen->metadata[2].value = "line\nbreak\x1b[31m";
}
static void break_name(struct frozen *frozen)
{
    frozen_tensor(frozen, "b.code")->name = "elsewhere";
}
static void break_shape(struct frozen *frozen)
{
    frozen_tensor(frozen, "b.code")->shape[0]--;
}
static void break_dtype(struct frozen *frozen)
{
    frozen_tensor(frozen, "b_act.a1")->dtype = QNN_DTYPE_I32;
}
/* Overwrites the last bytes of a tensor. */
static void poke(struct frozen *frozen, const char *name, const void *bytes, size_t size)
{
    const struct qnn_tensor *tensor = frozen_tensor(frozen, name);
    const size_t total = qnn_tensor_elements(tensor) * qnn_dtype_size(tensor->dtype);
    memcpy((char *)(uintptr_t)tensor->data + total - size, bytes, size);
}
static void poke_float(struct frozen *frozen, const char *name, float value)
{
    poke(frozen, name, &value, sizeof value);
}
static void break_zero_binary(struct frozen *frozen)
{
    poke(frozen, "a.code", &(int8_t){0}, 1);
}
static void break_wide_ternary(struct frozen *frozen)
{
    poke(frozen, "b.code", &(int8_t){-2}, 1);
}
static void break_nan(struct frozen *frozen)
{
    poke_float(frozen, "b_act.a1", NAN);
}
static void break_infinity(struct frozen *frozen)
{
    poke_float(frozen, "c_act.b0", -INFINITY);
}
static void break_overflow(struct frozen *frozen)
{
    poke_float(frozen, "b_act.a0", 3e38f);
    poke_float(frozen, "b_act.b0", 3e38f);
}
static void break_clip_zero(struct frozen *frozen)
{
    poke_float(frozen, "a_relu.clip", 0.0f);
}
static void break_clip_tiny(struct frozen *frozen)
{
    poke_float(frozen, "a_relu.clip", 1e-44f);
}
static void break_clip_other(struct frozen *frozen)
{
    poke_float(frozen, "b_act.clip", 0.5f);
}
static void break_code_multiplier(struct frozen *frozen)
{
    poke(frozen, "a_relu.multiplier", &(int32_t){-32768}, sizeof(int32_t));
}
static void break_code_addend(struct frozen *frozen)
{
    poke(frozen, "a_relu.addend", &(int64_t){(INT64_C(1) << 51) + 1}, sizeof(int64_t));
}
static void break_code_shift(struct frozen *frozen)
{
    poke(frozen, "a_relu.shift", &(int32_t){0}, sizeof(int32_t));
}
static void break_code_dtype(struct frozen *frozen)
{
    frozen_tensor(frozen, "a_relu.addend")->dtype = QNN_DTYPE_F32;
}
static void break_multiplier(struct frozen *frozen)
{
    poke(frozen, "classify.multiplier", &(int32_t){-32768}, sizeof(int32_t));
}
static void break_addend(struct frozen *frozen)
{
    poke(frozen, "classify.addend", &(int64_t){INT64_MIN}, sizeof(int64_t));
}
static void break_shift(struct frozen *frozen)
{
    poke(frozen, "classify.shift", &(int32_t){INT32_MAX}, sizeof(int32_t));
}

static void test_wrong_files(void)
{
    static const struct {
        void (*damage)(struct frozen *frozen);
        enum diagnostic_id id;
        const char *says; /* part of the message */
    } cases[] = {
        {break_format, DIAGNOSTIC_FOREIGN_WEIGHTS, "format"},
        {break_missing_metadata, DIAGNOSTIC_FOREIGN_WEIGHTS, "format"},
        {break_program, DIAGNOSTIC_FOREIGN_WEIGHTS, "another program: 'line?break?[31m' with hash fedcba9876543210"},
        {break_name, DIAGNOSTIC_BAD_WEIGHTS, "b.code"},
        {break_shape, DIAGNOSTIC_BAD_WEIGHTS, "b.code"},
        {break_dtype, DIAGNOSTIC_BAD_WEIGHTS, "b_act.a1"},
        {break_zero_binary, DIAGNOSTIC_BAD_WEIGHTS, "'a.code' holds 0 at [4, 5], which is not a binary weight"},
        {break_wide_ternary, DIAGNOSTIC_BAD_WEIGHTS, "'b.code' holds -2 at [6, 4], which is not a ternary weight"},
        {break_nan, DIAGNOSTIC_BAD_WEIGHTS, "'b_act.a1' is not finite at [6]"},
        {break_infinity, DIAGNOSTIC_BAD_WEIGHTS, "'c_act.b0' is not finite at [2]"},
        {break_overflow, DIAGNOSTIC_BAD_WEIGHTS, "'b_act' leave the range of float32 in channel 6"},
        {break_clip_zero, DIAGNOSTIC_BAD_WEIGHTS, "'a_relu.clip'"},
        {break_clip_tiny, DIAGNOSTIC_BAD_WEIGHTS, "'a_relu.clip'"},
        {break_clip_other, DIAGNOSTIC_BAD_WEIGHTS, "'b_act.clip' is 0.5 but the program says 0.75"},
        {break_code_multiplier, DIAGNOSTIC_BAD_WEIGHTS, "'a_relu.multiplier' -32768"},
        {break_code_addend, DIAGNOSTIC_BAD_WEIGHTS, "'a_relu.addend' 2251799813685249 at [4] leave"},
        {break_code_shift, DIAGNOSTIC_BAD_WEIGHTS, "'a_relu.shift' is 0, outside 1..40"},
        {break_code_dtype, DIAGNOSTIC_BAD_WEIGHTS, "a_relu.addend"},
        {break_multiplier, DIAGNOSTIC_BAD_WEIGHTS, "'classify.multiplier' -32768"},
        {break_addend, DIAGNOSTIC_BAD_WEIGHTS, "'classify.addend'"},
        {break_shift, DIAGNOSTIC_BAD_WEIGHTS, "'classify.shift'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct handmade made;
        struct int_plan *plan = make_plan(&made, ELEMENT_U8, 6);
        struct frozen *frozen = frozen_random(plan, i, &made.arena);
        memset((void *)(uintptr_t)frozen_tensor(frozen, "a.code")->data, 1, 5 * 6);
        CU_ASSERT_PTR_NOT_NULL(int_lower(plan, &frozen->file, &made.arena, made.sink));
        cases[i].damage(frozen);
        CU_ASSERT_PTR_NULL(int_lower(plan, &frozen->file, &made.arena, made.sink));
        CU_ASSERT_EQUAL(sink_errors(made.sink), 1);
        CU_ASSERT_TRUE(sink_has(made.sink, cases[i].id));
        struct text text = {0};
        sink_render(made.sink, &text);
        CU_ASSERT_PTR_NOT_NULL(strstr(text_cstr(&text), cases[i].says));
        if (!strstr(text_cstr(&text), cases[i].says))
            printf("case %zu: %s", i, text_cstr(&text));
        text_free(&text);
        handmade_close(&made);
    }
}

static const struct unit_case unit_cases[] = {
    {"the interpreter equals an independent evaluation", test_interpreter},
    {"a file may be closed after lowering", test_file},
    {"bounds are exact and hold partial sums", test_bounds},
    {"the accumulator's width is minimal", test_width},
    {"random weights repeat", test_random_repeats},
    {"a unit without training is not random", test_random_input_unit},
    {"the dump", test_print},
    {"a wrong file gives one error", test_wrong_files},
};
UNIT_MAIN("int_lower and interpreter", unit_cases)
