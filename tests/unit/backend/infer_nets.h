/*
 * Random small networks for tests of the integer C: plans made by hand and constants drawn to reach the corners (falling
 * and constant channels, thresholds at the ends), built by the same builder that trained weights go through.
 */
#ifndef QNN_TESTS_INFER_NETS_H
#define QNN_TESTS_INFER_NETS_H

#include "base/require.h"
#include "integer/build.h"
#include "integer/ranges.h"
#include "integer/integer.h"
#include "model/table.h"
#include "model/table.h"
#include "runtime/quantizers/activations.h"

#include <stdint.h>

enum { NET_MAX_UNITS = 5 };

/* What a network is fed with. */
enum net_input { NET_U8, NET_I8, NET_SIGN_CODES, NET_UINT_CODES, NET_INPUT_COUNT };

struct net_unit {
    bool dense; /* else without a linear part: as many channels as the input */
    enum weight_id weights;
    size_t channels;
    enum qnn_quantizer_kind quantizer; /* of no meaning for the last unit */
    int bits;
    bool requantized; /* more than two bits: codes on integers */
    bool plain;       /* the same constants in all channels, none falling */
};

struct net {
    enum net_input input;
    size_t inputs;
    int input_bits; /* NET_UINT_CODES */
    bool regress;
    struct data_plan data;
    size_t unit_count;
    struct net_unit units[NET_MAX_UNITS];
};

/* The next of a sequence (splitmix64). */
static inline uint64_t net_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static inline size_t net_below(uint64_t *state, size_t bound)
{
    return (size_t)(net_random(state) % bound);
}

static inline size_t draw_size(uint64_t *state)
{
    static const size_t edges[] = {1, 2, 3, 5, 7, 8, 9, 17, 63, 64, 65, 127, 128, 129, 130};
    return net_below(state, 2) ? edges[net_below(state, sizeof edges / sizeof edges[0])] : 1 + net_below(state, 130);
}

/* A network whose sizes and kinds all follow from the seed. */
static inline struct net net_draw(uint64_t seed)
{
    uint64_t state = seed * 1000003;
    struct net net = {.input = (enum net_input)net_below(&state, NET_INPUT_COUNT),
                      .inputs = draw_size(&state) + (net_below(&state, 4) == 0 ? 520 : 0),
                      .input_bits = 1 + (int)net_below(&state, 8),
                      .regress = net_below(&state, 4) == 0,
                      .unit_count = 1 + net_below(&state, NET_MAX_UNITS)};
    size_t width = net.inputs;
    for (size_t i = 0; i < net.unit_count; i++) {
        struct net_unit *unit = &net.units[i];
        unit->dense = net_below(&state, 4) != 0;
        unit->weights = net_below(&state, 2) ? WEIGHT_BINARY : WEIGHT_TERNARY;
        unit->channels = unit->dense ? draw_size(&state) : width;
        unit->quantizer = net_below(&state, 2) ? QNN_QUANTIZER_SIGN : QNN_QUANTIZER_UINT;
        unit->bits = unit->quantizer == QNN_QUANTIZER_SIGN ? 1 : 1 + (int)net_below(&state, 8);
        unit->requantized = unit->bits > 2 && net_below(&state, 2) == 0;
        unit->plain = net_below(&state, 3) == 0;
        width = unit->channels;
    }
    return net;
}

/* ---- Constants --------------------------------------------------------------------------------------------------- */

struct generator {
    const struct net *net;
    uint64_t state;
    struct arena *arena;
};

static inline bool draw_weights(void *context, struct int_unit *unit)
{
    struct generator *g = context;
    const size_t count = unit->plan->channels * unit->plan->fan_in;
    const bool has_zero = unit->plan->weight_type.has_zero;
    unit->weights = ARENA_NEW_ARRAY(g->arena, count, int16_t);
    for (size_t i = 0; i < count; i++)
        unit->weights[i] =
            has_zero ? (int16_t)((int)net_below(&g->state, 3) - 1) : (int16_t)(2 * (int)net_below(&g->state, 2) - 1);
    return true;
}

