/*
 * Checkpoints: everything that training needs to go on as if it had never stopped.
 */
#ifndef QNN_TRAINER_CHECKPOINT_H
#define QNN_TRAINER_CHECKPOINT_H

#include "runtime/trainer/run.h"

/* How far training has come, beside the network's tensors. Kept in the metadata of the file. */
struct qnn_state {
    int64_t seed, epochs, samples; /* of the run: a checkpoint goes on with these */
    int64_t epoch;                 /* in work, from 0 */
    int64_t step;                  /* batches of it that are done */
    int64_t update;                /* updates since the start: the optimizer's count */
    int64_t right, seen;           /* of the epoch so far */
    double loss;                   /* sum over the epoch's steps so far */
    double best;                   /* merit of the best network (qnn_merit); -infinity before the first */
    int64_t best_epoch;            /* from 0; -1 before the first */
    int64_t log_bytes;             /* length of the log that belongs to this state */
    int64_t histogram_bytes;       /* the same of the histograms */
};

/* Writes the checkpoint of this run: the block's tensors, the state, the flips of each learner. */
enum qnn_status qnn_checkpoint_write(struct qnn_run *run, const struct qnn_state *state);

/* Reads it: seed and epochs of the run are taken over (--epochs wins; another --seed is an error), the block is set up
 * and filled. */
enum qnn_status qnn_checkpoint_read(struct qnn_run *run, struct qnn_state *state);

/* Whether the training set is the one the checkpoint was trained on, by its size. */
enum qnn_status qnn_checkpoint_check_samples(struct qnn_run *run, const struct qnn_state *state);

#endif
