/* add and concat: names, branches in blocks, shapes, quantizers, the hash; and random networks on images. */
#include "program.h"

#include "tests/support/random_program.h"
#include "tests/unit/cunit_main.h"

#define BASIC                                                                          \
    "block basic(channels, stride = 1) {\n"                                            \
    "  a = in -> conv(channels, 3, stride = stride, pad = same) -> batchnorm -> act\n" \
    "    -> conv(channels, 3, pad = same) -> batchnorm;\n"                             \
    "  s = in -> conv(channels, 1, stride = stride) -> batchnorm;\n"                   \
    "  out = add(a, s) -> act;\n"                                                      \
    "}\n"

static void expect_inputs(const struct program *program, const char *name, const char *first, const char *second)
{
    const struct model_node *node = program_node(program, name);
    CU_ASSERT_PTR_NOT_NULL_FATAL(node);
    CU_ASSERT_EQUAL_FATAL(node->input_count, 2);
    CU_ASSERT_STRING_EQUAL(node->inputs[0]->name, first);
    CU_ASSERT_STRING_EQUAL(node->inputs[1]->name, second);
}

static void test_blocks(void)
{
    struct program program;
    CU_ASSERT_TRUE_FATAL(program_is_clean(
        &program, BASIC "network n { input u8[9, 9, 3] -> b: basic(8, stride = 2) -> repeat(2, basic(8))\n"
                        "  -> global_avgpool -> dense(2) -> classify; }\n"));
    expect_inputs(&program, "b.add", "b.batchnorm2", "b.batchnorm3");
    expect_inputs(&program, "basic1.add", "basic1.batchnorm2", "basic1.batchnorm3");
    expect_inputs(&program, "basic2.add", "basic2.batchnorm2", "basic2.batchnorm3");
    const struct model_node *add = program_node(&program, "basic2.add");
    CU_ASSERT_EQUAL(add->shape.height, 5);
    CU_ASSERT_EQUAL(add->shape.width, 5);
    CU_ASSERT_EQUAL(add->shape.channels, 8);
    CU_ASSERT_STRING_EQUAL(add->written, "add(a, b = s)");
    CU_ASSERT_STRING_EQUAL(program_node(&program, "basic1.conv3")->inputs[0]->name, "b.act2");
    CU_ASSERT_STRING_EQUAL(program_node(&program, "basic2.conv3")->inputs[0]->name, "basic1.act2");
    CU_ASSERT_EQUAL(program_node(&program, "input")->user_count, 2);
    CU_ASSERT_EQUAL(program_node(&program, "basic1.act2")->user_count, 2);
    CU_ASSERT_EQUAL(program_node(&program, "basic2.act2")->user_count, 1);
    program_close(&program);
}

static void test_names(void)
{
    struct program program;
    /* Joins count like steps; values named as joins stay values; a value shadowed between two reads. */
    CU_ASSERT_TRUE_FATAL(program_is_clean(
        &program, "network n { x = input u8[4]; add = x -> dense(4); y = add(x, add) -> relu; x = add -> relu;\n"
                  "  z = add(x, y); w = concat(z, x); add(w, w) -> dense(2) -> classify; }\n"));
    expect_inputs(&program, "add1", "input", "dense1");
    expect_inputs(&program, "add2", "relu2", "relu1");
    expect_inputs(&program, "concat", "add2", "relu2");
    expect_inputs(&program, "add3", "concat", "concat");
    CU_ASSERT_EQUAL(program_node(&program, "concat")->shape.channels, 8);
    CU_ASSERT_EQUAL(program_node(&program, "concat")->user_count, 2);
    CU_ASSERT_EQUAL(program_node(&program, "relu2")->user_count, 2);
    program_close(&program);
    /* A parameter of the same name is another thing. */
    CU_ASSERT_TRUE_FATAL(program_is_clean(
        &program, "block b(a) { t = in -> dense(a); a = in -> dense(a); out = add(t, a); }\n"
                  "network n { input u8[4] -> b(3) -> dense(2) -> classify; }\nquantize { b.add1 : float; }\n"));
    expect_inputs(&program, "b.add", "b.dense1", "b.dense2");
    program_close(&program);
}

