/*
 * One body being expanded: the network's, a block's or a labelled repeat's. It owns the names in it: values, and the
 * names of its steps. Internal to expand.c and body.c.
 */
#ifndef QNN_MODEL_BODY_H
#define QNN_MODEL_BODY_H

#include "model/context.h"
#include "model/scope.h"

/* name = chain; node NULL: its chain had an error. */
struct bound_value {
    struct ast_name name; /* text NULL: a chain that is not bound; the place is the chain's */
    struct model_node *node;
    bool used;
};

/* How many unlabelled steps of one name there are, and how many were met. */
struct counter {
    const char *name;
    int total, met;
};

/* A step's name; alone: the same name with a 1 appended means it as well. */
struct claim {
    const char *name;
    bool alone;
    struct span span;
};

struct body {
    const char *prefix; /* marked path of the block, "" at the top */
    struct scope *scope;
    bool is_network;
    struct bound_value *values;
    size_t value_count, value_capacity;
    struct counter *counters;
    size_t counter_count, counter_capacity;
    struct claim *claims;
    size_t claim_count, claim_capacity;
};

/* A later value of the same name shadows; NULL where there is none. */
struct bound_value *body_find(struct body *body, const char *name);
void body_bind(struct build *build, struct body *body, struct ast_name name, struct model_node *node);
/* Warns of values that nothing reads. */
void body_report_unused(struct build *build, const struct body *body);
/* Adds times unlabelled steps of this name, before any of them is named. */
void body_count(struct build *build, struct body *body, const char *name, int times);
/* The marked path of a step: its label, or its operator's name with an ordinal. Two steps of one name are reported. */
const char *body_step_path(struct build *build, struct body *body, const struct ast_name *label,
                           const struct ast_name *operator_name);

#endif
