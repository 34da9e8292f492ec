/* Widths: how many bits hold what. */
#ifndef QNN_HARDWARE_BITS_H
#define QNN_HARDWARE_BITS_H

#include <stdint.h>

/* Bits that hold 0 .. value, at least 1. */
static inline int bits_unsigned(int64_t value)
{
    int bits = 1;
    while (value >> bits)
        bits++;
    return bits;
}

/* Two's complement bits that hold lo .. hi, at least 1. */
static inline int bits_signed(int64_t lo, int64_t hi)
{
    int bits = 1;
    while (lo < -((int64_t)1 << (bits - 1)) || hi > ((int64_t)1 << (bits - 1)) - 1)
        bits++;
    return bits;
}

/* Quotient rounded up; both positive. */
static inline int ceil_div(int64_t value, int64_t by)
{
    return (int)((value + by - 1) / by);
}

/* Of two positive numbers. */
static inline int greatest_common_divisor(int a, int b)
{
    while (b) {
        const int rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

#endif
