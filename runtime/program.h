/*
 * What a generated trainer hands to the runtime: one network's sizes, plans, tensors and functions.
 *
 * The generated file holds the network as straight-line code over one static block; the runtime holds what is the same
 * for every network: command line, data, the training loop, checkpoints and logs (runtime/trainer). They meet here and
 * nowhere else. `net` is the network's block; every function of a program gets it first. Shapes: a batch is
 * [batch][features], outputs are [batch][outputs], C-contiguous.
 */
#ifndef QNN_PROGRAM_H
#define QNN_PROGRAM_H

#include "runtime/data/source.h"
#include "runtime/loss.h"
#include "runtime/numeric/affine.h"
#include "runtime/numeric/fixed_point.h"
#include "runtime/quantizers/activations.h"
#include "runtime/numeric/safetensors.h"
#include "runtime/numeric/unit.h"
#include "runtime/ops/activation.h"
#include "runtime/ops/augment.h"
#include "runtime/ops/batchnorm.h"
#include "runtime/ops/bits.h"
#include "runtime/ops/calibrate.h"
#include "runtime/ops/conv.h"
#include "runtime/ops/dense.h"
#include "runtime/ops/dropout.h"
#include "runtime/ops/input.h"
#include "runtime/ops/join.h"
#include "runtime/ops/mode.h"
#include "runtime/ops/pool.h"
#include "runtime/ops/weights.h"
#include "runtime/optimizer.h"
#include "runtime/schedule.h"
#include "runtime/trainer/deploy.h"
#include "runtime/trainer/initial.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One batch: rows of samples that are gathered by index, and what they should give. */
struct qnn_batch {
    const void *samples;   /* elements as in the data set: the whole split, or the augmented batch alone */
    const uint32_t *index; /* [batch] row numbers */
    const int32_t *label;  /* [batch]; NULL for regression */
    const float *target;   /* [batch][outputs]; NULL for classification */
};

/* Training batches that freezing looks at: batch i is the rows order[i * batch] and on. */
struct qnn_batches {
    const void *samples;
    const uint32_t *order; /* [count * batch] */
    int count;             /* at least 1 */
};

/* The files that a tensor is kept in. */
enum qnn_place {
    QNN_IN_CHECKPOINT = 1, /* what training needs to go on */
    QNN_IN_FROZEN = 2,     /* NAME.safetensors: what eval, the compiler and the world need */
    QNN_IN_BOTH = 3
};

/* A tensor of the network's block. Values that are read are checked: finite and, where low < high, within [low, high]. */
struct qnn_stored {
    const char *name; /* "h1.dense.weight" */
    size_t offset;    /* in the block */
    enum qnn_dtype dtype;
    size_t rank;
    size_t shape[QNN_TENSOR_MAX_RANK];
    enum qnn_place place;
    double low, high;
};

/* A tensor that learns: where its struct qnn_parameter lies in the block. */
struct qnn_learner {
    const char *layer; /* "h1.dense" */
    const char *name;  /* "weight", "bias", "gamma", "beta" */
    size_t offset;
};

struct qnn_program {
    const char *name;   /* of the network and of every file */
    const char *source; /* "mnist_bin.qnn" */
    const char *hash;   /* of topology and quantization: which weights fit */

    size_t height, width, channels; /* of a sample */
    enum qnn_element element;
    int batch;
    int classes; /* 0 for regression */
    int outputs; /* classes or regression outputs */

    struct qnn_data_source data;
    size_t validation; /* the last n training samples; 0: the test set decides nothing, the last epoch is kept */
    struct qnn_augment augment; /* of training samples; nothing where its count is 0 */
    int epochs, patience, estimate_batches;
    uint64_t seed;
    const struct qnn_schedule *lr;

    const struct qnn_stored *tensors;
    size_t tensor_count;
    const struct qnn_learner *learners;
    size_t learner_count;
    void *net;
    size_t footprint;        /* bytes of the block */
    size_t optimizer_offset; /* its struct qnn_optimizer */

    /* Wires the block's descriptors; once, before anything else. */
    void (*setup)(void *net, uint64_t seed);
    /* Initial weights and statistics. */
    void (*initialise)(void *net, uint64_t seed);
    /* Makes what training's forward pass multiplies by from the latent weights: before each epoch. */
    void (*prepare)(void *net);
    /* One training step at the rate lr; the loss before it. */
    struct qnn_loss (*learn)(void *net, const struct qnn_batch *batch, double lr);
    /* Training's own view of the network in evaluation: [batch][outputs]. */
    const float *(*evaluate)(void *net, const struct qnn_batch *batch);
    /* Loss of those outputs over the first `rows`. */
    struct qnn_loss (*loss)(void *net, int rows, const struct qnn_batch *batch);
    /* The same under the signs of stochastic weights, for a network that cannot be deployed; else NULL. */
    const float *(*evaluate_codes)(void *net, const struct qnn_batch *batch);
    /* Makes everything evaluation needs, in the order of docs/numerics.md ("Freezing"). False with a message where a value
     * is not finite. Training is not disturbed: its next step is the same with or without it. */
    bool (*freeze)(void *net, const struct qnn_batches *batches, char *error);
    /* The same from the tensors of a frozen file. */
    void (*restore)(void *net);
    /* The deployed network on integers: [batch][outputs] last-layer integers M * acc + B; NULL where it cannot be
     * deployed. Real outputs are these times 2^-*shift. */
    const int64_t *(*deployed)(void *net, const struct qnn_batch *batch, int *shift);
};

/* The whole program: reads the command line, does what it says, returns the exit status. */
int qnn_main(const struct qnn_program *program, int argc, char **argv);

#endif
