/* The hash against published values, UTF-8 against an independent decoder, and messages that stay one line. */
#include <string.h>

#include "runtime/numeric/error.h"
#include "runtime/numeric/hash.h"
#include "runtime/numeric/utf8.h"
#include "tests/unit/cunit_main.h"

/* Values of the draft's own test vectors. */
static void test_hash(void)
{
    char text[QNN_HASH_TEXT_SIZE];
    CU_ASSERT_EQUAL(qnn_hash_bytes(QNN_HASH_START, "", 0), UINT64_C(0xcbf29ce484222325));
    CU_ASSERT_EQUAL(qnn_hash_bytes(QNN_HASH_START, "a", 1), UINT64_C(0xaf63dc4c8601ec8c));
    CU_ASSERT_EQUAL(qnn_hash_bytes(QNN_HASH_START, "foobar", 6), UINT64_C(0x85944171f73967e8));
    CU_ASSERT_EQUAL(qnn_hash_bytes(qnn_hash_bytes(QNN_HASH_START, "foo", 3), "bar", 3), UINT64_C(0x85944171f73967e8));
    qnn_hash_text(UINT64_C(0x00c0ffee12345678), text);
    CU_ASSERT_STRING_EQUAL(text, "00c0ffee12345678");
}

/* Decodes one sequence by its bits and checks that it is the shortest form of a scalar value. */
static bool reference_utf8(const unsigned char *s, size_t length)
{
    const size_t need = s[0] < 0x80 ? 1 : s[0] >> 5 == 6 ? 2 : s[0] >> 4 == 14 ? 3 : s[0] >> 3 == 30 ? 4 : 0;
    static const unsigned long least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (need == 0 || need != length)
        return false;
    unsigned long point = need == 1 ? s[0] : s[0] & (0x7fu >> need);
    for (size_t i = 1; i < need; i++) {
        if (s[i] >> 6 != 2)
            return false;
        point = point << 6 | (s[i] & 0x3fu);
    }
    return point >= least[need] && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff);
}

/* Every sequence of three bytes that begins as one of three, and the ends of those of four. */
static void test_utf8(void)
{
    static const unsigned char edges[] = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff};
    size_t wrong = 0;
    for (unsigned first = 0; first < 256; first++) {
        for (unsigned second = 0; second < 256; second++) {
            for (size_t e = 0; e < sizeof edges; e++) {
                const unsigned char s[4] = {(unsigned char)first, (unsigned char)second, edges[e], 0x80};
                if (first < 0x80)
                    continue;
                for (size_t length = 1; length <= 4; length++) {
                    const bool tail_ascii = length > 2 && s[length - 1] < 0x80;
                    if (!tail_ascii)
                        wrong += qnn_utf8_valid((const char *)s, length) != reference_utf8(s, length);
                }
            }
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_TRUE(qnn_utf8_valid("plain \xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80", 17));
    CU_ASSERT_FALSE(qnn_utf8_valid("plain \xff", 7));
    CU_ASSERT_TRUE(qnn_utf8_valid("", 0));
}

static void test_error(void)
{
    char error[QNN_ERROR_SIZE], name[2 * QNN_ERROR_SIZE];
    CU_ASSERT_FALSE(qnn_error_set(error, "%s: two\nlines\t%d", "file", 3));
    CU_ASSERT_STRING_EQUAL(error, "file: two?lines?3");
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = '\0';
    qnn_error_set(error, "%s", name);
    CU_ASSERT_EQUAL(strlen(error), QNN_ERROR_SIZE - 1);
}

static const struct unit_case cases[] = {
    {"FNV-1a", test_hash},
    {"UTF-8", test_utf8},
    {"messages", test_error},
};

UNIT_MAIN("numeric text", cases)
