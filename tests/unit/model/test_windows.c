/* Windows of conv and the pools: shapes and padding against a reference that walks along every tap; pad_value; folds. */
#include "program.h"

#include "tests/support/draw.h"
#include "tests/unit/cunit_main.h"

/* One dimension, with nothing but its definition: windows are counted as long as they fit between the edges. */
struct side {
    int size, taps, stride, before, after, dilation;
};

struct counted {
    int windows;
    bool pads; /* some tap lies outside the operand */
};

static struct counted walk(const struct side *side)
{
    struct counted counted = {0, false};
    for (int start = -side->before;; start += side->stride) {
        int last = start;
        for (int tap = 1; tap < side->taps; tap++)
            last += side->dilation;
        if (last >= side->size + side->after)
            return counted;
        counted.windows++;
        for (int tap = 0, at = start; tap < side->taps; tap++, at += side->dilation)
            counted.pads = counted.pads || at < 0 || at >= side->size;
    }
}

static int span_of(int taps, int dilation)
{
    int span = 1;
    for (int tap = 1; tap < taps; tap++)
        span += dilation;
    return span;
}

static void expect_window(const struct model_node *node, const struct model_window *window, const struct side *rows,
                          const struct side *columns)
{
    const struct counted down = walk(rows), right = walk(columns);
    CU_ASSERT_EQUAL(node->shape.height, down.windows);
    CU_ASSERT_EQUAL(node->shape.width, right.windows);
    CU_ASSERT_EQUAL(window->pads, down.pads || right.pads);
    CU_ASSERT_EQUAL(window->kernel_height, rows->taps);
    CU_ASSERT_EQUAL(window->kernel_width, columns->taps);
    CU_ASSERT_EQUAL(window->stride_height, rows->stride);
    CU_ASSERT_EQUAL(window->stride_width, columns->stride);
    CU_ASSERT_EQUAL(window->pad_top, rows->before);
    CU_ASSERT_EQUAL(window->pad_left, columns->before);
    CU_ASSERT_EQUAL(window->dilation, rows->dilation);
}

static int draw_odd_size(struct draw *draw)
{
    static const int sizes[] = {1, 2, 3, 5, 7, 8, 17, 63, 64, 65};
    return sizes[draw_int(draw, 0, 9)];
}

/* What `pad` is; the reference says how much that makes on both sides. */
enum { VALID, SAME, NUMBER };

static const char *write_padding(struct draw *draw, int kind, struct side *rows, struct side *columns, char *buffer,
                                 size_t size)
{
    const int number = draw_int(draw, 0, 3);
    struct side *sides[2] = {rows, columns};
    for (int i = 0; i < 2; i++) {
        const int half = span_of(sides[i]->taps, sides[i]->dilation) / 2;
        sides[i]->before = sides[i]->after = kind == SAME ? half : kind == NUMBER ? number : 0;
    }
    if (kind == NUMBER)
        snprintf(buffer, size, ", pad = %d", number);
    else
        snprintf(buffer, size, "%s", kind == SAME ? ", pad = same" : draw_int(draw, 0, 1) ? ", pad = valid" : "");
    return buffer;
}

