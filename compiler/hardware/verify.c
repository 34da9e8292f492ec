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
    REQUIRE(engine->cycles >= engine->out_beats);
    REQUIRE((engine->tail == TAIL_TABLE) == (engine->table != NULL));
    REQUIRE(engine->acc_bits >= 1 && engine->acc_bits <= 33);
    for (int role = 0; role < MEMORY_ROLE_COUNT; role++) {
        const struct hw_memory *memory = &engine->memories[role];
        REQUIRE(!memory->name || (memory->width > 0 && memory->depth > 0));
    }
}

void hw_verify(const struct hw_graph *graph)
{
    for (size_t i = 0; i < graph->engine_count; i++) {
        verify_engine(&graph->engines[i]);
        REQUIRE(i == 0 || graph->engines[i].elements_in == graph->engines[i - 1].elements_out);
        REQUIRE(i == 0 || graph->engines[i].in_bits == graph->engines[i - 1].out_bits);
        REQUIRE(graph->engines[i].cycles <= graph->period);
    }
    REQUIRE(graph->period >= graph->input_cycles);
}
