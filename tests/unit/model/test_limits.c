/* Programs that are too large, too deep or hostile: one error, quickly, and no more than the sink takes. */
#include "program.h"

#include "tests/unit/cunit_main.h"

#include <stdlib.h>

static void repeat_text(struct text *text, const char *piece, size_t times)
{
    for (size_t i = 0; i < times; i++)
        text_add(text, piece);
}

static void expect(const struct text *text, enum diagnostic_id id)
{
    struct program program;
    program_open(&program, text_cstr(text));
    CU_ASSERT_PTR_NULL(program.model);
    CU_ASSERT_TRUE(sink_has(program.sink, id));
    CU_ASSERT_TRUE(sink_errors(program.sink) <= DIAGNOSTICS_MAX_ERRORS);
    program_close(&program);
}

static void test_long_text(void)
{
    struct text text = {0};
    text_add(&text, "network n { input u8[4] -> dense(2) -> classify; }\n");
    static char blanks[1 << 16];
    memset(blanks, ' ', sizeof blanks - 1);
    repeat_text(&text, blanks, 257);
    expect(&text, DIAGNOSTIC_TEXT_TOO_LONG);
    text_free(&text);
}

/* Each block applies the one before it twice: 2^20 steps if nobody stopped it. */
static void test_doubling_blocks(void)
{
    struct text text = {0};
    text_add(&text, "block b0() { out = in -> relu; }\n");
    for (int i = 1; i <= 20; i++)
        text_printf(&text, "block b%d() { out = in -> b%d -> b%d; }\n", i, i - 1, i - 1);
    text_add(&text, "network n { input u8[4] -> b20 -> dense(2) -> classify; }\n");
    expect(&text, DIAGNOSTIC_EXPANSION_LIMIT);
    text_free(&text);
}

/* Each parameter is twice the one before it: shared values, or 2^60 additions. */
static void test_doubling_parameters(void)
{
    struct text text = {0};
    text_add(&text, "param a0 = 1;\n");
    for (int i = 1; i <= 60; i++)
        text_printf(&text, "param a%d = a%d + a%d;\n", i, i - 1, i - 1);
    text_add(&text, "network n { input u8[4] -> dense(a60) -> classify; }\n");
    expect(&text, DIAGNOSTIC_OUT_OF_RANGE);
    text_free(&text);
}

static void test_many_declarations(void)
{
    struct text text = {0};
    for (int i = 0; i < 501; i++)
        text_printf(&text, "scheme s%d { }\n", i);
    text_add(&text, "network n { input u8[4] -> dense(2) -> classify; }\n");
    expect(&text, DIAGNOSTIC_EXPANSION_LIMIT);
    text_free(&text);
}

static void test_deep_blocks(void)
{
    struct text text = {0};
    text_add(&text, "block b0() { out = in -> relu; }\n");
    for (int i = 1; i <= 120; i++)
        text_printf(&text, "block b%d() { out = in -> b%d; }\n", i, i - 1);
    text_add(&text, "network n { input u8[4] -> b120 -> dense(2) -> classify; }\n");
    expect(&text, DIAGNOSTIC_EXPANSION_LIMIT);
    text_free(&text);
}

static void test_many_errors(void)
{
    struct text text = {0};
    text_add(&text, "network n { input u8[4]");
    for (int i = 0; i < 40; i++)
        text_printf(&text, " -> wrong%d", i);
    text_add(&text, " -> classify; }\n");
    struct program program;
    program_open(&program, text_cstr(&text));
    CU_ASSERT_EQUAL(sink_errors(program.sink), DIAGNOSTICS_MAX_ERRORS);
    program_close(&program);
    text_free(&text);
}

static void test_large_samples(void)
{
    struct text text = {0};
    text_add(&text, "network n { input u8[65536, 65536, 65536] -> flatten -> dense(2) -> classify; }\n");
    expect(&text, DIAGNOSTIC_INPUT_SHAPE);
    text_free(&text);
}

static void test_many_rules(void)
{
    struct text text = {0};
    text_add(&text, "network n { input u8[4] -> dense(2) -> classify; }\nquantize {");
    repeat_text(&text, " * : float;", 1001);
    text_add(&text, " }\n");
    expect(&text, DIAGNOSTIC_EXPANSION_LIMIT);
    text_free(&text);
}

static void test_long_selector(void)
{
    struct text text = {0};
    text_add(&text, "network n { input u8[4] -> dense(2) -> classify; }\nquantize { ");
    repeat_text(&text, "*?", 501);
    text_add(&text, " : float; }\n");
    expect(&text, DIAGNOSTIC_EXPANSION_LIMIT);
    text_free(&text);
}

static void test_many_arguments(void)
{
    struct text text = {0};
    text_add(&text, "network n { input u8[4] -> dense(2");
    repeat_text(&text, ", 1", 501);
    text_add(&text, ") -> classify; }\n");
    expect(&text, DIAGNOSTIC_TOO_MANY_ARGUMENTS);
    text.length = 0;
    text_add(&text, "block b(p");
    for (int i = 0; i < 501; i++)
        text_printf(&text, ", p%d", i);
    text_add(&text, ") { out = in; }\nnetwork n { input u8[4] -> dense(2) -> classify; }\n");
    expect(&text, DIAGNOSTIC_EXPANSION_LIMIT);
    text_free(&text);
}

/* Labels that differ in case only: their identifiers are told apart, and quickly. */
static void test_alike_labels(void)
{
    struct text text = {0};
    text_add(&text, "network n { input u8[4]");
    for (unsigned i = 0; i < 2048; i++) {
        text_add(&text, " -> ");
        for (unsigned bit = 0; bit < 11; bit++)
            text_add(&text, i >> bit & 1u ? "A" : "a");
        text_add(&text, ": relu");
    }
    text_add(&text, " -> dense(2) -> classify; }\n");
    struct program program;
    CU_ASSERT_TRUE_FATAL(program_is_clean(&program, text_cstr(&text)));
    CU_ASSERT_EQUAL(program.model->node_count, 2048 + 3);
    program_close(&program);
    text_free(&text);
}

static const struct unit_case cases[] = {
    {"long text", test_long_text},
    {"doubling blocks", test_doubling_blocks},
    {"doubling parameters", test_doubling_parameters},
    {"many declarations", test_many_declarations},
    {"deep blocks", test_deep_blocks},
    {"many errors", test_many_errors},
    {"large samples", test_large_samples},
    {"many rules", test_many_rules},
    {"long selector", test_long_selector},
    {"many arguments", test_many_arguments},
    {"alike labels", test_alike_labels},
};

UNIT_MAIN("limits", cases)
