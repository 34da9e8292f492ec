/*
 * Models made by hand, for tests that look at one thing: a chain of nodes without a program text. Names follow the language:
 * the caller gives them dotted ("h1.dense").
 */
#ifndef QNN_TESTS_HANDMADE_H
#define QNN_TESTS_HANDMADE_H

#include "integer/integer.h"
#include "base/require.h"
#include "model/table.h"

#include <string.h>

enum { HANDMADE_NODES = 32 };

struct handmade {
    struct arena arena;
    struct sink *sink;
    struct model model;
    struct model_node *nodes[HANDMADE_NODES];
    struct scheme schemes[WEIGHT_COUNT]; /* one per weight quantizer */
};

static inline struct model_node *handmade_add(struct handmade *made, enum op_kind op, const char *name)
{
    REQUIRE(made->model.node_count < HANDMADE_NODES);
    struct model_node *node = ARENA_NEW(&made->arena, struct model_node);
    struct model_node *before = made->model.node_count ? made->nodes[made->model.node_count - 1] : NULL;
    node->id = (int)made->model.node_count;
    node->op = op;
    node->name = name;
    node->scheme = &made->schemes[WEIGHT_FLOAT];
    if (before) {
        node->inputs[0] = before;
        node->input_count = 1;
        node->shape = before->shape;
        before->user_count = 1;
    }
    made->nodes[made->model.node_count++] = node;
    return node;
}

static inline void handmade_open(struct handmade *made, enum element_type type, int height, int width, int channels)
{
    *made = (struct handmade){0};
    made->sink = sink_open(&made->arena, DIAGNOSTICS_TEXT);
    made->model.name = made->model.identifier = "made";
    made->model.nodes = made->nodes;
    memcpy(made->model.hash, "0123456789abcdef", sizeof made->model.hash);
    for (int id = 0; id < WEIGHT_COUNT; id++) {
        const struct callable *row = callable_by_id(GROUP_WEIGHTS, id);
        made->schemes[id] =
            (struct scheme){.name = row->name, .weights = {.row = row, .quantizer = {.form = row->weight_form}}};
    }
    struct model_node *input = handmade_add(made, OP_INPUT, "input");
    input->shape = (struct shape){height, width, channels};
    input->input.type = type;
    input->input.scale = 1;
}

static inline void handmade_close(struct handmade *made)
{
    arena_free(&made->arena);
}

static inline void handmade_flatten(struct handmade *made)
{
    struct model_node *node = handmade_add(made, OP_FLATTEN, "flatten");
    node->shape = (struct shape){1, 1, (int)shape_count(node->shape)};
}

static inline void handmade_dense(struct handmade *made, const char *name, int units, enum weight_id id)
{
    struct model_node *node = handmade_add(made, OP_DENSE, name);
    node->scheme = &made->schemes[id];
    node->dense.inputs = node->shape.channels;
    node->dense.units = units;
    node->shape.channels = units;
}

static inline void handmade_activation(struct handmade *made, const char *name, struct activation_scheme function,
                                       int deploy_bits)
{
    struct model_node *node = handmade_add(made, OP_ACTIVATION, name);
    node->activation.function = function;
    node->activation.deploy.bits = deploy_bits;
    if (deploy_bits > 0)
        node->activation.deploy.form = qnn_activation_forms[QNN_ACTIVATION_UINT];
}

static inline void handmade_sign(struct handmade *made, const char *name)
{
    handmade_activation(made, name, (struct activation_scheme){.form = qnn_activation_forms[QNN_ACTIVATION_SIGN]}, 0);
}

static inline void handmade_uint(struct handmade *made, const char *name, int bits, double clip)
{
    handmade_activation(
        made, name,
        (struct activation_scheme){.form = qnn_activation_forms[QNN_ACTIVATION_UINT], .arguments = {{bits, 0, clip}}},
        0);
}

static inline void handmade_relu(struct handmade *made, const char *name, int deploy_bits)
{
    handmade_activation(made, name, (struct activation_scheme){.form = qnn_activation_forms[QNN_ACTIVATION_RELU]},
                        deploy_bits);
}

static inline void handmade_hardtanh(struct handmade *made, const char *name)
{
    handmade_activation(made, name, (struct activation_scheme){.form = qnn_activation_forms[QNN_ACTIVATION_HARDTANH]},
                        0);
}

static inline void handmade_output(struct handmade *made, enum op_kind op, const char *name)
{
    struct model_node *node = handmade_add(made, op, name);
    node->output.outputs = node->shape.channels;
}

#endif
