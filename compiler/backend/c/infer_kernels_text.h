/*
 * The text of the kernels in generated inference; only infer_kernels.c includes this. text_v_*: vectors, text_p_*: plain C.
 *
 * Layout of weights: a block is eight rows, word by word: word j of rows 0..7 side by side (infer_layer.c says what a set
 * bit stands for). One layout serves all kernels: a 512-bit vector is a word of eight rows, a 256-bit one of four, and
 * plain C walks them one by one. The input word is the same for all rows, so nothing is added across a vector.
 * Bits are counted by VPOPCNTQ where the processor has it; else by byte shuffles (Mula, Kurz, Lemire: "Faster population
 * counts using AVX2 instructions", arXiv 1611.07612) behind carry-save adders: groups of nine words, and from 64 words on
 * a Harley-Seal tree. Codes of several bits are counted plane by plane, the highest first (Horner).
 * Weights in bytes: a block is four products of each of eight rows, 32 bytes, then the next four.
 */
#ifndef QNN_BACKEND_C_INFER_KERNELS_TEXT_H
#define QNN_BACKEND_C_INFER_KERNELS_TEXT_H

#include <stddef.h>

static const char *const text_isa[] = {
    "/* Which kernels: chosen by what the compiler may assume of the processor (-march=native). -D@NAME@_PORTABLE "
    "forces the\n",
    " * plain C ones. All give the same sums. */\n",
    "#if !defined(@NAME@_PORTABLE) && defined(__AVX512F__) && defined(__AVX512BW__)\n",
    "#define AVX512 1\n",
    "#elif !defined(@NAME@_PORTABLE) && defined(__AVX2__)\n",
    "#define AVX2 1\n",
    "#endif\n",
    "#if defined(AVX512) || defined(AVX2)\n",
    "#include <immintrin.h>\n",
    "#endif\n",
    "\n",
    NULL,
};

static const char *const text_popcount[] = {
    "/* Bits set in a word. */\n",
    "static inline int popcount(uint64_t word)\n",
    "{\n",
    "#if !defined(@NAME@_PORTABLE) && defined(__GNUC__) && (defined(__POPCNT__) || defined(__aarch64__))\n",
    "    return __builtin_popcountll(word);\n",
    "#else\n",
    "    word -= word >> 1 & 0x5555555555555555;\n",
    "    word = (word & 0x3333333333333333) + (word >> 2 & 0x3333333333333333);\n",
    "    word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0f;\n",
    "    return (int)(word * 0x0101010101010101 >> 56);\n",
    "#endif\n",
    "}\n",
    "\n",
    NULL,
};

static const char *const text_kernels[] = {
    "/* ---- Kernels "
    "----------------------------------------------------------------------------------------------------- */\n",
    "\n",
    "#if defined(AVX512) || defined(AVX2)\n",
    NULL,
};

static const char *const text_lanes[] = {
    "/* Eight rows side by side: one 32-bit sum each. */\n",
    "typedef __m256i lanes;\n",
    "\n",
    NULL,
};

