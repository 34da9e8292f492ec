/* The schedule of positions; latencies are those of the templates' headers, rather too long than too short. */
#include "hardware/schedule.h"

#include "hardware/window.h"

/* Cycles through the plumbing: converters and window before an engine, the engine itself beside its beats, what turns sums
 * into codes, FIFO and fork. */
enum { FRONT_LATENCY = 8, UNIT_LATENCY = 6, TAIL_LATENCY = 5, PLUMBING_LATENCY = 4 };

struct scheduler {
    const struct hw_graph *graph;
    struct schedule *schedule;
    bool counting;
};

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static struct schedule_flow new_flow(struct shape shape, struct arena *arena)
{
    const size_t positions = (size_t)shape.height * (size_t)shape.width;
    return (struct schedule_flow){
        .positions = (int)positions,
        .first = ARENA_NEW_ARRAY(arena, positions * SCHEDULE_FRAMES, int64_t),
        .last = ARENA_NEW_ARRAY(arena, positions * SCHEDULE_FRAMES, int64_t),
    };
}

/* Evenly over the period. */
static void spread_positions(struct schedule_flow *flow, int64_t period)
{
    for (int64_t q = 0; q < (int64_t)flow->positions * SCHEDULE_FRAMES; q++) {
        flow->first[q] = q * period / flow->positions;
        flow->last[q] = (q + 1) * period / flow->positions;
    }
}

static void count_positions(struct schedule_flow *flow)
{
    for (int64_t q = 0; q < (int64_t)flow->positions * SCHEDULE_FRAMES; q++)
        flow->first[q] = flow->last[q] = q;
}

/* The last position of its input that position p of an engine's output waits for: with a window the end of a row, since a
 * window starts on whole rows. */
static int64_t needed(const struct hw_engine *engine, int port, int64_t p)
{
    const struct unit_plan *plan = engine->unit->plan;
    const struct shape in = plan->in_shape[port], out = plan->shape;
    const int64_t frame = p / (out.height * out.width), start = frame * in.height * in.width;
    const enum window_form form = engine->window.form;
    if ((plan->linear && !plan->window) || form == WINDOW_WHOLE)
        return start + (int64_t)in.height * in.width - 1;
    if (form != WINDOW_SEQUENTIAL && form != WINDOW_PARALLEL)
        return p;
    const int row = (int)(p % (out.height * out.width)) / out.width;
    return start + (int64_t)window_last_row(plan, row) * in.width - 1;
}

/* The position of the producer's tensor that holds position q as its reader counts: a dense layer reads a whole tensor as
 * one position. */
static int64_t producer_position(const struct hw_engine *engine, int port, const struct schedule_flow *flow, int64_t q)
{
    const struct shape in = engine->unit->plan->in_shape[port];
    return in.height * in.width == flow->positions ? q : (q + 1) * flow->positions - 1;
}

/* Cycles from the last needed input to the first result, beside the work on the position itself. */
static int64_t latency_of(const struct hw_engine *engine)
{
    const int64_t serial = engine->multiply.steps * (int64_t)hw_product_cycles(engine);
    return FRONT_LATENCY + (engine->kind == ENGINE_MVU ? engine->in_beats + UNIT_LATENCY : 0) +
           (engine->tail == TAIL_NONE || engine->tail == TAIL_SIGN ? 1 : TAIL_LATENCY + serial) + PLUMBING_LATENCY;
}

static void run_engine(const struct scheduler *scheduler, size_t index)
{
    const struct hw_engine *engine = &scheduler->graph->engines[index];
    const struct unit_plan *plan = engine->unit->plan;
    struct schedule_flow *out = &scheduler->schedule->engines[index];
    const int64_t work = scheduler->counting ? 0 : engine->cycles / out->positions;
    const int64_t latency = scheduler->counting ? 0 : latency_of(engine);
    int64_t busy = 0;
    for (int64_t p = 0; p < (int64_t)out->positions * SCHEDULE_FRAMES; p++) {
        int64_t begin = busy, soon = busy;
        for (int port = 0; port < plan->input_count; port++) {
            const struct schedule_flow *in = schedule_from(scheduler->schedule, plan->inputs[port]);
            const int64_t q = producer_position(engine, port, in, needed(engine, port, p));
            begin = later(begin, in->last[q]);
            soon = later(soon, in->first[q]);
        }
        out->first[p] = scheduler->counting ? begin : soon + (engine->kind == ENGINE_MVU ? engine->in_beats : 0) + 1;
        out->last[p] = begin + work + latency;
        busy = begin + work;
    }
}

static struct schedule new_schedule(const struct hw_graph *graph, struct arena *arena)
{
    struct schedule schedule = {
        .input = new_flow(graph->integer->input.shape, arena),
        .engines = ARENA_NEW_ARRAY(arena, graph->engine_count, struct schedule_flow),
    };
    for (size_t i = 0; i < graph->engine_count; i++)
        schedule.engines[i] = new_flow(graph->engines[i].unit->plan->shape, arena);
    return schedule;
}

struct schedule schedule_times(const struct hw_graph *graph, struct arena *arena)
{
    struct schedule schedule = new_schedule(graph, arena);
    const struct scheduler scheduler = {.graph = graph, .schedule = &schedule};
    spread_positions(&schedule.input, graph->period);
    for (size_t i = 0; i < graph->engine_count; i++)
        run_engine(&scheduler, i);
    return schedule;
}

struct schedule schedule_counts(const struct hw_graph *graph, int source, struct arena *arena)
{
    struct schedule schedule = new_schedule(graph, arena);
    const struct scheduler scheduler = {.graph = graph, .schedule = &schedule, .counting = true};
    count_positions(source < 0 ? &schedule.input : &schedule.engines[source]);
    for (size_t i = (size_t)(source + 1); i < graph->engine_count; i++)
        run_engine(&scheduler, i);
    return schedule;
}
