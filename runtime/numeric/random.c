/*
 * Philox4x32-10 in groups of eight blocks. The AVX2 form keeps each 32-bit word in a 64-bit lane, where a
 * multiplication gives both halves of the product in place; whatever is left in the upper half is ignored by the next
 * one.
 */
#include "runtime/numeric/random.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "runtime/numeric/error.h"
#include "runtime/numeric/vector.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "halves are taken from words in little-endian order");

enum { ROUNDS = 10, LANES = 8, WORDS = 4 * LANES, HALVES = 2 * WORDS };

/* The multipliers and Weyl constants of the paper, table 2 and section 2.2. */
static const uint32_t multiplier0 = 0xd2511f53, multiplier1 = 0xcd9e8d57;
static const uint32_t weyl0 = 0x9e3779b9, weyl1 = 0xbb67ae85;

void qnn_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t result[4])
{
    uint32_t x0 = counter[0], x1 = counter[1], x2 = counter[2], x3 = counter[3];
    uint32_t key0 = key[0], key1 = key[1];
    for (int round = 0; round < ROUNDS; round++) {
        const uint64_t product0 = (uint64_t)x0 * multiplier0;
        const uint64_t product1 = (uint64_t)x2 * multiplier1;
        x0 = (uint32_t)(product1 >> 32) ^ x1 ^ key0;
        x2 = (uint32_t)(product0 >> 32) ^ x3 ^ key1;
        x1 = (uint32_t)product1;
        x3 = (uint32_t)product0;
        key0 += weyl0;
        key1 += weyl1;
    }
    result[0] = x0;
    result[1] = x1;
    result[2] = x2;
    result[3] = x3;
}

/* The second counter word: the high part of the block number and the purpose. */
static inline uint32_t block_high(const struct qnn_stream *stream, uint64_t block)
{
    return (uint32_t)(block >> 32) | (uint32_t)stream->purpose << 24;
}

/* The 32 words of a group, in the order of the stream. */
static void group_words_base(const struct qnn_stream *stream, uint64_t group, uint32_t words[WORDS])
{
    const uint32_t key[2] = {(uint32_t)stream->seed, (uint32_t)(stream->seed >> 32)};
    for (size_t lane = 0; lane < LANES; lane++) {
        uint32_t result[4];
        const uint64_t block = group * LANES + lane;
        const uint32_t counter[4] = {(uint32_t)block, block_high(stream, block), (uint32_t)stream->index,
                                     (uint32_t)(stream->index >> 32)};
        qnn_philox(counter, key, result);
        memcpy(words + 2 * lane, result, 2 * sizeof *words);
        memcpy(words + WORDS / 2 + 2 * lane, result + 2, 2 * sizeof *words);
    }
}

#if defined(__x86_64__)
#include <immintrin.h>

/* Four blocks side by side: word w of block i in the lower half of lane i. */
struct four {
    __m256i x0, x1, x2, x3;
};

__attribute__((target("avx2"), always_inline)) static inline void round_avx2(struct four *s, __m256i k0, __m256i k1)
{
    const __m256i product0 = _mm256_mul_epu32(s->x0, _mm256_set1_epi64x(multiplier0));
    const __m256i product1 = _mm256_mul_epu32(s->x2, _mm256_set1_epi64x(multiplier1));
    s->x0 = _mm256_xor_si256(_mm256_srli_epi64(product1, 32), _mm256_xor_si256(s->x1, k0));
    s->x2 = _mm256_xor_si256(_mm256_srli_epi64(product0, 32), _mm256_xor_si256(s->x3, k1));
    s->x1 = product1;
    s->x3 = product0;
}

/* Two words of each block, next to each other. */
__attribute__((target("avx2"), always_inline)) static inline void store_pairs(uint32_t *words, __m256i even,
                                                                              __m256i odd)
{
    _mm256_storeu_si256((__m256i *)words, _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa));
}

__attribute__((target("avx2"))) static void group_words_avx2(const struct qnn_stream *stream, uint64_t group,
                                                             uint32_t words[WORDS])
{
    const uint64_t block = group * LANES;
    const __m256i first = _mm256_set1_epi64x((uint32_t)block); /* a multiple of 8: adding a lane does not carry */
    __m256i k0 = _mm256_set1_epi32((int)(uint32_t)stream->seed);
    __m256i k1 = _mm256_set1_epi32((int)(uint32_t)(stream->seed >> 32));
    struct four a = {.x0 = _mm256_add_epi64(first, _mm256_setr_epi64x(0, 1, 2, 3)),
                     .x1 = _mm256_set1_epi64x(block_high(stream, block)),
                     .x2 = _mm256_set1_epi64x((uint32_t)stream->index),
                     .x3 = _mm256_set1_epi64x((uint32_t)(stream->index >> 32))};
    struct four b = a;
    b.x0 = _mm256_add_epi64(a.x0, _mm256_set1_epi64x(4));
    for (int round = 0; round < ROUNDS; round++) {
        round_avx2(&a, k0, k1);
        round_avx2(&b, k0, k1);
        k0 = _mm256_add_epi32(k0, _mm256_set1_epi32((int)weyl0));
        k1 = _mm256_add_epi32(k1, _mm256_set1_epi32((int)weyl1));
    }
    store_pairs(words, a.x0, a.x1);
    store_pairs(words + LANES, b.x0, b.x1);
    store_pairs(words + WORDS / 2, a.x2, a.x3);
    store_pairs(words + WORDS / 2 + LANES, b.x2, b.x3);
}
#endif

static void group_words(const struct qnn_stream *stream, uint64_t group, uint32_t words[WORDS])
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
        group_words_avx2(stream, group, words);
        return;
    }
#endif
    group_words_base(stream, group, words);
}

