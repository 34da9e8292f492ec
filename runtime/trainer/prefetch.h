/*
 * Augmented batches, made by a separate thread while the step before is computed.
 *
 * There are two buffers of a batch: one is in the hands of the step, the other is being filled. Everything is allocated,
 * and the thread started, by open; between open and close nothing is allocated. What a batch holds depends on seed, epoch,
 * step and order only (runtime/ops/augment.h), not on when or where it is made.
 *
 * All functions are called by one thread, that of the training loop.
 */
#ifndef QNN_TRAINER_PREFETCH_H
#define QNN_TRAINER_PREFETCH_H

#include "runtime/data/dataset.h"
#include "runtime/ops/augment.h"

struct qnn_prefetch;

/* augment, with at least one step, and data are borrowed until close. Images are height x width pixels, whatever shape of as
 * many elements the data have. NULL where memory or threads are out. */
struct qnn_prefetch *qnn_prefetch_open(const struct qnn_augment *augment, const struct qnn_dataset *data, size_t height,
                                       size_t width, size_t batch, uint64_t seed);

/* Begins an epoch at step `first` of `steps`: step s has the samples order[s * batch] and on. The order is borrowed until
 * the last of them is taken or the prefetch closed; those of the epoch before were all taken. */
void qnn_prefetch_begin(struct qnn_prefetch *prefetch, const uint32_t *order, uint64_t epoch, size_t first,
                        size_t steps);

/* The next step's samples, [batch] of the data's shape and element; *index numbers them, 0 .. batch - 1. They are valid
 * until the next call. No more calls than there are steps. */
const void *qnn_prefetch_take(struct qnn_prefetch *prefetch, const uint32_t **index);

/* Ends the thread, also in the middle of an epoch. NULL has no effect. */
void qnn_prefetch_close(struct qnn_prefetch *prefetch);

#endif
