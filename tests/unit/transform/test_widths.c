/* width and widen: which layers change, what follows, what is refused; and the hash. */
#include "../model/program.h"

#include "tests/unit/cunit_main.h"
#include "transform/transform.h"

#define CHAIN                                                                                 \
    "network n { input u8[8, 8, 3] -> c1: conv(4, 3) -> relu -> c2: conv(6, 1, groups = 2)\n" \
    "  -> d: depthwise(3) -> relu -> flatten -> h: dense(5, bias = true) -> relu\n"           \
    "  -> logits: dense(2) -> batchnorm -> dropout(0.5) -> classify; }\n"

static bool run(struct program *program, const char *network, const char *rest)
{
    struct text text = {0};
    text_printf(&text, "%s%s", network, rest);
    program_open(program, text_cstr(&text));
    program->owned = text;
    return program->model && transform_run(program->model, &program->arena, program->sink);
}

static int channels(const struct program *program, const char *name)
{
    const struct model_node *node = program_node(program, name);
    return node ? node->shape.channels : -1;
}

static const struct {
    const char *rules;
    int c1, c2, d, flatten, h, logits;
} widths[] = {
    {"", 4, 6, 6, 96, 5, 2},
    {"compress { }", 4, 6, 6, 96, 5, 2},
    {"compress { c1 : width(8); }", 8, 6, 6, 96, 5, 2},
    {"compress { c2 : width(10); }", 4, 10, 10, 160, 5, 2},
    {"compress { * : widen(2); }", 8, 12, 12, 192, 10, 2},
    {"compress { h : widen(1.3); }", 4, 6, 6, 96, 7, 2}, /* 6.5, away from zero */
    {"compress { h : widen(0.5); }", 4, 6, 6, 96, 3, 2},
    {"compress { h : widen(0.1); }", 4, 6, 6, 96, 1, 2},
    {"compress { * : widen(2); h : width(50); }", 8, 12, 12, 192, 50, 2},
    {"compress { h : width(50); * : widen(2); }", 8, 12, 12, 192, 100, 2},
    {"compress { h : width(7), widen(3), widen(0.5); }", 4, 6, 6, 96, 11, 2}, /* 10.5 */
    {"compress { d, h : width(9); }", 4, 6, 6, 96, 9, 2},
    {"param n = 3; compress { h : width(2 * n), widen(n); }", 4, 6, 6, 96, 18, 2},
};

static void test_widths(void)
{
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        struct program program = {0};
        const bool refused = strstr(widths[i].rules, "d, h") != NULL; /* a depthwise layer follows its operand */
        CU_ASSERT_EQUAL(run(&program, CHAIN, widths[i].rules), !refused);
        if (refused) {
            CU_ASSERT_TRUE(sink_has(program.sink, DIAGNOSTIC_RULE_WITHOUT_EFFECT));
        } else {
            CU_ASSERT_EQUAL(channels(&program, "c1"), widths[i].c1);
            CU_ASSERT_EQUAL(channels(&program, "c2"), widths[i].c2);
            CU_ASSERT_EQUAL(channels(&program, "d"), widths[i].d);
            CU_ASSERT_EQUAL(channels(&program, "flatten"), widths[i].flatten);
            CU_ASSERT_EQUAL(channels(&program, "h"), widths[i].h);
            CU_ASSERT_EQUAL(channels(&program, "logits"), widths[i].logits);
            CU_ASSERT_EQUAL(program_node(&program, "d")->conv.groups, widths[i].d);
            CU_ASSERT_EQUAL(program_node(&program, "h")->dense.inputs, widths[i].flatten);
            CU_ASSERT_EQUAL(program_node(&program, "classify")->output.outputs, 2);
        }
        program_close(&program);
    }
}

/* The widened program is the program with these widths written down: hash, comments in generated code and all. */
static void test_written(void)
{
    struct program widened = {0}, written = {0};
    CU_ASSERT_TRUE_FATAL(run(&widened, CHAIN, "compress { h : width(12); }\n"));
    CU_ASSERT_STRING_EQUAL(program_node(&widened, "h")->written, "dense(12, bias = true)");
    CU_ASSERT_STRING_EQUAL(program_node(&widened, "c1")->written, "conv(4, k = 3)");
    CU_ASSERT_TRUE_FATAL(run(&written,
                             "network n { input u8[8, 8, 3] -> c1: conv(4, 3) -> relu -> c2: conv(6, 1, groups = 2)\n"
                             "  -> d: depthwise(3) -> relu -> flatten -> h: dense(12, bias = true) -> relu\n"
                             "  -> logits: dense(2) -> batchnorm -> dropout(0.5) -> classify; }\n",
                             ""));
    CU_ASSERT_STRING_EQUAL(widened.model->hash, written.model->hash);
    program_close(&widened);
    CU_ASSERT_TRUE_FATAL(run(&widened, CHAIN, ""));
    CU_ASSERT_STRING_NOT_EQUAL(widened.model->hash, written.model->hash);
    program_close(&widened);
    program_close(&written);
}

