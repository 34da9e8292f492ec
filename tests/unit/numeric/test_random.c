/* Philox against published vectors, slices against the whole, and the distributions roughly. */
#include "runtime/numeric/random.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/cunit_main.h"

enum { COUNT = 1 << 16 };

/* kat_vectors of Random123 1.09, philox4x32 with 10 rounds. */
static void test_published(void)
{
    static const struct {
        uint32_t counter[4], key[2], result[4];
    } vectors[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        uint32_t result[4];
        qnn_philox(vectors[i].counter, vectors[i].key, result);
        CU_ASSERT_EQUAL(memcmp(result, vectors[i].result, sizeof result), 0);
    }
}

/* Number n from the layout that the header states. */
static uint32_t stated(const struct qnn_stream *stream, uint64_t n)
{
    const uint64_t block = n / 32 * 8 + n / 2 % 8;
    const uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32) | (uint32_t)stream->purpose << 24,
                                 (uint32_t)stream->index, (uint32_t)(stream->index >> 32)};
    const uint32_t key[2] = {(uint32_t)stream->seed, (uint32_t)(stream->seed >> 32)};
    uint32_t result[4];
    qnn_philox(counter, key, result);
    return result[n / 16 % 2 * 2 + n % 2];
}

static uint32_t stated_half(const struct qnn_stream *stream, uint64_t n)
{
    const uint32_t number = stated(stream, n / 64 * 32 + n / 2 % 32);
    return n % 2 ? number >> 16 : number & 0xffff;
}

static const struct qnn_stream stream = {UINT64_C(0x123456789abcdef0), QNN_RANDOM_DROPOUT,
                                         UINT64_C(0xfedcba9876543210)};