static void test_quantizers(void)
{
    struct program program;
    CU_ASSERT_TRUE_FATAL(program_is_clean(
        &program, "param q = int(3);\nscheme s { weights = binary; }\n"
                  "scheme t extends s { join = int(5, calibrate = percentile(99)); }\nscheme u extends t { }\n"
                  "network n { x = input u8[4]; y = x -> relu; a = add(x, y); b = add(a, y, q = q); c = add(b, y);\n"
                  "  d = add(c, y); add(d, y, q = int(2, calibrate = mse)) -> dense(2) -> classify; }\n"
                  "quantize { add1 : s; add2, add3 : t; add4 : u; }\n"));
    static const struct {
        const char *name;
        int bits;
        enum calibrate_kind calibrate;
        double percentile;
        bool asked;
    } expected[] = {
        {"add1", 8, CALIBRATE_MAX, 0, false},         {"add2", 3, CALIBRATE_MAX, 0, true},
        {"add3", 5, CALIBRATE_PERCENTILE, 99, false}, {"add4", 5, CALIBRATE_PERCENTILE, 99, false},
        {"add5", 2, CALIBRATE_MSE, 0, true},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        const struct model_node *node = program_node(&program, expected[i].name);
        CU_ASSERT_EQUAL(node->join.quantizer.bits, expected[i].bits);
        CU_ASSERT_EQUAL(node->join.quantizer.calibrate, expected[i].calibrate);
        CU_ASSERT_EQUAL(node->join.quantizer.percentile, expected[i].percentile);
        CU_ASSERT_EQUAL(node->join.asked, expected[i].asked);
    }
    program_close(&program);
    CU_ASSERT_TRUE_FATAL(program_is_clean(
        &program, "network n { x = input u8[4]; y = x -> relu; add(x, y) -> dense(2) -> classify; }\n"));
    CU_ASSERT_EQUAL(program_node(&program, "add")->join.quantizer.bits, 0);
    CU_ASSERT_FALSE(program_node(&program, "add")->join.asked);
    program_close(&program);
}

static void expect_error(const char *statements, enum diagnostic_id id)
{
    struct text text = {0};
    text_printf(&text,
                "network n { x = input u8[6, 5, 2]; y = x -> relu;\n  %s -> flatten -> dense(2) -> classify; }\n",
                statements);
    struct program program;
    program_open(&program, text_cstr(&text));
    CU_ASSERT_PTR_NULL(program.model);
    CU_ASSERT_TRUE(sink_has(program.sink, id));
    CU_ASSERT_EQUAL(sink_errors(program.sink), 1);
    program_close(&program);
    text_free(&text);
}

static void test_errors(void)
{
    expect_error("add(x, z)", DIAGNOSTIC_UNKNOWN_VALUE);
    expect_error("add(x)", DIAGNOSTIC_MISSING_ARGUMENT);
    expect_error("add(x, 3)", DIAGNOSTIC_WRONG_TYPE);
    expect_error("add(x, relu(y))", DIAGNOSTIC_WRONG_TYPE);
    expect_error("add(x, y, q = uint(2))", DIAGNOSTIC_UNKNOWN_WORD);
    expect_error("add(x, y, q = int(1))", DIAGNOSTIC_OUT_OF_RANGE);
    expect_error("add -> relu", DIAGNOSTIC_UNKNOWN_VALUE);
    expect_error("relu(x)", DIAGNOSTIC_UNKNOWN_VALUE);
    expect_error("x -> add(x, y)", DIAGNOSTIC_MISPLACED_JOIN);
    expect_error("x -> repeat(2, concat(x, y))", DIAGNOSTIC_MISPLACED_JOIN);
    expect_error("z = y -> flatten; add(x, z)", DIAGNOSTIC_JOIN_SHAPES);
    expect_error("z = y -> conv(3, 1); add(z, y)", DIAGNOSTIC_JOIN_SHAPES);
    expect_error("z = y -> conv(2, 1, stride = [1, 2]); concat(y, z)", DIAGNOSTIC_JOIN_SHAPES);
    expect_error("z = y -> flatten -> classify; add(z, y)", DIAGNOSTIC_AFTER_OUTPUT);
    expect_error("z = y -> nothing; add(z, y)", DIAGNOSTIC_UNKNOWN_OPERATOR);
}

