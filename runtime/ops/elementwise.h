/*
 * The activation formulas and their gates, shared by the kernels that stand alone and those fused with batch norm.
 * Private to runtime/ops. Everything is inline and without branches that depend on data, so that loops vectorise.
 */
#ifndef QNN_OPS_ELEMENTWISE_H
#define QNN_OPS_ELEMENTWISE_H

#include "runtime/numeric/quantizer.h"
#include "runtime/numeric/unit.h"
#include "runtime/ops/mode.h"

#include <math.h>

/* Elements per thread that are worth waking one; a multiple of the cache line and of the random streams' groups. */
enum { ELEMENT_GRAIN = 16384 };

/* Before a loop over arrays that may be the same one: an element is read before it is written, and no other is
 * touched. */
#if defined(__clang__)
#define QNN_SAME_ELEMENT
#else
#define QNN_SAME_ELEMENT _Pragma("GCC ivdep")
#endif

enum function { FUNCTION_NONE, FUNCTION_RELU, FUNCTION_SIGN, FUNCTION_HARDTANH, FUNCTION_UINT };

/* The constants of uint(k); the other functions have none. */
struct staircase {
    float clip, inverse_step, step;
};

static inline struct staircase staircase_of(const struct qnn_quantizer *quantizer)
{
    return (struct staircase){.clip = quantizer->clip,
                              .inverse_step = quantizer->inverse_step,
                              .step = qnn_uint_step(quantizer->clip, quantizer->bits)};
}

/* y of z. `function` is a constant where this is inlined. */
static inline __attribute__((always_inline)) float activate(enum function function, struct staircase s, float z)
{
    switch (function) {
    case FUNCTION_RELU:
        return z > 0.0f ? z : 0.0f;
    case FUNCTION_SIGN:
        return qnn_sign_value(z);
    case FUNCTION_HARDTANH:
        return z < -1.0f ? -1.0f : z > 1.0f ? 1.0f : z;
    case FUNCTION_UINT:
        return qnn_uint_value(z, s.inverse_step, s.clip) * s.step;
    case FUNCTION_NONE:
        break;
    }
    return z;
}

/* Every backward rule is an open interval of z in which the gradient passes unchanged; outside it is 0. */
struct gate {
    float low, high;
};

#define AFTER_ONE 0x1.000002p0f /* the float after 1: |z| <= 1 as an open interval */

static const struct gate gate_open = {-INFINITY, INFINITY};
static const struct gate gate_positive = {0.0f, INFINITY};
static const struct gate gate_unit = {-AFTER_ONE, AFTER_ONE};

/* The gate of a quantizer whose clipped rule is `clipped`. */
static inline struct gate gate_of(enum qnn_ste ste, struct gate clipped)
{
    return ste == QNN_STE_CLIPPED ? clipped : ste == QNN_STE_RELU ? gate_positive : gate_open;
}

static inline struct gate gate_uint(enum qnn_ste ste, const struct qnn_quantizer *quantizer)
{
    return gate_of(ste, (struct gate){0.0f, quantizer->clip});
}

static inline float gated(struct gate gate, float z, float dy)
{
    return ((z > gate.low) & (z < gate.high)) ? dy : 0.0f;
}

#endif