static void test_random_convs(void)
{
    struct draw draw = draw_open(5, 1);
    int built = 0, refused = 0, padded = 0;
    for (int round = 0; round < 4000; round++) {
        const int channels = draw_int(&draw, 1, 3), outputs = draw_int(&draw, 1, 4), dilation = draw_int(&draw, 1, 3);
        struct side rows = {draw_odd_size(&draw), draw_int(&draw, 1, 5), draw_int(&draw, 1, 4), 0, 0, dilation};
        struct side columns = {draw_odd_size(&draw), draw_int(&draw, 1, 5), draw_int(&draw, 1, 4), 0, 0, dilation};
        const int kind = draw_int(&draw, VALID, NUMBER);
        const bool even = span_of(rows.taps, dilation) % 2 == 0 || span_of(columns.taps, dilation) % 2 == 0;
        char pad[32];
        write_padding(&draw, kind, &rows, &columns, pad, sizeof pad);
        struct text text = {0};
        text_printf(&text,
                    "network n { input u8[%d, %d, %d] -> conv(%d, [%d, %d], stride = [%d, %d]%s, dilation = %d)\n"
                    "  -> flatten -> dense(2) -> classify; }\n",
                    rows.size, columns.size, channels, outputs, rows.taps, columns.taps, rows.stride, columns.stride,
                    pad, dilation);
        struct program program;
        program_open(&program, text_cstr(&text));
        const struct model_node *node = program_node(&program, "conv");
        const bool fits = walk(&rows).windows > 0 && walk(&columns).windows > 0;
        CU_ASSERT_EQUAL(node != NULL, fits && !(kind == SAME && even));
        if (node) {
            built++;
            expect_window(node, &node->conv.window, &rows, &columns);
            padded += node->conv.window.pads;
            CU_ASSERT_EQUAL(node->shape.channels, outputs);
            CU_ASSERT_EQUAL(node_products(node), rows.taps * columns.taps * channels);
            if (kind == SAME)
                CU_ASSERT_EQUAL(node->shape.height, (rows.size + rows.stride - 1) / rows.stride);
        } else {
            refused++;
            CU_ASSERT_TRUE(
                sink_has(program.sink, kind == SAME && even ? DIAGNOSTIC_EVEN_KERNEL : DIAGNOSTIC_WINDOW_TOO_LARGE));
        }
        program_close(&program);
        text_free(&text);
    }
    CU_ASSERT_TRUE(built > 1000 && refused > 300 && padded > 500);
}

static void test_random_pools(void)
{
    struct draw draw = draw_open(5, 2);
    for (int round = 0; round < 1000; round++) {
        const bool max = draw_int(&draw, 0, 1), strided = draw_int(&draw, 0, 1);
        struct side rows = {draw_odd_size(&draw), draw_int(&draw, 1, 4), draw_int(&draw, 1, 3), 0, 0, 1};
        struct side columns = {draw_odd_size(&draw), draw_int(&draw, 1, 4), draw_int(&draw, 1, 3), 0, 0, 1};
        char stride[32] = "";
        if (strided) {
            snprintf(stride, sizeof stride, ", [%d, %d]", rows.stride, columns.stride);
        } else {
            rows.stride = rows.taps;
            columns.stride = columns.taps;
        }
        struct text text = {0};
        text_printf(&text,
                    "network n { input u8[%d, %d, 3] -> p: %s([%d, %d]%s) -> flatten -> dense(2) -> classify; }\n",
                    rows.size, columns.size, max ? "maxpool" : "avgpool", rows.taps, columns.taps, stride);
        struct program program;
        program_open(&program, text_cstr(&text));
        const struct model_node *node = program_node(&program, "p");
        CU_ASSERT_EQUAL(node != NULL, walk(&rows).windows > 0 && walk(&columns).windows > 0);
        if (node) {
            expect_window(node, &node->pool.window, &rows, &columns);
            CU_ASSERT_EQUAL(node->op, max ? OP_MAXPOOL : OP_AVGPOOL);
            CU_ASSERT_EQUAL(node->shape.channels, 3);
            CU_ASSERT_FALSE(node->pool.window.pads);
        }
        program_close(&program);
        text_free(&text);
    }
}