static const char *const text_vector[] = {
    "#if defined(AVX512)\n",
    "typedef __m512i vector; /* one word of each of eight rows */\n",
    "enum { VECTOR_ROWS = 8 };\n",
    "\n",
    "static inline vector rows(const uint64_t *word)\n",
    "{\n",
    "    return _mm512_loadu_si512((const void *)word);\n",
    "}\n",
    "\n",
    "static inline vector everywhere(uint64_t word)\n",
    "{\n",
    "    return _mm512_set1_epi64((long long)word);\n",
    "}\n",
    "\n",
    "static inline vector plus(vector a, vector b)\n",
    "{\n",
    "    return _mm512_add_epi64(a, b);\n",
    "}\n",
    "\n",
    "#if defined(__AVX512VPOPCNTDQ__)\n",
    "static inline vector bits_set(vector a)\n",
    "{\n",
    "    return _mm512_popcnt_epi64(a);\n",
    "}\n",
    "#else\n",
    "/* Bits set in each byte. */\n",
    "static inline vector bytes_set(vector a)\n",
    "{\n",
    "    const vector count = _mm512_set4_epi32(0x04030302, 0x03020201, 0x03020201, 0x02010100);\n",
    "    const vector nibble = _mm512_set1_epi8(15);\n",
    "    const vector low = _mm512_shuffle_epi8(count, _mm512_and_si512(a, nibble));\n",
    "    const vector high = _mm512_shuffle_epi8(count, _mm512_and_si512(_mm512_srli_epi16(a, 4), nibble));\n",
    "    return _mm512_add_epi8(low, high);\n",
    "}\n",
    "\n",
    "static inline vector plus_bytes(vector a, vector b)\n",
    "{\n",
    "    return _mm512_add_epi8(a, b);\n",
    "}\n",
    "\n",
    "/* The sum of the bytes of each word. */\n",
    "static inline vector add_bytes(vector a)\n",
    "{\n",
    "    return _mm512_sad_epu8(a, _mm512_setzero_si512());\n",
    "}\n",
    "\n",
    "/* Full adder on every bit: *sum + a + b = 2 * carry + *sum. */\n",
    "static inline vector carry_save(vector *sum, vector a, vector b)\n",
    "{\n",
    "    const vector carry = _mm512_ternarylogic_epi64(*sum, a, b, 0xe8);\n",
    "    *sum = _mm512_ternarylogic_epi64(*sum, a, b, 0x96);\n",
    "    return carry;\n",
    "}\n",
    "#endif\n",
    "\n",
    "static inline lanes narrow(vector sum)\n",
    "{\n",
    "    return _mm512_cvtepi64_epi32(sum);\n",
    "}\n",
    "#else\n",
    "typedef __m256i vector; /* one word of each of four rows */\n",
    "enum { VECTOR_ROWS = 4 };\n",
    "\n",
    "static inline vector rows(const uint64_t *word)\n",
    "{\n",
    "    return _mm256_loadu_si256((const void *)word);\n",
    "}\n",
    "\n",
    "static inline vector everywhere(uint64_t word)\n",
    "{\n",
    "    return _mm256_set1_epi64x((long long)word);\n",
    "}\n",
    "\n",
    "static inline vector plus(vector a, vector b)\n",
    "{\n",
    "    return _mm256_add_epi64(a, b);\n",
    "}\n",
    "\n",
    "/* Bits set in each byte. */\n",
    "static inline vector bytes_set(vector a)\n",
    "{\n",
    "    const vector count = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, /* */\n",
    "                                          0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);\n",
    "    const vector nibble = _mm256_set1_epi8(15);\n",
    "    const vector low = _mm256_shuffle_epi8(count, _mm256_and_si256(a, nibble));\n",
    "    const vector high = _mm256_shuffle_epi8(count, _mm256_and_si256(_mm256_srli_epi16(a, 4), nibble));\n",
    "    return _mm256_add_epi8(low, high);\n",
    "}\n",
    "\n",
    "static inline vector plus_bytes(vector a, vector b)\n",
    "{\n",
    "    return _mm256_add_epi8(a, b);\n",
    "}\n",
    "\n",
    "/* The sum of the bytes of each word. */\n",
    "static inline vector add_bytes(vector a)\n",
    "{\n",
    "    return _mm256_sad_epu8(a, _mm256_setzero_si256());\n",
    "}\n",
    "\n",
    "/* Full adder on every bit: *sum + a + b = 2 * carry + *sum. */\n",
    "static inline vector carry_save(vector *sum, vector a, vector b)\n",
    "{\n",
    "    const vector either = _mm256_xor_si256(a, b);\n",
    "    const vector carry = _mm256_or_si256(_mm256_and_si256(a, b), _mm256_and_si256(*sum, either));\n",
    "    *sum = _mm256_xor_si256(*sum, either);\n",
    "    return carry;\n",
    "}\n",
    "\n",
    "static inline lanes narrow(vector first, vector second)\n",
    "{\n",
    "    const __m256 even = _mm256_shuffle_ps(_mm256_castsi256_ps(first), _mm256_castsi256_ps(second), 0x88);\n",
    "    return _mm256_permute4x64_epi64(_mm256_castps_si256(even), 0xd8);\n",
    "}\n",
    "#endif\n",
    "\n",
    NULL,
};

static const char *const text_v_both[] = {
    "static inline vector both(vector a, vector b)\n",
    "{\n",
    "#if defined(AVX512)\n",
    "    return _mm512_and_si512(a, b);\n",
    "#else\n",
    "    return _mm256_and_si256(a, b);\n",
    "#endif\n",
    "}\n",
    "\n",
    NULL,
};

static const char *const text_v_differ[] = {
    "static inline vector differ(vector a, vector b)\n",
    "{\n",
    "#if defined(AVX512)\n",
    "    return _mm512_xor_si512(a, b);\n",
    "#else\n",
    "    return _mm256_xor_si256(a, b);\n",
    "#endif\n",
    "}\n",
    "\n",
    NULL,
};

