/*
 * What this room does with each kind of node: one file per operator, one struct of functions per kind.
 */
#ifndef QNN_MODEL_OPS_OPERATORS_H
#define QNN_MODEL_OPS_OPERATORS_H

#include "model/build.h"

struct operator_functions {
    /* Checks the operand's shape (node->shape at the start), sets the node's shape and fields; false after an error. NULL:
     * nothing to do. */
    bool (*build)(struct build *build, struct model_node *node, const struct arguments *arguments);
    /* Sets what depends on the scheme, once that is known. NULL: nothing. */
    void (*resolve)(struct model_node *node, const struct arguments *arguments);
    /* Parameters and quantization, for --dump-model; without training only what trained weights depend on, for the
     * program hash: nothing at all for an operator that evaluation leaves out. */
    void (*describe)(const struct model_node *node, bool training, struct text *out);
};

extern const struct operator_functions operator_input, operator_flatten, operator_dense, operator_batchnorm,
    operator_activation, operator_dropout, operator_classify, operator_regress;
extern const struct operator_functions *const operator_functions[OP_KIND_COUNT];
/* The kind of node that a row of GROUP_OPERATOR makes, and the names of kinds. */
extern const enum op_kind operator_kinds[OPERATOR_COUNT];
extern const char *const op_kind_names[OP_KIND_COUNT];

/* "28x28x1", a vector "784". */
const char *shape_text(struct arena *arena, struct shape shape);
static inline bool shape_is_vector(struct shape shape)
{
    return shape.height == 1 && shape.width == 1;
}
/* An error where the operand is no vector. */
bool require_vector(struct build *build, const struct model_node *node);

#endif
