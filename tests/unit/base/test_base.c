/* Arena, text, UTF-8 and files: contracts, limits, and what survives a failure. */
#include "base/arena.h"
#include "base/file.h"
#include "base/text.h"
#include "base/utf8.h"

#include "../cunit_main.h"

#include <math.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void test_arena_values_are_zeroed_aligned_and_apart(void)
{
    static const size_t sizes[] = {0, 1, 2, 3, 5, 7, 8, 17, 63, 64, 65, 4095, 4096, 4097, 100000, 2000000};
    enum { COUNT = sizeof sizes / sizeof *sizes };
    struct arena arena = {0};
    unsigned char *values[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        values[i] = arena_alloc(&arena, sizes[i]);
        CU_ASSERT((uintptr_t)values[i] % alignof(max_align_t) == 0);
        for (size_t k = 0; k < sizes[i]; k++)
            if (values[i][k] != 0)
                CU_FAIL("not zeroed");
        memset(values[i], (int)i + 1, sizes[i]);
    }
    for (size_t i = 0; i < COUNT; i++)
        for (size_t k = 0; k < sizes[i]; k++)
            if (values[i][k] != i + 1)
                CU_FAIL("overwritten by a neighbour");
    CU_ASSERT(arena_alloc(&arena, 0) != arena_alloc(&arena, 0));
    arena_free(&arena);
    CU_ASSERT_PTR_NULL(arena.blocks);
    CU_ASSERT_STRING_EQUAL(arena_strdup(&arena, "usable again"), "usable again");
    arena_free(&arena);
}

static void test_arena_texts_and_pushes(void)
{
    struct arena arena = {0};
    CU_ASSERT_STRING_EQUAL(arena_strndup(&arena, "abcdef", 3), "abc");
    CU_ASSERT_STRING_EQUAL(arena_printf(&arena, "%s-%d", "x", 42), "x-42");
    int *items = NULL;
    size_t count = 0, capacity = 0;
    for (int i = 0; i < 1000; i++)
        ARENA_PUSH(&arena, items, count, capacity, i * i);
    CU_ASSERT_EQUAL(count, 1000);
    for (int i = 0; i < 1000; i++)
        if (items[i] != i * i)
            CU_FAIL("a pushed item changed");
    arena_free(&arena);
}

static void expect_number(const char *expected, double value, bool as_float)
{
    struct text text = {0};
    if (as_float)
        text_float(&text, (float)value);
    else
        text_double(&text, value);
    CU_ASSERT_STRING_EQUAL(text_cstr(&text), expected);
    text_free(&text);
}

static void test_numbers_are_short(void)
{
    expect_number("3", 3, false);
    expect_number("200", 200, false);
    expect_number("-0", -0.0, false);
    expect_number("0.1", 0.1, false);
    expect_number("0.003", 3e-3, false);
    expect_number("1e-05", 1e-5, false);
    expect_number("9007199254740991", 9007199254740991.0, false);
    expect_number("1e+300", 1e300, false);
    expect_number("0.5f", 0.5, true);
    expect_number("1.0f", 1, true);
    expect_number("-200.0f", -200, true);
    expect_number("0.1f", 0.1, true);
    expect_number("1e+10f", 1e10, true);
    expect_number("-INFINITY", -HUGE_VAL, true);
}

