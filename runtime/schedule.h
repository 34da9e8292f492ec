/*
 * Learning-rate schedules: pure functions of (epoch, epochs), evaluated once per epoch.
 *
 * Epochs count from 0. A decaying schedule starts at `a` in epoch 0 and would reach `b` in epoch `epochs`, one after
 * the last: after every epoch the rate is multiplied by the same factor (b / a)^(1 / epochs), as in arXiv 1511.00363.
 */
#ifndef QNN_SCHEDULE_H
#define QNN_SCHEDULE_H

enum qnn_schedule_kind {
    QNN_SCHEDULE_CONSTANT,    /* a */
    QNN_SCHEDULE_EXPONENTIAL, /* a * (b / a)^(epoch / epochs); a, b > 0 */
    QNN_SCHEDULE_STEP,        /* a * b^n, n = the number of entries of `at` that are <= epoch */
    QNN_SCHEDULE_COSINE,      /* b + (a - b) * (1 + cos(pi * epoch / epochs)) / 2 */
    QNN_SCHEDULE_WARMUP,      /* epoch < length: then(0) * (epoch + 1) / (length + 1); later: then, over what remains */
    QNN_SCHEDULE_COUNT
};

struct qnn_schedule {
    enum qnn_schedule_kind kind;
    double a, b;
    const int *at; /* step: epochs, rising; at_count entries */
    int at_count;
    int length;                      /* warmup: epochs, >= 0 */
    const struct qnn_schedule *then; /* warmup: what follows; it counts its epochs from the end of the warmup */
};

/* The rate of `epoch`, 0 <= epoch < epochs. */
double qnn_schedule_rate(const struct qnn_schedule *schedule, int epoch, int epochs);

#endif