static const char *const text_count_vector[] = {
    "/* Bits set in @meaning@, over all words of VECTOR_ROWS rows. */\n",
    "static inline vector vector_@product@(const uint64_t *block, const uint64_t *x, size_t words)\n",
    "{\n",
    "#define PRODUCT(i) @vector@\n",
    "#if defined(__AVX512VPOPCNTDQ__)\n",
    "    vector sum = everywhere(0);\n",
    "    for (size_t word = 0; word < words; word++)\n",
    "        sum = plus(sum, bits_set(PRODUCT(word)));\n",
    "    return sum;\n",
    "#else\n",
    "    vector sum = everywhere(0), bytes = sum;\n",
    "    size_t counted = 0;\n",
    "    if (words >= 64) {\n",
    "        /* Harley-Seal: bits are added in carry-save form, so that one word in eight is counted. */\n",
    "        vector one = sum, two = sum, four = sum;\n",
    "        counted = words - words % 8;\n",
    "        for (size_t word = 0; word < counted; word += 8) {\n",
    "            const vector two_a = carry_save(&one, PRODUCT(word), PRODUCT(word + 1));\n",
    "            const vector two_b = carry_save(&one, PRODUCT(word + 2), PRODUCT(word + 3));\n",
    "            const vector four_a = carry_save(&two, two_a, two_b);\n",
    "            const vector two_c = carry_save(&one, PRODUCT(word + 4), PRODUCT(word + 5));\n",
    "            const vector two_d = carry_save(&one, PRODUCT(word + 6), PRODUCT(word + 7));\n",
    "            const vector four_b = carry_save(&two, two_c, two_d);\n",
    "            sum = plus(sum, add_bytes(bytes_set(carry_save(&four, four_a, four_b))));\n",
    "        }\n",
    "        sum = plus(sum, sum);\n",
    "        sum = plus(sum, sum);\n",
    "        sum = plus(sum, sum);\n",
    "        bytes = bytes_set(four);\n",
    "        bytes = plus_bytes(plus_bytes(bytes, bytes), bytes_set(two));\n",
    "        bytes = plus_bytes(plus_bytes(bytes, bytes), bytes_set(one));\n",
    "    } else {\n",
    "        /* Nine words, the taps of a 3 x 3 window, as four that are counted: 72 in a byte at most. */\n",
    "        counted = words - words % 9;\n",
    "        for (size_t word = 0; word < counted; word += 9) {\n",
    "            vector one = PRODUCT(word), one_b = PRODUCT(word + 3), one_c = PRODUCT(word + 6);\n",
    "            vector two = carry_save(&one, PRODUCT(word + 1), PRODUCT(word + 2));\n",
    "            const vector two_b = carry_save(&one_b, PRODUCT(word + 4), PRODUCT(word + 5));\n",
    "            const vector two_c = carry_save(&one_c, PRODUCT(word + 7), PRODUCT(word + 8));\n",
    "            const vector two_d = carry_save(&one, one_b, one_c);\n",
    "            vector counts = bytes_set(carry_save(&two, two_b, two_c));\n",
    "            counts = plus_bytes(plus_bytes(counts, counts), plus_bytes(bytes_set(two), bytes_set(two_d)));\n",
    "            counts = plus_bytes(plus_bytes(counts, counts), bytes_set(one));\n",
    "            sum = plus(sum, add_bytes(counts));\n",
    "        }\n",
    "    }\n",
    "    for (size_t word = counted; word < words; word++)\n",
    "        bytes = plus_bytes(bytes, bytes_set(PRODUCT(word)));\n",
    "    return plus(sum, add_bytes(bytes));\n",
    "#endif\n",
    "#undef PRODUCT\n",
    "}\n",
    "\n",
    "static inline lanes @product@(const uint64_t *block, const uint64_t *x, size_t words)\n",
    "{\n",
    "#if defined(AVX512)\n",
    "    return narrow(vector_@product@(block, x, words));\n",
    "#else\n",
    "    return narrow(vector_@product@(block, x, words), vector_@product@(block + VECTOR_ROWS, x, words));\n",
    "#endif\n",
    "}\n",
    "\n",
    NULL,
};

