/* Random numbers for tests: a stream of the project's own generator with a position. */
#ifndef QNN_TESTS_SUPPORT_DRAW_H
#define QNN_TESTS_SUPPORT_DRAW_H

#include "runtime/numeric/random.h"

struct draw {
    struct qnn_stream stream;
    uint64_t next;
};

/* index separates the users of one seed. */
static inline struct draw draw_open(uint64_t seed, uint64_t index)
{
    return (struct draw){.stream = {.seed = seed, .purpose = QNN_RANDOM_TEST, .index = index}};
}

/* Uniform over lo .. hi, both included; the slight bias of a remainder does not matter here. */
static inline int draw_int(struct draw *draw, int lo, int hi)
{
    return lo + (int)(qnn_random_u32(&draw->stream, draw->next++) % ((uint32_t)(hi - lo) + 1u));
}

/* Uniform over [lo, hi). */
static inline double draw_real(struct draw *draw, double lo, double hi)
{
    return lo + (hi - lo) * (qnn_random_u32(&draw->stream, draw->next++) / 4294967296.0);
}

#endif
