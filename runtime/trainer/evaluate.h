/*
 * Evaluation over a data set, from training's own view or as deployed.
 */
#ifndef QNN_TRAINER_EVALUATE_H
#define QNN_TRAINER_EVALUATE_H

#include "runtime/trainer/run.h"

#include <stdio.h>

enum qnn_view {
    QNN_VIEW_FLOAT,     /* training's own view of the network */
    QNN_VIEW_QUANTIZED, /* as deployed, on integers; a stochastic network that cannot be deployed: the signs */
    QNN_VIEW_COUNT
};

struct qnn_score {
    size_t count; /* samples; 0: nothing was evaluated */
    size_t right; /* classification */
    double loss;  /* mean over the samples; of the float view, and of regression in both */
};

/* Whether the network has that view. */
bool qnn_has_view(const struct qnn_program *program, enum qnn_view view);
/* The view that decides which network is the best. */
enum qnn_view qnn_deciding_view(const struct qnn_program *program);

/* Over all samples, in file order. predictions, where not NULL, gets a line per sample: its class, or the integer outputs of
 * a regression. The network must be frozen or restored. */
struct qnn_score qnn_evaluate(struct qnn_run *run, const struct qnn_dataset *data, enum qnn_view view,
                              FILE *predictions);

/* One batch: classes[batch] (may be NULL), and the outputs as real values. */
const float *qnn_evaluate_batch(struct qnn_run *run, const struct qnn_batch *batch, enum qnn_view view,
                                const int64_t **integers);
int qnn_class_of(const struct qnn_program *program, const float *outputs, const int64_t *integers, int row);

/* Share of right answers in percent; regression: minus the loss. Larger is better; -infinity where nothing was evaluated. */
double qnn_merit(const struct qnn_program *program, const struct qnn_score *score);
/* "98.61 %" or "loss 0.0123", into text of 32 bytes. */
const char *qnn_score_text(const struct qnn_program *program, const struct qnn_score *score, char text[32]);

#endif
