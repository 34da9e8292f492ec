/* Blocks, repeat, names, selectors, identifiers, values that are bound and shadowed. */
#include "program.h"

#include "model/names.h"
#include "tests/unit/cunit_main.h"

static void expect_names(const char *text, const char *const *names)
{
    struct program program;
    CU_ASSERT_TRUE_FATAL(program_is_clean(&program, text));
    size_t count = 0;
    while (names[count])
        count++;
    CU_ASSERT_EQUAL_FATAL(program.model->node_count, count);
    for (size_t i = 0; i < count; i++)
        CU_ASSERT_STRING_EQUAL(program.model->nodes[i]->name, names[i]);
    program_close(&program);
}

static void test_ordinals(void)
{
    expect_names("network n { input u8[4] -> dense(3) -> relu -> dense(2) -> classify; }",
                 (const char *const[]){"input", "dense1", "relu", "dense2", "classify", NULL});
    /* A labelled step does not count: `dense` is alone. */
    expect_names("network n { input u8[4] -> h: dense(3) -> dense(2) -> classify; }",
                 (const char *const[]){"input", "h", "dense", "classify", NULL});
    /* Ordinals run through all chains of a body. */
    expect_names("network n { a = input u8[4] -> relu; b = a -> relu; b -> dense(2) -> classify; }",
                 (const char *const[]){"input", "relu1", "relu2", "dense", "classify", NULL});
}

static void test_blocks(void)
{
    expect_names("block pair(a, b = 2 * a) { out = in -> dense(a) -> dense(b); }\n"
                 "block deep(n) { t = in -> pair(n); out = t -> last: relu; }\n"
                 "network n { input u8[4] -> deep(3) -> d: deep(1) -> classify; }",
                 (const char *const[]){"input", "deep.pair.dense1", "deep.pair.dense2", "deep.last", "d.pair.dense1",
                                       "d.pair.dense2", "d.last", "classify", NULL});
}

static void test_repeat(void)
{
    expect_names("block fc(n) { out = in -> dense(n) -> relu; }\n"
                 "network n { input u8[4] -> repeat(2, fc(3)) -> t: repeat(2, fc(5)) -> dense(2) -> classify; }",
                 (const char *const[]){"input", "fc1.dense", "fc1.relu", "fc2.dense", "fc2.relu", "t.fc1.dense",
                                       "t.fc1.relu", "t.fc2.dense", "t.fc2.relu", "dense", "classify", NULL});
    expect_names("network n { input u8[4] -> repeat(1, dense(2)) -> t: repeat(1, relu) -> classify; }",
                 (const char *const[]){"input", "dense", "t.relu", "classify", NULL});
    /* Repeats inside repeats, and a step that comes in as an argument. */
    expect_names("block twice(step) { out = in -> repeat(2, step); }\n"
                 "network n { input u8[4] -> repeat(2, repeat(2, relu)) -> twice(dense(2)) -> classify; }",
                 (const char *const[]){"input", "relu1", "relu2", "relu3", "relu4", "twice.dense1", "twice.dense2",
                                       "classify", NULL});
}

static void test_values(void)
{
    struct program program;
    CU_ASSERT_TRUE_FATAL(program_is_clean(&program, "network n { a = input u8[4]; a = a -> dense(3); a = a -> relu;\n"
                                                    "  a = a -> dense(2); a -> classify; }"));
    const struct model_node *last = program_node(&program, "dense2");
    CU_ASSERT_PTR_NOT_NULL_FATAL(last);
    CU_ASSERT_STRING_EQUAL(last->inputs[0]->name, "relu");
    CU_ASSERT_STRING_EQUAL(last->inputs[0]->inputs[0]->name, "dense1");
    program_close(&program);
    /* What does not lead to the output is left out, with a warning. */
    program_open(&program, "network n { a = input u8[4]; b = a -> dense(7) -> relu; a -> dense(2) -> classify; }");
    CU_ASSERT_PTR_NOT_NULL_FATAL(program.model);
    CU_ASSERT_EQUAL(sink_warnings(program.sink), 1);
    CU_ASSERT_EQUAL(program.model->node_count, 3);
    CU_ASSERT_EQUAL(program.model->nodes[0]->user_count, 1);
    program_close(&program);
}

