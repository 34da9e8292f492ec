/*
 * The kernels of generated inference against plain sums, over sizes around words, groups of nine words and the tree. Built once
 * for each kind of processor (tests/CMakeLists.txt).
 */
#include "runtime/infer/planes.h"
#include "tests/unit/cunit_main.h"

#include <stdbool.h>
#include <string.h>

enum { ROWS = 8, MOST_WORDS = 150, MOST_PLANES = 3, MOST_CODES = 200 };

static uint64_t state = 1;

/* SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014). */
static uint64_t draw(void)
{
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* Every fourth block is all ones: the largest counts. */
static void fill(uint64_t *words, size_t count)
{
    const bool full = draw() % 4 == 0;
    for (size_t i = 0; i < count; i++)
        words[i] = full ? UINT64_MAX : draw();
}

static int32_t bits_of(uint64_t word)
{
    int32_t bits = 0;
    for (; word; word >>= 1)
        bits += (int32_t)(word & 1);
    return bits;
}

static bool equal(lanes got, const int32_t expected[ROWS])
{
    int32_t sum[ROWS];
    store(sum, got);
    return memcmp(sum, expected, sizeof sum) == 0;
}

static uint64_t block[2 * ROWS * MOST_WORDS], x[MOST_PLANES * MOST_WORDS];

/* Expected sums of a product over `words` words of plane `plane`. */
static void plain_counts(enum product product, const uint64_t *weights, size_t words, size_t plane,
                         int32_t expected[ROWS])
{
    for (size_t row = 0; row < ROWS; row++) {
        expected[row] = 0;
        for (size_t word = 0; word < words; word++) {
            const uint64_t w = weights[ROWS * word + row], input = x[plane * words + word];
            const uint64_t second = product == KEPT_AND_X_XOR_W ? weights[ROWS * (words + word) + row] : 0;
            expected[row] += bits_of(product == X_XOR_W   ? input ^ w
                                     : product == X_AND_W ? input & w
                                                          : w & (input ^ second));
        }
    }
}

static void test_counts(void)
{
    for (size_t words = 1; words <= MOST_WORDS; words++) {
        int32_t expected[ROWS];
        fill(block, 2 * ROWS * words);
        fill(x, words);
        plain_counts(X_XOR_W, block, words, 0, expected);
        CU_ASSERT(equal(count_xor(block, x, words), expected));
        plain_counts(X_AND_W, block, words, 0, expected);
        CU_ASSERT(equal(count_and(block, x, words), expected));
        plain_counts(KEPT_AND_X_XOR_W, block, words, 0, expected);
        CU_ASSERT(equal(count_kept_xor(block, x, words), expected));
    }
}

/* Codes of several bits: the plus plane of the weights, less the minus plane, or less all codes. */
static void test_code_sums(void)
{
    for (size_t words = 1; words <= 20; words++)
        for (size_t planes = 1; planes <= MOST_PLANES; planes++) {
            int32_t binary[ROWS] = {0}, ternary[ROWS] = {0}, plus[ROWS], minus[ROWS], total = 0;
            fill(block, 2 * ROWS * words);
            fill(x, planes * words);
            for (size_t plane = 0; plane < planes; plane++) {
                plain_counts(X_AND_W, block, words, plane, plus);
                plain_counts(X_AND_W, block + ROWS * words, words, plane, minus);
                for (size_t word = 0; word < words; word++)
                    total += bits_of(x[plane * words + word]) * (1 << plane);
                for (size_t row = 0; row < ROWS; row++) {
                    ternary[row] += (plus[row] - minus[row]) * (1 << plane);
                    binary[row] += 2 * plus[row] * (1 << plane);
                }
            }
            for (size_t row = 0; row < ROWS; row++)
                binary[row] -= total;
            CU_ASSERT_EQUAL(total_of(x, words, planes), total);
            CU_ASSERT(equal(binary_sums(block, x, words, planes, total), binary));
            CU_ASSERT(equal(ternary_sums(block, x, words, planes), ternary));
        }
}

/* Weights in two's complement, a part for each bit: the last counts negatively. */
static void test_integer_sums(void)
{
    enum { MOST_PARTS = 8, WORDS = 11 };
    static uint64_t parts_block[MOST_PARTS * ROWS * WORDS];
    for (size_t words = 1; words <= WORDS; words++)
        for (size_t parts = 1; parts <= MOST_PARTS; parts++)
            for (size_t planes = 1; planes <= MOST_PLANES; planes++) {
                int32_t expected[ROWS] = {0}, counts[ROWS];
                fill(parts_block, parts * ROWS * words);
                fill(x, planes * words);
                for (size_t part = 0; part < parts; part++)
                    for (size_t plane = 0; plane < planes; plane++) {
                        plain_counts(X_AND_W, parts_block + part * ROWS * words, words, plane, counts);
                        for (size_t row = 0; row < ROWS; row++)
                            expected[row] += (part + 1 == parts ? -1 : 1) * counts[row] * (1 << (part + plane));
                    }
                CU_ASSERT(equal(integer_sums(parts_block, x, words, planes, parts), expected));
            }
}

/* The least and the greatest weights and codes among them: no partial sum may saturate. */
static void test_byte_sums(void)
{
    enum { MOST_QUADS = 40 };
    int8_t weights[4 * ROWS * MOST_QUADS];
    uint8_t codes[4 * MOST_QUADS];
    for (size_t quads = 1; quads <= MOST_QUADS; quads++)
        for (int magnitude = 1; magnitude <= 127; magnitude += 63) {
            int32_t expected[ROWS] = {0};
            for (size_t i = 0; i < 4 * quads; i++)
                codes[i] = (uint8_t)(draw() % 3 ? 255 : draw());
            for (size_t i = 0; i < 4 * ROWS * quads; i++) {
                weights[i] = (int8_t)(draw() % 3 ? (draw() % 2 ? magnitude : -magnitude)
                                                 : (int)(draw() % (unsigned)(magnitude + 1)));
                expected[i / 4 % ROWS] += weights[i] * codes[i / (4 * ROWS) * 4 + i % 4];
            }
            CU_ASSERT(equal(wide_byte_sums(weights, codes, quads), expected));
            if (2 * magnitude * 255 < 1 << 15)
                CU_ASSERT(equal(byte_sums(weights, codes, quads), expected));
        }
}

static void test_at_least(void)
{
    for (int round = 0; round < 1000; round++) {
        int8_t least8[ROWS];
        int16_t least16[ROWS];
        int32_t least32[ROWS], sum[ROWS];
        unsigned reached8 = 0, reached16 = 0, reached32 = 0;
        lanes sums;
        for (size_t row = 0; row < ROWS; row++) {
            sum[row] = (int32_t)(draw() % 300) - 150;
            least8[row] = (int8_t)draw();
            least16[row] = (int16_t)(draw() % 2 ? sum[row] : (int32_t)(draw() % 600) - 300);
            least32[row] = draw() % 2 ? sum[row] + 1 : (int32_t)(uint32_t)draw();
            reached8 |= (unsigned)(sum[row] >= least8[row]) << row;
            reached16 |= (unsigned)(sum[row] >= least16[row]) << row;
            reached32 |= (unsigned)(sum[row] >= least32[row]) << row;
        }
        memcpy(&sums, sum, sizeof sums);
        CU_ASSERT_EQUAL(at_least_8(sums, least8), reached8);
        CU_ASSERT_EQUAL(at_least_16(sums, least16), reached16);
        CU_ASSERT_EQUAL(at_least_32(sums, least32), reached32);
    }
}

static void test_planes(void)
{
    for (size_t count = 1; count <= MOST_CODES; count++) {
        enum { WORDS = (MOST_CODES + 63) / 64, WIDE = 20 };
        uint8_t code[MOST_CODES], back[MOST_CODES];
        int32_t wide[MOST_CODES], wide_back[MOST_CODES];
        uint64_t planes[WIDE * WORDS];
        for (size_t i = 0; i < count; i++) {
            code[i] = (uint8_t)(draw() % 32);
            wide[i] = (int32_t)(draw() % (1u << WIDE));
        }
        memset(planes, 0xff, sizeof planes);
        pack(code, count, 5, WORDS, planes);
        for (size_t i = count; i < (count + 63) / 64 * 64; i++)
            CU_ASSERT_EQUAL(planes[4 * WORDS + i / 64] >> i % 64 & 1, 0);
        unpack(planes, WORDS, 5, count, back);
        CU_ASSERT(memcmp(code, back, count) == 0);
        pack_wide(wide, count, WIDE, WORDS, planes);
        unpack_wide(planes, WORDS, WIDE, count, wide_back);
        CU_ASSERT(memcmp(wide, wide_back, count * sizeof *wide) == 0);
    }
}

static void test_append(void)
{
    for (int round = 0; round < 2000; round++) {
        uint64_t from[4], to[8] = {0};
        const size_t at = draw() % 200, first = draw() % 120, count = 1 + draw() % 130;
        fill(from, 4);
        append(to, at, from, first, count);
        for (size_t i = 0; i < 512; i++) {
            const bool inside = i >= at && i < at + count;
            const uint64_t bit = inside ? from[(first + i - at) / 64] >> (first + i - at) % 64 & 1 : 0;
            CU_ASSERT_EQUAL(to[i / 64] >> i % 64 & 1, bit);
        }
    }
}

/* Windows at every position, with strides, dilation and taps outside, against elements one by one. */
static void test_gather(void)
{
    enum { HEIGHT = 5, WIDTH = 6, CHANNELS = 3, ROOM = 48, LIFT = 8, OUTSIDE = 77 };
    uint8_t input[HEIGHT * WIDTH * CHANNELS], window[ROOM];
    for (size_t i = 0; i < sizeof input; i++)
        input[i] = (uint8_t)draw();
    for (int round = 0; round < 500; round++) {
        const struct taps taps = {HEIGHT,         WIDTH,          CHANNELS,       1 + draw() % 4, 1 + draw() % 3,
                                  1 + draw() % 3, 1 + draw() % 2, 1 + draw() % 3, draw() % 4,     draw() % 3};
        const size_t down = draw() % 4, right = draw() % 5;
        size_t at = 0;
        gather_bytes(input, &taps, down, right, LIFT, OUTSIDE, window, ROOM);
        for (size_t r = 0; r < taps.kernel_height; r++)
            for (size_t s = 0; s < taps.kernel_width; s++)
                for (size_t c = 0; c < CHANNELS; c++, at++) {
                    const int row = (int)(down * taps.stride_height + r * taps.dilation) - (int)taps.pad_top;
                    const int column = (int)(right * taps.stride_width + s * taps.dilation) - (int)taps.pad_left;
                    const bool inside = row >= 0 && row < HEIGHT && column >= 0 && column < WIDTH;
                    const int code = inside ? input[(row * WIDTH + column) * CHANNELS + (int)c] + LIFT : OUTSIDE;
                    CU_ASSERT_EQUAL(window[at], (uint8_t)code);
                }
        for (; at < ROOM; at++)
            CU_ASSERT_EQUAL(window[at], 0);
    }
}

static void test_place(void)
{
    uint64_t output[2] = {UINT64_MAX, UINT64_MAX};
    for (size_t r = 0; r < 10; r++)
        place(output, r, (unsigned)r + 1);
    CU_ASSERT_EQUAL(output[0], 0x0807060504030201);
    CU_ASSERT_EQUAL(output[1], 0x0a09);
}

static const struct unit_case cases[] = {
    {"counted bits", test_counts},      {"sums of codes", test_code_sums}, {"sums of integers", test_integer_sums},
    {"sums of bytes", test_byte_sums},  {"thresholds", test_at_least},     {"bit planes", test_planes},
    {"bits side by side", test_append}, {"codes of a block", test_place},  {"windows of bytes", test_gather},
};

UNIT_MAIN("kernels of the integer C", cases)
