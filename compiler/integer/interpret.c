/*
 * The interpreter: the oracle that everything else is compared with. Integer sums in 64 bits, codes by the literal definition
 * of a unit (not by thresholds), the class by the last layer's integers. It is meant to be read and believed, not to be
 * fast.
 */
#include "integer/integer.h"
#include "integer/source.h"

#include "base/require.h"

/* What one unit produced for the sample. */
struct unit_state {
    int64_t *accumulators; /* [positions][channels] */
    int32_t *codes;        /* the same of UNIT_CODES */
    int32_t *values;       /* the codes as integers n, what the next unit reads */
};

struct int_state {
    const struct int_graph *graph;
    struct unit_state *units;
    int64_t *values; /* of the last unit: M_c * acc_c + B_c */
};

static const struct int_unit *last_unit(const struct int_graph *graph)
{
    return &graph->units[graph->unit_count - 1];
}

struct int_state *int_state_new(const struct int_graph *graph, struct arena *arena)
{
    struct int_state *state = ARENA_NEW(arena, struct int_state);
    state->graph = graph;
    state->units = ARENA_NEW_ARRAY(arena, graph->unit_count, struct unit_state);
    for (size_t i = 0; i < graph->unit_count; i++) {
        const size_t count = shape_count(graph->units[i].plan->shape);
        state->units[i].accumulators = ARENA_NEW_ARRAY(arena, count, int64_t);
        state->units[i].codes = ARENA_NEW_ARRAY(arena, count, int32_t);
        state->units[i].values = ARENA_NEW_ARRAY(arena, count, int32_t);
    }
    state->values = ARENA_NEW_ARRAY(arena, last_unit(graph)->plan->channels, int64_t);
    return state;
}

/* The code that stores an integer n without a quantizer. */
static int32_t stored_code(const struct int_tensor *edge, int64_t n)
{
    return edge->type.encoding == QNN_ENCODING_SIGN ? n > 0 : (int32_t)n;
}

static void run_position(const struct int_unit *unit, int y, int x, const int32_t *const inputs[2],
                         struct unit_state *state)
{
    const struct source_form *form = source_forms[unit->plan->source];
    const size_t first = tensor_index(unit->plan->shape, y, x);
    for (size_t c = 0; c < unit->plan->channels; c++) {
        const int64_t acc = form->accumulate(unit, y, x, c, inputs);
        REQUIRE(acc >= unit->acc_lo[c] && acc <= unit->acc_hi[c]);
        state->accumulators[first + c] = acc;
        if (unit->plan->kind != UNIT_CODES)
            continue;
        const bool plain = unit->plan->quantizer == QNN_QUANTIZER_NONE;
        state->codes[first + c] =
            plain ? stored_code(&unit->output, acc) : qnn_unit_code(&unit->function, c, (int32_t)acc);
        state->values[first + c] = int_tensor_value(&unit->output, state->codes[first + c]);
    }
}

static void run_unit(const struct int_unit *unit, const int32_t *const inputs[2], struct unit_state *state)
{
    for (int y = 0; y < unit->plan->shape.height; y++)
        for (int x = 0; x < unit->plan->shape.width; x++)
            run_position(unit, y, x, inputs, state);
}

static void run_values(const struct int_unit *unit, const int64_t *accumulators, int64_t *values)
{
    for (size_t c = 0; c < unit->plan->channels; c++)
        values[c] = unit->multiplier[c] * accumulators[c] + unit->addend[c];
}

void int_run(const struct int_graph *graph, const int32_t *input, struct int_state *state)
{
    for (size_t i = 0; i < graph->unit_count; i++) {
        const struct unit_plan *plan = graph->units[i].plan;
        const int32_t *inputs[2] = {NULL, NULL};
        for (int j = 0; j < plan->input_count; j++)
            inputs[j] = plan->inputs[j] < 0 ? input : state->units[plan->inputs[j]].values;
        run_unit(&graph->units[i], inputs, &state->units[i]);
    }
    run_values(last_unit(graph), state->units[graph->unit_count - 1].accumulators, state->values);
}

const int32_t *int_codes(const struct int_state *state, size_t unit)
{
    REQUIRE(unit < state->graph->unit_count && state->graph->units[unit].plan->kind == UNIT_CODES);
    return state->units[unit].codes;
}

const int64_t *int_accumulators(const struct int_state *state, size_t unit)
{
    REQUIRE(unit < state->graph->unit_count);
    return state->units[unit].accumulators;
}

const int64_t *int_values(const struct int_state *state)
{
    return state->values;
}

int int_class(const struct int_state *state)
{
    const struct unit_plan *plan = last_unit(state->graph)->plan;
    REQUIRE(plan->kind == UNIT_CLASS);
    size_t best = 0;
    for (size_t c = 1; c < plan->channels; c++)
        if (state->values[c] > state->values[best])
            best = c;
    return (int)best;
}