static const char *const text_v_byte_sums[] = {
    "/* Sums of code * weight for eight rows of weights -1, 0 and +1 in bytes: four products of each row side by side. "
    "*/\n",
    "static inline lanes byte_sums(const int8_t *block, const uint8_t *x, size_t quads)\n",
    "{\n",
    "    lanes sum = _mm256_setzero_si256();\n",
    "    for (size_t i = 0; i < quads; i++) {\n",
    "        const uint8_t *at = x + 4 * i;\n",
    "        const uint32_t four = at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;\n",
    "        const lanes codes = _mm256_set1_epi32((int)four);\n",
    "        const lanes weights = _mm256_loadu_si256((const void *)(block + 32 * i));\n",
    "#if defined(__AVX512VNNI__) && defined(__AVX512VL__)\n",
    "        sum = _mm256_dpbusd_epi32(sum, codes, weights);\n",
    "#else\n",
    "        const lanes pairs = _mm256_maddubs_epi16(codes, weights);\n",
    "        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));\n",
    "#endif\n",
    "    }\n",
    "    return sum;\n",
    "}\n",
    "\n",
    NULL,
};

static const char *const text_v_splat[] = {
    "static inline lanes splat(int32_t value)\n", "{\n", "    return _mm256_set1_epi32(value);\n", "}\n", "\n", NULL,
};

static const char *const text_v_twice_plus[] = {
    "static inline lanes twice_plus(lanes sum, lanes addend)\n",
    "{\n",
    "    return _mm256_add_epi32(_mm256_add_epi32(sum, sum), addend);\n",
    "}\n",
    "\n",
    NULL,
};

static const char *const text_v_minus[] = {
    "static inline lanes minus(lanes a, lanes b)\n", "{\n", "    return _mm256_sub_epi32(a, b);\n", "}\n", "\n", NULL,
};

static const char *const text_v_store[] = {
    "static inline void store(int32_t sum[8], lanes sums)\n",
    "{\n",
    "    _mm256_storeu_si256((void *)sum, sums);\n",
    "}\n",
    "\n",
    NULL,
};

static const char *const text_v_at_least[] = {
    "/* Bit r of the result: sum of row r >= threshold[r]. */\n",
    "static inline unsigned at_least_@bits@(lanes sums, const int@bits@_t threshold[8])\n",
    "{\n",
    "    const lanes least = @load@;\n",
    "    const lanes below = _mm256_cmpgt_epi32(least, sums);\n",
    "    return 0xff & ~(unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(below));\n",
    "}\n",
    "\n",
    NULL,
};

static const char *const text_v_bit_plane[] = {
    "/* Bit i of the result: bit `plane` of code[i]. */\n",
    "static inline uint64_t bit_plane(const uint8_t code[64], unsigned plane)\n",
    "{\n",
    "#if defined(AVX512)\n",
    "    return _mm512_test_epi8_mask(_mm512_loadu_si512((const void *)code), _mm512_set1_epi8((char)(1u << "
    "plane)));\n",
    "#else\n",
    "    const __m128i up = _mm_cvtsi32_si128(7 - (int)plane);\n",
    "    const __m256i low = _mm256_sll_epi16(_mm256_loadu_si256((const void *)code), up);\n",
    "    const __m256i high = _mm256_sll_epi16(_mm256_loadu_si256((const void *)(code + 32)), up);\n",
    "    return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;\n",
    "#endif\n",
    "}\n",
    "\n",
    NULL,
};

static const char *const text_else[] = {
    "#else\n",
    NULL,
};

static const char *const text_plain_lanes[] = {
    "/* Eight rows side by side. */\n", "typedef struct {\n", "    int32_t row[8];\n", "} lanes;\n", "\n", NULL,
};

static const char *const text_p_count[] = {
    "/* Bits set in @meaning@, over all words of eight rows. */\n",
    "static inline lanes @product@(const uint64_t *block, const uint64_t *x, size_t words)\n",
    "{\n",
    "    lanes sum = {{0}};\n",
    "    for (size_t word = 0; word < words; word++)\n",
    "        for (size_t row = 0; row < 8; row++)\n",
    "            sum.row[row] += popcount(@plain@);\n",
    "    return sum;\n",
    "}\n",
    "\n",
    NULL,
};

static const char *const text_p_byte_sums[] = {
    "/* Sums of code * weight for eight rows of weights -1, 0 and +1 in bytes: four products of each row side by side. "
    "*/\n",
    "static inline lanes byte_sums(const int8_t *block, const uint8_t *x, size_t quads)\n",
    "{\n",
    "    lanes sum;\n",
    "    for (size_t row = 0; row < 8; row++) {\n",
    "        const int8_t *weight = block + 4 * row;\n",
    "        int32_t products = 0;\n",
    "        for (size_t i = 0; i < quads; i++, weight += 32)\n",
    "            products += weight[0] * x[4 * i] + weight[1] * x[4 * i + 1] + weight[2] * x[4 * i + 2] +\n",
    "                        weight[3] * x[4 * i + 3];\n",
    "        sum.row[row] = products;\n",
    "    }\n",
    "    return sum;\n",
    "}\n",
    "\n",
    NULL,
};

