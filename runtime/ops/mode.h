/* What a forward pass is for. */
#ifndef QNN_OPS_MODE_H
#define QNN_OPS_MODE_H

enum qnn_mode {
    QNN_TRAIN,    /* batch statistics, running averages move, dropout drops */
    QNN_ESTIMATE, /* batch statistics, averaged over a number of batches; running averages rest, no dropout */
    QNN_EVALUATE, /* stored statistics, no dropout */
    QNN_MODE_COUNT
};

#endif
