/* The sink: counting, filtering, rendering, and what a hostile source cannot do. */
#include "diagnostics/diagnostics.h"
#include "diagnostics/nearest.h"

#include "../cunit_main.h"

#include <string.h>

static struct arena arena;

static struct source source_of(const char *text)
{
    return (struct source){.name = "mnist.qnn", .text = text, .length = strlen(text)};
}

static struct span span_of(struct source *source, const char *word)
{
    const size_t begin = (size_t)(strstr(source->text, word) - source->text);
    return (struct span){source, begin, begin + strlen(word)};
}

static void expect_rendered(const struct sink *sink, const char *expected)
{
    struct text out = {0};
    sink_render(sink, &out);
    CU_ASSERT_STRING_EQUAL(text_cstr(&out), expected);
    if (strcmp(text_cstr(&out), expected) != 0)
        printf("\n%s", text_cstr(&out));
    text_free(&out);
}

static void test_text_form(void)
{
    struct source source = source_of("scheme bin {}\nquantize { * : bim; }\n");
    struct sink *sink = sink_open(&arena, DIAGNOSTICS_TEXT);
    static const char *const names[] = {"float", "bin", NULL};
    sink_report(sink, DIAGNOSTIC_SYNTAX_ERROR, span_of(&source, "bim"), "scheme '%s' is not defined", "bim");
    CU_ASSERT_STRING_EQUAL(sink_suggest(sink, "bim", names), "bin");
    sink_note(sink, span_of(&source, "scheme"), "a scheme is defined here");
    expect_rendered(sink, "mnist.qnn:2:16: error: scheme 'bim' is not defined [syntax-error]\n"
                          "    2 | quantize { * : bim; }\n"
                          "      |                ^~~ did you mean 'bin'?\n"
                          "mnist.qnn:1:1: note: a scheme is defined here\n"
                          "    1 | scheme bin {}\n"
                          "      | ^~~~~~\n");
    CU_ASSERT_EQUAL(sink_errors(sink), 1);
    CU_ASSERT(sink_has(sink, DIAGNOSTIC_SYNTAX_ERROR));
    CU_ASSERT_FALSE(sink_has(sink, DIAGNOSTIC_BAD_UNIT));
}

static void test_json_form(void)
{
    struct source source = source_of("a\n\"b\"\n");
    struct sink *sink = sink_open(&arena, DIAGNOSTICS_JSON);
    sink_report(sink, DIAGNOSTIC_BAD_UNIT, span_of(&source, "\"b\""), "%s", "quote \" \x01 \xff");
    sink_hint(sink, "h");
    sink_note(sink, (struct span){0}, "n1");
    sink_note(sink, span_of(&source, "a"), "n2");
    sink_report(sink, DIAGNOSTIC_BAD_UNIT, (struct span){0}, "nowhere");
    expect_rendered(sink, "{\"file\": \"mnist.qnn\", \"line\": 2, \"column\": 1, \"end_line\": 2, \"end_column\": 4, "
                          "\"severity\": \"error\", \"id\": \"bad-unit\", \"message\": \"quote \\\" \\u0001 \\ufffd\", "
                          "\"hint\": \"h\", \"notes\": [{\"message\": \"n1\"}, {\"file\": \"mnist.qnn\", \"line\": 1, "
                          "\"column\": 1, \"end_line\": 1, \"end_column\": 2, \"message\": \"n2\"}]}\n"
                          "{\"severity\": \"error\", \"id\": \"bad-unit\", \"message\": \"nowhere\"}\n");
}

static void test_hostile_source(void)
{
    struct source source = source_of("\x1b[2J\t\xff\xc3\xa9 x\r\n");
    struct sink *sink = sink_open(&arena, DIAGNOSTICS_TEXT);
    sink_report(sink, DIAGNOSTIC_SYNTAX_ERROR, span_of(&source, "x"), "odd '\x1b[2J'");
    expect_rendered(sink, "mnist.qnn:1:10: error: odd '?[2J' [syntax-error]\n"
                          "    1 | ?[2J ?\xc3\xa9 x\n"
                          "      |         ^\n");
}

static void test_long_line_is_cut(void)
{
    static char text[100001];
    memset(text, 'a', sizeof text - 1);
    struct source source = source_of(text);
    struct sink *sink = sink_open(&arena, DIAGNOSTICS_TEXT);
    sink_report(sink, DIAGNOSTIC_SYNTAX_ERROR, (struct span){&source, 50000, 60000}, "long");
    struct text out = {0};
    sink_render(sink, &out);
    CU_ASSERT(out.length < 500);
    CU_ASSERT_PTR_NOT_NULL(strstr(text_cstr(&out), "mnist.qnn:1:50001:"));
    text_free(&out);
}

static void test_errors_are_bounded_and_not_repeated(void)
{
    struct source source = source_of("0123456789012345678901234567890123456789");
    struct sink *sink = sink_open(&arena, DIAGNOSTICS_TEXT);
    for (int twice = 0; twice < 2; twice++)
        sink_report(sink, DIAGNOSTIC_SYNTAX_ERROR, (struct span){&source, 0, 1}, "the same");
    CU_ASSERT_EQUAL(sink_errors(sink), 1);
    for (size_t i = 1; i < 30; i++) {
        sink_report(sink, DIAGNOSTIC_SYNTAX_ERROR, (struct span){&source, i, i + 1}, "another");
        sink_hint(sink, "of no effect where dropped");
    }
    CU_ASSERT_EQUAL(sink_errors(sink), DIAGNOSTICS_MAX_ERRORS);
    struct text out = {0};
    sink_render(sink, &out);
    const char *end = strstr(text_cstr(&out), "qnnc: note: too many errors; the rest is not shown\n");
    CU_ASSERT_PTR_NOT_NULL(end);
    text_free(&out);
}