static void test_selectors(void)
{
    static const struct {
        const char *selector, *path;
        bool matches;
    } expected[] = {
        {"h1.dense", "h1.dense\x01", true},
        {"h1.dense1", "h1.dense\x01", true},
        {"h1.dense2", "h1.dense\x01", false},
        {"h1", "h1.dense\x01", true},
        {"h", "h1.dense\x01", false},
        {"h1.d", "h1.dense\x01", false},
        {"dense", "h1.dense\x01", false},
        {"*", "h1.dense\x01", true},
        {"*dense", "h1.dense\x01", true},
        {"h?", "h1.dense\x01", true},
        {"h?", "h10.dense\x01", false},
        {"h?dense", "h.dense\x01", false}, /* ? is no dot */
        {"h*dense", "h.dense\x01", true},
        {"h?.*", "h1.dense\x01", true},
        {"h?.*", "h1", false},
        {"*.act", "s1.basic2.act\x01", true},
        {"s1.basic2.*", "s1.basic2.act\x01", true},
        {"fc", "fc\x01.dense\x01", true},
        {"fc1", "fc\x01.dense\x01", true},
        {"fc1.dense1", "fc\x01.dense\x01", true},
        {"fc.dense1", "fc\x01.dense\x01", true},
        {"fc1.dense", "fc\x01.dense\x01", true},
        {"f*1.d*1", "fc\x01.dense\x01", true},
        {"*1*1", "fc\x01.dense\x01", true},
        {"*1*1*1", "fc\x01.dense\x01", false},
        {"dense?", "dense\x01", true},
        {"**", "a", true},
        {"", "a", false},
        {"a.", "a.b", false},
    };
    struct arena arena = {0};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        const bool matches = selector_matches(&arena, expected[i].selector, expected[i].path);
        if (matches != expected[i].matches)
            printf("selector '%s' against '%s'\n", expected[i].selector, expected[i].path);
        CU_ASSERT_EQUAL(matches, expected[i].matches);
    }
    arena_free(&arena);
}

/* An obviously right matcher of one plain text: no ordinals, no blocks. */
static bool plain_match(const char *pattern, const char *text)
{
    if (*pattern == '\0')
        return *text == '\0';
    if (*pattern == '*')
        return plain_match(pattern + 1, text) || (*text != '\0' && plain_match(pattern, text + 1));
    return *text != '\0' && (*pattern == '?' ? *text != '.' : *pattern == *text) && plain_match(pattern + 1, text + 1);
}

static bool reference_match(const char *pattern, const char *path)
{
    const size_t length = strlen(path);
    for (unsigned written = 0; written < 4; written++) { /* which of two optional ordinals are written */
        char text[32];
        size_t used = 0;
        unsigned ordinal = 0;
        for (size_t i = 0; i <= length; i++) {
            text[used] = '\0';
            if ((path[i] == '.' || path[i] == '\0') && plain_match(pattern, text))
                return true;
            if (path[i] == OPTIONAL_ORDINAL && (written >> ordinal++ & 1u))
                text[used++] = '1';
            else if (path[i] != OPTIONAL_ORDINAL)
                text[used++] = path[i];
        }
    }
    return false;
}

