/*
 * Losses with their gradients, and the count of right answers.
 *
 * y [batch][classes] are the network's outputs; label [batch], 0 <= label < classes. The loss is returned in double,
 * summed in row order; dy [batch][classes] is its gradient, left out where NULL (evaluation). dy may be y.
 */
#ifndef QNN_LOSS_H
#define QNN_LOSS_H

#include <stdint.h>

struct qnn_loss {
    double value; /* mean over the batch, as each loss defines it */
    int correct;  /* rows whose largest output, the lowest index among equals, is the label; mse: 0 */
};

enum qnn_reduction {
    QNN_REDUCTION_MEAN, /* over batch and classes */
    QNN_REDUCTION_SUM,  /* sum over classes, mean over batch */
    QNN_REDUCTION_COUNT
};

/* sum of max(0, 1 - t * y)^2, t = +1 for the label and -1 for the others (one-vs-all; arXiv 1511.00363). */
struct qnn_loss qnn_square_hinge(int batch, int classes, enum qnn_reduction reduction, const float *y,
                                 const int32_t *label, float *dy);

/* -log softmax(y)[label], mean over the batch. */
struct qnn_loss qnn_cross_entropy(int batch, int classes, const float *y, const int32_t *label, float *dy);

/* (y - target)^2, mean over batch and outputs; target [batch][outputs]. */
struct qnn_loss qnn_mse(int batch, int outputs, const float *y, const float *target, float *dy);

/* target [batch][classes] = 1 at the label, 0 elsewhere: what mse compares a classifier with. */
void qnn_one_hot(int batch, int classes, const int32_t *label, float *target);

/* Index of the largest of y[count], the lowest among equals; count >= 1. */
int qnn_argmax(int count, const float *y);

#endif
