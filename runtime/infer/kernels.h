/*
 * The kernels of generated inference: C99 without a library, for AVX-512, AVX2 and any other processor.
 *
 * No program includes this file. It is cut at its section marks and kept in the compiler; a generated NAME_infer.c gets, in this
 * order, the sections for what its layers call. A mark names the functions that need the section, "always" is part of every
 * file, and what comes before the first mark of none. tests/unit/infer includes it as it is.
 *
 * Layout of weights: a block is eight rows, word by word: word j of rows 0..7 side by side (compiler/backend/c/infer_pack.c says
 * what a set bit means). One layout serves all kernels: a 512-bit vector is a word of eight rows, a 256-bit one of four, and
 * plain C walks them one by one. The input word is the same for all rows, so nothing is added across a vector.
 * Bits are counted by VPOPCNTQ where the processor has it; else by byte shuffles (Mula, Kurz, Lemire: "Faster population
 * counts using AVX2 instructions", arXiv 1611.07612) after carry-save adders: groups of nine words, and from 64 words on
 * a Harley-Seal tree. Codes of several bits are counted plane by plane, the highest first (Horner).
 * Weights in bytes: a block is four products of each of eight rows, 32 bytes, then the next four.
 */
#ifndef QNN_INFER_KERNELS_H
#define QNN_INFER_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* section: always */
/* Which kernels: chosen by what the compiler may assume of the processor (-march=native). PORTABLE forces the plain C
 * ones. All give the same sums. */
#if !defined(PORTABLE) && defined(__AVX512F__) && defined(__AVX512BW__)
#define AVX512 1
#elif !defined(PORTABLE) && defined(__AVX2__)
#define AVX2 1
#endif
#if defined(AVX512) || defined(AVX2)
#include <immintrin.h>
#endif

/* section: count_xor count_kept_xor count_and gather_bytes */
/* Functions with arguments that are constants of a layer. */
#if defined(__GNUC__)
#define INLINE static inline __attribute__((always_inline))
#else
#define INLINE static inline
#endif

/* section: count_xor count_kept_xor count_and */
/* What is counted of a word x of the input and a word w of the weights; the words of kept precede those of w. */
enum product { X_XOR_W, KEPT_AND_X_XOR_W, X_AND_W };

/* Bits set in a word. */
static inline int popcount(uint64_t word)
{
#if !defined(PORTABLE) && defined(__GNUC__) && (defined(__POPCNT__) || defined(__aarch64__))
    return __builtin_popcountll(word);
#else
    word -= word >> 1 & 0x5555555555555555;
    word = (word & 0x3333333333333333) + (word >> 2 & 0x3333333333333333);
    word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0f;
    return (int)(word * 0x0101010101010101 >> 56);
#endif
}

/* section: always */
/* ---- Kernels ----------------------------------------------------------------------------------------------------- */

#if defined(AVX512) || defined(AVX2)
/* section: count_xor count_kept_xor count_and byte_sums wide_byte_sums */
/* Eight rows side by side: one 32-bit sum each. */
typedef __m256i lanes;

/* section: count_xor count_kept_xor count_and */
#if defined(AVX512)
typedef __m512i vector; /* one word of each of eight rows */
enum { VECTOR_ROWS = 8 };

static inline vector rows(const uint64_t *word)
{
    return _mm512_loadu_si512((const void *)word);
}

static inline vector everywhere(uint64_t word)
{
    return _mm512_set1_epi64((long long)word);
}

static inline vector plus(vector a, vector b)
{
    return _mm512_add_epi64(a, b);
}

#if defined(__AVX512VPOPCNTDQ__)
static inline vector bits_set(vector a)
{
    return _mm512_popcnt_epi64(a);
}
#else
/* Bits set in each byte. */
static inline vector bytes_set(vector a)
{
    const vector count = _mm512_set4_epi32(0x04030302, 0x03020201, 0x03020201, 0x02010100);
    const vector nibble = _mm512_set1_epi8(15);
    const vector low = _mm512_shuffle_epi8(count, _mm512_and_si512(a, nibble));
    const vector high = _mm512_shuffle_epi8(count, _mm512_and_si512(_mm512_srli_epi16(a, 4), nibble));
    return _mm512_add_epi8(low, high);
}

static inline vector plus_bytes(vector a, vector b)
{
    return _mm512_add_epi8(a, b);
}

/* The sum of the bytes of each word. */
static inline vector add_bytes(vector a)
{
    return _mm512_sad_epu8(a, _mm512_setzero_si512());
}

