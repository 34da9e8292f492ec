/*
 * Bit fields of Verilator's values, whatever their width: an integer up to 64 bits, an array of 32-bit words beyond.
 */
#pragma once

#include <cstdint>

#include "verilated.h"

template <typename Word> inline unsigned bench_bit(const Word &word, unsigned position)
{
    return unsigned(uint64_t(word) >> position & 1);
}

template <std::size_t Words> inline unsigned bench_bit(const VlWide<Words> &wide, unsigned position)
{
    return wide[position / 32] >> position % 32 & 1;
}

/* The width bits from position on, as a signed or unsigned number. */
template <typename Value> inline long long bench_bits(const Value &value, unsigned position, unsigned width, bool is_signed)
{
    uint64_t bits = 0;
    for (unsigned i = 0; i < width; i++)
        bits |= uint64_t(bench_bit(value, position + i)) << i;
    if (is_signed && width < 64 && bits >> (width - 1) & 1)
        bits |= ~uint64_t(0) << width;
    return (long long)bits;
}

template <typename Word> inline void bench_put_bit(Word &word, unsigned position, unsigned bit)
{
    word = Word((uint64_t(word) & ~(uint64_t(1) << position)) | uint64_t(bit) << position);
}

template <std::size_t Words> inline void bench_put_bit(VlWide<Words> &wide, unsigned position, unsigned bit)
{
    wide[position / 32] = (wide[position / 32] & ~(1u << position % 32)) | bit << position % 32;
}

template <typename Value> inline void bench_put(Value &value, unsigned position, unsigned width, unsigned number)
{
    for (unsigned i = 0; i < width; i++)
        bench_put_bit(value, position + i, number >> i & 1);
}
