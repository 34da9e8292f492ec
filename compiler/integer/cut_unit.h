/*
 * Inside the room: what a node's value is while the model is cut, and the units that are made from it.
 *
 * A value is either codes (`source` names the unit that made them) or an open unit that a quantizer or an output will
 * close. cut.c walks the nodes; cut_unit.c opens, extends and closes units.
 */
#ifndef QNN_INTEGER_CUT_UNIT_H
#define QNN_INTEGER_CUT_UNIT_H

#include "integer/integer.h"

/* A max pool in an open unit: it takes place on codes, after the unit. */
struct cut_pool {
    const struct model_node *node;
    size_t stage; /* first stage after it */
};

struct cut_value {
    bool dead;        /* a mistake was reported: what reads it says nothing more */
    bool float_input; /* an f32 input that waits for its quantizer */
    bool flat;        /* a flatten follows the open unit, or raw accumulators, of several positions */
    struct shape shape;

    /* Codes. */
    int source; /* the unit, -1: the network's input */
    struct qnn_code_type type;
    enum qnn_quantizer_kind kind; /* of the codes; NONE: sums, raw accumulators, elements of the input */
    int bits;
    double clip; /* fixed clip of a uint; 0 where calibration finds it */
    int origin;  /* the unit whose quantizer, or sum, they come from, through pools; -1: the input */
    int taps;    /* origin -1: elements of the input in a sum */
    /* Raw accumulators: whose weight scale and bias are still to be applied; the batch norms before a sum pool. */
    const struct model_node *scaled_by;
    const struct model_node **norms;
    size_t norm_count;

    /* An open unit. */
    bool open;
    struct unit_plan unit;
    size_t norm_capacity;                /* of its last affine stage */
    const struct model_node *activation; /* its last float activation, NULL where there is none */
    struct cut_pool pools[QNN_UNIT_MAX_STAGES];
    size_t pool_count;
};

struct cutter {
    const struct model *model;
    struct int_plan *plan;
    size_t unit_capacity;
    struct cut_value *values;            /* by node id */
    const struct model_node **reader_of; /* by node id: the one node that reads it; NULL where several do */
    bool failed;                         /* something was refused */
    struct arena *arena;
    struct sink *sink;
};

void cut_refuse(struct cutter *cutter, enum diagnostic_id id, const struct model_node *node, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* What a layer's weights may be; float weights, which are refused, count as signs. */
struct qnn_code_type cut_weight_type(const struct model_node *node);
/* Opens a unit on the operand's codes for `first`, its first node: one with weights, or what needs a copy to be its stage. */
void cut_open(struct cutter *cutter, struct cut_value *value, enum unit_source source, const struct model_node *first);
void cut_add_stage(struct cutter *cutter, struct cut_value *value, enum qnn_stage_kind kind,
                   const struct model_node *node);
void cut_add_norm(struct cutter *cutter, struct cut_value *value, const struct model_node *norm);

/* The quantizer that closes a unit. */
struct cut_quantizer {
    enum qnn_quantizer_kind kind;
    int bits;
    double clip; /* 0: found by calibration */
};
/* Closes the open unit with a quantizer and lets its pools follow; the value becomes their codes. `tensor` names the frozen
 * tensors. */
void cut_close(struct cutter *cutter, struct cut_value *value, struct cut_quantizer quantizer,
               const struct model_node *end, const char *tensor);
/* Closes it as classify or regress. */
void cut_close_last(struct cutter *cutter, struct cut_value *value, enum unit_end kind, const struct model_node *end);
/* Closes it without a quantizer: the value becomes raw accumulators, its norms wait. */
void cut_close_raw(struct cutter *cutter, struct cut_value *value);

/* Units without stages: a pool of codes, a join of two. The value becomes their codes. */
void cut_pool(struct cutter *cutter, struct cut_value *value, enum unit_source source, const struct model_node *node);
void cut_join(struct cutter *cutter, const struct cut_value *a, const struct cut_value *b, enum unit_source source,
              const struct model_node *node, struct cut_value *value);

#endif
