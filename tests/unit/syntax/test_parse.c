/* The parser: what each construct becomes, which message each mistake gets, and limits. */
#include "syntax/ast.h"

#include "../cunit_main.h"

#include <stdlib.h>
#include <string.h>

/* One text with everything that comes out of it; freed by done(). */
struct parsed {
    struct arena arena;
    struct source source;
    struct sink *sink;
    struct ast_file *file;
    struct text messages;
};

static struct ast_file *parse_bytes(struct parsed *parsed, const char *text, size_t length)
{
    *parsed = (struct parsed){.source = {.name = "t.qnn", .text = text, .length = length}};
    parsed->sink = sink_open(&parsed->arena, DIAGNOSTICS_TEXT);
    parsed->file = ast_parse(&parsed->source, &parsed->arena, parsed->sink);
    sink_render(parsed->sink, &parsed->messages);
    return parsed->file;
}

static struct ast_file *parse(struct parsed *parsed, const char *text)
{
    return parse_bytes(parsed, text, strlen(text));
}

static void done(struct parsed *parsed)
{
    text_free(&parsed->messages);
    arena_free(&parsed->arena);
}

static void expect_message(const char *text, const char *message)
{
    struct parsed parsed;
    (void)parse(&parsed, text);
    const bool found = strstr(text_cstr(&parsed.messages), message) != NULL;
    CU_ASSERT(found);
    if (!found)
        printf("\n%s\nlacks: %s\n%s", text, message, text_cstr(&parsed.messages));
    CU_ASSERT(sink_errors(parsed.sink) >= 1);
    done(&parsed);
}

/* Exactly one error, with this id. */
static void expect_one(const char *text, enum diagnostic_id id)
{
    struct parsed parsed;
    (void)parse(&parsed, text);
    CU_ASSERT_EQUAL(sink_errors(parsed.sink), 1);
    CU_ASSERT(sink_has(parsed.sink, id));
    if (sink_errors(parsed.sink) != 1)
        printf("\n%s\n%s", text, text_cstr(&parsed.messages));
    done(&parsed);
}

static void expect_fine(const char *text)
{
    struct parsed parsed;
    (void)parse(&parsed, text);
    CU_ASSERT_EQUAL(sink_errors(parsed.sink), 0);
    if (sink_errors(parsed.sink) != 0)
        printf("\n%s\n%s", text, text_cstr(&parsed.messages));
    done(&parsed);
}

static void test_sections(void)
{
    struct parsed parsed;
    const struct ast_file *file = parse(&parsed, "param p = 1; data {a = b;} scheme s extends t {} train {}\n"
                                                 "block b(x, y = 2) { out = in; } network n { in -> l: f(1); }\n"
                                                 "quantize {h?.*, 1x: s, t;} compress {} hardware {c = 1 s; a.b: d;}");
    CU_ASSERT_EQUAL_FATAL(file->section_count, 9);
    CU_ASSERT_EQUAL(sink_errors(parsed.sink), 0);
    struct ast_section *const *sections = file->sections;
    CU_ASSERT(sections[0]->kind == AST_PARAM && sections[0]->value->number == 1);
    CU_ASSERT_STRING_EQUAL(sections[2]->extends.text, "t");
    CU_ASSERT_STRING_EQUAL(sections[2]->keyword.text, "scheme");
    CU_ASSERT(sections[4]->parameter_count == 2 && !sections[4]->parameters[0].value);
    const struct ast_statement *statement = &sections[5]->statements[0];
    CU_ASSERT(!statement->name.text && statement->chain.step_count == 1);
    CU_ASSERT_STRING_EQUAL(statement->chain.steps[0].label.text, "l");
    const struct ast_rule *rule = &sections[6]->rules[0];
    CU_ASSERT(rule->selector_count == 2 && rule->call_count == 2);
    CU_ASSERT_STRING_EQUAL(rule->selectors[0].text, "h?.*");
    CU_ASSERT_STRING_EQUAL(rule->selectors[1].text, "1x");
    CU_ASSERT(sections[8]->rule_count == 1 && sections[8]->setting_count == 1);
    const struct span span = sections[8]->settings[0].span;
    CU_ASSERT(strncmp(parsed.source.text + span.begin, "c = 1 s;", span.end - span.begin) == 0);
    done(&parsed);
}

static void test_words_are_names_elsewhere(void)
{
    expect_fine("scheme data extends extends { train = scheme; data = param(block = network); }");
    expect_fine("block network(param, hardware = quantize) { out = in -> train: data -> block(2); scheme = in; }");
    expect_fine("network train { input u8[2] block x(2) scheme 1 -> data; }");
    expect_fine("hardware { data = 1; data : train; param, scheme* : network(block); param = 2; }");
    expect_one("network n { input = a; }", DIAGNOSTIC_SYNTAX_ERROR);
}

