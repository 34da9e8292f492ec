/*
 * The bar of the epoch in work, on standard error where that is a terminal; silent otherwise.
 */
#ifndef QNN_TRAINER_PROGRESS_H
#define QNN_TRAINER_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

struct qnn_progress {
    bool shown;
    int epoch, epochs;   /* epoch counts from 1 here */
    size_t steps, batch; /* of an epoch; samples of a step */
    size_t first_step;   /* where this run took the epoch up */
    double started, drawn;
};

void qnn_progress_begin(struct qnn_progress *progress, int epoch, int epochs, size_t first_step, size_t steps,
                        size_t batch);
/* After `done` steps of the epoch: redraws at most ten times a second. */
void qnn_progress_step(struct qnn_progress *progress, size_t done, double loss);
/* Removes the bar. */
void qnn_progress_end(struct qnn_progress *progress);

#endif
