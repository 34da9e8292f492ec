/*
 * Weight quantizers: what each of them is, from latent weights to integer values and a scale. Real weight = scale * value.
 *
 * A weight quantizer is one file of this folder and one row of compiler/model/quantizers.def that names its form. Training
 * (runtime/ops/weights.h, in parallel, at every step) and freezing (qnn_weights_freeze, in one thread) are both made from
 * the form, so that what is frozen is what was trained, bit for bit. Compiler and trainer ask the form and never its name.
 *
 * Weights are finite, [units][inputs], inputs fastest (a unit is an output channel). A group, the layer or one unit, shares
 * a fit: its scale and what else the form finds by looking at its weights. A fit takes as many passes as the form says. A
 * pass observes each row (the weights of a unit), adds up what it saw row after row, and refines the fit. So a fit depends
 * on nothing but the weights: neither on the number of threads nor on who asks.
 *
 * A form is constant and free of state. Unless said otherwise a function that is NULL is not needed by the form.
 */
#ifndef QNN_QUANTIZERS_WEIGHT_FORM_H
#define QNN_QUANTIZERS_WEIGHT_FORM_H

#include "runtime/numeric/code_type.h"
#include "runtime/numeric/random.h"
#include "runtime/quantizers/arguments.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Words in the arguments of several forms; ids of rows of quantizers.def. */
enum qnn_weight_scale {
    QNN_WEIGHT_SCALE_NONE,    /* the values alone */
    QNN_WEIGHT_SCALE_LAYER,   /* one scale */
    QNN_WEIGHT_SCALE_CHANNEL, /* one for each unit */
    QNN_WEIGHT_SCALE_COUNT
};
enum qnn_weight_sampling { QNN_WEIGHT_SAMPLING_DETERMINISTIC, QNN_WEIGHT_SAMPLING_STOCHASTIC };
enum qnn_weight_range { QNN_WEIGHT_RANGE_MAX };
enum qnn_weight_grid { QNN_WEIGHT_GRID_NARROW };

/* Which weights share a fit. */
enum qnn_weight_group { QNN_WEIGHT_GROUP_LAYER, QNN_WEIGHT_GROUP_CHANNEL };

/* What a pass saw of a row or of several; every field is 0 at the start. At most 2^32 - 1 weights. */
struct qnn_weight_statistics {
    double sum;     /* of the magnitudes that count */
    float greatest; /* of them */
    uint32_t count; /* of them */
};

struct qnn_weight_fit {
    float scale;     /* real weight = scale * value, > 0 or, where all weights are 0, of no effect */
    float threshold; /* what the form compares magnitudes with */
    float inverse;   /* of a grid: values per unit of weight */
    float last;      /* of a grid: the greatest value */
};

struct qnn_weight_form {
    /* The values that a weight may have, known before any weight is. */
    struct qnn_code_type (*type)(const struct qnn_arguments *arguments);
    enum qnn_weight_group (*group)(const struct qnn_arguments *arguments);
    /* Fills in arguments that follow from the layer's size; glorot = sqrt(1.5 / (inputs + outputs)) of the layer. */
    void (*settle)(struct qnn_arguments *arguments, double glorot);
    /* Latent weights start uniform over [-initial, initial] (NULL: 2 * glorot, Glorot's range) and are kept within +-bound
     * where the program says nothing (NULL: are free). Of settled arguments; bound is 0 for those that are not. */
    double (*initial)(const struct qnn_arguments *arguments);
    double (*bound)(const struct qnn_arguments *arguments);

    /* The fit before any weight was seen, and how many passes refine it; with none it is the fit itself. */
    struct qnn_weight_fit (*start)(const struct qnn_arguments *arguments);
    int (*passes)(const struct qnn_arguments *arguments);
    struct qnn_weight_statistics (*observe)(const struct qnn_weight_fit *fit, const float *row, size_t count);
    void (*refine)(const struct qnn_arguments *arguments, int pass, const struct qnn_weight_statistics *seen,
                   struct qnn_weight_fit *fit);

    /* The value of a weight, one of the type's. */
    int32_t (*value)(const struct qnn_weight_fit *fit, float weight);
    /* effective[i] = scale * value of weight i, as a float: what a forward pass multiplies by. They do not overlap. */
    void (*write)(const struct qnn_weight_fit *fit, const float *weights, size_t count, float *effective);

    /* Whether training draws values at random (NULL: never), and how: as write, for the weights first .. first + count - 1
     * of the layer, which also number the draws of the stream. Evaluation and freezing use `value` and `write`. */
    bool (*draws)(const struct qnn_arguments *arguments);
    void (*draw)(const struct qnn_arguments *arguments, const struct qnn_weight_fit *fit,
                 const struct qnn_stream *stream, size_t first, const float *weights, size_t count, float *effective);
};

/* Every form; float weights have none. */
extern const struct qnn_weight_form qnn_weight_binary, qnn_weight_ternary, qnn_weight_int;

/* A form with its arguments. Without a form weights are float: the latent weights themselves. */
struct qnn_weight_quantizer {
    const struct qnn_weight_form *form;
    struct qnn_arguments arguments; /* settled, where weights are made */
};

/* Fits rows that share a fit: one row, or a layer's. */
struct qnn_weight_fit qnn_weights_fit(const struct qnn_weight_quantizer *quantizer, size_t rows, size_t inputs,
                                      const float *latent);
/* The observation of further rows joins that of rows before them. */
void qnn_weight_statistics_add(struct qnn_weight_statistics *total, const struct qnn_weight_statistics *more);
/* Sum, greatest and number of the magnitudes above a threshold, of all of them where it is negative: 16 sums side by side,
 * added up at the end. */
struct qnn_weight_statistics qnn_weight_magnitudes(const float *row, size_t count, float threshold);

/* How many fits, and scales, a layer has: 1 or units. */
size_t qnn_weight_groups(const struct qnn_weight_quantizer *quantizer, size_t units);
/* Whether training draws; false for float weights. */
bool qnn_weight_draws(const struct qnn_weight_quantizer *quantizer);
/* Whether effective weights are -1 and +1 in every pass: signs that follow from a weight alone. */
bool qnn_weight_is_sign(const struct qnn_weight_quantizer *quantizer);

/* What a file keeps: codes [units][inputs], the value of each weight, and scale [qnn_weight_groups]. The type's values
 * lie within int8_t. */
void qnn_weights_freeze(size_t units, size_t inputs, const struct qnn_weight_quantizer *quantizer, const float *latent,
                        int8_t *codes, float *scale);

#endif