#define RESIDUAL                                                                     \
    "network n { x = input u8[8, 8, 4] -> c0: conv(4, 1) -> relu;\n"                 \
    "  y = x -> c1: conv(4, 3, pad = same) -> relu -> c2: conv(4, 3, pad = same);\n" \
    "  z = concat(x, y) -> c3: conv(8, 1, groups = 4); add(z, z) -> c4: conv(2, 8) -> flatten -> classify; }\n"

static void test_refused(void)
{
    static const struct {
        const char *rules;
        enum diagnostic_id id; /* DIAGNOSTIC_COUNT: none */
    } expected[] = {
        {"compress { c4 : width(3); }", DIAGNOSTIC_FIXED_CHANNELS}, /* through a flatten */
        {"compress { c0, c4 : width(8); }", DIAGNOSTIC_FIXED_CHANNELS},
        {"compress { * : widen(2); }", DIAGNOSTIC_COUNT},
        {"compress { c3 : width(12); }", DIAGNOSTIC_COUNT},
        {"compress { c3 : width(10); }", DIAGNOSTIC_GROUP_MISMATCH},
        {"compress { c0 : width(5); }", DIAGNOSTIC_GROUP_MISMATCH}, /* what reads it */
        {"compress { c1 : width(5); }", DIAGNOSTIC_COUNT},
        {"compress { c1 : widen(0.1); }", DIAGNOSTIC_OUT_OF_RANGE},
        {"compress { c1 : width(0); }", DIAGNOSTIC_OUT_OF_RANGE},
        {"compress { c1 : width(65536), widen(2); }", DIAGNOSTIC_OUT_OF_RANGE},
        {"compress { c1 : width(65536); c2 : width(65536), widen(1); }", DIAGNOSTIC_COUNT},
        {"compress { c1 : prune(0.5); }", DIAGNOSTIC_UNKNOWN_WORD},
        {"compress { c9 : width(5); }", DIAGNOSTIC_UNMATCHED_RULE},
        {"compress { relu1 : width(5); }", DIAGNOSTIC_RULE_WITHOUT_EFFECT},
        {"compress { thin = 3; }", DIAGNOSTIC_UNKNOWN_SETTING},
        {"compress { c1 : width(3); } hardware { c1 : fold(pe = 4, simd = 1); }", DIAGNOSTIC_FOLD_TOO_LARGE},
        {"compress { c1 : width(5); } hardware { c1 : fold(pe = 5, simd = 1); }", DIAGNOSTIC_COUNT},
        {"hardware { c1 : fold(pe = 5, simd = 1); }", DIAGNOSTIC_FOLD_TOO_LARGE},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        struct program program = {0};
        const bool fine = expected[i].id == DIAGNOSTIC_COUNT;
        CU_ASSERT_EQUAL(run(&program, RESIDUAL, expected[i].rules), fine);
        CU_ASSERT_EQUAL(sink_errors(program.sink) == 0, fine);
        CU_ASSERT_TRUE(fine || sink_has(program.sink, expected[i].id));
        program_close(&program);
    }
}

/* Operands of an add: named by the rule that parted them, also where what they read was widened. */
static void test_coupled(void)
{
    static const char network[] =
        "network n { x = input u8[8, 8, 4]; y = x -> c1: conv(4, 1) -> d: depthwise(1);\n"
        "  z = y -> c2: conv(4, 1); s = add(y, z) -> relu -> c3: conv(4, 1) -> relu -> w: conv(4, 1);\n"
        "  add(x, s) -> flatten -> dense(2) -> classify; }\n";
    static const struct {
        const char *rules;
        bool fits;
    } expected[] = {
        {"c1, c2 : width(6);", true}, {"c1 : width(6);", false},
        {"c2 : width(6);", false},    {"c3 : width(9);", true},
        {"w : width(6);", false},     {"* : widen(2);", false},
        {"c* : widen(2);", true},     {"* : widen(2); w : width(4);", true},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        struct program program = {0};
        struct text rules = {0};
        text_printf(&rules, "compress { %s }\n", expected[i].rules);
        CU_ASSERT_EQUAL(run(&program, network, text_cstr(&rules)), expected[i].fits);
        CU_ASSERT_EQUAL(sink_has(program.sink, DIAGNOSTIC_COUPLED_CHANNELS), !expected[i].fits);
        text_free(&rules);
        program_close(&program);
    }
}

static const struct unit_case cases[] = {
    {"what reads a layer follows it", test_widths},
    {"as if written down", test_written},
    {"what is refused", test_refused},
    {"operands of an add", test_coupled},
};

UNIT_MAIN("transform: widths", cases)