static void test_one_number(void)
{
    struct program program;
    CU_ASSERT_TRUE_FATAL(program_is_clean(
        &program,
        "param k = [3, 5];\nblock down(s = 2) { out = in -> conv(8, k, stride = s, pad = same, bias = true); }\n"
        "network n { input u8[9, 7, 4] -> down -> conv(4, 3, pad = 1, groups = 4) -> depthwise(3, 2)\n"
        "  -> global_avgpool -> conv(2, 1) -> classify; }\n"));
    const struct model_node *first = program_node(&program, "down.conv"), *second = program_node(&program, "conv1");
    CU_ASSERT_EQUAL(first->conv.window.kernel_height, 3);
    CU_ASSERT_EQUAL(first->conv.window.kernel_width, 5);
    CU_ASSERT_EQUAL(first->conv.window.stride_height, 2);
    CU_ASSERT_EQUAL(first->conv.window.stride_width, 2);
    CU_ASSERT_EQUAL(first->shape.height, 5);
    CU_ASSERT_EQUAL(first->shape.width, 4);
    CU_ASSERT_TRUE(node_bias(first));
    CU_ASSERT_STRING_EQUAL(first->written, "conv(8, k = [3, 5], stride = 2, pad = same, bias = true)");
    CU_ASSERT_EQUAL(second->conv.window.kernel_width, 3);
    CU_ASSERT_EQUAL(second->conv.groups, 4);
    CU_ASSERT_EQUAL(node_products(second), 9 * 2);
    CU_ASSERT_EQUAL(node_outputs(second), 4);
    CU_ASSERT_FALSE(node_bias(second));
    const struct model_node *depthwise = program_node(&program, "depthwise");
    CU_ASSERT_EQUAL(depthwise->op, OP_CONV);
    CU_ASSERT_EQUAL(depthwise->conv.groups, 4);
    CU_ASSERT_EQUAL(depthwise->conv.outputs, 4);
    CU_ASSERT_EQUAL(depthwise->shape.height, 2);
    CU_ASSERT_EQUAL(depthwise->shape.width, 1);
    CU_ASSERT_EQUAL(node_products(depthwise), 9);
    const struct model_node *pool = program_node(&program, "global_avgpool");
    CU_ASSERT_EQUAL(pool->op, OP_AVGPOOL);
    CU_ASSERT_EQUAL(pool->pool.window.kernel_height, 2);
    CU_ASSERT_EQUAL(pool->pool.window.kernel_width, 1);
    CU_ASSERT_EQUAL(pool->shape.height * pool->shape.width, 1);
    program_close(&program);
}

/* What a padded conv behind these steps reads outside. */
static double pad_value_behind(const char *steps, const char *arguments, bool given)
{
    struct text text = {0};
    text_printf(&text,
                "scheme s { weights = binary; acts = sign; }\nscheme u { weights = binary; acts = uint(2); }\n"
                "network n { x = input u8[5, 5, 4] -> conv(4, 1) -> t: sign; y = x -> conv(4, 3, pad = same) -> act;\n"
                "  %s -> c: conv(2, 3%s) -> flatten -> dense(2) -> classify; }\nquantize { * : s; %s : u; }\n",
                steps, arguments, strstr(steps, "u: act") ? "u" : "classify");
    struct program program;
    CU_ASSERT_TRUE_FATAL(program_is_clean(&program, text_cstr(&text)));
    const struct model_node *node = program_node(&program, "c");
    const double value = node->conv.pad_value;
    CU_ASSERT_EQUAL(node->conv.pad_value_given, given);
    program_close(&program);
    text_free(&text);
    return value;
}

static void test_pad_value(void)
{
    static const struct {
        const char *steps;
        double value;
    } expected[] = {
        {"concat(x, y) -> maxpool(2, 1)", 1},
        {"concat(x, y, q = int(4))", 0},
        {"concat(x, y) -> dropout(0.5)", 1},
        {"add(x, y)", 0},
        {"add(x, y) -> act", 1},
        {"add(x, y) -> u: act", 0},
        {"add(x, y) -> sign -> avgpool(2, 1)", 0},
        {"add(x, y) -> sign -> batchnorm", 0},
        {"add(x, y) -> sign -> maxpool(2) -> flatten", 1},
        {"add(x, y) -> relu", 0},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        CU_ASSERT_EQUAL(pad_value_behind(expected[i].steps, ", pad = same", false), expected[i].value);
        CU_ASSERT_EQUAL(pad_value_behind(expected[i].steps, ", pad = 1, pad_value = -1", true), -1);
        CU_ASSERT_EQUAL(pad_value_behind(expected[i].steps, ", pad = 1, pad_value = 0", true), 0);
    }
    /* Where nothing pads there is nothing to read. */
    CU_ASSERT_EQUAL(pad_value_behind("concat(x, y)", "", false), 0);
    CU_ASSERT_EQUAL(pad_value_behind("concat(x, y)", ", pad_value = -1", false), 0);
}