static const char *const text_p_splat[] = {
    "static inline lanes splat(int32_t value)\n",
    "{\n",
    "    const lanes sum = {{value, value, value, value, value, value, value, value}};\n",
    "    return sum;\n",
    "}\n",
    "\n",
    NULL,
};

static const char *const text_p_twice_plus[] = {
    "static inline lanes twice_plus(lanes sum, lanes addend)\n",
    "{\n",
    "    for (size_t row = 0; row < 8; row++)\n",
    "        sum.row[row] = 2 * sum.row[row] + addend.row[row];\n",
    "    return sum;\n",
    "}\n",
    "\n",
    NULL,
};

static const char *const text_p_minus[] = {
    "static inline lanes minus(lanes a, lanes b)\n",
    "{\n",
    "    for (size_t row = 0; row < 8; row++)\n",
    "        a.row[row] -= b.row[row];\n",
    "    return a;\n",
    "}\n",
    "\n",
    NULL,
};

static const char *const text_p_store[] = {
    "static inline void store(int32_t sum[8], lanes sums)\n",
    "{\n",
    "    for (size_t row = 0; row < 8; row++)\n",
    "        sum[row] = sums.row[row];\n",
    "}\n",
    "\n",
    NULL,
};

static const char *const text_p_at_least[] = {
    "/* Bit r of the result: sum of row r >= threshold[r]. */\n",
    "static inline unsigned at_least_@bits@(lanes sums, const int@bits@_t threshold[8])\n",
    "{\n",
    "    unsigned reached = 0;\n",
    "    for (size_t row = 0; row < 8; row++)\n",
    "        reached |= (unsigned)(sums.row[row] >= threshold[row]) << row;\n",
    "    return reached;\n",
    "}\n",
    "\n",
    NULL,
};

static const char *const text_p_bit_plane[] = {
    "/* Bit i of the result: bit `plane` of code[i]. */\n",
    "static inline uint64_t bit_plane(const uint8_t code[64], unsigned plane)\n",
    "{\n",
    "    uint64_t bits = 0;\n",
    "    for (size_t i = 0; i < 64; i++)\n",
    "        bits |= (uint64_t)(code[i] >> plane & 1) << i;\n",
    "    return bits;\n",
    "}\n",
    "\n",
    NULL,
};

static const char *const text_end[] = {
    "#endif\n",
    "\n",
    NULL,
};

static const char *const text_binary_sums[] = {
    "/* Sums of code * weight for eight rows of weights -1 and +1: 2 * (codes under +1) - (all codes), the latter "
    "being total. */\n",
    "static inline lanes binary_sums(const uint64_t *block, const uint64_t *x, size_t words, size_t planes, int32_t "
    "total)\n",
    "{\n",
    "    lanes sum = splat(0);\n",
    "    for (size_t plane = planes; plane-- > 0;)\n",
    "        sum = twice_plus(sum, count_and(block, x + plane * words, words));\n",
    "    return twice_plus(sum, splat(-total));\n",
    "}\n",
    "\n",
    NULL,
};

static const char *const text_total[] = {
    "/* Sum of all codes of a tensor. */\n",
    "static int32_t total_of(const uint64_t *x, size_t words, size_t planes)\n",
    "{\n",
    "    int32_t total = 0;\n",
    "    for (size_t plane = planes; plane-- > 0;) {\n",
    "        total *= 2;\n",
    "        for (size_t word = 0; word < words; word++)\n",
    "            total += popcount(x[plane * words + word]);\n",
    "    }\n",
    "    return total;\n",
    "}\n",
    "\n",
    NULL,
};

static const char *const text_ternary_sums[] = {
    "/* Sums of code * weight for eight rows of weights -1, 0 and +1: a block is the words of +1, then those of -1. "
    "*/\n",
    "static inline lanes ternary_sums(const uint64_t *block, const uint64_t *x, size_t words, size_t planes)\n",
    "{\n",
    "    lanes sum = splat(0);\n",
    "    for (size_t plane = planes; plane-- > 0;) {\n",
    "        const lanes added = count_and(block, x + plane * words, words);\n",
    "        const lanes taken = count_and(block + 8 * words, x + plane * words, words);\n",
    "        sum = twice_plus(sum, minus(added, taken));\n",
    "    }\n",
    "    return sum;\n",
    "}\n",
    "\n",
    NULL,
};

#endif
