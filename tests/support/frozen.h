/*
 * Random frozen tensors for a plan: what a trainer would have written, in memory, to be read by int_lower or to be written
 * to a file. Codes are random over the weight kind. Constants are drawn so that most thresholds fall inside the range;
 * some channels have a negative, a zero, a tiny or a huge factor, as bad as a batch norm can make them. One half of the
 * requantized units has none of these: a huge factor takes the precision of all others.
 */
#ifndef QNN_TESTS_SUPPORT_FROZEN_H
#define QNN_TESTS_SUPPORT_FROZEN_H

#include "integer/integer.h"

enum { FROZEN_METADATA = 4 };

struct frozen {
    struct qnn_safetensors file; /* borrows the arena: never closed */
    struct qnn_metadata metadata[FROZEN_METADATA];
    size_t capacity;
};

/* Aborts where a plan is impossible. The same seed gives the same bytes. */
struct frozen *frozen_random(const struct int_plan *plan, uint64_t seed, struct arena *arena);
/* The tensor "NODE.SUFFIX", to be changed by a test; aborts where there is none. */
struct qnn_tensor *frozen_tensor(struct frozen *frozen, const char *name);

#endif
