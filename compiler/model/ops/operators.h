/*
 * What this room does with each kind of node: one file per operator, one struct of functions per kind.
 */
#ifndef QNN_MODEL_OPS_OPERATORS_H
#define QNN_MODEL_OPS_OPERATORS_H

#include "model/arguments.h"
#include "model/context.h"
#include "model/scheme.h"

struct operator_functions {
    /* Sets the node's fields from its arguments; false after an error. NULL: it has none. */
    bool (*read)(struct build *build, struct model_node *node, const struct arguments *arguments);
    /* Checks the operands' shapes (node->shape is the first's at the start), sets the node's shape and the fields that follow
     * from it; false after an error. Called again where a pass has changed an operand. NULL: the operand's shape. */
    bool (*shape)(struct build *build, struct model_node *node);
    /* Sets what depends on the scheme, once that is known. NULL: nothing. */
    void (*resolve)(struct model_node *node, const struct arguments *arguments);
    /* Whether this node's value is its operand's as it lies in memory. NULL: never. */
    bool (*is_identity)(const struct model_node *node);
    /* REQUIREs what every node of the kind satisfies once the model is built, beyond the number of its operands. NULL:
     * nothing. */
    void (*verify)(const struct model_node *node);
    /* Parameters and quantization, for --dump-model; without training only what trained weights depend on, for the
     * program hash: nothing at all for an operator that evaluation leaves out. */
    void (*describe)(const struct model_node *node, bool training, struct text *out);
};

#define KIND(ID, name, step, traits) extern const struct operator_functions operator_##name;
#include "model/ops.def"
extern const struct operator_functions *const operator_functions[OP_KIND_COUNT];
/* The kind of node that a row of GROUP_OPERATOR makes. */
extern const enum op_kind operator_kinds[OPERATOR_COUNT];

/* The node's shape by its operator's rule; false after an error. */
bool operator_infer(struct build *build, struct model_node *node);

/* "28x28x1", a vector "784". */
const char *shape_text(struct arena *arena, struct shape shape);
static inline bool shape_is_vector(struct shape shape)
{
    return shape.height == 1 && shape.width == 1;
}
/* An error where the operand is not a vector. */
bool require_vector(struct build *build, const struct model_node *node);
/* An error where the node's shape has more than MAX_FEATURES elements. */
bool require_features(struct build *build, const struct model_node *node);
/* "weights = binary(...)" of a layer, and in training the bound on them. */
void weights_describe(const struct scheme *scheme, bool training, struct text *out);

/* window.c: elements from the first row (column) of taps to the last. */
int window_rows(const struct model_window *window);
int window_columns(const struct model_window *window);
/* Lays the window, all of it but `pads` known, over the operand: sets `pads` and the node's shape, of this many channels.
 * An error where there is not one window, or the result is too large. */
bool window_lay(struct build *build, struct model_node *node, struct model_window *window, int channels);
/* REQUIREs that the node's shape is that of the window over its operand. */
void window_verify(const struct model_node *node, const struct model_window *window);
/* "3x3, stride 2x2, dilation 2, pad 2x2". */
void window_describe(const struct model_window *window, struct text *out);

#endif
