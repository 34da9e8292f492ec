/* What must hold of every hardware graph; a breach is a defect of the compiler. */
#include "base/require.h"
#include "hardware/hardware.h"

static void verify_engine(const struct hw_engine *engine)
{
    REQUIRE(engine->pe >= 1 && engine->pe <= engine->elements_out);
    REQUIRE(engine->simd >= 1 && engine->simd <= engine->elements_in);
    REQUIRE((int64_t)engine->in_beats * engine->simd >= engine->elements_in);
    REQUIRE((int64_t)engine->out_beats * engine->pe >= engine->elements_out);
    REQUIRE((int64_t)(engine->in_beats - 1) * engine->simd < engine->elements_in);
    REQUIRE((int64_t)(engine->out_beats - 1) * engine->pe < engine->elements_out);
    REQUIRE(engine->cycles >= (int64_t)engine->vectors * engine->out_beats);
    REQUIRE(engine->vectors == 1 || engine->elements_out % engine->lanes_out == 0);
    REQUIRE(hw_frame_out(engine) == (int)shape_count(engine->unit->plan->shape));
    REQUIRE(engine->kind == ENGINE_MVU || (engine->pe == engine->simd && hw_lanes_fit(engine, engine->pe)));
    REQUIRE((engine->tail == TAIL_TABLE) == (engine->table != NULL));
    REQUIRE(engine->acc_bits >= 1 && engine->acc_bits <= 33);
    REQUIRE((engine->window.slots > 0) ==
            (engine->window.form == WINDOW_SEQUENTIAL || engine->window.form == WINDOW_PARALLEL));
    for (int role = 0; role < MEMORY_ROLE_COUNT; role++) {
        const struct hw_memory *memory = &engine->memories[role];
        REQUIRE(!memory->name || (memory->width > 0 && memory->depth > 0));
    }
}

static void verify_edge(const struct hw_graph *graph, const struct hw_edge *edge)
{
    const struct hw_engine *to = &graph->engines[edge->to];
    const int frame = hw_frame_in(to, edge->port);
    REQUIRE(edge->from < edge->to && edge->port < to->unit->plan->input_count);
    REQUIRE(edge->bits == to->in_bits);
    REQUIRE(edge->beats * edge->lanes >= frame && (edge->beats - 1) * edge->lanes < frame);
    REQUIRE(edge->depth >= edge->deadlock && (edge->depth > 0) == (edge->derivation != NULL));
    if (edge->from >= 0)
        REQUIRE(hw_frame_out(&graph->engines[edge->from]) == frame);
}

void hw_verify(const struct hw_graph *graph)
{
    for (size_t i = 0; i < graph->engine_count; i++) {
        verify_engine(&graph->engines[i]);
        REQUIRE(graph->engines[i].cycles <= graph->period);
    }
    for (size_t i = 0; i < graph->edge_count; i++)
        verify_edge(graph, &graph->edges[i]);
    REQUIRE(graph->period >= graph->input_cycles);
}