/* Full adder on every bit: *sum + a + b = 2 * carry + *sum. */
static inline vector carry_save(vector *sum, vector a, vector b)
{
    const vector carry = _mm512_ternarylogic_epi64(*sum, a, b, 0xe8);
    *sum = _mm512_ternarylogic_epi64(*sum, a, b, 0x96);
    return carry;
}
#endif

static inline lanes narrow(vector sum)
{
    return _mm512_cvtepi64_epi32(sum);
}
#else
typedef __m256i vector; /* one word of each of four rows */
enum { VECTOR_ROWS = 4 };

static inline vector rows(const uint64_t *word)
{
    return _mm256_loadu_si256((const void *)word);
}

static inline vector everywhere(uint64_t word)
{
    return _mm256_set1_epi64x((long long)word);
}

static inline vector plus(vector a, vector b)
{
    return _mm256_add_epi64(a, b);
}

/* Bits set in each byte. */
static inline vector bytes_set(vector a)
{
    const vector count = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, /* twice */
                                          0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const vector nibble = _mm256_set1_epi8(15);
    const vector low = _mm256_shuffle_epi8(count, _mm256_and_si256(a, nibble));
    const vector high = _mm256_shuffle_epi8(count, _mm256_and_si256(_mm256_srli_epi16(a, 4), nibble));
    return _mm256_add_epi8(low, high);
}

static inline vector plus_bytes(vector a, vector b)
{
    return _mm256_add_epi8(a, b);
}

/* The sum of the bytes of each word. */
static inline vector add_bytes(vector a)
{
    return _mm256_sad_epu8(a, _mm256_setzero_si256());
}

/* Full adder on every bit: *sum + a + b = 2 * carry + *sum. */
static inline vector carry_save(vector *sum, vector a, vector b)
{
    const vector either = _mm256_xor_si256(a, b);
    const vector carry = _mm256_or_si256(_mm256_and_si256(a, b), _mm256_and_si256(*sum, either));
    *sum = _mm256_xor_si256(*sum, either);
    return carry;
}

static inline lanes narrow(vector first, vector second)
{
    const __m256 even = _mm256_shuffle_ps(_mm256_castsi256_ps(first), _mm256_castsi256_ps(second), 0x88);
    return _mm256_permute4x64_epi64(_mm256_castps_si256(even), 0xd8);
}
#endif

static inline vector both(vector a, vector b)
{
#if defined(AVX512)
    return _mm512_and_si512(a, b);
#else
    return _mm256_and_si256(a, b);
#endif
}

static inline vector differ(vector a, vector b)
{
#if defined(AVX512)
    return _mm512_xor_si512(a, b);
#else
    return _mm256_xor_si256(a, b);
#endif
}

/* Word `word` of a product, in VECTOR_ROWS rows. */
INLINE vector product_at(enum product product, const uint64_t *block, const uint64_t *x, size_t words, size_t word)
{
    const vector first = rows(block + 8 * word), input = everywhere(x[word]);
    if (product == X_AND_W)
        return both(first, input);
    if (product == X_XOR_W)
        return differ(first, input);
    return both(first, differ(rows(block + 8 * (words + word)), input));
}

