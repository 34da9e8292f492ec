/*
 * Random numbers by counter: number n of a stream depends on nothing but the stream and n, so that any slice can be
 * drawn by any thread, in any order, and is the same.
 *
 * Generator: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011). The
 * key is the seed; the counter words are block (low), block (high 24 bits) with the purpose in the top byte, index
 * (low), index (high). Blocks are drawn in groups of eight, two words at a time, as suits a vector unit: of 32-bit
 * number n, block n / 32 * 8 + n / 2 % 8 gives word n / 16 % 2 * 2 + n % 2. Streams differ in seed, purpose or index
 * and never overlap below 2^58 numbers.
 */
#ifndef QNN_NUMERIC_RANDOM_H
#define QNN_NUMERIC_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Stored checkpoints depend on these values: never renumber. */
enum qnn_random_purpose {
    QNN_RANDOM_INIT = 1,     /* initial weights; index: the layer */
    QNN_RANDOM_SHUFFLE = 2,  /* order of samples; index: the epoch */
    QNN_RANDOM_DROPOUT = 3,  /* index: layer and step */
    QNN_RANDOM_ROUNDING = 4, /* stochastic weights and gradients; index: layer and step */
    QNN_RANDOM_HOLDOUT = 5,  /* rows that a data set holds out for test */
    QNN_RANDOM_AUGMENT = 6,  /* index: the epoch; numbers: QNN_AUGMENT_DRAWS of each sample */
    QNN_RANDOM_TEST = 7,     /* random weights for size estimates, and tests */
};

struct qnn_stream {
    uint64_t seed;
    enum qnn_random_purpose purpose;
    uint64_t index; /* the user's own numbering: layer, epoch, step */
};

/* An index from a layer and a step: layers below 2^16, steps below 2^48. */
static inline uint64_t qnn_stream_index(uint64_t layer, uint64_t step)
{
    return layer << 48 | step;
}

/* One block of the generator itself: for tests against published vectors. */
void qnn_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t result[4]);

/* Number n of the stream: uniform over 32 bits. */
uint32_t qnn_random_u32(const struct qnn_stream *stream, uint64_t n);

/* Numbers first .. first + count - 1 of the stream. */
void qnn_random_fill_u32(const struct qnn_stream *stream, uint64_t first, size_t count, uint32_t *out);

/* The same numbers as floats k * 2^-24 in [0, 1), k being the top 24 bits. */
void qnn_random_fill_uniform(const struct qnn_stream *stream, uint64_t first, size_t count, float *out);

/* Bytes 1 with probability p, else 0, p in [0, 1]: byte n is 1 where half n of the stream is below rint(p * 65536).
 * Half n is the low (even) or high (odd) 16 bits of number h, h = (n / 64) * 32 + (n / 2) % 32. Probabilities are thus
 * multiples of 2^-16, 0 and 1 exact, at half the price of a number each. */
void qnn_random_fill_bernoulli(const struct qnn_stream *stream, uint64_t first, size_t count, float p, uint8_t *out);

/* The same with one probability per element (stochastic binarisation: p[n] belongs to byte first + n). */
void qnn_random_fill_bernoulli_each(const struct qnn_stream *stream, uint64_t first, size_t count, const float *p,
                                    uint8_t *out);

/* A permutation of 0 .. count - 1, count < 2^32 (Fisher and Yates, drawn without bias: Lemire 2019, arXiv 1805.10941).
 */
void qnn_random_permutation(const struct qnn_stream *stream, size_t count, uint32_t *out);

#endif
