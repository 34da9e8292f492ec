/*
 * Cutting graphs: pools before and after batch norm, raw accumulators, joins, forks. A plan is written as one line per
 * unit, NAME SOURCE(INPUTS) AFFINES QUANTIZER, and compared with what it should be.
 */
#include "tests/unit/cunit_main.h"

#include "integer/integer.h"
#include "transform/transform.h"

#include <string.h>

static const struct int_plan *cut(const char *network, struct arena *arena, struct sink *sink)
{
    const char *program = arena_printf(arena,
                                       "scheme b { weights = binary; acts = sign; deploy = uint(8); }\n"
                                       "network n { %s }\nquantize { * : b; }\n",
                                       network);
    struct source *source = ARENA_NEW(arena, struct source);
    *source = (struct source){.name = "n.qnn", .text = program, .length = strlen(program)};
    const struct ast_file *file = ast_parse(source, arena, sink);
    const struct model *model = file ? transform_program(file, NULL, 0, arena, sink) : NULL;
    return model ? int_cut(model, arena, sink) : NULL;
}

static void write_unit(const struct unit_plan *unit, struct text *out)
{
    static const char *const sources[UNIT_SOURCE_COUNT] = {
        [UNIT_COPY] = "copy",     [UNIT_DENSE] = "dense",     [UNIT_CONV] = "conv",      [UNIT_ADD] = "add",
        [UNIT_CONCAT] = "concat", [UNIT_MAXPOOL] = "maxpool", [UNIT_SUMPOOL] = "sumpool"};
    static const char *const ends[] = {[UNIT_CODES] = "", [UNIT_CLASS] = " class", [UNIT_VALUES] = " values"};
    static const char *const quantizers[QNN_QUANTIZER_COUNT] = {[QNN_QUANTIZER_NONE] = "",
                                                                [QNN_QUANTIZER_SIGN] = " sign",
                                                                [QNN_QUANTIZER_UINT] = " uint",
                                                                [QNN_QUANTIZER_INT] = " int"};
    text_printf(out, "%s %s(%d", unit->name, sources[unit->source], unit->inputs[0]);
    if (unit->input_count == 2)
        text_printf(out, ",%d", unit->inputs[1]);
    text_add(out, ")");
    for (size_t i = 0; i < unit->stage_count; i++) {
        if (unit->stages[i].kind == QNN_STAGE_AFFINE)
            text_printf(out, " a%zu", unit->stages[i].norm_count);
        else
            text_add(out, unit->stages[i].kind == QNN_STAGE_RELU ? " relu" : " hardtanh");
    }
    text_printf(out, "%s%s", quantizers[unit->quantizer], ends[unit->kind]);
    if (unit->pool_of >= 0)
        text_printf(out, " behind %d.%zu", unit->pool_of, unit->pool_stage);
    if (unit->scaled_by)
        text_printf(out, " scaled by %s", unit->scaled_by->name);
    text_add(out, "; ");
}

static void expect(const char *network, const char *expected)
{
    struct arena arena = {0};
    struct sink *sink = sink_open(&arena, DIAGNOSTICS_TEXT);
    struct text text = {0}, messages = {0};
    const struct int_plan *plan = cut(network, &arena, sink);
    CU_ASSERT_PTR_NOT_NULL(plan);
    for (size_t i = 0; plan && i < plan->unit_count; i++)
        write_unit(&plan->units[i], &text);
    CU_ASSERT_STRING_EQUAL(text_cstr(&text), expected);
    if (strcmp(text_cstr(&text), expected) != 0) {
        sink_render(sink, &messages);
        printf("%s\n  gives   %s\n  expected %s\n%s", network, text_cstr(&text), expected, text_cstr(&messages));
    }
    text_free(&messages);
    text_free(&text);
    arena_free(&arena);
}

#define INPUT "input u8[8, 8, 2] -> "

static void test_pools(void)
{
    expect(INPUT "conv(4, 3) -> batchnorm -> sign -> maxpool(2) -> flatten -> dense(3) -> classify;",
           "conv conv(-1) a1 sign; maxpool maxpool(0); dense dense(1) a0 class; ");
    expect(INPUT "conv(4, 3) -> maxpool(2) -> batchnorm -> sign -> flatten -> dense(3) -> classify;",
           "conv conv(-1) a1 sign; maxpool maxpool(0) behind 0.0; dense dense(1) a0 class; ");
    expect(INPUT "conv(4, 3) -> batchnorm -> maxpool(2) -> sign -> flatten -> dense(3) -> classify;",
           "conv conv(-1) a1 sign; maxpool maxpool(0) behind 0.1; dense dense(1) a0 class; ");
    expect(
        INPUT
        "conv(4, 3) -> batchnorm -> maxpool(2) -> batchnorm -> maxpool(2) -> relu -> batchnorm -> sign -> flatten -> "
        "dense(3) -> classify;",
        "conv conv(-1) a1 a1 relu a1 sign; maxpool1 maxpool(0) behind 0.1; maxpool2 maxpool(1) behind 0.2; "
        "dense dense(2) a0 class; ");
    expect(INPUT "maxpool(2) -> batchnorm -> maxpool(2) -> sign -> flatten -> dense(3) -> classify;",
           "maxpool1 maxpool(-1); sign copy(0) a1 sign; maxpool2 maxpool(1) behind 1.1; dense dense(2) a0 class; ");
}