/* The first warning of the table; every room adds its own, so that the test does not name one. */
static int first_warning(void)
{
    int id = 0;
    while (id < DIAGNOSTIC_COUNT && diagnostic_rows[id].severity != SEVERITY_WARNING)
        id++;
    return id;
}

static void test_options(void)
{
    const int id = first_warning();
    struct sink *sink = sink_open(&arena, DIAGNOSTICS_TEXT);
    CU_ASSERT(sink_option(sink, "error"));
    CU_ASSERT_FALSE(sink_option(sink, "no-such-warning"));
    CU_ASSERT_FALSE(sink_option(sink, "error=such"));
    CU_ASSERT_FALSE(sink_option(sink, "no-syntax-error"));
    if (id == DIAGNOSTIC_COUNT)
        return;
    char option[64];
    const struct span nowhere = {0};
    sink_report(sink, (enum diagnostic_id)id, nowhere, "an error under -Werror");
    CU_ASSERT(sink_errors(sink) == 1 && sink_warnings(sink) == 0);
    sink = sink_open(&arena, DIAGNOSTICS_TEXT);
    sink_report(sink, (enum diagnostic_id)id, nowhere, "a warning");
    CU_ASSERT(sink_errors(sink) == 0 && sink_warnings(sink) == 1);
    (void)snprintf(option, sizeof option, "error=%s", diagnostic_rows[id].name);
    CU_ASSERT(sink_option(sink, option));
    sink_report(sink, (enum diagnostic_id)id, nowhere, "an error");
    CU_ASSERT(sink_errors(sink) == 1 && sink_warnings(sink) == 1);
    (void)snprintf(option, sizeof option, "no-%s", diagnostic_rows[id].name);
    CU_ASSERT(sink_option(sink, option));
    sink_report(sink, (enum diagnostic_id)id, nowhere, "silenced");
    sink_note(sink, nowhere, "and its note");
    CU_ASSERT(sink_errors(sink) == 1 && sink_warnings(sink) == 1);
}

static void test_rows_are_well_formed(void)
{
    for (int i = 0; i < DIAGNOSTIC_COUNT; i++) {
        const char *name = diagnostic_rows[i].name, *meaning = diagnostic_rows[i].meaning;
        CU_ASSERT(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(name));
        CU_ASSERT(meaning[strlen(meaning) - 1] == '.');
        for (int k = 0; k < i; k++)
            CU_ASSERT_STRING_NOT_EQUAL(name, diagnostic_rows[k].name);
    }
}

static void test_positions(void)
{
    struct source source = source_of("ab\n\ncd");
    static const size_t expected[][2] = {{1, 1}, {1, 2}, {1, 3}, {2, 1}, {3, 1}, {3, 2}, {3, 3}, {3, 3}};
    struct sink *sink = sink_open(&arena, DIAGNOSTICS_TEXT);
    for (int indexed = 0; indexed < 2; indexed++) {
        for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
            size_t line, column;
            source_position(&source, i, &line, &column);
            CU_ASSERT(line == expected[i][0] && column == expected[i][1]);
        }
        /* Rendering makes the line table: the answers stay the same. */
        struct text out = {0};
        sink_report(sink, DIAGNOSTIC_SYNTAX_ERROR, (struct span){&source, 6, 6}, "at the end");
        sink_render(sink, &out);
        CU_ASSERT_PTR_NOT_NULL(source.line_starts);
        text_free(&out);
    }
    const struct span joined = span_join((struct span){&source, 1, 2}, (struct span){&source, 4, 6});
    CU_ASSERT(joined.begin == 1 && joined.end == 6);
    CU_ASSERT(span_join((struct span){0}, joined).begin == 1);
}

static void test_nearest_name(void)
{
    static const char *const names[] = {"exponential", "cosine", "step", "stop", NULL};
    CU_ASSERT_STRING_EQUAL(nearest_name("exponental", names), "exponential");
    CU_ASSERT_STRING_EQUAL(nearest_name("cosien", names), "cosine"); /* a swap is one edit */
    CU_ASSERT_STRING_EQUAL(nearest_name("stp", names), "step");      /* a tie goes to the first */
    CU_ASSERT_PTR_NULL(nearest_name("linear", names));
    CU_ASSERT_PTR_NULL(nearest_name("", names));
    static char huge[1 << 16];
    memset(huge, 'a', sizeof huge - 1);
    CU_ASSERT_PTR_NULL(nearest_name(huge, names));
    arena_free(&arena);
}

static const struct unit_case cases[] = {
    {"text form", test_text_form},
    {"json form", test_json_form},
    {"hostile source", test_hostile_source},
    {"long line", test_long_line_is_cut},
    {"bounded, not repeated", test_errors_are_bounded_and_not_repeated},
    {"options", test_options},
    {"rows", test_rows_are_well_formed},
    {"positions", test_positions},
    {"nearest name", test_nearest_name},
};

UNIT_MAIN("diagnostics", cases)