static void test_random_selectors(void)
{
    static const char pattern_letters[] = "ab1.*?", path_letters[] = "ab1.";
    struct arena arena = {0};
    unsigned state = 1;
    size_t matched = 0;
    for (int round = 0; round < 50000; round++) {
        char pattern[8] = {0}, path[12] = {0};
        for (unsigned i = 0, n = 1 + (state = state * 1664525u + 1013904223u) % 3039u % 6u; i < n; i++)
            pattern[i] = pattern_letters[((state = state * 1664525u + 1013904223u) >> 16) % 6u];
        size_t used = 0;
        for (unsigned i = 0; i < 2; i++) {
            for (unsigned j = 0; j < 3; j++)
                path[used++] = path_letters[((state = state * 1664525u + 1013904223u) >> 16) % 4u];
            if ((state >> 20) % 2u)
                path[used++] = OPTIONAL_ORDINAL;
            if (i == 0)
                path[used++] = '.';
        }
        const bool expected = reference_match(pattern, path);
        matched += expected;
        CU_ASSERT_EQUAL(selector_matches(&arena, pattern, path), expected);
        if (round % 1000 == 0)
            arena_free(&arena);
    }
    CU_ASSERT_TRUE(matched > 1000);
    arena_free(&arena);
}

static void test_last_rule_wins(void)
{
    struct program program;
    CU_ASSERT_TRUE_FATAL(
        program_is_clean(&program, "scheme a { weights = binary; }\nscheme b { weights = ternary; acts = sign; }\n"
                                   "block fc(n) { out = in -> dense(n) -> act; }\n"
                                   "network n { input u8[4] -> h1: fc(3) -> h2: fc(3) -> dense(2) -> classify; }\n"
                                   "quantize { * : a; h2, dense1 : b; h2.act1 : a; }"));
    CU_ASSERT_STRING_EQUAL(program_node(&program, "h1.dense")->scheme->name, "a");
    CU_ASSERT_STRING_EQUAL(program_node(&program, "h2.dense")->scheme->name, "b");
    CU_ASSERT_STRING_EQUAL(program_node(&program, "h2.act")->scheme->name, "a");
    CU_ASSERT_STRING_EQUAL(program_node(&program, "dense")->scheme->name, "b");
    CU_ASSERT_EQUAL(program_node(&program, "h2.act")->activation.function.form->kind, QNN_ACTIVATION_RELU);
    program_close(&program);
}

static void test_identifiers(void)
{
    struct arena arena = {0};
    const char *const taken[] = {"h1_dense", "H1_DENSE_2"};
    CU_ASSERT_STRING_EQUAL(identifier_make(&arena, "h1.dense", taken, 0), "h1_dense");
    CU_ASSERT_STRING_EQUAL(identifier_make(&arena, "h1.dense", taken, 1), "h1_dense_2");
    CU_ASSERT_STRING_EQUAL(identifier_make(&arena, "h1.dense", taken, 2), "h1_dense_3");
    /* Every reserved word is found, so the list is sorted. */
    static const char *const words[] = {"always", "int", "xor", "reg", "while", "module", "uwire", "endmodule", "main"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const char *identifier = identifier_make(&arena, words[i], NULL, 0);
        CU_ASSERT_EQUAL(strlen(identifier), strlen(words[i]) + 1);
        CU_ASSERT_EQUAL(identifier[strlen(words[i])], '_');
    }
    arena_free(&arena);
    struct program program;
    CU_ASSERT_TRUE_FATAL(program_is_clean(&program, "block h1(n) { out = in -> dense(n); }\n"
                                                    "network n { input u8[4] -> h1(3) -> h1_dense: dense(2) -> "
                                                    "int: relu -> H1_dense: relu -> classify; }"));
    CU_ASSERT_STRING_EQUAL(program_node(&program, "h1.dense")->identifier, "h1_dense");
    CU_ASSERT_STRING_EQUAL(program_node(&program, "h1_dense")->identifier, "h1_dense_2");
    CU_ASSERT_STRING_EQUAL(program_node(&program, "int")->identifier, "int_");
    CU_ASSERT_STRING_EQUAL(program_node(&program, "H1_dense")->identifier, "H1_dense_3");
    program_close(&program);
}

static const struct unit_case cases[] = {
    {"ordinals", test_ordinals},
    {"blocks", test_blocks},
    {"repeat", test_repeat},
    {"values", test_values},
    {"selectors", test_selectors},
    {"random selectors", test_random_selectors},
    {"last rule wins", test_last_rule_wins},
    {"identifiers", test_identifiers},
};

UNIT_MAIN("names", cases)
