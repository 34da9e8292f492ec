/*
 * Products of inputs that lie in few bits with weights of -1 and +1 (arXiv 1602.02830, section 1.6; 1609.07061 for codes).
 *
 * A weight is a bit, 1 for -1. Signs are bits too, and a sum of n products is n - 2 * (bits set in x ^ w). Codes lie in
 * planes, bit p of each code in plane p, and their sum is that of 2^p * ((bits set in plane p) - 2 * (bits set in plane p & w)).
 *
 * Channels lie in words of 64, the last one filled up with zeros in both operands. The pixels of the batch are packed image by
 * image and the weights in blocks of ROWS outputs, [block][word of the window][ROWS], so that a word of the window meets ROWS
 * weights side by side.
 */
#include "runtime/ops/bits.h"

#include "runtime/numeric/error.h"
#include "runtime/thread_pool.h"

#include <stdbool.h>
#include <string.h>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

enum { WORD = 64, ROWS = QNN_BIT_ROWS };
_Static_assert(QNN_BIT_WINDOW * sizeof(uint64_t) <= QNN_SCRATCH_FLOATS * sizeof(float), "a thread holds a window");

struct bits {
    const struct qnn_conv *conv;
    bool signs;
    size_t planes; /* of signs one */
    float step, inverse_step;
    size_t pixels;         /* of an image */
    size_t words;          /* of a plane of a pixel, and of a tap */
    size_t window, blocks; /* words of a plane of a window; blocks of outputs */
    int32_t products;      /* of a sum */
    const float *x, *weights;
    uint64_t *packed_x, *packed_weights;
    float *y; /* one of the two results */
    int32_t *acc;
};

/* ---- Packing ----------------------------------------------------------------------------------------------------- */

/* The signs of up to 64 numbers. */
static uint64_t pack_signs(const float *x, size_t count)
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

/* Bit `plane` of the codes of up to 64 numbers. */
static uint64_t pack_plane(const float *x, size_t count, float inverse_step, size_t plane)
{
    uint64_t word = 0;
#if defined(__AVX2__)
    for (size_t i = 0; count == WORD && i < WORD; i += 8) {
        const __m256i code = _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(x + i), _mm256_set1_ps(inverse_step)));
        const __m256i top = _mm256_slli_epi32(code, 31 - (int)plane);
        word |= (uint64_t)(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(top)) << i;
    }
    if (count == WORD)
        return word;
#endif
    for (size_t i = 0; i < count; i++)
        word |= (uint64_t)((uint32_t)(x[i] * inverse_step + 0.5f) >> plane & 1) << i;
    return word;
}

static size_t channels_of(const struct bits *s, size_t word)
{
    const size_t rest = (size_t)s->conv->inputs - word * WORD;
    return rest < WORD ? rest : WORD;
}

/* One pixel: [plane][word]. */
static void pack_pixel(const struct bits *s, const float *x, uint64_t *words)
{
    for (size_t plane = 0; plane < s->planes; plane++)
        for (size_t i = 0; i < s->words; i++) {
            const float *from = x + i * WORD;
            *words++ = s->signs ? pack_signs(from, channels_of(s, i))
                                : pack_plane(from, channels_of(s, i), s->inverse_step, plane);
        }
}

/* Blocks of outputs; rows that fill up the last block stay what they were: their sums are not stored. */
static void pack_weights(void *context, size_t begin, size_t end, int thread)
{
    const struct bits *s = context;
    const size_t inputs = (size_t)s->conv->inputs, outputs = (size_t)s->conv->outputs, taps = s->window / s->words;
    (void)thread;
    for (size_t output = begin * ROWS; output < end * ROWS && output < outputs; output++)
        for (size_t tap = 0; tap < taps; tap++)
            for (size_t i = 0; i < s->words; i++) {
                const size_t word = output / ROWS * s->window + tap * s->words + i;
                s->packed_weights[word * ROWS + output % ROWS] =
                    pack_signs(s->weights + (output * taps + tap) * inputs + i * WORD, channels_of(s, i));
            }
}

/* ---- Counting ---------------------------------------------------------------------------------------------------- */

#if defined(__AVX512VPOPCNTDQ__)
/* Bits set in x ^ w where `differ`, else in x & w, for each of ROWS rows. */
static inline __attribute__((always_inline)) void count_bits(bool differ, const uint64_t *x, const uint64_t *block,
                                                             size_t words, int32_t count[ROWS])
{
    __m512i total = _mm512_setzero_si512();
    for (size_t i = 0; i < words; i++) {
        const __m512i word = _mm512_set1_epi64((long long)x[i]), rows = _mm512_loadu_si512(block + i * ROWS);
        const __m512i bits = differ ? _mm512_xor_si512(word, rows) : _mm512_and_si512(word, rows);
        total = _mm512_add_epi64(total, _mm512_popcnt_epi64(bits));
    }
    _mm256_storeu_si256((__m256i *)(void *)count, _mm512_cvtepi64_epi32(total));
}
#elif defined(__AVX2__)
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

