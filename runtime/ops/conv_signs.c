/*
 * Convolutions of signs: a sign is a bit, 1 for -1, and a sum of n products of signs is n - 2 * (bits set in x ^ w)
 * (arXiv 1602.02830, section 1.6).
 *
 * Channels lie in words of 64, the last one filled up with zeros in both operands. The pixels of the batch are packed image by
 * image and the weights in blocks of ROWS outputs, [block][word of the window][ROWS], so that a word of the window meets ROWS
 * weights side by side.
 */
#include "runtime/ops/conv.h"

#include "runtime/numeric/error.h"
#include "runtime/thread_pool.h"

#include <stdbool.h>
#include <string.h>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

enum { WORD = 64, ROWS = QNN_SIGN_ROWS };
_Static_assert(QNN_SIGN_WINDOW * sizeof(uint64_t) <= QNN_SCRATCH_FLOATS * sizeof(float), "a thread holds a window");

struct signs {
    const struct qnn_conv *conv;
    size_t pixels;         /* of an image */
    size_t words;          /* of a pixel, and of a tap */
    size_t window, blocks; /* words of a window; blocks of outputs */
    int32_t products;      /* of a sum */
    const float *x, *weights;
    uint64_t *packed_x, *packed_weights;
    float *y; /* one of the two results */
    int32_t *acc;
};

/* ---- Packing ----------------------------------------------------------------------------------------------------- */

/* The signs of up to 64 numbers. */
static uint64_t pack(const float *x, size_t count)
{
    uint64_t word = 0;
#if defined(__AVX2__)
    for (size_t i = 0; count == WORD && i < WORD; i += 8)
        word |= (uint64_t)(uint32_t)_mm256_movemask_ps(_mm256_loadu_ps(x + i)) << i;
    if (count == WORD)
        return word;
#endif
    for (size_t i = 0; i < count; i++)
        word |= (uint64_t)(x[i] < 0.0f) << i;
    return word;
}

static size_t channels_of(const struct signs *s, size_t word)
{
    const size_t rest = (size_t)s->conv->inputs - word * WORD;
    return rest < WORD ? rest : WORD;
}

/* Words begin .. of one pixel or tap, `step` apart. */
static void pack_channels(const struct signs *s, const float *x, uint64_t *words, size_t step)
{
    for (size_t i = 0; i < s->words; i++)
        words[i * step] = pack(x + i * WORD, channels_of(s, i));
}

/* Blocks of outputs; rows that fill up the last block stay what they were: their sums are not stored. */
static void pack_weights(void *context, size_t begin, size_t end, int thread)
{
    const struct signs *s = context;
    const size_t inputs = (size_t)s->conv->inputs, outputs = (size_t)s->conv->outputs, taps = s->window / s->words;
    (void)thread;
    for (size_t output = begin * ROWS; output < end * ROWS && output < outputs; output++)
        for (size_t tap = 0; tap < taps; tap++)
            pack_channels(s, s->weights + (output * taps + tap) * inputs,
                          s->packed_weights + (output / ROWS * s->window + tap * s->words) * ROWS + output % ROWS,
                          ROWS);
}

/* ---- Counting ---------------------------------------------------------------------------------------------------- */

#if defined(__AVX2__)
/* Bits set in each byte, by tables of half bytes (Mula, Kurz, Lemire: arXiv 1611.07612). */
static inline __m256i bytes_set(__m256i a)
{
    const __m256i count = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, /* */
                                           0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i half = _mm256_set1_epi8(15);
    const __m256i low = _mm256_shuffle_epi8(count, _mm256_and_si256(a, half));
    const __m256i high = _mm256_shuffle_epi8(count, _mm256_and_si256(_mm256_srli_epi16(a, 4), half));
    return _mm256_add_epi8(low, high);
}

/* Bits set in x ^ w for each of ROWS rows. A byte counts up to 8 a word, so it holds 31 words. */
static inline void count_xor(const uint64_t *x, const uint64_t *block, size_t words, int32_t count[ROWS])
{
    enum { BYTE_WORDS = 31 };
    const __m256i zero = _mm256_setzero_si256();
    __m256i low = zero, high = zero;
    for (size_t first = 0; first < words; first += BYTE_WORDS) {
        const size_t end = words - first < BYTE_WORDS ? words : first + BYTE_WORDS;
        __m256i low_bytes = zero, high_bytes = zero;
        for (size_t i = first; i < end; i++) {
            const __m256i word = _mm256_set1_epi64x((long long)x[i]);
            const __m256i *row = (const __m256i *)(const void *)(block + i * ROWS);
            low_bytes = _mm256_add_epi8(low_bytes, bytes_set(_mm256_xor_si256(word, _mm256_loadu_si256(row))));
            high_bytes = _mm256_add_epi8(high_bytes, bytes_set(_mm256_xor_si256(word, _mm256_loadu_si256(row + 1))));
        }
        low = _mm256_add_epi64(low, _mm256_sad_epu8(low_bytes, zero));
        high = _mm256_add_epi64(high, _mm256_sad_epu8(high_bytes, zero));
    }
    const __m256 even = _mm256_shuffle_ps(_mm256_castsi256_ps(low), _mm256_castsi256_ps(high), 0x88);
    _mm256_storeu_si256((__m256i *)(void *)count, _mm256_permute4x64_epi64(_mm256_castps_si256(even), 0xd8));
}
#else
static inline void count_xor(const uint64_t *x, const uint64_t *block, size_t words, int32_t count[ROWS])
{
    memset(count, 0, ROWS * sizeof *count);
    for (size_t i = 0; i < words; i++)
        for (size_t row = 0; row < ROWS; row++)
            count[row] += __builtin_popcountll(x[i] ^ block[i * ROWS + row]);
}
#endif