static const struct ast_value *value_of(struct parsed *parsed, const char *text)
{
    *parsed = (struct parsed){.source = {.name = "<define>", .text = text, .length = strlen(text)}};
    parsed->sink = sink_open(&parsed->arena, DIAGNOSTICS_TEXT);
    return ast_parse_value(&parsed->source, &parsed->arena, parsed->sink);
}

static void test_numbers(void)
{
    static const struct {
        const char *text;
        double number;
        bool is_integer;
        const char *unit;
    } rows[] = {
        {"0", 0, true, NULL},
        {"0x10", 16, true, NULL},
        {"0XfF", 255, true, NULL},
        {"9007199254740992", 9007199254740992.0, true, NULL},
        {"9007199254740994", 9007199254740994.0, false, NULL},
        {"3e-3", 0.003, false, NULL},
        {"1E+2", 100, false, NULL},
        {"2.50", 2.5, false, NULL},
        {"100MHz", 100, false, "MHz"},
        {"100 \t kHz", 100, false, "kHz"},
        {"1.5s", 1.5, false, "s"},
        {"1e3us", 1000, false, "us"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct parsed parsed;
        const struct ast_value *value = value_of(&parsed, rows[i].text);
        CU_ASSERT_PTR_NOT_NULL(value);
        if (!value)
            continue;
        CU_ASSERT_EQUAL(value->kind, rows[i].unit ? AST_QUANTITY : AST_NUMBER);
        CU_ASSERT(value->number == rows[i].number && value->is_integer == rows[i].is_integer);
        CU_ASSERT(!rows[i].unit || strcmp(value->unit, rows[i].unit) == 0);
        CU_ASSERT(value->span.begin == 0 && value->span.end == strlen(rows[i].text));
        done(&parsed);
    }
}

static void test_values(void)
{
    static const struct {
        const char *text, *printed;
    } rows[] = {
        {"1-2-3", "1 - 2 - 3"},
        {"1-(2-3)", "1 - (2 - 3)"},
        {"1+2*3", "1 + 2*3"},
        {"(1+2)*3", "(1 + 2)*3"},
        {"-1*-2", "-1*-2"},
        {"-(1*2)", "-(1*2)"},
        {"1/2/4", "1/2/4"},
        {"true", "true"},
        {"f(true,x=false,)", "f(true, x = false)"},
        {"[ [],[1 ,],\"a\" ]", "[[], [1], \"a\"]"},
        {"\"\\n\\x41\\u00e9\\'\\\"\\\\\"", "\"\\nA\xc3\xa9'\\\"\\\\\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct parsed parsed;
        struct text printed = {0};
        const struct ast_value *value = value_of(&parsed, rows[i].text);
        CU_ASSERT_PTR_NOT_NULL(value);
        if (!value)
            continue;
        ast_print_value(value, &printed);
        CU_ASSERT_STRING_EQUAL(text_cstr(&printed), rows[i].printed);
        text_free(&printed);
        done(&parsed);
    }
    static const char *const wrong[] = {"", "1 2", "a;", "{", "}", "a = 1", "data {}", "(1", "@"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct parsed parsed;
        CU_ASSERT_PTR_NULL(value_of(&parsed, wrong[i]));
        CU_ASSERT(sink_errors(parsed.sink) >= 1);
        done(&parsed);
    }
}

static void test_each_diagnostic(void)
{
    expect_one("data { a = ; }", DIAGNOSTIC_SYNTAX_ERROR);
    expect_one("data { a = @@1; }", DIAGNOSTIC_BAD_CHARACTER);
    expect_one("data { \x01 a = 1; }", DIAGNOSTIC_BAD_CHARACTER);
    expect_one("data { \xff\xfe a = 1; }", DIAGNOSTIC_BAD_CHARACTER);
    expect_one("// \xff\xff\ndata {}", DIAGNOSTIC_BAD_UTF8);
    expect_one("data { a = \"\xc3\"; }", DIAGNOSTIC_BAD_UTF8);
    expect_one("data { a = 5.; }", DIAGNOSTIC_BAD_NUMBER);
    expect_one("data { a = .5; }", DIAGNOSTIC_BAD_NUMBER);
    expect_one("data { a = 0x; }", DIAGNOSTIC_BAD_NUMBER);
    expect_one("data { a = 1e999; }", DIAGNOSTIC_BAD_NUMBER);
    expect_one("data { a = 5Mhz; }", DIAGNOSTIC_BAD_UNIT);
    expect_one("data { a = \"\\q\"; }", DIAGNOSTIC_BAD_ESCAPE);
    expect_one("data { a = \"\\x00\"; }", DIAGNOSTIC_BAD_ESCAPE);
    expect_one("data { a = \"\\ud800\"; }", DIAGNOSTIC_BAD_ESCAPE);
    expect_one("data { a = \"b; }", DIAGNOSTIC_UNTERMINATED_STRING);
    expect_one("data {} /* a", DIAGNOSTIC_UNTERMINATED_COMMENT);
    expect_fine("");
    expect_fine("// \xc3\xa9\r\n/* ** / */ /**/ data {\r\n\ta = \"\xe2\x82\xac\\u20ac // /* \";\r\n}\r\n");
    expect_fine("\xef\xbb\xbf"
                "data {}");
    struct parsed parsed;
    (void)parse_bytes(&parsed, "data { a = 1\0; } // \0 x", 24);
    CU_ASSERT_EQUAL(sink_errors(parsed.sink), 2);
    CU_ASSERT(sink_has(parsed.sink, DIAGNOSTIC_BAD_CHARACTER));
    done(&parsed);
}

static void test_words_of_errors(void)
{
    expect_message("train {\n  batch = 1\n  epochs = 2;\n}", "t.qnn:2:12: error: expected ';' after the setting");
    expect_message("quantize { * : b\n}", "t.qnn:1:17: error: expected ';' after the rule");
    expect_message("network n { in -> a\n}", "expected ';' after the statement");
    expect_message("param a = 1\nparam b = 2;", "t.qnn:1:12: error: expected ';' after the parameter");
    expect_message("data { a = 1", "expected ';' after the setting");
    expect_message("data { a = [1 2]; }", "expected ']' or ',', found '2'");
    expect_message("data { a 1; }", "expected '=', found '1'");
    expect_message("data { a = 1;", "note: this '{' is still open");
    expect_message("data { a = 1;\ntrain {}", "t.qnn:2:1: error: expected '}' before this section");
    expect_message("trian {}", "did you mean 'train'?");
    expect_message("network n { in -> input; }", "'input' is reserved");
    expect_message("data {} }", "this '}' closes nothing");
    expect_message("data { a = 4fsp; }", "did you mean 'fps'?");
    expect_message("network n { a -> b(; }", "expected ')' or a value, found ';'");
    expect_message("network n { = a; }", "expected '}' or a layer, found '='");
}

/* What follows a mistake is read again, and one mistake gives one error. */
static void test_recovery(void)
{
    struct parsed parsed;
    const struct ast_file *file = parse(&parsed, "data { a = ; b = 2; }\n"
                                                 "foo { x = 1; y = 2; }\n"
                                                 "scheme { w = 1; }\n"
                                                 "quantize { * : x\n  conv*.1 : y; ? z; h : q; }\n"
                                                 "network n { in -> a(; in -> { x; y } b; out = in; }\n"
                                                 "train { batch = 1\n  epochs = 2;\n  seed = 3;\n"
                                                 "hardware { clock = 1 Hz; }");
    CU_ASSERT_EQUAL(sink_errors(parsed.sink), 9);
    if (sink_errors(parsed.sink) != 9)
        printf("%s", text_cstr(&parsed.messages));
    CU_ASSERT_EQUAL_FATAL(file->section_count, 5);
    CU_ASSERT_EQUAL(file->sections[0]->setting_count, 1);
    CU_ASSERT_EQUAL(file->sections[1]->rule_count, 2);
    CU_ASSERT_STRING_EQUAL(file->sections[1]->rules[0].selectors[0].text, "conv*.1");
    CU_ASSERT_EQUAL(file->sections[2]->statement_count, 1);
    CU_ASSERT_EQUAL(file->sections[3]->setting_count, 2);
    CU_ASSERT_EQUAL(file->sections[4]->setting_count, 1);
    done(&parsed);
}

/* before, then middle and after count times each, as one text. */
static struct text repeated(const char *before, const char *opening, size_t count, const char *core,
                            const char *closing, const char *after)
{
    struct text text = {0};
    text_add(&text, before);
    for (size_t i = 0; i < count; i++)
        text_add(&text, opening);
    text_add(&text, core);
    for (size_t i = 0; i < count; i++)
        text_add(&text, closing);
    text_add(&text, after);
    return text;
}

static size_t errors_of(struct text text, enum diagnostic_id id)
{
    struct parsed parsed;
    (void)parse_bytes(&parsed, text_cstr(&text), text.length);
    const size_t errors = sink_errors(parsed.sink);
    if (errors > 0)
        CU_ASSERT(sink_has(parsed.sink, id));
    done(&parsed);
    text_free(&text);
    return errors;
}

static void test_limits(void)
{
    const enum diagnostic_id deep = DIAGNOSTIC_NESTING_TOO_DEEP;
    static const struct {
        const char *opening, *core, *closing;
        size_t deepest; /* how often opening may stand there */
    } nests[] = {
        {"[", "1", "]", 199}, {"(", "1", ")", 199}, {"f(", "1", ")", 199}, {"-", "1", "", 199}, {"1+", "1", "", 0}};
    for (size_t i = 0; i < sizeof nests / sizeof *nests; i++) {
        const char *opening = nests[i].opening, *core = nests[i].core, *closing = nests[i].closing;
        const size_t allowed = nests[i].deepest ? nests[i].deepest : 199;
        CU_ASSERT_EQUAL(errors_of(repeated("param a = ", opening, allowed, core, closing, ";"), deep), 0);
        CU_ASSERT_EQUAL(errors_of(repeated("param a = ", opening, allowed + 1, core, closing, ";"), deep), 1);
        CU_ASSERT(errors_of(repeated("param a = ", opening, 100000, core, closing, ";"), deep) >= 1);
    }
    /* Long is not deep. */
    CU_ASSERT_EQUAL(errors_of(repeated("data { a = [", "1, ", 100000, "1", "", "]; }"), deep), 0);
    CU_ASSERT_EQUAL(errors_of(repeated("network n { in", " -> relu", 100000, "", "", "; }"), deep), 0);
    CU_ASSERT_EQUAL(errors_of(repeated("", "param a = 1;\n", 100000, "", "", ""), deep), 0);
    CU_ASSERT_EQUAL(errors_of(repeated("data {", "a = ;", 1000, "", "", "}"), DIAGNOSTIC_SYNTAX_ERROR),
                    DIAGNOSTICS_MAX_ERRORS);
    CU_ASSERT_EQUAL(errors_of(repeated("data {", "a = 1\n", 20000, "", "", "}"), DIAGNOSTIC_SYNTAX_ERROR),
                    DIAGNOSTICS_MAX_ERRORS);
    CU_ASSERT_EQUAL(errors_of(repeated("", "data { train {\n", 20000, "", "", ""), DIAGNOSTIC_SYNTAX_ERROR),
                    DIAGNOSTICS_MAX_ERRORS);
    CU_ASSERT_EQUAL(errors_of(repeated("// ", "0123456789abcdef", (1 << 20) - 1, "", "", "0123456789abc"), deep), 0);
    CU_ASSERT_EQUAL(errors_of(repeated("// ", "0123456789abcdef", 1 << 20, "", "", ""), DIAGNOSTIC_TEXT_TOO_LONG), 1);
}

/* Every prefix of a program, and the program without each of its bytes, ends without a crash and stays bounded. */
static void test_truncated_programs(void)
{
    static const char program[] =
        "param q = f(1, [\"a\\n\"]); /* c */ block b(x = 1 s) { o = in -> l: d(-x*(2 + 3)); }\n"
        "network n { input u8[2] scale 1/255 -> b; } quantize { h?.*, a : q; }\n"
        "scheme a extends b { c = true; } hardware { d = 0x10; e : f, g; } // end";
    const size_t length = sizeof program - 1;
    for (size_t i = 0; i <= 2 * length; i++) {
        char *text = calloc(1, length + 1);
        size_t kept = i <= length ? i : length - 1;
        const size_t gap = i <= length ? length : i - length - 1;
        for (size_t k = 0, at = 0; at < kept; k++)
            if (k != gap)
                text[at++] = program[k];
        struct parsed parsed;
        (void)parse_bytes(&parsed, text, kept);
        CU_ASSERT(sink_errors(parsed.sink) <= 4);
        if (sink_errors(parsed.sink) > 4)
            printf("%.*s\n%s", (int)kept, text, text_cstr(&parsed.messages));
        done(&parsed);
        free(text);
    }
}

static const struct unit_case cases[] = {
    {"sections", test_sections},
    {"words are names elsewhere", test_words_are_names_elsewhere},
    {"numbers", test_numbers},
    {"values", test_values},
    {"each diagnostic", test_each_diagnostic},
    {"words of errors", test_words_of_errors},
    {"recovery", test_recovery},
    {"limits", test_limits},
    {"truncated programs", test_truncated_programs},
};

UNIT_MAIN("parser", cases)