static inline __m256i combine(bool differ, __m256i x, __m256i w)
{
    return differ ? _mm256_xor_si256(x, w) : _mm256_and_si256(x, w);
}

/* The same. A byte counts up to 8 a word, so it holds 31 words. */
static inline __attribute__((always_inline)) void count_bits(bool differ, const uint64_t *x, const uint64_t *block,
                                                             size_t words, int32_t count[ROWS])
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
            low_bytes = _mm256_add_epi8(low_bytes, bytes_set(combine(differ, word, _mm256_loadu_si256(row))));
            high_bytes = _mm256_add_epi8(high_bytes, bytes_set(combine(differ, word, _mm256_loadu_si256(row + 1))));
        }
        low = _mm256_add_epi64(low, _mm256_sad_epu8(low_bytes, zero));
        high = _mm256_add_epi64(high, _mm256_sad_epu8(high_bytes, zero));
    }
    const __m256 even = _mm256_shuffle_ps(_mm256_castsi256_ps(low), _mm256_castsi256_ps(high), 0x88);
    _mm256_storeu_si256((__m256i *)(void *)count, _mm256_permute4x64_epi64(_mm256_castps_si256(even), 0xd8));
}
#else
/* The same. */
static inline void count_bits(bool differ, const uint64_t *x, const uint64_t *block, size_t words, int32_t count[ROWS])
{
    memset(count, 0, ROWS * sizeof *count);
    for (size_t i = 0; i < words; i++)
        for (size_t row = 0; row < ROWS; row++) {
            const uint64_t w = block[i * ROWS + row];
            count[row] += __builtin_popcountll(differ ? x[i] ^ w : x[i] & w);
        }
}
#endif

/* ---- Positions --------------------------------------------------------------------------------------------------- */

/* Word i of a plane in the padding. */
static uint64_t outside(const struct bits *s, size_t plane, size_t i)
{
    const float value = s->conv->pad_value;
    const bool set = s->signs ? value < 0.0f : (uint32_t)(value * s->inverse_step + 0.5f) >> plane & 1;
    return set ? ~UINT64_C(0) >> (WORD - channels_of(s, i)) : 0;
}

/* One tap of a window; pixel: its words, NULL in the padding. */
static void gather_tap(const struct bits *s, const uint64_t *pixel, uint64_t *window)
{
    for (size_t plane = 0; plane < s->planes; plane++)
        for (size_t i = 0; i < s->words; i++)
            window[plane * s->window + i] = pixel ? pixel[plane * s->words + i] : outside(s, plane, i);
}

/* The window of output position (i, j): [plane][tap][word]. */
static void gather(const struct bits *s, const uint64_t *image, int i, int j, uint64_t *window)
{
    const struct qnn_window *w = &s->conv->window;
    for (int r = 0; r < w->kernel_height; r++)
        for (int t = 0; t < w->kernel_width; t++, window += s->words) {
            const int row = i * w->stride_height - w->pad_top + r * w->dilation;
            const int column = j * w->stride_width - w->pad_left + t * w->dilation;
            const bool inside = row >= 0 && row < w->height && column >= 0 && column < w->width;
            const size_t pixel = inside ? (size_t)row * (size_t)w->width + (size_t)column : 0;
            gather_tap(s, inside ? image + pixel * s->planes * s->words : NULL, window);
        }
}

/* The sum of codes in the window. */
static int32_t sum_codes(const struct bits *s, const uint64_t *window)
{
    int32_t sum = 0;
    for (size_t plane = 0; plane < s->planes; plane++)
        for (size_t i = 0; i < s->window; i++)
            sum += __builtin_popcountll(*window++) << plane;
    return sum;
}

/* What the bits of a block take off twice. */
static inline void count_block(const struct bits *s, const uint64_t *window, const uint64_t *block, int32_t count[ROWS])
{
    int32_t plane_count[ROWS];
    if (s->signs) {
        count_bits(true, window, block, s->window, count);
        return;
    }
    count_bits(false, window, block, s->window, count);
    for (size_t plane = 1; plane < s->planes; plane++) {
        count_bits(false, window + plane * s->window, block, s->window, plane_count);
        for (size_t row = 0; row < ROWS; row++)
            count[row] += plane_count[row] << plane;
    }
}

