/*
 * Philox4x32-10 over groups of eight blocks: eight lanes side by side, in plain loops that vectorise.
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

struct lanes {
    uint32_t word[4][LANES];
};

QNN_BODY philox_rounds(struct lanes *state, uint32_t key0, uint32_t key1)
{
    uint32_t *restrict x0 = state->word[0], *restrict x1 = state->word[1];
    uint32_t *restrict x2 = state->word[2], *restrict x3 = state->word[3];
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < LANES; i++) {
            const uint64_t product0 = (uint64_t)x0[i] * multiplier0;
            const uint64_t product1 = (uint64_t)x2[i] * multiplier1;
            x0[i] = (uint32_t)(product1 >> 32) ^ x1[i] ^ key0;
            x2[i] = (uint32_t)(product0 >> 32) ^ x3[i] ^ key1;
            x1[i] = (uint32_t)product1;
            x3[i] = (uint32_t)product0;
        }
        key0 += weyl0;
        key1 += weyl1;
    }
}

/* The 32 words of a group, in the order of the stream. */
QNN_BODY group_words(const struct qnn_stream *stream, uint64_t group, struct lanes *state)
{
    const uint64_t block = group * LANES;
    const uint32_t high = (uint32_t)(block >> 32) | (uint32_t)stream->purpose << 24;
    for (uint32_t i = 0; i < LANES; i++) {
        state->word[0][i] = (uint32_t)block + i; /* a multiple of 8 plus less than 8: no carry */
        state->word[1][i] = high;
        state->word[2][i] = (uint32_t)stream->index;
        state->word[3][i] = (uint32_t)(stream->index >> 32);
    }
    philox_rounds(state, (uint32_t)stream->seed, (uint32_t)(stream->seed >> 32));
}

void qnn_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t result[4])
{
    struct lanes state;
    for (int w = 0; w < 4; w++)
        for (int i = 0; i < LANES; i++)
            state.word[w][i] = counter[w];
    philox_rounds(&state, key[0], key[1]);
    for (int w = 0; w < 4; w++)
        result[w] = state.word[w][0];
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

QNN_BODY fill_u32_body(const struct qnn_stream *stream, uint64_t first, size_t count, uint32_t *restrict out)
{
    for (size_t done = 0; done < count;) {
        struct lanes state;
        const struct part part = part_of(first + done, count - done, WORDS);
        group_words(stream, part.group, &state);
        memcpy(out + done, &state.word[0][0] + part.from, part.length * sizeof *out);
        done += part.length;
    }
}

QNN_BODY fill_uniform_body(const struct qnn_stream *stream, uint64_t first, size_t count, float *restrict out)
{
    for (size_t done = 0; done < count;) {
        struct lanes state;
        float uniform[WORDS];
        const struct part part = part_of(first + done, count - done, WORDS);
        group_words(stream, part.group, &state);
        for (int w = 0; w < 4; w++)
            for (int i = 0; i < LANES; i++)
                uniform[w * LANES + i] = (float)(int32_t)(state.word[w][i] >> 8) * 0x1p-24f;
        memcpy(out + done, uniform + part.from, part.length * sizeof *out);
        done += part.length;
    }
}

/* Compares the 64 halves of a group with a threshold each, 0 .. 65536. */
QNN_BODY compare_halves(const struct lanes *state, const float *restrict threshold, uint8_t *restrict bits)
{
    uint16_t half[HALVES];
    memcpy(half, state, sizeof half);
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
        struct lanes state;
        const struct part part = part_of(first + done, count - done, HALVES);
        group_words(stream, part.group, &state);
        if (each && part.length == HALVES)
            for (size_t i = 0; i < HALVES; i++)
                threshold[i] = nearbyintf(p[done + i] * 65536.0f);
        else if (each)
            for (size_t i = 0; i < part.length; i++)
                threshold[part.from + i] = nearbyintf(p[done + i] * 65536.0f);
        compare_halves(&state, threshold, bits);
        memcpy(out + done, bits + part.from, part.length);
        done += part.length;
    }
}

QNN_DISPATCH(fill_u32, (const struct qnn_stream *stream, uint64_t first, size_t count, uint32_t *out),
             (stream, first, count, out))
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
