/*
 * Activation quantizers: monotone staircases from a float to a code. The one definition that trainer and compiler
 * share.
 *
 * Contract: y is never NaN (a NaN gives code 0, without undefined behaviour). Rounding mode to nearest, ties to even;
 * denormals on. Every function is inline and free of branches that depend on data, so that loops over it vectorise.
 */
#ifndef QNN_NUMERIC_QUANTIZER_H
#define QNN_NUMERIC_QUANTIZER_H

#include <math.h>
#include <stdint.h>

enum { QNN_UINT_MAX_BITS = 16 }; /* a code then is exact in a float and a clipped y never rounds past the last code */

/* The range of a clip: within it neither step nor inverse step overflows or becomes denormal. */
#define QNN_CLIP_LEAST 0x1p-100f
#define QNN_CLIP_GREATEST 0x1p100f

/* sign as a bit: 1 (the value +1) for y >= 0, -0.0 included, else 0 (the value -1). */
static inline int32_t qnn_sign_code(float y)
{
    return y >= 0.0f;
}

/* The value of a sign code: -1 or +1. */
static inline float qnn_sign_value(float y)
{
    return y >= 0.0f ? 1.0f : -1.0f;
}

/* The largest code of uint(bits), 1 <= bits <= QNN_UINT_MAX_BITS. */
static inline int32_t qnn_uint_last_code(int bits)
{
    return (int32_t)((1u << bits) - 1u);
}

/* The largest code of int(bits), 2 <= bits <= QNN_UINT_MAX_BITS; the lowest is its negative. */
static inline int32_t qnn_int_last_code(int bits)
{
    return (int32_t)((1u << (bits - 1)) - 1u);
}

/* Codes per unit of y: (2^bits - 1) / clip, divided in double and rounded once. QNN_CLIP_LEAST <= clip <=
 * QNN_CLIP_GREATEST, here and below. */
static inline float qnn_uint_inverse_step(float clip, int bits)
{
    return (float)((double)qnn_uint_last_code(bits) / (double)clip);
}

/* The real value of one code step, clip / (2^bits - 1), divided in double and rounded once: the scale of the tensor. */
static inline float qnn_uint_step(float clip, int bits)
{
    return (float)((double)clip / (double)qnn_uint_last_code(bits));
}

/* uint(bits) as an integral float 0 .. 2^bits - 1: clamp to [0, clip] first, then round half to even.
 * inverse_step is qnn_uint_inverse_step(clip, bits). */
static inline float qnn_uint_value(float y, float inverse_step, float clip)
{
    const float positive = y > 0.0f ? y : 0.0f;
    const float clamped = positive < clip ? positive : clip;
    return nearbyintf(clamped * inverse_step);
}

/* Real value of a code step and codes per unit of y of int(bits): as for uint, over [-clip, clip]. */
static inline float qnn_int_inverse_step(float clip, int bits)
{
    return (float)((double)qnn_int_last_code(bits) / (double)clip);
}
static inline float qnn_int_step(float clip, int bits)
{
    return (float)((double)clip / (double)qnn_int_last_code(bits));
}

/* int(bits) as an integral float: clamp to [-clip, clip] first, then round half to even. A NaN gives the lowest code. The
 * sum makes zero of -0. */
static inline float qnn_int_value(float y, float inverse_step, float clip)
{
    const float above = y > -clip ? y : -clip;
    const float clamped = above < clip ? above : clip;
    return nearbyintf(clamped * inverse_step) + 0.0f;
}

/* uint(bits) as an integer code. bits is implied by inverse_step and clip; it stands here for the reader. */
static inline int32_t qnn_uint_code(float y, float inverse_step, float clip, int bits)
{
    (void)bits;
    return (int32_t)qnn_uint_value(y, inverse_step, clip);
}

#endif