/* The sums of one position, from `place` on. */
static void sums(const struct bits *s, const uint64_t *window, size_t place)
{
    const size_t outputs = (size_t)s->conv->outputs;
    const int32_t most = s->signs ? s->products : sum_codes(s, window);
    int32_t count[ROWS];
    for (size_t block = 0; block < s->blocks; block++) {
        const size_t first = block * ROWS, rows = outputs - first < ROWS ? outputs - first : ROWS;
        count_block(s, window, s->packed_weights + block * s->window * ROWS, count);
        for (size_t row = 0; s->y && row < rows; row++)
            s->y[place + first + row] = s->step * (float)(most - 2 * count[row]);
        for (size_t row = 0; s->acc && row < rows; row++)
            s->acc[place + first + row] = most - 2 * count[row];
    }
}

static void run_images(void *context, size_t begin, size_t end, int thread)
{
    const struct bits *s = context;
    const struct qnn_window *w = &s->conv->window;
    const size_t inputs = (size_t)s->conv->inputs, outputs = (size_t)s->conv->outputs, pixel = s->planes * s->words;
    uint64_t *window = (uint64_t *)(void *)qnn_thread_scratch(thread);
    for (size_t n = begin; n < end; n++) {
        uint64_t *image = s->packed_x + n * s->pixels * pixel;
        for (size_t i = 0; i < s->pixels; i++)
            pack_pixel(s, s->x + (n * s->pixels + i) * inputs, image + i * pixel);
        size_t place = n * (size_t)w->out_height * (size_t)w->out_width * outputs;
        for (int i = 0; i < w->out_height; i++)
            for (int j = 0; j < w->out_width; j++, place += outputs) {
                gather(s, image, i, j, window);
                sums(s, window, place);
            }
    }
}

static void run(int batch, struct qnn_bits bits, struct bits *s, uint64_t *work)
{
    const struct qnn_conv *c = s->conv;
    const struct qnn_window *w = &c->window;
    QNN_CHECK(batch >= 0 && c->groups == 1 && c->inputs > 0 && c->outputs > 0 && bits.planes >= 0 && bits.step > 0.0f);
    const size_t taps = (size_t)w->kernel_height * (size_t)w->kernel_width;
    s->signs = bits.planes == 0;
    s->planes = s->signs ? 1 : (size_t)bits.planes;
    s->step = bits.step;
    s->inverse_step = 1.0f / bits.step;
    s->pixels = (size_t)w->height * (size_t)w->width;
    s->words = ((size_t)c->inputs + WORD - 1) / WORD;
    s->window = taps * s->words;
    s->blocks = ((size_t)c->outputs + ROWS - 1) / ROWS;
    s->products = (int32_t)(taps * (size_t)c->inputs);
    s->packed_weights = work;
    s->packed_x = work + s->blocks * s->window * ROWS;
    QNN_CHECK(s->planes * s->window <= QNN_BIT_WINDOW);
    qnn_parallel(s->blocks, 1, pack_weights, s);
    qnn_parallel((size_t)batch, 1, run_images, s);
}

void qnn_conv_bits_forward(int batch, const struct qnn_conv *conv, struct qnn_bits bits, const float *x,
                           const float *weights, float *y, uint64_t *work)
{
    run(batch, bits, &(struct bits){.conv = conv, .x = x, .weights = weights, .y = y}, work);
}

void qnn_conv_bits_accumulate(int batch, const struct qnn_conv *conv, struct qnn_bits bits, const float *x,
                              const float *weights, int32_t *acc, uint64_t *work)
{
    run(batch, bits, &(struct bits){.conv = conv, .x = x, .weights = weights, .acc = acc}, work);
}

/* ---- Dense layers ------------------------------------------------------------------------------------------------ */

/* A convolution of one tap over an image of one position. */
static struct qnn_conv conv_of(int inputs, int units)
{
    const struct qnn_window window = {.height = 1,
                                      .width = 1,
                                      .kernel_height = 1,
                                      .kernel_width = 1,
                                      .stride_height = 1,
                                      .stride_width = 1,
                                      .dilation = 1,
                                      .out_height = 1,
                                      .out_width = 1};
    return (struct qnn_conv){.window = window, .inputs = inputs, .outputs = units, .groups = 1};
}

void qnn_dense_bits_forward(int batch, int inputs, int units, struct qnn_bits bits, const float *x,
                            const float *weights, float *y, uint64_t *work)
{
    const struct qnn_conv conv = conv_of(inputs, units);
    qnn_conv_bits_forward(batch, &conv, bits, x, weights, y, work);
}

void qnn_dense_bits_accumulate(int batch, int inputs, int units, struct qnn_bits bits, const float *x,
                               const float *weights, int32_t *acc, uint64_t *work)
{
    const struct qnn_conv conv = conv_of(inputs, units);
    qnn_conv_bits_accumulate(batch, &conv, bits, x, weights, acc, work);
}