/* Slices of every kind, at odd places, around the carry of a block number and far out. */
static void test_slices(void)
{
    static const uint64_t firsts[] = {
        0, 1, 7, 31, 32, 33, 63, 64, 1000003, (UINT64_C(1) << 34) - 5, (UINT64_C(1) << 57) + 3};
    static const size_t counts[] = {0, 1, 2, 3, 5, 8, 17, 31, 32, 33, 63, 64, 65, 200};
    uint32_t numbers[200];
    float uniform[200], p[200];
    uint8_t bytes[200], each[200];
    size_t wrong = 0;
    for (size_t i = 0; i < 200; i++)
        p[i] = (float)i / 199.0f;
    for (size_t f = 0; f < sizeof firsts / sizeof *firsts; f++) {
        for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
            qnn_random_fill_u32(&stream, firsts[f], counts[k], numbers);
            qnn_random_fill_uniform(&stream, firsts[f], counts[k], uniform);
            qnn_random_fill_bernoulli(&stream, firsts[f], counts[k], 0.3f, bytes);
            qnn_random_fill_bernoulli_each(&stream, firsts[f], counts[k], p, each);
            for (size_t i = 0; i < counts[k]; i++) {
                const uint64_t n = firsts[f] + i;
                const uint32_t half = stated_half(&stream, n);
                wrong += numbers[i] != stated(&stream, n);
                wrong += uniform[i] != (float)ldexp((double)(numbers[i] >> 8), -24);
                wrong += bytes[i] != (half < 19661); /* rint(0.3 * 65536) */
                wrong += each[i] != (half < rint((double)p[i] * 65536.0));
            }
        }
        wrong += qnn_random_u32(&stream, firsts[f]) != stated(&stream, firsts[f]);
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

static void test_streams_differ(void)
{
    struct qnn_stream others[] = {stream, stream, stream};
    others[0].seed++;
    others[1].purpose = QNN_RANDOM_INIT;
    others[2].index++;
    for (size_t i = 0; i < 3; i++) {
        size_t equal = 0;
        for (uint64_t n = 0; n < 100; n++)
            equal += qnn_random_u32(&stream, n) == qnn_random_u32(&others[i], n);
        CU_ASSERT_EQUAL(equal, 0);
    }
    CU_ASSERT_EQUAL(qnn_stream_index(3, 5), UINT64_C(0x0003000000000005));
}

static void test_distribution(void)
{
    static float uniform[COUNT];
    static uint8_t bytes[COUNT];
    size_t buckets[16] = {0}, ones = 0;
    qnn_random_fill_uniform(&stream, 0, COUNT, uniform);
    for (size_t i = 0; i < COUNT; i++) {
        CU_ASSERT_FATAL(uniform[i] >= 0.0f && uniform[i] < 1.0f);
        buckets[(size_t)(uniform[i] * 16.0f)]++;
    }
    for (size_t b = 0; b < 16; b++) /* 4096 expected, standard deviation 62 */
        CU_ASSERT(buckets[b] > 3786 && buckets[b] < 4406);
    qnn_random_fill_bernoulli(&stream, 0, COUNT, 0.5f, bytes);
    for (size_t i = 0; i < COUNT; i++)
        ones += bytes[i];
    CU_ASSERT(ones > 32768 - 640 && ones < 32768 + 640); /* five standard deviations of 128 */
    for (int p = 0; p <= 1; p++) {
        qnn_random_fill_bernoulli(&stream, 0, COUNT, (float)p, bytes);
        CU_ASSERT_EQUAL(bytes[0], p);
        CU_ASSERT_EQUAL(memcmp(bytes, bytes + 1, COUNT - 1), 0);
    }
}

/* Every permutation of four elements about equally often; larger ones are permutations and differ between epochs. */
static void test_permutation(void)
{
    struct qnn_stream shuffle = {.seed = 1, .purpose = QNN_RANDOM_SHUFFLE};
    size_t seen[256] = {0}, kinds = 0;
    uint32_t order[1000], other[1000];
    bool found[1000] = {false};
    for (shuffle.index = 0; shuffle.index < 24000; shuffle.index++) {
        qnn_random_permutation(&shuffle, 4, order);
        seen[order[0] | order[1] << 2 | order[2] << 4 | order[3] << 6]++;
    }
    for (size_t i = 0; i < 256; i++) {
        kinds += seen[i] > 0;
        CU_ASSERT(seen[i] == 0 || (seen[i] > 840 && seen[i] < 1160)); /* 1000, standard deviation 31 */
    }
    CU_ASSERT_EQUAL(kinds, 24);
    qnn_random_permutation(&shuffle, 1000, order);
    for (size_t i = 0; i < 1000; i++) {
        CU_ASSERT_FATAL(order[i] < 1000 && !found[order[i]]);
        found[order[i]] = true;
    }
    shuffle.index++;
    qnn_random_permutation(&shuffle, 1000, other);
    CU_ASSERT_NOT_EQUAL(memcmp(order, other, sizeof order), 0);
    qnn_random_permutation(&shuffle, 0, other);
    qnn_random_permutation(&shuffle, 1, other);
    CU_ASSERT_EQUAL(other[0], 0);
}

/* The whole method written out for so many elements that hundreds of draws are rejected: x of 2^32 is drawn again where
 * x * bound mod 2^32 is below 2^32 mod bound. */
static void test_large_permutation(void)
{
    enum { ELEMENTS = 1 << 21, NUMBERS = ELEMENTS + 4096 };
    const struct qnn_stream shuffle = {.seed = 7, .purpose = QNN_RANDOM_SHUFFLE};
    uint32_t *order = malloc(ELEMENTS * sizeof *order), *expected = malloc(ELEMENTS * sizeof *expected);
    uint32_t *numbers = malloc(NUMBERS * sizeof *numbers);
    size_t used = 0;
    qnn_random_permutation(&shuffle, ELEMENTS, order);
    qnn_random_fill_u32(&shuffle, 0, NUMBERS, numbers);
    for (uint32_t i = 0; i < ELEMENTS; i++)
        expected[i] = i;
    for (uint64_t bound = ELEMENTS; bound > 1; bound--) {
        while (numbers[used] * bound % (UINT64_C(1) << 32) < (UINT64_C(1) << 32) % bound)
            used++;
        const uint64_t j = numbers[used++] * bound >> 32;
        const uint32_t kept = expected[bound - 1];
        expected[bound - 1] = expected[j];
        expected[j] = kept;
    }
    CU_ASSERT(used > ELEMENTS + 100 && used < NUMBERS);
    CU_ASSERT_EQUAL(memcmp(order, expected, ELEMENTS * sizeof *order), 0);
    free(order);
    free(expected);
    free(numbers);
}

static const struct unit_case cases[] = {
    {"published vectors", test_published},           {"slices are parts of the stated whole", test_slices},
    {"streams differ", test_streams_differ},         {"uniform and Bernoulli numbers", test_distribution},
    {"permutations without bias", test_permutation}, {"a large permutation", test_large_permutation},
};

UNIT_MAIN("numeric random", cases)
