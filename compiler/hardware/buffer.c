/*
 * Edges, and what waits on them: the FIFOs in front of joins (hardware.md, "Sizing").
 *
 * Deadlock. The fork gives a beat to the long branch only if the short one took the beat before. Where the long branch
 * needs n beats of the fork's tensor before its next result, all that the short branch makes of the n - 1 before must have
 * found room: a word of it in the FIFO's output register, some in the converter after it.
 *
 * Throughput. The most that waits in the schedule (schedule.h), a position counted from its first beat until its join
 * has passed.
 */
#include "hardware/buffer.h"

#include "hardware/bits.h"
#include "hardware/schedule.h"

int hw_lanes_to(const struct hw_graph *graph, const struct hw_engine *engine, int port)
{
    const int from = engine->unit->plan->inputs[port];
    return from < 0 ? graph->input_elements : graph->engines[from].lanes_out;
}

static struct hw_edge edge_to(const struct hw_graph *graph, size_t to, int port)
{
    const struct hw_engine *engine = &graph->engines[to];
    const int lanes = hw_lanes_to(graph, engine, port);
    return (struct hw_edge){
        .from = engine->unit->plan->inputs[port],
        .to = (int)to,
        .port = port,
        .lanes = lanes,
        .bits = engine->in_bits,
        .beats = ceil_div(hw_frame_in(engine, port), lanes),
    };
}

/* ---- Joins ------------------------------------------------------------------------------------------------------- */

/* Marks what an engine's result comes from, itself included; -1, the network's input, is not marked. */
static void mark_sources(const struct hw_graph *graph, int engine, bool *marked)
{
    if (engine < 0 || marked[engine])
        return;
    const struct unit_plan *plan = graph->engines[engine].unit->plan;
    marked[engine] = true;
    for (int port = 0; port < plan->input_count; port++)
        mark_sources(graph, plan->inputs[port], marked);
}

/* Where the two branches of a join part: the last tensor that both come from. */
static int fork_of(const struct hw_graph *graph, const struct unit_plan *join, struct arena *arena)
{
    bool *a = ARENA_NEW_ARRAY(arena, graph->engine_count, bool), *b = ARENA_NEW_ARRAY(arena, graph->engine_count, bool);
    mark_sources(graph, join->inputs[0], a);
    mark_sources(graph, join->inputs[1], b);
    int fork = (int)graph->engine_count - 1;
    while (fork >= 0 && !(a[fork] && b[fork]))
        fork--;
    return fork;
}

/* Words that the converter after an edge takes in before its own result is wanted (qnn_dwc: a beat enters while it holds
 * less than a result). */
static int64_t converter_words(const struct hw_graph *graph, const struct hw_edge *edge)
{
    const struct hw_engine *engine = &graph->engines[edge->to];
    if (edge->lanes == engine->lanes_in && hw_frame_in(engine, edge->port) % edge->lanes == 0)
        return 0;
    const int unit = greatest_common_divisor(edge->lanes, engine->lanes_in);
    return (engine->lanes_in / unit - 1) / (edge->lanes / unit) + 1;
}

/* The most words of an edge that wait in it before its reader may use the first of them; a position is beats words. */
static int64_t deadlock_words(const struct hw_graph *graph, const struct hw_edge *edge, struct arena *arena)
{
    const struct unit_plan *plan = graph->engines[edge->to].unit->plan;
    const struct schedule counts = schedule_counts(graph, fork_of(graph, plan, arena), arena);
    const struct schedule_flow *own = schedule_from(&counts, edge->from);
    const struct schedule_flow *other = schedule_from(&counts, plan->inputs[1 - edge->port]);
    const int64_t count = (int64_t)own->positions * SCHEDULE_FRAMES, beats = edge->beats / own->positions;
    /* A concatenation lets the channels of its first operand pass before it wants the second. */
    const int64_t passed = graph->engines[edge->to].kind == ENGINE_CONCAT && edge->port == 0 ? beats : 0;
    const int64_t elsewhere = 1 + converter_words(graph, edge) + passed;
    int64_t most = 0, before = 0;
    for (int64_t p = 0; p < count; p++) {
        const int64_t need = other->last[p];
        while (before < count && own->last[before] < need)
            before++;
        const bool partly = before < count && own->last[before] == need;
        const int64_t words = (before - p) * beats + (partly ? beats - 1 : 0);
        if (words > most)
            most = words;
    }
    return most > elsewhere ? most - elsewhere : 0;
}

/* The most positions that have begun to arrive and are not yet joined, in the last frame. */
static int64_t waiting_positions(const struct hw_graph *graph, const struct hw_edge *edge, const struct schedule *times)
{
    const struct schedule_flow *own = schedule_from(times, edge->from), *joined = &times->engines[edge->to];
    const int64_t count = (int64_t)own->positions * SCHEDULE_FRAMES;
    int64_t most = 0, left = 0;
    (void)graph;
    for (int64_t q = count - own->positions; q < count; q++) {
        while (left < count && joined->last[left] <= own->first[q])
            left++;
        most = q + 1 - left > most ? q + 1 - left : most;
    }
    return most;
}

/* An addition takes what its later operand gives as it comes; a concatenation leaves one side waiting while the other's
 * channels pass. */
static bool needs_buffer(const struct hw_graph *graph, const struct hw_edge *edge, const struct schedule *times)
{
    const struct hw_engine *join = &graph->engines[edge->to];
    if (join->kind == ENGINE_CONCAT)
        return true;
    const struct schedule_flow *own = schedule_from(times, edge->from);
    const struct schedule_flow *other = schedule_from(times, join->unit->plan->inputs[1 - edge->port]);
    for (int64_t p = 0; p < (int64_t)own->positions * SCHEDULE_FRAMES; p++)
        if (own->first[p] < other->first[p])
            return true;
    return false;
}

static void size_buffer(const struct hw_graph *graph, struct hw_edge *edge, const struct schedule *times,
                        struct arena *arena, struct arena *scratch)
{
    edge->deadlock = deadlock_words(graph, edge, scratch);
    if (!edge->deadlock && !needs_buffer(graph, edge, times))
        return;
    const int positions = schedule_from(times, edge->from)->positions;
    const int64_t beats = edge->beats / positions, waiting = waiting_positions(graph, edge, times);
    const int64_t words = waiting * beats;
    edge->depth = words > edge->deadlock ? words : edge->deadlock;
    edge->derivation = arena_printf(arena, "up to %lld positions x %lld words queue; %lld words avoid deadlock",
                                    (long long)waiting, (long long)beats, (long long)edge->deadlock);
}

static void size_buffers(struct hw_graph *graph, struct arena *arena)
{
    struct arena scratch = {0};
    const struct schedule times = schedule_times(graph, &scratch);
    for (size_t i = 0; i < graph->edge_count; i++)
        if (graph->engines[graph->edges[i].to].unit->plan->input_count > 1)
            size_buffer(graph, &graph->edges[i], &times, arena, &scratch);
    arena_free(&scratch);
}

void hw_connect(struct hw_graph *graph, struct arena *arena)
{
    graph->edges = ARENA_NEW_ARRAY(arena, 2 * graph->engine_count, struct hw_edge);
    for (size_t i = 0; i < graph->engine_count; i++)
        for (int port = 0; port < graph->engines[i].unit->plan->input_count; port++)
            graph->edges[graph->edge_count++] = edge_to(graph, i, port);
    size_buffers(graph, arena);
}