/* Bits set in a product over all words, in VECTOR_ROWS rows. */
INLINE vector count_rows(enum product product, const uint64_t *block, const uint64_t *x, size_t words)
{
#define PRODUCT(i) product_at(product, block, x, words, i)
#if defined(__AVX512VPOPCNTDQ__)
    vector sum = everywhere(0);
    for (size_t word = 0; word < words; word++)
        sum = plus(sum, bits_set(PRODUCT(word)));
    return sum;
#else
    vector sum = everywhere(0), bytes = sum;
    size_t counted = 0;
    if (words >= 64) {
        /* Harley-Seal: bits are added in carry-save form, so that one word in eight is counted. */
        vector one = sum, two = sum, four = sum;
        counted = words - words % 8;
        for (size_t word = 0; word < counted; word += 8) {
            const vector two_a = carry_save(&one, PRODUCT(word), PRODUCT(word + 1));
            const vector two_b = carry_save(&one, PRODUCT(word + 2), PRODUCT(word + 3));
            const vector four_a = carry_save(&two, two_a, two_b);
            const vector two_c = carry_save(&one, PRODUCT(word + 4), PRODUCT(word + 5));
            const vector two_d = carry_save(&one, PRODUCT(word + 6), PRODUCT(word + 7));
            const vector four_b = carry_save(&two, two_c, two_d);
            sum = plus(sum, add_bytes(bytes_set(carry_save(&four, four_a, four_b))));
        }
        sum = plus(sum, sum);
        sum = plus(sum, sum);
        sum = plus(sum, sum);
        bytes = bytes_set(four);
        bytes = plus_bytes(plus_bytes(bytes, bytes), bytes_set(two));
        bytes = plus_bytes(plus_bytes(bytes, bytes), bytes_set(one));
    } else {
        /* Nine words, the taps of a 3 x 3 window, as four that are counted: 72 in a byte at most. */
        counted = words - words % 9;
        for (size_t word = 0; word < counted; word += 9) {
            vector one = PRODUCT(word), one_b = PRODUCT(word + 3), one_c = PRODUCT(word + 6);
            vector two = carry_save(&one, PRODUCT(word + 1), PRODUCT(word + 2));
            const vector two_b = carry_save(&one_b, PRODUCT(word + 4), PRODUCT(word + 5));
            const vector two_c = carry_save(&one_c, PRODUCT(word + 7), PRODUCT(word + 8));
            const vector two_d = carry_save(&one, one_b, one_c);
            vector counts = bytes_set(carry_save(&two, two_b, two_c));
            counts = plus_bytes(plus_bytes(counts, counts), plus_bytes(bytes_set(two), bytes_set(two_d)));
            counts = plus_bytes(plus_bytes(counts, counts), bytes_set(one));
            sum = plus(sum, add_bytes(counts));
        }
    }
    for (size_t word = counted; word < words; word++)
        bytes = plus_bytes(bytes, bytes_set(PRODUCT(word)));
    return plus(sum, add_bytes(bytes));
#endif
#undef PRODUCT
}

/* The same in eight rows. */
INLINE lanes count(enum product product, const uint64_t *block, const uint64_t *x, size_t words)
{
#if defined(AVX512)
    return narrow(count_rows(product, block, x, words));
#else
    return narrow(count_rows(product, block, x, words), count_rows(product, block + VECTOR_ROWS, x, words));
#endif
}

/* section: binary_sums ternary_sums integer_sums */
static inline lanes splat(int32_t value)
{
    return _mm256_set1_epi32(value);
}

static inline lanes twice_plus(lanes sum, lanes addend)
{
    return _mm256_add_epi32(_mm256_add_epi32(sum, sum), addend);
}

/* section: ternary_sums integer_sums */
static inline lanes minus(lanes a, lanes b)
{
    return _mm256_sub_epi32(a, b);
}

/* section: byte_sums */
/* Sums of code * weight for eight rows of weights in bytes: four products of each row side by side. Two products must be
 * below 2^15 together. */
static inline lanes byte_sums(const int8_t *block, const uint8_t *x, size_t quads)
{
    lanes sum = _mm256_setzero_si256();
    for (size_t i = 0; i < quads; i++) {
        const uint8_t *at = x + 4 * i;
        const uint32_t four = at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
        const lanes codes = _mm256_set1_epi32((int)four);
        const lanes weights = _mm256_loadu_si256((const void *)(block + 32 * i));
#if defined(__AVX512VNNI__) && defined(__AVX512VL__)
        sum = _mm256_dpbusd_epi32(sum, codes, weights);
#else
        const lanes pairs = _mm256_maddubs_epi16(codes, weights);
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
#endif
    }
    return sum;
}

/* section: wide_byte_sums */
/* The same without a limit, in 16 bits. */
static inline lanes wide_byte_sums(const int8_t *block, const uint8_t *x, size_t quads)
{
    lanes sum = _mm256_setzero_si256();
    for (size_t i = 0; i < quads; i++) {
        const uint8_t *at = x + 4 * i;
        const uint32_t four = at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
        const __m256i codes = _mm256_cvtepu8_epi16(_mm_set1_epi32((int)four));
        const __m256i first = _mm256_cvtepi8_epi16(_mm_loadu_si128((const void *)(block + 32 * i)));
        const __m256i last = _mm256_cvtepi8_epi16(_mm_loadu_si128((const void *)(block + 32 * i + 16)));
        /* Rows 0, 1, 4, 5, 2, 3, 6, 7. */
        const lanes pairs = _mm256_hadd_epi32(_mm256_madd_epi16(codes, first), _mm256_madd_epi16(codes, last));
        sum = _mm256_add_epi32(sum, pairs);
    }
    return _mm256_permute4x64_epi64(sum, 0xd8);
}