/* Bit patterns, so that -0 and 0 differ. */
static uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static void test_numbers_read_back(void)
{
    uint64_t state = 1;
    size_t wrong = 0;
    for (int i = 0; i < 20000; i++) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        const uint32_t bits = (uint32_t)(state >> 32);
        float single;
        double wide;
        memcpy(&single, &bits, sizeof single);
        memcpy(&wide, &state, sizeof wide);
        struct text text = {0};
        if (isfinite(single)) {
            text_float(&text, single);
            wrong += bits_of((double)strtof(text_cstr(&text), NULL)) != bits_of((double)single);
        }
        text_free(&text);
        if (isfinite(wide)) {
            text_double(&text, wide);
            wrong += bits_of(strtod(text_cstr(&text), NULL)) != state;
        }
        text_free(&text);
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

static void test_text_grows(void)
{
    struct text text = {0};
    CU_ASSERT_STRING_EQUAL(text_cstr(&text), "");
    for (int i = 0; i < 10000; i++)
        text_printf(&text, "%d,", i % 10);
    text_add_bytes(&text, "a\0b", 3);
    CU_ASSERT_EQUAL(text.length, 20003);
    CU_ASSERT_EQUAL(text.data[20002], 'b');
    CU_ASSERT_EQUAL(text.data[20003], '\0');
    text_free(&text);
    CU_ASSERT_PTR_NULL(text.data);
}

/* Every code point encodes to what utf8_length accepts whole, and to nothing shorter. */
static void test_utf8_is_exact(void)
{
    size_t wrong = 0;
    for (unsigned long code = 0; code <= 0x10ffff; code++) {
        if (code >= 0xd800 && code <= 0xdfff)
            continue;
        char bytes[4];
        const size_t length = utf8_encode(code, bytes);
        wrong += utf8_length(bytes, length) != length;
        wrong += length > 1 && utf8_length(bytes, length - 1) != 0;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    static const char *const broken[] = {"\x80",         "\xc0\x80",         "\xc1\xbf",         "\xe0\x9f\xbf",
                                         "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xff",
                                         "\xe2\x82\x28"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        CU_ASSERT_EQUAL(utf8_length(broken[i], strlen(broken[i])), 0);
    CU_ASSERT_EQUAL(utf8_length("", 0), 0);
}

static char folder[] = "/tmp/qnn_base_XXXXXX";

static const char *path_in(const char *name)
{
    static char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void test_files_come_back(void)
{
    static const size_t sizes[] = {0, 1, 65535, 65536, 65537, 300000};
    char error[FILE_ERROR_SIZE] = "";
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char *data = malloc(sizes[i] + 1), *back = NULL;
        size_t length = 0;
        memset(data, 'a' + (int)i, sizes[i]);
        CU_ASSERT(file_write(path_in("round"), data, sizes[i], error));
        CU_ASSERT(file_read(path_in("round"), sizes[i], &back, &length, error));
        CU_ASSERT(length == sizes[i] && memcmp(back, data, length) == 0 && back[length] == '\0');
        free(back);
        free(data);
    }
    CU_ASSERT_FALSE(file_read(path_in("round"), 299999, &(char *){NULL}, &(size_t){0}, error));
    CU_ASSERT_PTR_NOT_NULL(strstr(error, "299999"));
}

static void test_unchanged_file_is_left_untouched(void)
{
    char error[FILE_ERROR_SIZE];
    struct stat before, after;
    CU_ASSERT(file_write(path_in("same"), "abc", 3, error));
    CU_ASSERT(stat(path_in("same"), &before) == 0);
    CU_ASSERT(file_write(path_in("same"), "abc", 3, error));
    CU_ASSERT(stat(path_in("same"), &after) == 0 && before.st_ino == after.st_ino);
    CU_ASSERT(file_write(path_in("same"), "abcd", 4, error));
    CU_ASSERT(stat(path_in("same"), &after) == 0 && before.st_ino != after.st_ino);
}

static void test_failures_name_the_file(void)
{
    char error[FILE_ERROR_SIZE], *data;
    size_t length;
    CU_ASSERT_FALSE(file_read(path_in("missing"), 10, &data, &length, error));
    CU_ASSERT_PTR_NOT_NULL(strstr(error, "/missing: cannot be opened"));
    CU_ASSERT_FALSE(file_read(folder, 10, &data, &length, error));
    CU_ASSERT_PTR_NOT_NULL(strstr(error, "it is a folder"));
    CU_ASSERT_FALSE(file_write(path_in("no/such/folder"), "x", 1, error));
    CU_ASSERT_PTR_NOT_NULL(strstr(error, "cannot be written"));
    CU_ASSERT(mkfifo(path_in("pipe"), 0600) == 0);
    CU_ASSERT_FALSE(file_read(path_in("pipe"), 10, &data, &length, error));
    CU_ASSERT(unlink(path_in("pipe")) == 0);
}

static void test_folders_are_made(void)
{
    char error[FILE_ERROR_SIZE];
    CU_ASSERT(file_make_directory(path_in("a//b/c/"), error));
    CU_ASSERT(file_make_directory(path_in("a/b/c"), error));
    CU_ASSERT(file_exists(path_in("a/b/c")));
    CU_ASSERT_FALSE(file_exists(path_in("a/b/d")));
    CU_ASSERT(file_write(path_in("a/plain"), "x", 1, error));
    CU_ASSERT_FALSE(file_make_directory(path_in("a/plain"), error));
    CU_ASSERT_FALSE(file_make_directory(path_in("a/plain/below"), error));
    CU_ASSERT_FALSE(file_make_directory("", error));
}

static void remove_files(void)
{
    static const char *const names[] = {"a/plain", "round", "same"}, *const folders[] = {"a/b/c", "a/b", "a"};
    for (size_t i = 0; i < 3; i++)
        CU_ASSERT(unlink(path_in(names[i])) == 0);
    for (size_t i = 0; i < 3; i++)
        CU_ASSERT(rmdir(path_in(folders[i])) == 0);
    CU_ASSERT(rmdir(folder) == 0); /* no temporary was left behind */
}

static void make_folder(void)
{
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
}

static const struct unit_case cases[] = {
    {"arena: zeroed, aligned, apart", test_arena_values_are_zeroed_aligned_and_apart},
    {"arena: texts and pushes", test_arena_texts_and_pushes},
    {"text: short numbers", test_numbers_are_short},
    {"text: numbers read back", test_numbers_read_back},
    {"text: growth", test_text_grows},
    {"utf8: every code point", test_utf8_is_exact},
    {"file: temporary folder", make_folder},
    {"file: round trip and limit", test_files_come_back},
    {"file: unchanged is untouched", test_unchanged_file_is_left_untouched},
    {"file: failures", test_failures_name_the_file},
    {"file: folders", test_folders_are_made},
    {"file: nothing left behind", remove_files},
};

UNIT_MAIN("base", cases)
