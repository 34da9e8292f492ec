/*
 * What moves codes in generated inference, between bit planes and arrays and into windows. Cut at its section marks like
 * kernels.h, after which its sections come.
 */
#ifndef QNN_INFER_PLANES_H
#define QNN_INFER_PLANES_H

#include "runtime/infer/kernels.h"

/* section: place */
/* Stores the one-bit codes of a block of eight rows; block 0 of a word clears the rest. */
static inline void place(uint64_t *output, size_t block, unsigned codes)
{
    if (block % 8 == 0)
        output[block / 8] = 0;
    output[block / 8] |= (uint64_t)codes << 8 * (block % 8);
}

/* section: pack */
/* Codes of a position to bit planes: plane p of code[i] is bit i % 64 of out[p * stride + i / 64]; bits beyond count are 0. */
static inline void pack(const uint8_t *code, size_t count, size_t planes, size_t stride, uint64_t *out)
{
    const size_t words = (count + 63) / 64;
    for (size_t word = 0; word < words; word++) {
        uint8_t last[64] = {0};
        const uint8_t *from = code + 64 * word;
        if (count - 64 * word < 64) {
            for (size_t i = 0; i < count - 64 * word; i++)
                last[i] = from[i];
            from = last;
        }
        for (size_t plane = 0; plane < planes; plane++)
            out[plane * stride + word] = bit_plane(from, (unsigned)plane);
    }
}

/* section: pack_wide */
/* The same of codes that a byte does not hold. */
static inline void pack_wide(const int32_t *code, size_t count, size_t planes, size_t stride, uint64_t *out)
{
    for (size_t plane = 0; plane < planes; plane++)
        for (size_t first = 0; first < count; first += 64) {
            uint64_t bits = 0;
            for (size_t i = first; i < count && i < first + 64; i++)
                bits |= (uint64_t)((uint32_t)code[i] >> plane & 1) << (i - first);
            out[plane * stride + first / 64] = bits;
        }
}

/* section: unpack */
/* What is stored at a position of bit planes, the reverse of pack. */
static inline void unpack(const uint64_t *x, size_t stride, size_t planes, size_t count, uint8_t *code)
{
    for (size_t i = 0; i < count; i++)
        code[i] = 0;
    for (size_t plane = 0; plane < planes; plane++)
        for (size_t i = 0; i < count; i++)
            code[i] |= (uint8_t)((x[plane * stride + i / 64] >> i % 64 & 1) << plane);
}

/* section: unpack_wide */
/* The same of codes that a byte does not hold. */
static inline void unpack_wide(const uint64_t *x, size_t stride, size_t planes, size_t count, int32_t *code)
{
    for (size_t i = 0; i < count; i++)
        code[i] = 0;
    for (size_t plane = 0; plane < planes; plane++)
        for (size_t i = 0; i < count; i++)
            code[i] |= (int32_t)((x[plane * stride + i / 64] >> i % 64 & 1) << plane);
}

/* section: append */
/* Bits first .. first + count - 1 of `from` to bit `at` of `to` and on, which are 0 before. */
static inline void append(uint64_t *to, size_t at, const uint64_t *from, size_t first, size_t count)
{
    for (size_t done = 0, take = 0; done < count; done += take) {
        const size_t source = (first + done) % 64, target = (at + done) % 64;
        take = 64 - (source > target ? source : target);
        take = take < count - done ? take : count - done;
        const uint64_t bits = from[(first + done) / 64] >> source & UINT64_MAX >> (64 - take);
        to[(at + done) / 64] |= bits << target;
    }
}

/* section: gather_bytes */
/* How a convolution reads its input. */
struct taps {
    size_t height, width, channels; /* of the input */
    size_t kernel_height, kernel_width, stride_height, stride_width, dilation, pad_top, pad_left;
};

/* The codes of the window at output position y, x, tap by tap, each plus `lift`; taps outside the input are `outside`. Zeros
 * fill up to `room`. */
INLINE void gather_bytes(const uint8_t *input, const struct taps *taps, size_t y, size_t x, uint8_t lift,
                         uint8_t outside, uint8_t *window, size_t room)
{
    uint8_t *to = window;
    for (size_t r = 0; r < taps->kernel_height; r++)
        for (size_t s = 0; s < taps->kernel_width; s++) {
            /* Above 0 they wrap round. */
            const size_t row = y * taps->stride_height + r * taps->dilation - taps->pad_top;
            const size_t column = x * taps->stride_width + s * taps->dilation - taps->pad_left;
            if (row < taps->height && column < taps->width) {
                const uint8_t *from = input + (row * taps->width + column) * taps->channels;
                for (size_t i = 0; i < taps->channels; i++)
                    *to++ = (uint8_t)(from[i] + lift);
            } else {
                for (size_t i = 0; i < taps->channels; i++)
                    *to++ = outside;
            }
        }
    while (to < window + room)
        *to++ = 0;
}

/* section: none */
#endif