/* section: store */
static inline void store(int32_t sum[8], lanes sums)
{
    _mm256_storeu_si256((void *)sum, sums);
}

/* section: pack */
/* Bit i of the result: bit `plane` of code[i]. */
static inline uint64_t bit_plane(const uint8_t code[64], unsigned plane)
{
#if defined(AVX512)
    return _mm512_test_epi8_mask(_mm512_loadu_si512((const void *)code), _mm512_set1_epi8((char)(1u << plane)));
#else
    const __m128i up = _mm_cvtsi32_si128(7 - (int)plane);
    const __m256i low = _mm256_sll_epi16(_mm256_loadu_si256((const void *)code), up);
    const __m256i high = _mm256_sll_epi16(_mm256_loadu_si256((const void *)(code + 32)), up);
    return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
#endif
}

/* section: at_least_8 */
/* Bit r of the result: sum of row r >= threshold[r]. */
static inline unsigned at_least_8(lanes sums, const int8_t threshold[8])
{
    const lanes least = _mm256_cvtepi8_epi32(_mm_loadl_epi64((const void *)threshold));
    const lanes below = _mm256_cmpgt_epi32(least, sums);
    return 0xff & ~(unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(below));
}

/* section: at_least_16 */
/* Bit r of the result: sum of row r >= threshold[r]. */
static inline unsigned at_least_16(lanes sums, const int16_t threshold[8])
{
    const lanes least = _mm256_cvtepi16_epi32(_mm_loadu_si128((const void *)threshold));
    const lanes below = _mm256_cmpgt_epi32(least, sums);
    return 0xff & ~(unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(below));
}

/* section: at_least_32 */
/* Bit r of the result: sum of row r >= threshold[r]. */
static inline unsigned at_least_32(lanes sums, const int32_t threshold[8])
{
    const lanes least = _mm256_loadu_si256((const void *)threshold);
    const lanes below = _mm256_cmpgt_epi32(least, sums);
    return 0xff & ~(unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(below));
}

/* section: always */
#else
/* section: count_xor count_kept_xor count_and byte_sums wide_byte_sums */
/* Eight rows side by side. */
typedef struct {
    int32_t row[8];
} lanes;

/* section: count_xor count_kept_xor count_and */
/* Word `word` of a product in a row. */
INLINE uint64_t product_at(enum product product, const uint64_t *block, const uint64_t *x, size_t words, size_t word,
                           size_t row)
{
    const uint64_t first = block[8 * word + row];
    if (product == X_AND_W)
        return first & x[word];
    if (product == X_XOR_W)
        return first ^ x[word];
    return first & (block[8 * (words + word) + row] ^ x[word]);
}

/* Bits set in a product over all words, in eight rows. */
INLINE lanes count(enum product product, const uint64_t *block, const uint64_t *x, size_t words)
{
    lanes sum = {{0}};
    for (size_t word = 0; word < words; word++)
        for (size_t row = 0; row < 8; row++)
            sum.row[row] += popcount(product_at(product, block, x, words, word, row));
    return sum;
}

/* section: binary_sums ternary_sums integer_sums */
static inline lanes splat(int32_t value)
{
    const lanes sum = {{value, value, value, value, value, value, value, value}};
    return sum;
}

static inline lanes twice_plus(lanes sum, lanes addend)
{
    for (size_t row = 0; row < 8; row++)
        sum.row[row] = 2 * sum.row[row] + addend.row[row];
    return sum;
}

/* section: ternary_sums integer_sums */
static inline lanes minus(lanes a, lanes b)
{
    for (size_t row = 0; row < 8; row++)
        a.row[row] -= b.row[row];
    return a;
}

/* section: byte_sums wide_byte_sums */
/* Sums of code * weight for eight rows of weights in bytes: four products of each row side by side. Two products must be
 * below 2^15 together. */
static inline lanes byte_sums(const int8_t *block, const uint8_t *x, size_t quads)
{
    lanes sum;
    for (size_t row = 0; row < 8; row++) {
        const int8_t *weight = block + 4 * row;
        int32_t products = 0;
        for (size_t i = 0; i < quads; i++, weight += 32)
            products +=
                weight[0] * x[4 * i] + weight[1] * x[4 * i + 1] + weight[2] * x[4 * i + 2] + weight[3] * x[4 * i + 3];
        sum.row[row] = products;
    }
    return sum;
}

/* section: wide_byte_sums */
/* The same without a limit: sums are in 32 bits anyway. */
static inline lanes wide_byte_sums(const int8_t *block, const uint8_t *x, size_t quads)
{
    return byte_sums(block, x, quads);
}