/* A branch that nobody reads, in the network or in a block, is said once where it is bound, and left out. */
static void test_unused_branches(void)
{
    struct program program;
    program_open(&program, "block b(n) { t = in -> dense(n); unread = t -> relu -> dense(n); u = t -> relu;\n"
                           "  out = add(t, u); }\n"
                           "network n { input u8[4] -> b(3) -> dense(2) -> classify; }\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(program.model);
    CU_ASSERT_EQUAL(sink_warnings(program.sink), 1);
    CU_ASSERT_TRUE(sink_has(program.sink, DIAGNOSTIC_UNUSED_VALUE));
    CU_ASSERT_EQUAL(program.model->node_count, 6);
    CU_ASSERT_EQUAL(program_node(&program, "b.dense1")->user_count, 2);
    program_close(&program);
    program_open(&program, "network n { x = input u8[4]; y = x -> relu; z = add(x, y); x -> dense(2) -> classify; }\n");
    CU_ASSERT_PTR_NOT_NULL_FATAL(program.model);
    CU_ASSERT_EQUAL(sink_warnings(program.sink), 1);
    CU_ASSERT_EQUAL(program.model->node_count, 3);
    CU_ASSERT_EQUAL(program_node(&program, "input")->user_count, 1);
    program_close(&program);
}

/* Whatever changes what the weights of a conv or the codes of a join mean changes the hash. */
static void test_hash(void)
{
    static const char *const convs[] = {
        "conv(4, 3, pad = 1)",
        "conv(4, 3, pad = 1, pad_value = -1)",
        "conv(4, 3)",
        "conv(4, [3, 2], pad = 1)",
        "conv(4, 3, stride = 2, pad = 1)",
        "conv(4, 3, stride = [1, 2], pad = 1)",
        "conv(4, 3, pad = 1, dilation = 2)",
        "conv(4, 3, pad = 1, groups = 2)",
        "conv(4, 3, pad = 1, bias = true)",
        "conv(4, 3, pad = 1) -> maxpool(2, 1)",
        "conv(4, 3, pad = 1) -> avgpool(2, 1)",
        "conv(4, 3, pad = 1) -> maxpool(2)",
        "conv(4, 3, pad = 1) -> maxpool([2, 1], 1)",
        /* The same program, other words. */
        "conv(4, [3, 3], stride = [1, 1], pad = same, dilation = 1, groups = 1, pad_value = 0)",
    };
    enum { COUNT = sizeof convs / sizeof convs[0] };
    static const char *const joins[] = {"add(y, y)",
                                        "add(y, z)",
                                        "add(z, y)",
                                        "concat(y, z)",
                                        "concat(z, y)",
                                        "add(y, z, q = int(4))",
                                        "add(y, z, q = int(8))",
                                        "add(y, z, q = int(8, calibrate = mse))"};
    enum { JOINS = sizeof joins / sizeof joins[0] };
    char hashes[COUNT + JOINS][17];
    for (size_t i = 0; i < COUNT + JOINS; i++) {
        struct text text = {0};
        text_printf(&text,
                    "scheme s { weights = binary; acts = uint(2); }\n"
                    "network n { x = input u8[8, 8, 2]; y = x -> c: %s -> r: act; z = y -> t: act; w = %s;\n"
                    "  w = concat(w, z); w -> flatten -> dense(2) -> classify; }\nquantize { * : s; }\n",
                    convs[i < COUNT ? i : 0], i < COUNT ? "add(y, z)" : joins[i - COUNT]);
        struct program program;
        CU_ASSERT_TRUE_FATAL(program_is_clean(&program, text_cstr(&text)));
        memcpy(hashes[i], program.model->hash, sizeof hashes[i]);
        program_close(&program);
        text_free(&text);
    }
    CU_ASSERT_STRING_EQUAL(hashes[COUNT - 1], hashes[0]);
    CU_ASSERT_STRING_EQUAL(hashes[COUNT + 1], hashes[0]);
    for (size_t i = 0; i < COUNT + JOINS; i++)
        for (size_t j = 0; j < i; j++)
            if (i != COUNT - 1 && i != COUNT + 1)
                CU_ASSERT_STRING_NOT_EQUAL(hashes[i], hashes[j]);
}

/* Random networks on images are programs without a complaint, their canonical form is the same program, and they show
 * everything there is. */
static void test_random_images(void)
{
    int kinds[OP_KIND_COUNT] = {0}, padded = 0, negative = 0, grouped = 0, forks = 0, strided = 0, dilated = 0;
    for (uint64_t seed = 0; seed < 400; seed++) {
        struct text text = {0}, canonical = {0};
        const struct random_program made = random_image_program(seed, (unsigned)seed % 8, &text);
        struct program program, again;
        CU_ASSERT_TRUE_FATAL(program_is_clean(&program, text_cstr(&text)));
        const struct model *model = program.model;
        CU_ASSERT_EQUAL(shape_count(model->nodes[0]->shape), (size_t)made.inputs);
        CU_ASSERT_EQUAL(model->nodes[model->node_count - 1]->output.outputs, made.outputs);
        for (size_t i = 0; i < model->node_count; i++) {
            const struct model_node *node = model->nodes[i];
            kinds[node->op]++;
            forks += node->user_count > 1;
            if (node->op != OP_CONV)
                continue;
            padded += node->conv.window.pads;
            negative += node->conv.pad_value < 0;
            grouped += node->conv.groups > 1 && node->conv.groups < node->conv.inputs;
            strided += node->conv.window.stride_height != node->conv.window.stride_width;
            dilated += node->conv.window.dilation > 1;
        }
        ast_print(program.file, &canonical);
        CU_ASSERT_TRUE_FATAL(program_is_clean(&again, text_cstr(&canonical)));
        CU_ASSERT_STRING_EQUAL(again.model->hash, model->hash);
        program_close(&again);
        program_close(&program);
        text_free(&text);
        text_free(&canonical);
    }
    for (int i = 0; i < OP_KIND_COUNT; i++)
        CU_ASSERT_TRUE(kinds[i] > 20);
    CU_ASSERT_TRUE(padded > 50 && negative > 10 && grouped > 10 && forks > 50 && strided > 10 && dilated > 10);
}

static const struct unit_case cases[] = {
    {"blocks", test_blocks},
    {"names", test_names},
    {"quantizers", test_quantizers},
    {"errors", test_errors},
    {"unused", test_unused_branches},
    {"hash", test_hash},
    {"random images", test_random_images},
};

UNIT_MAIN("joins", cases)