/* ---- Positions --------------------------------------------------------------------------------------------------- */

static void outside(const struct signs *s, uint64_t *words)
{
    for (size_t i = 0; i < s->words; i++) {
        const uint64_t all = ~UINT64_C(0) >> (WORD - channels_of(s, i));
        words[i] = s->conv->pad_value < 0.0f ? all : 0;
    }
}

/* The window of output position (i, j). */
static void gather(const struct signs *s, const uint64_t *image, int i, int j, uint64_t *window)
{
    const struct qnn_window *w = &s->conv->window;
    for (int r = 0; r < w->kernel_height; r++)
        for (int t = 0; t < w->kernel_width; t++, window += s->words) {
            const int row = i * w->stride_height - w->pad_top + r * w->dilation;
            const int column = j * w->stride_width - w->pad_left + t * w->dilation;
            if (row < 0 || row >= w->height || column < 0 || column >= w->width)
                outside(s, window);
            else
                memcpy(window, image + ((size_t)row * (size_t)w->width + (size_t)column) * s->words,
                       s->words * sizeof *window);
        }
}

/* The sums of one position, from `place` on. */
static void sums(const struct signs *s, const uint64_t *window, size_t place)
{
    const size_t outputs = (size_t)s->conv->outputs;
    int32_t count[ROWS];
    for (size_t block = 0; block < s->blocks; block++) {
        const size_t first = block * ROWS, rows = outputs - first < ROWS ? outputs - first : ROWS;
        count_xor(window, s->packed_weights + block * s->window * ROWS, s->window, count);
        for (size_t row = 0; s->y && row < rows; row++)
            s->y[place + first + row] = (float)(s->products - 2 * count[row]);
        for (size_t row = 0; s->acc && row < rows; row++)
            s->acc[place + first + row] = s->products - 2 * count[row];
    }
}

static void run_images(void *context, size_t begin, size_t end, int thread)
{
    const struct signs *s = context;
    const struct qnn_window *w = &s->conv->window;
    const size_t inputs = (size_t)s->conv->inputs, outputs = (size_t)s->conv->outputs;
    uint64_t *window = (uint64_t *)(void *)qnn_thread_scratch(thread);
    for (size_t n = begin; n < end; n++) {
        uint64_t *image = s->packed_x + n * s->pixels * s->words;
        for (size_t pixel = 0; pixel < s->pixels; pixel++)
            pack_channels(s, s->x + (n * s->pixels + pixel) * inputs, image + pixel * s->words, 1);
        size_t place = n * (size_t)w->out_height * (size_t)w->out_width * outputs;
        for (int i = 0; i < w->out_height; i++)
            for (int j = 0; j < w->out_width; j++, place += outputs) {
                gather(s, image, i, j, window);
                sums(s, window, place);
            }
    }
}

static void run(int batch, struct signs *s, uint64_t *work)
{
    const struct qnn_conv *c = s->conv;
    const struct qnn_window *w = &c->window;
    QNN_CHECK(batch >= 0 && c->groups == 1 && c->inputs > 0 && c->outputs > 0);
    const size_t taps = (size_t)w->kernel_height * (size_t)w->kernel_width;
    s->pixels = (size_t)w->height * (size_t)w->width;
    s->words = ((size_t)c->inputs + WORD - 1) / WORD;
    s->window = taps * s->words;
    s->blocks = ((size_t)c->outputs + ROWS - 1) / ROWS;
    s->products = (int32_t)(taps * (size_t)c->inputs);
    s->packed_weights = work;
    s->packed_x = work + s->blocks * s->window * ROWS;
    QNN_CHECK(s->window <= QNN_SIGN_WINDOW);
    qnn_parallel(s->blocks, 1, pack_weights, s);
    qnn_parallel((size_t)batch, 1, run_images, s);
}

void qnn_conv_signs_forward(int batch, const struct qnn_conv *conv, const float *x, const float *weights, float *y,
                            uint64_t *work)
{
    run(batch, &(struct signs){.conv = conv, .x = x, .weights = weights, .y = y}, work);
}

void qnn_conv_signs_accumulate(int batch, const struct qnn_conv *conv, const float *x, const float *weights,
                               int32_t *acc, uint64_t *work)
{
    run(batch, &(struct signs){.conv = conv, .x = x, .weights = weights, .acc = acc}, work);
}
