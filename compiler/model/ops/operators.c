/* The table of operators, and what several of them share. */
#include "model/ops/operators.h"

const struct operator_functions *const operator_functions[OP_KIND_COUNT] = {
    [OP_INPUT] = &operator_input,         [OP_FLATTEN] = &operator_flatten,       [OP_DENSE] = &operator_dense,
    [OP_BATCHNORM] = &operator_batchnorm, [OP_ACTIVATION] = &operator_activation, [OP_DROPOUT] = &operator_dropout,
    [OP_CLASSIFY] = &operator_classify,   [OP_REGRESS] = &operator_regress,
};
const char *const op_kind_names[OP_KIND_COUNT] = {
    [OP_INPUT] = "input",           [OP_FLATTEN] = "flatten", [OP_DENSE] = "dense",       [OP_BATCHNORM] = "batchnorm",
    [OP_ACTIVATION] = "activation", [OP_DROPOUT] = "dropout", [OP_CLASSIFY] = "classify", [OP_REGRESS] = "regress",
};
_Static_assert(OP_KIND_COUNT == 8, "a new kind of node needs its rows above");

const enum op_kind operator_kinds[OPERATOR_COUNT] = {
#define OPERATOR(ID, KIND, name, doc, parameters) KIND,
#include "model/ops.def"
#undef OPERATOR
};

const char *shape_text(struct arena *arena, struct shape shape)
{
    if (shape_is_vector(shape))
        return arena_printf(arena, "%d", shape.channels);
    return arena_printf(arena, "%dx%dx%d", shape.height, shape.width, shape.channels);
}

bool require_vector(struct build *build, const struct model_node *node)
{
    if (shape_is_vector(node->shape))
        return true;
    sink_report(build->sink, DIAGNOSTIC_NOT_A_VECTOR, node->span, "%s takes a vector; its operand '%s' has shape %s",
                op_kind_names[node->op], node->inputs[0]->name, shape_text(build->arena, node->shape));
    sink_hint(build->sink, "put '-> flatten' before it: a vector of %zu", shape_count(node->shape));
    note_expansion(build);
    return false;
}
