/* What a forward pass is for. */
#ifndef QNN_OPS_MODE_H
#define QNN_OPS_MODE_H

enum qnn_mode {
    QNN_TRAIN,    /* batch statistics, running averages move, dropout drops */
    QNN_ESTIMATE, /* batch statistics, averaged over a number of batches; running averages rest, no dropout */
    QNN_EVALUATE, /* stored statistics, no dropout */
    QNN_MODE_COUNT
};

/* The backward rule of an activation quantizer: which elements of z let the gradient pass (straight-through
 * estimator; the gradient is passed unchanged or not at all). */
enum qnn_ste {
    QNN_STE_CLIPPED,  /* sign: |z| <= 1 (arXiv 1602.02830); uint(k): 0 < z < clip */
    QNN_STE_RELU,     /* z > 0 */
    QNN_STE_IDENTITY, /* all */
    QNN_STE_COUNT
};

#endif