/* section: store */
static inline void store(int32_t sum[8], lanes sums)
{
    for (size_t row = 0; row < 8; row++)
        sum[row] = sums.row[row];
}

/* section: pack */
/* Bit i of the result: bit `plane` of code[i]. */
static inline uint64_t bit_plane(const uint8_t code[64], unsigned plane)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < 64; i++)
        bits |= (uint64_t)(code[i] >> plane & 1) << i;
    return bits;
}

/* section: at_least_8 */
/* Bit r of the result: sum of row r >= threshold[r]. */
static inline unsigned at_least_8(lanes sums, const int8_t threshold[8])
{
    unsigned reached = 0;
    for (size_t row = 0; row < 8; row++)
        reached |= (unsigned)(sums.row[row] >= threshold[row]) << row;
    return reached;
}

/* section: at_least_16 */
/* Bit r of the result: sum of row r >= threshold[r]. */
static inline unsigned at_least_16(lanes sums, const int16_t threshold[8])
{
    unsigned reached = 0;
    for (size_t row = 0; row < 8; row++)
        reached |= (unsigned)(sums.row[row] >= threshold[row]) << row;
    return reached;
}

/* section: at_least_32 */
/* Bit r of the result: sum of row r >= threshold[r]. */
static inline unsigned at_least_32(lanes sums, const int32_t threshold[8])
{
    unsigned reached = 0;
    for (size_t row = 0; row < 8; row++)
        reached |= (unsigned)(sums.row[row] >= threshold[row]) << row;
    return reached;
}

/* section: always */
#endif

/* section: count_xor */
/* Bits set in x ^ w, over all words of eight rows. */
static inline lanes count_xor(const uint64_t *block, const uint64_t *x, size_t words)
{
    return count(X_XOR_W, block, x, words);
}

/* section: count_kept_xor */
/* Bits set in kept & (x ^ w), the words of kept before those of w, over all words of eight rows. */
static inline lanes count_kept_xor(const uint64_t *block, const uint64_t *x, size_t words)
{
    return count(KEPT_AND_X_XOR_W, block, x, words);
}

/* section: count_and */
/* Bits set in x & w, over all words of eight rows. */
static inline lanes count_and(const uint64_t *block, const uint64_t *x, size_t words)
{
    return count(X_AND_W, block, x, words);
}

/* section: binary_sums */
/* Sums of code * weight for eight rows of weights -1 and +1: 2 * (codes under +1) - (all codes), the latter being total. */
static inline lanes binary_sums(const uint64_t *block, const uint64_t *x, size_t words, size_t planes, int32_t total)
{
    lanes sum = splat(0);
    for (size_t plane = planes; plane-- > 0;)
        sum = twice_plus(sum, count_and(block, x + plane * words, words));
    return twice_plus(sum, splat(-total));
}

/* Sum of all codes of a tensor. */
static inline int32_t total_of(const uint64_t *x, size_t words, size_t planes)
{
    int32_t total = 0;
    for (size_t plane = planes; plane-- > 0;) {
        total *= 2;
        for (size_t word = 0; word < words; word++)
            total += popcount(x[plane * words + word]);
    }
    return total;
}

/* section: ternary_sums */
/* Sums of code * weight for eight rows of weights -1, 0 and +1: a block is the words of +1, then those of -1. */
static inline lanes ternary_sums(const uint64_t *block, const uint64_t *x, size_t words, size_t planes)
{
    lanes sum = splat(0);
    for (size_t plane = planes; plane-- > 0;) {
        const lanes added = count_and(block, x + plane * words, words);
        const lanes taken = count_and(block + 8 * words, x + plane * words, words);
        sum = twice_plus(sum, minus(added, taken));
    }
    return sum;
}

/* section: integer_sums */
/* Sums of code * weight for eight rows of weights in two's complement: a block is the words of their lowest bits, then those of
 * the next, at last those of the signs. */
static inline lanes integer_sums(const uint64_t *block, const uint64_t *x, size_t words, size_t planes, size_t parts)
{
    lanes sum = splat(0);
    for (size_t part = parts; part-- > 0;) {
        lanes codes = splat(0);
        for (size_t plane = planes; plane-- > 0;)
            codes = twice_plus(codes, count_and(block + 8 * part * words, x + plane * words, words));
        sum = part + 1 == parts ? minus(sum, codes) : twice_plus(sum, codes);
    }
    return sum;
}

/* section: none */
#endif
