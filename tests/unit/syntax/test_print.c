/*
 * Canonical form: any tree survives it, it is its own canonical form, and no comment is lost in it, wherever it stands.
 */
#include "random_program.h"

#include "../cunit_main.h"

#include <ctype.h>
#include <string.h>

enum { PROGRAMS = 1500 };

/* Parses text that must be free of errors; the messages are printed where it is not. */
static struct ast_file *parse(struct source *source, const struct text *text, struct arena *arena)
{
    *source = (struct source){.name = "random", .text = text_cstr(text), .length = text->length};
    struct sink *sink = sink_open(arena, DIAGNOSTICS_TEXT);
    struct ast_file *file = ast_parse(source, arena, sink);
    if (sink_errors(sink) > 0) {
        struct text messages = {0};
        sink_render(sink, &messages);
        printf("%s", text_cstr(&messages));
        text_free(&messages);
        CU_FAIL("a program that must parse does not");
    }
    return file;
}

static void expect_same(const struct text *a, const struct text *b, const char *what)
{
    const bool same = a->length == b->length && memcmp(text_cstr(a), text_cstr(b), a->length) == 0;
    CU_ASSERT(same);
    if (!same)
        printf("\n%s\n---\n%s---\n%s---\n", what, text_cstr(a), text_cstr(b));
}

static void test_random_trees_survive(void)
{
    uint64_t state = 20260801;
    for (int i = 0; i < PROGRAMS; i++) {
        struct arena arena = {0};
        struct text printed = {0}, again = {0};
        struct source source;
        const struct ast_file *file = random_program(&state, &arena);
        ast_print(file, &printed);
        const struct ast_file *reread = parse(&source, &printed, &arena);
        CU_ASSERT(ast_equal(file, reread));
        CU_ASSERT(ast_equal(reread, file));
        ast_print(reread, &again);
        expect_same(&printed, &again, "the canonical form changed");
        text_free(&printed);
        text_free(&again);
        arena_free(&arena);
    }
}

/* The text with comments and line ends at random blanks; a blank behind a digit may belong to a quantity. */
static size_t scatter(uint64_t *state, const struct text *text, struct text *out)
{
    size_t comments = 0;
    bool in_string = false;
    for (size_t i = 0; i < text->length; i++) {
        const char c = text->data[i];
        text_add_bytes(out, &c, 1);
        if (in_string && c == '\\')
            text_add_bytes(out, &text->data[++i], 1);
        else if (c == '"')
            in_string = !in_string;
        if (in_string || (c != ' ' && c != '\n') || (i > 0 && isalnum((unsigned char)text->data[i - 1]) && c == ' '))
            continue;
        switch (random_below(state, 12)) {
        case 0:
            text_printf(out, "// c%zu \r\n", comments++);
            break;
        case 1:
            text_printf(out, "/* c%zu */", comments++);
            break;
        case 2:
            text_printf(out, "\n\n\n  /* c%zu\r\n   two lines */ \n", comments++);
            break;
        case 3:
            text_add(out, "\n\n\t");
            break;
        default:
            break;
        }
    }
    return comments;
}

static void expect_comments(const struct text *text, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char mark[32];
        (void)snprintf(mark, sizeof mark, " c%zu", i);
        const char *first = text_cstr(text);
        size_t found = 0;
        for (const char *at = strstr(first, mark); at; at = strstr(at + 1, mark))
            found += !isdigit((unsigned char)at[strlen(mark)]);
        CU_ASSERT_EQUAL(found, 1);
    }
}

static void test_comments_stay(void)
{
    uint64_t state = 42;
    for (int i = 0; i < PROGRAMS; i++) {
        struct arena arena = {0};
        struct text plain = {0}, scattered = {0}, printed = {0}, again = {0};
        struct source source, second;
        const struct ast_file *file = random_program(&state, &arena);
        ast_print(file, &plain);
        const size_t count = scatter(&state, &plain, &scattered);
        const struct ast_file *read = parse(&source, &scattered, &arena);
        CU_ASSERT(ast_equal(file, read));
        ast_print(read, &printed);
        expect_comments(&printed, count);
        const struct ast_file *reread = parse(&second, &printed, &arena);
        CU_ASSERT(ast_equal(file, reread));
        ast_print(reread, &again);
        expect_same(&printed, &again, "the canonical form with comments changed");
        CU_ASSERT_PTR_NULL(strstr(text_cstr(&printed), " \n"));
        text_free(&plain);
        text_free(&scattered);
        text_free(&printed);
        text_free(&again);
        arena_free(&arena);
    }
}

/* Trees that differ in one word are not equal. */
static void test_equality_sees_differences(void)
{
    static const char *const programs[] = {
        "",
        "param a = 1;",
        "param a = 1.0;",
        "param a = 2;",
        "param b = 1;",
        "param a = 1 s;",
        "param a = 1 ms;",
        "param a = true;",
        "param a = false;",
        "param a = \"1\";",
        "param a = [1];",
        "param a = [1, 1];",
        "param a = f;",
        "param a = f();",
        "param a = f(1);",
        "param a = f(x = 1);",
        "param a = -1;",
        "param a = 1 + 1;",
        "param a = 1 - 1;",
        "param a = 1 - 1 - 1;",
        "param a = 1 - (1 - 1);",
        "data {}",
        "train {}",
        "data { a = 1; }",
        "scheme a {}",
        "scheme a extends b {}",
        "block a() {}",
        "block a(x) {}",
        "block a(x = 1) {}",
        "network a {}",
        "network a { x; }",
        "network a { y = x; }",
        "network a { x -> y; }",
        "network a { x -> z: y; }",
        "network a { input u8[1]; }",
        "network a { input u8[2]; }",
        "network a { input u8[1] scale 1; }",
        "quantize { a : b; }",
        "quantize { a, c : b; }",
        "quantize { a : b, c; }",
        "hardware { a : b; }",
    };
    enum { COUNT = sizeof programs / sizeof *programs };
    struct arena arena = {0};
    struct source sources[COUNT];
    struct ast_file *files[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        struct text text = {0};
        text_add(&text, programs[i]);
        files[i] = parse(&sources[i], &text, &arena);
        for (size_t k = 0; k <= i; k++)
            CU_ASSERT_EQUAL(ast_equal(files[i], files[k]), i == k);
        text_free(&text);
    }
    arena_free(&arena);
}

static const struct unit_case cases[] = {
    {"random trees survive", test_random_trees_survive},
    {"comments stay", test_comments_stay},
    {"equality sees differences", test_equality_sees_differences},
};

UNIT_MAIN("canonical form", cases)