static void test_sums(void)
{
    expect(INPUT "conv(4, 3) -> relu -> global_avgpool -> dense(3) -> classify;",
           "conv conv(-1) a0 uint; global_avgpool sumpool(0); dense dense(1) a0 class; ");
    expect(INPUT "conv(4, 3) -> batchnorm -> avgpool(2) -> batchnorm -> sign -> flatten -> dense(3) -> classify;",
           "conv conv(-1); avgpool sumpool(0); sign copy(1) a2 sign scaled by conv; dense dense(2) a0 class; ");
    expect(INPUT "avgpool(2) -> conv(4, 3, bias = true) -> global_avgpool -> classify;",
           "avgpool sumpool(-1); conv conv(0); global_avgpool sumpool(1); classify copy(2) a0 class scaled by conv; ");
    expect(INPUT "batchnorm -> avgpool(2) -> quantize(uint(4)) -> flatten -> dense(3) -> classify;",
           "avgpool sumpool(-1); quantize copy(0) a1 uint; dense dense(1) a0 class; ");
}

static void test_joins(void)
{
    /* Signs have one scale: nothing is quantized again. */
    expect("x = " INPUT
           "conv(4, 1) -> sign; y = x -> conv(4, 1) -> sign; add(x, y) -> sign -> flatten -> dense(3) -> classify;",
           "conv1 conv(-1) a0 sign; conv2 conv(0) a0 sign; add add(0,1); sign3 copy(2) a0 sign; dense dense(3) a0 "
           "class; ");
    /* Asked for, or a calibrated clip: int(8). */
    expect("x = " INPUT
           "conv(4, 1) -> sign; y = x -> conv(4, 1) -> sign; add(x, y, q = int(4)) -> sign -> flatten -> dense(3) -> "
           "classify;",
           "conv1 conv(-1) a0 sign; conv2 conv(0) a0 sign; add.a copy(0) a0 int; add.b copy(1) a0 int; add add(2,3); "
           "sign3 copy(4) a0 sign; dense dense(5) a0 class; ");
    expect("x = " INPUT
           "conv(4, 1) -> relu; y = x -> conv(4, 1) -> batchnorm; add(x, y) -> relu -> global_avgpool -> dense(3) -> "
           "classify;",
           "conv1 conv(-1) a0 uint; add.a copy(0) a0 int; conv2 conv(0) a1 int; add add(1,2); "
           "relu2 copy(3) a0 uint; global_avgpool sumpool(4); dense dense(5) a0 class; ");
    /* One tensor twice has one scale. */
    expect("x = " INPUT "conv(4, 1) -> relu; concat(x, x) -> global_avgpool -> dense(3) -> classify;",
           "conv conv(-1) a0 uint; concat concat(0,0); global_avgpool sumpool(1); dense dense(2) a0 class; ");
    /* A pool in front of a join follows its operand's quantizer. */
    expect(
        "x = " INPUT
        "conv(4, 1) -> sign; y = x -> conv(4, 3, stride = 2, pad = 1) -> batchnorm; z = x -> conv(4, 1) -> maxpool(2) "
        "-> batchnorm; concat(y, z) -> sign -> flatten -> dense(3) -> classify;",
        "conv1 conv(-1) a0 sign; conv2 conv(0) a1 int; conv3 conv(0) a1 int; maxpool maxpool(2) behind 2.0; "
        "concat concat(1,3); sign2 copy(4) a0 sign; dense dense(5) a0 class; ");
}