/* A staircase over the middle of the range, falling in one channel of four, constant in one of sixteen. */
static inline void draw_affine(struct generator *g, const struct int_unit *unit, bool plain, struct affine_stage *stage)
{
    for (size_t c = 0; c < unit->plan->channels; c++) {
        const float span = (float)(unit->acc_hi[c] - unit->acc_lo[c] + 1);
        const float spread = (float)(1 + net_below(&g->state, 1000)) / 100.0f;
        stage->a[c] = spread / span;
        if (net_below(&g->state, 4) == 0)
            stage->a[c] = -stage->a[c];
        if (net_below(&g->state, 16) == 0)
            stage->a[c] = 0;
        const float middle = (float)unit->acc_lo[c] + span * (float)net_below(&g->state, 1000) / 1000.0f;
        stage->b[c] = 0.5f * (unit->plan->quantizer == QNN_QUANTIZER_UINT) - stage->a[c] * middle;
        if (plain && c == 0)
            stage->a[c] = spread / span;
        if (plain) {
            stage->a[c] = stage->a[0];
            stage->b[c] = stage->b[0];
        }
    }
}

static inline void draw_values(struct generator *g, struct int_unit *unit, bool plain)
{
    const size_t channels = unit->plan->channels;
    unit->multiplier = ARENA_NEW_ARRAY(g->arena, channels, int32_t);
    unit->addend = ARENA_NEW_ARRAY(g->arena, channels, int64_t);
    unit->shift = 7;
    for (size_t c = 0; c < channels; c++) {
        unit->multiplier[c] = plain ? 1 : (int32_t)net_below(&g->state, 65536) - 32768;
        unit->addend[c] = plain ? 0 : (int64_t)(net_random(&g->state) >> 24) - (INT64_C(1) << 39);
    }
}

/* The integers of an affine stage whose clip is 1. */
static inline void requantize(struct generator *g, struct int_unit *unit, const struct affine_stage *affine)
{
    const size_t channels = unit->plan->channels;
    int32_t *multiplier = ARENA_NEW_ARRAY(g->arena, channels, int32_t);
    int64_t *addend = ARENA_NEW_ARRAY(g->arena, channels, int64_t);
    const int bits = unit->plan->bits;
    const int shift =
        qnn_requant_fit(channels, affine->a, affine->b, 1.0f, qnn_uint_last_code(bits), multiplier, addend);
    const struct qnn_requant requant = {.multiplier = multiplier, .addend = addend, .shift = shift, .bits = bits};
    unit->function = (struct qnn_unit){.channels = channels, .quantizer = qnn_quantizer_requant(requant, 1.0f)};
}

static inline bool draw_constants(void *context, struct int_unit *unit)
{
    struct generator *g = context;
    const bool plain = g->net->units[unit->plan->index].plain;
    if (unit->plan->kind != UNIT_CODES) {
        draw_values(g, unit, plain);
        return true;
    }
    struct affine_stage affine[QNN_UNIT_MAX_STAGES];
    REQUIRE(build_stages(unit, affine, g->arena) == 1);
    draw_affine(g, unit, plain, &affine[0]);
    if (unit->plan->requantized) {
        requantize(g, unit, &affine[0]);
        return true;
    }
    unit->function.quantizer = qnn_quantizer(unit->plan->quantizer, unit->plan->bits, 1.0f);
    return true;
}

/* ---- Plan -------------------------------------------------------------------------------------------------------- */

static inline struct shape vector_shape(size_t count)
{
    return (struct shape){.height = 1, .width = 1, .channels = (int)count};
}

static inline struct model *make_model(const struct net *net, struct arena *arena)
{
    static const enum element_type types[NET_INPUT_COUNT] = {ELEMENT_U8, ELEMENT_I8, ELEMENT_F32, ELEMENT_F32};
    struct model *model = ARENA_NEW(arena, struct model);
    struct model_node *input = ARENA_NEW(arena, struct model_node);
    *input = (struct model_node){.op = OP_INPUT,
                                 .name = "input",
                                 .identifier = "input",
                                 .written = "input",
                                 .shape = vector_shape(net->inputs),
                                 .input = {.type = types[net->input], .scale = 1}};
    const int outputs = (int)net->units[net->unit_count - 1].channels;
    struct model_node *output = ARENA_NEW(arena, struct model_node);
    *output = (struct model_node){.op = net->regress ? OP_REGRESS : OP_CLASSIFY, .output = {.outputs = outputs}};
    model->name = model->identifier = "net";
    model->nodes = ARENA_NEW_ARRAY(arena, 2, struct model_node *);
    model->nodes[0] = input;
    model->nodes[1] = output;
    model->data = net->data;
    model->node_count = 2;
    return model;
}

