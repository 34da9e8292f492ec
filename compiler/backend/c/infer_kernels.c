/* Which kernels a network needs, and templates filled in. */
#include "backend/c/infer_kernels.h"

#include "base/require.h"
#include "backend/c/infer_kernels_text.h"
#include "backend/c/infer_planes_text.h"

#include <stdbool.h>
#include <string.h>

static const char *value_of(const char *const *replacements, const char *key, size_t length)
{
    for (size_t i = 0; replacements[i]; i += 2)
        if (strlen(replacements[i]) == length && memcmp(replacements[i], key, length) == 0)
            return replacements[i + 1];
    return NULL;
}

static void add_line(struct text *out, const char *line, const char *const *replacements)
{
    for (const char *at; (at = strchr(line, '@')); line = strchr(at + 1, '@') + 1) {
        const char *end = strchr(at + 1, '@');
        REQUIRE(end);
        const char *value = value_of(replacements, at + 1, (size_t)(end - at - 1));
        REQUIRE(value);
        text_add_bytes(out, line, (size_t)(at - line));
        text_add(out, value);
    }
    text_add(out, line);
}

void infer_emit_template(struct text *out, const char *const *lines, const char *const *replacements)
{
    for (; *lines; lines++)
        add_line(out, *lines, replacements);
}

/* The three counting kernels differ in what they count. */
static const struct counter {
    enum infer_need need;
    const char *name, *meaning, *vector, *plain;
} counters[] = {
    {NEED_COUNT_XOR, "count_xor", "x ^ w", "differ(rows(block + 8 * (i)), everywhere(x[i]))",
     "x[word] ^ block[8 * word + row]"},
    {NEED_COUNT_KEPT_XOR, "count_kept_xor", "kept & (x ^ w), the words of kept before those of w",
     "both(rows(block + 8 * (i)), differ(rows(block + 8 * (words + (i))), everywhere(x[i])))",
     "block[8 * word + row] & (x[word] ^ block[8 * (words + word) + row])"},
    {NEED_COUNT_AND, "count_and", "x & w", "both(rows(block + 8 * (i)), everywhere(x[i]))",
     "x[word] & block[8 * word + row]"},
};

static void emit_counters(unsigned needs, const char *const *lines, struct text *out)
{
    for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++) {
        const struct counter *counter = &counters[i];
        const char *const replacements[] = {"product",        counter->name,  "meaning",
                                            counter->meaning, "vector",       counter->vector,
                                            "plain",          counter->plain, NULL};
        if (needs & counter->need)
            infer_emit_template(out, lines, replacements);
    }
}

static const struct comparison {
    enum infer_need need;
    const char *bits, *load;
} comparisons[] = {
    {NEED_AT_LEAST_8, "8", "_mm256_cvtepi8_epi32(_mm_loadl_epi64((const void *)threshold))"},
    {NEED_AT_LEAST_16, "16", "_mm256_cvtepi16_epi32(_mm_loadu_si128((const void *)threshold))"},
    {NEED_AT_LEAST_32, "32", "_mm256_loadu_si256((const void *)threshold)"},
};

static void emit_comparisons(unsigned needs, const char *const *lines, struct text *out)
{
    for (size_t i = 0; i < sizeof comparisons / sizeof comparisons[0]; i++) {
        const char *const replacements[] = {"bits", comparisons[i].bits, "load", comparisons[i].load, NULL};
        if (needs & comparisons[i].need)
            infer_emit_template(out, lines, replacements);
    }
}

/* Which parts of each side, vector and plain, stand for a set of needs. */
enum { NEED_SUMS = NEED_COUNT_XOR | NEED_COUNT_KEPT_XOR | NEED_COUNT_AND };
static const struct part {
    unsigned needs; /* any of these */
    const char *const *vector, *const *plain;
} parts[] = {
    {NEED_BINARY_SUMS | NEED_TERNARY_SUMS, text_v_splat, text_p_splat},
    {NEED_BINARY_SUMS | NEED_TERNARY_SUMS, text_v_twice_plus, text_p_twice_plus},
    {NEED_TERNARY_SUMS, text_v_minus, text_p_minus},
    {NEED_BYTE_SUMS, text_v_byte_sums, text_p_byte_sums},
    {NEED_STORE, text_v_store, text_p_store},
    {NEED_PACK, text_v_bit_plane, text_p_bit_plane},
};

static void emit_parts(unsigned needs, bool vector, struct text *out)
{
    static const char *const none[] = {NULL};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (needs & parts[i].needs)
            infer_emit_template(out, vector ? parts[i].vector : parts[i].plain, none);
}

static void emit_vector_side(unsigned needs, struct text *out)
{
    static const char *const none[] = {NULL};
    if (needs & (NEED_SUMS | NEED_BYTE_SUMS))
        infer_emit_template(out, text_lanes, none);
    if (needs & NEED_SUMS)
        infer_emit_template(out, text_vector, none);
    if (needs & (NEED_COUNT_KEPT_XOR | NEED_COUNT_AND))
        infer_emit_template(out, text_v_both, none);
    if (needs & (NEED_COUNT_XOR | NEED_COUNT_KEPT_XOR))
        infer_emit_template(out, text_v_differ, none);
    emit_counters(needs, text_count_vector, out);
    emit_parts(needs, true, out);
    emit_comparisons(needs, text_v_at_least, out);
}

static void emit_plain_side(unsigned needs, const char *const *names, struct text *out)
{
    if (needs & NEED_SUMS && !(needs & NEED_BINARY_SUMS))
        infer_emit_template(out, text_popcount, names);
    if (needs & (NEED_SUMS | NEED_BYTE_SUMS))
        infer_emit_template(out, text_plain_lanes, names);
    emit_counters(needs, text_p_count, out);
    emit_parts(needs, false, out);
    emit_comparisons(needs, text_p_at_least, out);
}

void infer_emit_kernels(unsigned needs, const char *name, struct text *out)
{
    const char *const names[] = {"NAME", name, NULL};
    infer_emit_template(out, text_isa, names);
    if (needs & NEED_BINARY_SUMS)
        infer_emit_template(out, text_popcount, names);
    infer_emit_template(out, text_kernels, names);
    emit_vector_side(needs, out);
    infer_emit_template(out, text_else, names);
    emit_plain_side(needs, names, out);
    infer_emit_template(out, text_end, names);
    static const struct {
        enum infer_need need;
        const char *const *lines;
    } shared[] = {
        {NEED_BINARY_SUMS, text_binary_sums},
        {NEED_BINARY_SUMS, text_total},
        {NEED_TERNARY_SUMS, text_ternary_sums},
        {NEED_PLACE, text_place},
        {NEED_PACK, text_pack},
        {NEED_PACK_WIDE, text_pack_wide},
        {NEED_UNPACK, text_unpack},
        {NEED_UNPACK_WIDE, text_unpack_wide},
        {NEED_APPEND, text_append},
    };
    for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++)
        if (needs & shared[i].need)
            infer_emit_template(out, shared[i].lines, names);
}
