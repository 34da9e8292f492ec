/*
 * What a training run writes beside its weights: NAME.log.jsonl, an object per epoch, and NAME.histogram.csv, the
 * distributions of everything that learns after each epoch.
 *
 * Keys of a log line: epoch (from 1), lr, loss (mean over the epoch's steps), train (share of right answers, regression:
 * null), validation {float, quantized} (the same; null where there is none), validation_loss, seconds, best (whether this
 * epoch's network is the best so far), layers: [{layer, parameter, saturated, flips}], shares of the weights that sit at
 * the bound and of those that changed sign in the epoch.
 */
#ifndef QNN_TRAINER_LOG_H
#define QNN_TRAINER_LOG_H

#include "runtime/trainer/evaluate.h"

struct qnn_epoch {
    int epoch; /* from 0 */
    double lr, loss, seconds;
    struct qnn_score train, validation[QNN_VIEW_COUNT];
    bool best;
};

/* Takes both files for this run and cuts them to their first bytes (0: new files). */
enum qnn_status qnn_log_begin(struct qnn_run *run, int64_t log_bytes, int64_t histogram_bytes);
/* Appends a line; *bytes is the log's length after it. */
enum qnn_status qnn_log_epoch(struct qnn_run *run, const struct qnn_epoch *epoch, int64_t *bytes);

/* Appends an epoch's histograms; *bytes is the file's length before and after. Columns: epoch, layer, parameter, low, high,
 * count; bins are equal, over the bound where there is one, else over the largest magnitude; empty ones are left out. */
enum qnn_status qnn_histogram_epoch(struct qnn_run *run, int epoch, int64_t *bytes);

#endif
