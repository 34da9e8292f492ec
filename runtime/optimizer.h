/*
 * Optimizers: one pass over each tensor that updates the latent weights, keeps them in bounds, counts sign flips and
 * makes the effective weights of the next forward pass.
 *
 * g is the gradient, w the latent weight, lr the rate of this step, m^ and v^ the bias-corrected moments; momentum as
 * PyTorch's (the rate is outside the average):
 *   sgd    g' = g + decay * w;  m = momentum * m + g';  d = -lr * (nesterov ? g' + momentum * m : m)
 *   adam   g' = g + decay * w;  m, v = averages of g', g'^2;  d = -lr * m^ / (sqrt(v^) + eps)  (arXiv 1412.6980)
 *   adamw  as adam with g' = g;  d also takes -lr * decay * w  (arXiv 1711.05101)
 *   w += lr_scale * d;  w = min(max(w, -bound), bound) where bound > 0  (arXiv 1511.00363 scales the update so)
 * Moments below the smallest normal float become 0. Elements are independent: the results are the same for any number
 * of threads.
 */
#ifndef QNN_OPTIMIZER_H
#define QNN_OPTIMIZER_H

#include "runtime/ops/weights.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum qnn_optimizer_kind { QNN_OPTIMIZER_SGD, QNN_OPTIMIZER_ADAM, QNN_OPTIMIZER_ADAMW, QNN_OPTIMIZER_COUNT };

struct qnn_optimizer {
    enum qnn_optimizer_kind kind;
    double momentum;     /* sgd; 0 = none */
    bool nesterov;       /* sgd with momentum > 0 */
    double weight_decay; /* 0 = none; applied to parameters with `decay` */
    double beta1, beta2; /* adam: in [0, 1) */
    double eps;          /* adam: > 0 */
    uint64_t seed;       /* of the run: draws of stochastic weights */
    uint64_t step;       /* updates begun so far: part of a checkpoint, with m and v of every parameter */
    double lr;           /* of the current step, set by qnn_optimizer_begin */
};

/* A tensor that is trained. The caller owns the arrays, each of `units * inputs` floats. Vectors (bias, gamma, beta)
 * have units = 1. */
struct qnn_parameter {
    int units, inputs;
    float *latent;    /* the weights that learn */
    float *gradient;  /* with respect to `effective`, or to `latent` where there is none */
    float *m;         /* adam: first moment; sgd: momentum, may be NULL where momentum is 0; start at 0 */
    float *v;         /* adam: second moment; sgd: NULL; start at 0 */
    float *effective; /* what forward multiplies by; NULL: latent itself (no quantizer.form) */
    struct qnn_weight_quantizer quantizer;
    float lr_scale; /* factor on the update (weight_lr); 1 for vectors */
    float bound;    /* latent weights are kept in [-bound, bound]; 0 = free */
    bool decay;     /* weight decay applies; usually true for weights, false for vectors */
    uint32_t layer; /* number of the layer, for its random stream */
    uint64_t flips; /* changes of sign (0 counts as +) since the caller last set it to 0 */
};

/* Number of moment arrays (m, v) that each parameter needs under this optimizer: 0, 1 or 2. */
int qnn_optimizer_moments(const struct qnn_optimizer *optimizer);

/* Makes `effective` from `latent`: once before the first step and after loading a checkpoint. The draws are those of
 * the optimizer's current step, so that a resumed run continues with the same weights. */
void qnn_parameter_prepare(const struct qnn_optimizer *optimizer, struct qnn_parameter *parameter);

/* Begins update number step + 1 at the rate lr; then every parameter is updated once. */
void qnn_optimizer_begin(struct qnn_optimizer *optimizer, double lr);

/* Updates latent, m, v, flips and effective from gradient. */
void qnn_optimizer_update(const struct qnn_optimizer *optimizer, struct qnn_parameter *parameter);

#endif