/* The part [from, from + length) of a group of size elements that a range of a stream covers. */
struct part {
    uint64_t group;
    size_t from;
    size_t length;
};

static inline struct part part_of(uint64_t first, size_t count, size_t size)
{
    const size_t from = (size_t)(first % size);
    const size_t rest = size - from;
    return (struct part){.group = first / size, .from = from, .length = count < rest ? count : rest};
}

static void fill_u32(const struct qnn_stream *stream, uint64_t first, size_t count, uint32_t *out)
{
    for (size_t done = 0; done < count;) {
        uint32_t words[WORDS];
        const struct part part = part_of(first + done, count - done, WORDS);
        group_words(stream, part.group, words);
        if (part.length == WORDS)
            memcpy(out + done, words, sizeof words);
        else
            memcpy(out + done, words + part.from, part.length * sizeof *out);
        done += part.length;
    }
}

QNN_BODY fill_uniform_body(const struct qnn_stream *stream, uint64_t first, size_t count, float *restrict out)
{
    for (size_t done = 0; done < count;) {
        uint32_t words[WORDS];
        float uniform[WORDS];
        const struct part part = part_of(first + done, count - done, WORDS);
        group_words(stream, part.group, words);
        for (int i = 0; i < WORDS; i++)
            uniform[i] = (float)(int32_t)(words[i] >> 8) * 0x1p-24f;
        if (part.length == WORDS)
            memcpy(out + done, uniform, sizeof uniform);
        else
            memcpy(out + done, uniform + part.from, part.length * sizeof *out);
        done += part.length;
    }
}

/* Compares the 64 halves of a group with a threshold each, 0 .. 65536. */
QNN_BODY compare_halves(const uint32_t words[WORDS], const float *restrict threshold, uint8_t *restrict bits)
{
    uint16_t half[HALVES];
    memcpy(half, words, sizeof half);
    for (int i = 0; i < HALVES; i++)
        bits[i] = (float)half[i] < threshold[i];
}

QNN_BODY fill_bernoulli_body(const struct qnn_stream *stream, uint64_t first, size_t count, const float *p, bool each,
                             uint8_t *restrict out)
{
    float threshold[HALVES];
    uint8_t bits[HALVES];
    for (int i = 0; i < HALVES; i++)
        threshold[i] = each ? 0.0f : nearbyintf(*p * 65536.0f);
    for (size_t done = 0; done < count;) {
        uint32_t words[WORDS];
        const struct part part = part_of(first + done, count - done, HALVES);
        group_words(stream, part.group, words);
        if (each && part.length == HALVES)
            for (size_t i = 0; i < HALVES; i++)
                threshold[i] = nearbyintf(p[done + i] * 65536.0f);
        else if (each)
            for (size_t i = 0; i < part.length; i++)
                threshold[part.from + i] = nearbyintf(p[done + i] * 65536.0f);
        compare_halves(words, threshold, bits);
        if (part.length == HALVES)
            memcpy(out + done, bits, sizeof bits);
        else
            memcpy(out + done, bits + part.from, part.length);
        done += part.length;
    }
}

QNN_DISPATCH(fill_uniform, (const struct qnn_stream *stream, uint64_t first, size_t count, float *out),
             (stream, first, count, out))
QNN_DISPATCH(fill_bernoulli,
             (const struct qnn_stream *stream, uint64_t first, size_t count, const float *p, bool each, uint8_t *out),
             (stream, first, count, p, each, out))

uint32_t qnn_random_u32(const struct qnn_stream *stream, uint64_t n)
{
    uint32_t number;
    fill_u32(stream, n, 1, &number);
    return number;
}

void qnn_random_fill_u32(const struct qnn_stream *stream, uint64_t first, size_t count, uint32_t *out)
{
    fill_u32(stream, first, count, out);
}

void qnn_random_fill_uniform(const struct qnn_stream *stream, uint64_t first, size_t count, float *out)
{
    fill_uniform(stream, first, count, out);
}

void qnn_random_fill_bernoulli(const struct qnn_stream *stream, uint64_t first, size_t count, float p, uint8_t *out)
{
    QNN_CHECK(p >= 0.0f && p <= 1.0f);
    fill_bernoulli(stream, first, count, &p, false, out);
}

void qnn_random_fill_bernoulli_each(const struct qnn_stream *stream, uint64_t first, size_t count, const float *p,
                                    uint8_t *out)
{
    fill_bernoulli(stream, first, count, p, true, out);
}

/* The numbers of a stream one after the other, drawn a group at a time. */
struct reader {
    const struct qnn_stream *stream;
    uint64_t next;
    uint32_t words[WORDS];
};

static uint32_t reader_next(struct reader *reader)
{
    if (reader->next % WORDS == 0)
        fill_u32(reader->stream, reader->next, WORDS, reader->words);
    return reader->words[reader->next++ % WORDS];
}

/* Uniform over 0 .. bound - 1 (Lemire's method: multiply, reject the few low parts that would be too frequent). */
static uint32_t reader_below(struct reader *reader, uint32_t bound)
{
    const uint32_t reject_below = (0u - bound) % bound;
    uint64_t product;
    do
        product = (uint64_t)reader_next(reader) * bound;
    while ((uint32_t)product < reject_below);
    return (uint32_t)(product >> 32);
}

void qnn_random_permutation(const struct qnn_stream *stream, size_t count, uint32_t *out)
{
    QNN_CHECK(count <= UINT32_MAX);
    struct reader reader = {.stream = stream};
    for (uint32_t i = 0; i < count; i++)
        out[i] = i;
    for (size_t i = count; i-- > 1;) {
        const uint32_t j = reader_below(&reader, (uint32_t)i + 1);
        const uint32_t kept = out[i];
        out[i] = out[j];
        out[j] = kept;
    }
}