static inline struct model_node *make_activation(const struct net *net, struct arena *arena)
{
    struct model_node *node = ARENA_NEW(arena, struct model_node);
    const bool sign = net->input == NET_SIGN_CODES;
    *node = (struct model_node){
        .op = OP_ACTIVATION,
        .name = "quantize",
        .shape = vector_shape(net->inputs),
        .activation = {.function = {.form = qnn_activation_forms[sign ? QNN_ACTIVATION_SIGN : QNN_ACTIVATION_UINT],
                                    .arguments = {{sign ? 0 : net->input_bits, 0, 1}}}}};
    return node;
}

static inline struct unit_plan make_unit(const struct net *net, size_t index, size_t inputs, struct arena *arena)
{
    const struct net_unit *unit = &net->units[index];
    const bool last = index + 1 == net->unit_count;
    struct model_node *linear = ARENA_NEW(arena, struct model_node);
    struct model_node *end = ARENA_NEW(arena, struct model_node);
    struct scheme *scheme = ARENA_NEW(arena, struct scheme);
    char *name = arena_printf(arena, "u%zu", index);
    scheme->weights.row = callable_by_id(GROUP_WEIGHTS, (int)unit->weights);
    *linear = (struct model_node){
        .op = OP_DENSE, .name = name, .written = "dense", .scheme = scheme, .shape = vector_shape(unit->channels)};
    *end =
        (struct model_node){.op = OP_ACTIVATION, .name = name, .written = "act", .shape = vector_shape(unit->channels)};
    struct unit_plan plan = {.index = (int)index,
                             .source = unit->dense ? UNIT_DENSE : UNIT_COPY,
                             .node = unit->dense ? linear : NULL,
                             .linear = unit->dense ? linear : NULL,
                             .weight_type = unit->weights == WEIGHT_TERNARY ? qnn_code_sign_zero() : qnn_code_sign(),
                             .end = end,
                             .name = name,
                             .identifier = name,
                             .kind = !last          ? UNIT_CODES
                                     : net->regress ? UNIT_VALUES
                                                    : UNIT_CLASS,
                             .inputs = {(int)index - 1},
                             .input_count = 1,
                             .in_shape = {vector_shape(inputs)},
                             .shape = vector_shape(unit->channels),
                             .groups = 1,
                             .pool_of = -1,
                             .channels = unit->channels,
                             .fan_in = unit->dense ? inputs : 1,
                             .stages = {{.kind = QNN_STAGE_AFFINE}},
                             .stage_count = 1,
                             .quantizer = last ? QNN_QUANTIZER_NONE : unit->quantizer,
                             .bits = unit->bits,
                             .requantized = !last && unit->requantized,
                             .clip = 1};
    return plan;
}

/* The graph of a network, identifier "net"; constants follow from the seed. */
static inline struct int_graph *net_build(const struct net *net, uint64_t seed, struct arena *arena)
{
    struct int_plan *plan = ARENA_NEW(arena, struct int_plan);
    plan->model = make_model(net, arena);
    if (net->input == NET_SIGN_CODES || net->input == NET_UINT_CODES)
        plan->input_quantizer = make_activation(net, arena);
    plan->units = ARENA_NEW_ARRAY(arena, net->unit_count, struct unit_plan);
    plan->unit_count = net->unit_count;
    plan->input_type = input_type(plan);
    for (size_t i = 0; i < net->unit_count; i++) {
        plan->units[i] = make_unit(net, i, i == 0 ? net->inputs : net->units[i - 1].channels, arena);
        plan->units[i].type = output_type(&plan->units[i], int_tensor_type(plan, (int)i - 1), NULL);
    }
    struct generator generator = {net, seed, arena};
    const struct constant_source source = {&generator, draw_weights, draw_constants};
    struct int_graph *graph = build_graph(plan, &source, arena, sink_open(arena, DIAGNOSTICS_TEXT));
    REQUIRE(graph);
    int_verify(graph);
    return graph;
}

/* A random input: the integers n for the interpreter, and the bytes for the generated C (int8_t stored as its byte), at
 * most room of each. */
static inline void net_sample(const struct int_graph *graph, uint64_t seed, size_t room, int32_t *values,
                              uint8_t *bytes)
{
    uint64_t state = seed;
    const size_t count = shape_count(graph->input.shape);
    const unsigned last = (1u << graph->input.type.bits) - 1;
    for (size_t i = 0; i < count && i < room; i++) {
        /* The first two samples are the ends of the range everywhere. */
        const unsigned code = seed < 2 ? (seed ? last : 0) : (unsigned)(net_random(&state) & last);
        bytes[i] = (uint8_t)code;
        values[i] = graph->input.type.encoding == QNN_ENCODING_TWOS ? (int8_t)code
                                                                    : int_tensor_value(&graph->input, (int32_t)code);
    }
}

#endif