/* Padding is a code of the operand. */
static void test_padding(void)
{
    static const struct {
        const char *network;
        int32_t code;
    } rows[] = {
        {"input u8[8, 8, 2] scale 1/128 offset -1 -> c: conv(3, 3, pad = same) -> sign -> flatten -> dense(2) -> "
         "classify;",
         128},
        {"input u8[8, 8, 2] scale 1/4 -> c: conv(3, 3, pad = same, pad_value = 1) -> sign -> flatten -> dense(2) -> "
         "classify;",
         4},
        {"input u8[8, 8, 2] scale 1/128 offset -1 -> avgpool(2) -> c: conv(3, 3, pad = same) -> sign -> flatten -> "
         "dense(2) -> "
         "classify;",
         512},
        {"input u8[8, 8, 2] -> sign -> maxpool(2) -> c: conv(3, 3, pad = same) -> sign -> flatten -> dense(2) -> "
         "classify;",
         1},
        {"input u8[8, 8, 2] -> sign -> c: conv(3, 3, pad = 1, pad_value = -1) -> sign -> flatten -> dense(2) -> "
         "classify;",
         -1},
        {"input u8[8, 8, 2] -> quantize(uint(2)) -> c: conv(3, 3, pad = same) -> sign -> flatten -> dense(2) -> "
         "classify;",
         0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena arena = {0};
        struct sink *sink = sink_open(&arena, DIAGNOSTICS_TEXT);
        const struct int_plan *plan = cut(rows[i].network, &arena, sink);
        CU_ASSERT_PTR_NOT_NULL(plan);
        bool met = false;
        for (size_t u = 0; plan && u < plan->unit_count; u++) {
            if (plan->units[u].source != UNIT_CONV)
                continue;
            met = true;
            CU_ASSERT_EQUAL(plan->units[u].pad_code, rows[i].code);
        }
        CU_ASSERT_TRUE(met);
        arena_free(&arena);
    }
}

static void write_type(const struct qnn_code_type *type, struct text *out)
{
    static const char encodings[QNN_ENCODING_COUNT] = {
        [QNN_ENCODING_SIGN] = 's', [QNN_ENCODING_UNSIGNED] = 'u', [QNN_ENCODING_TWOS] = 'i'};
    text_printf(out, "%c%d %d..%d; ", encodings[type->encoding], type->bits, (int)type->low, (int)type->high);
}

/* The types of the input and of what each unit makes; with weights those of sums lie within them. */
static void expect_types(const char *network, const char *expected)
{
    struct arena arena = {0};
    struct sink *sink = sink_open(&arena, DIAGNOSTICS_TEXT);
    struct text text = {0};
    const struct int_plan *plan = cut(network, &arena, sink);
    CU_ASSERT_PTR_NOT_NULL_FATAL(plan);
    write_type(&plan->input_type, &text);
    for (size_t i = 0; i < plan->unit_count; i++)
        write_type(int_tensor_type(plan, (int)i), &text);
    CU_ASSERT_STRING_EQUAL(text_cstr(&text), expected);
    if (strcmp(text_cstr(&text), expected) != 0)
        printf("\n  %s\n  not %s\n", text_cstr(&text), expected);
    const struct int_graph *graph = int_random(plan, 1, &arena, sink);
    CU_ASSERT_PTR_NOT_NULL_FATAL(graph);
    for (size_t i = 0; i < plan->unit_count; i++) {
        const struct qnn_code_type *type = &graph->units[i].output.type, *most = &plan->units[i].type;
        if (plan->units[i].kind != UNIT_CODES)
            continue;
        CU_ASSERT_TRUE(type->low >= most->low && type->high <= most->high && type->bits <= most->bits);
        CU_ASSERT_TRUE(plan->units[i].quantizer == QNN_QUANTIZER_NONE || type->bits == most->bits);
    }
    text_free(&text);
    arena_free(&arena);
}

static void test_types(void)
{
    /* Sums of 18 products of up to 255 each; four of these; the code; sums of nine codes, which the class compares. */
    expect_types("input u8[8, 8, 2] -> conv(4, 3) -> avgpool(2) -> sign -> global_avgpool -> classify;",
                 "u8 0..255; i14 -4590..4590; i16 -18360..18360; s1 -1..1; i5 -9..9; i5 -9..9; ");
    expect_types("input i8[8, 8, 2] -> avgpool(2) -> quantize(uint(4)) -> maxpool(2) -> flatten -> dense(3) -> "
                 "classify;",
                 "i8 -128..127; i10 -512..508; u4 0..15; u4 0..15; i8 -120..120; ");
    expect_types("input f32[4] -> quantize(uint(2)) -> dense(3) -> sign -> dense(2) -> classify;",
                 "u2 0..3; s1 -1..1; i3 -3..3; ");
    expect_types("x = input u8[8, 8, 2] -> conv(4, 1) -> sign; y = x -> conv(4, 1) -> sign; add(x, y) -> sign -> "
                 "flatten -> dense(3) -> classify;",
                 "u8 0..255; s1 -1..1; s1 -1..1; i3 -2..2; s1 -1..1; i10 -256..256; ");
}

static const struct unit_case cases[] = {
    {"types of tensors are known without weights", test_types},
    {"max pools in and behind units", test_pools},
    {"average pools are sums", test_sums},
    {"joins", test_joins},
    {"codes of the padding", test_padding},
};
UNIT_MAIN("int_cut of graphs", cases)