static void expect_error(const char *steps, enum diagnostic_id id)
{
    struct text text = {0};
    text_printf(&text, "network n { input u8[8, 6, 4] -> %s -> flatten -> dense(2) -> classify; }\n", steps);
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
    expect_error("conv(4, [3, 3, 3])", DIAGNOSTIC_WRONG_TYPE);
    expect_error("conv(4, [3])", DIAGNOSTIC_WRONG_TYPE);
    expect_error("conv(4, \"3\")", DIAGNOSTIC_WRONG_TYPE);
    expect_error("conv(4, [3, 0])", DIAGNOSTIC_OUT_OF_RANGE);
    expect_error("conv(4, 1.5)", DIAGNOSTIC_NOT_AN_INTEGER);
    expect_error("conv(4, 3, pad = some)", DIAGNOSTIC_UNKNOWN_WORD);
    expect_error("conv(4, 3, pad = -1)", DIAGNOSTIC_OUT_OF_RANGE);
    expect_error("conv(4, 3, pad_value = 2)", DIAGNOSTIC_OUT_OF_RANGE);
    expect_error("conv(4)", DIAGNOSTIC_MISSING_ARGUMENT);
    expect_error("depthwise(3, groups = 2)", DIAGNOSTIC_UNKNOWN_ARGUMENT);
    expect_error("conv(4, 3, groups = 3)", DIAGNOSTIC_GROUP_MISMATCH);
    expect_error("conv(6, 3, groups = 4)", DIAGNOSTIC_GROUP_MISMATCH);
    expect_error("conv(4, 4096, dilation = 4096)", DIAGNOSTIC_WINDOW_TOO_LARGE);
    expect_error("conv(4, [9, 1])", DIAGNOSTIC_WINDOW_TOO_LARGE);
    expect_error("maxpool([1, 7])", DIAGNOSTIC_WINDOW_TOO_LARGE);
    expect_error("conv(65536, 3, pad = 100)", DIAGNOSTIC_EXPANSION_LIMIT);
    expect_error("conv(1, 4095, pad = 4096)", DIAGNOSTIC_EXPANSION_LIMIT);
    expect_error("conv(2, 3) -> dense(2)", DIAGNOSTIC_NOT_A_VECTOR);
}

static void test_folds(void)
{
    static const struct {
        const char *rule;
        bool fits;
    } rules[] = {
        {"c : fold(pe = 3, simd = 18)", true},  {"c : fold(pe = 4, simd = 1)", false},
        {"c : fold(pe = 1, simd = 19)", false}, {"d : fold(pe = 1, simd = 9)", true},
        {"d : fold(pe = 2, simd = 1)", false},  {"d : fold(pe = 1, simd = 10)", false},
        {"c, d : memory(block)", true},         {"* : operands(delayed)", true},
    };
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        struct text text = {0};
        text_printf(&text,
                    "network n { input u8[8, 8, 4] -> c: conv(6, 3, groups = 2) -> d: depthwise(3) -> flatten\n"
                    "  -> dense(2) -> classify; }\nhardware { %s; }\n",
                    rules[i].rule);
        struct program program;
        program_open(&program, text_cstr(&text));
        CU_ASSERT_PTR_NOT_NULL_FATAL(program.model);
        CU_ASSERT_EQUAL(model_check_hardware(program.model, program.sink), rules[i].fits);
        CU_ASSERT_EQUAL(sink_has(program.sink, DIAGNOSTIC_FOLD_TOO_LARGE), !rules[i].fits);
        if (i == 0) {
            CU_ASSERT_EQUAL(program_node(&program, "c")->hardware.pe, 3);
            CU_ASSERT_EQUAL(program_node(&program, "c")->hardware.simd, 18);
        }
        program_close(&program);
        text_free(&text);
    }
}

static const struct unit_case cases[] = {
    {"random convs", test_random_convs},
    {"random pools", test_random_pools},
    {"one number", test_one_number},
    {"pad value", test_pad_value},
    {"errors", test_errors},
    {"folds", test_folds},
};

UNIT_MAIN("windows", cases)
