/*
 * Sizing: the cheapest PE x SIMD per engine that keeps the period.
 *
 * The period is the asked one (clock / throughput); without one, that of the slowest engine with a fold rule; without
 * rules, the time the input stream takes, so that no engine waits long for another: the balanced default. A period that
 * nobody asked for grows where an engine cannot keep it (a serial multiplier takes its cycles however it is folded).
 */
#include "hardware/size.h"

#include "hardware/bits.h"

#include <math.h>

/* LUT sites, and flip-flops at half their price: a site has as many or more of them. */
static double folding_cost(const struct hw_graph *graph, const struct hw_engine *engine)
{
    const struct hw_estimate estimate = hw_estimate_engine(graph, engine);
    return estimate.luts + (double)estimate.lutram_sites + 0.5 * estimate.flip_flops;
}

/* The cheapest folding found so far. */
struct choice {
    double cost;
    int pe, simd;
};

/* The next larger PE that takes fewer passes over the rows; more than all rows where there is none. */
static int next_pe(const struct hw_engine *engine)
{
    return engine->out_beats == 1 ? engine->elements_out + 1 : ceil_div(engine->elements_out, engine->out_beats - 1);
}

/* Tries one SIMD with every useful PE that keeps the period. A beat of results takes its SF cycles, or those of its
 * products where they are more. */
static void try_simd(const struct hw_graph *graph, struct hw_engine *engine, int simd, int64_t period,
                     struct choice *best)
{
    const struct hardware_plan *plan = &graph->integer->plan->model->hardware;
    const int beats = ceil_div(engine->elements_in, simd), product = hw_product_cycles(engine);
    const int64_t passes = period / ((int64_t)engine->vectors * (beats > product ? beats : product));
    if (passes == 0)
        return;
    for (int pe = passes >= engine->elements_out ? 1 : ceil_div(engine->elements_out, passes);
         pe <= engine->elements_out; pe = next_pe(engine)) {
        hw_fold(engine, pe, simd, plan);
        const double cost = folding_cost(graph, engine);
        if (engine->cycles <= period && cost < best->cost)
            *best = (struct choice){cost, pe, simd};
    }
}

/* The cheapest folding within the period; false where even full parallelism is too slow. Every SIMD is tried, since one
 * that suits the beats of the engine before it saves a shifter, and PE beyond the least, since a single pass needs no
 * replay buffer. */
static bool fold_within(const struct hw_graph *graph, struct hw_engine *engine, int64_t period)
{
    struct choice best = {.cost = INFINITY};
    for (int simd = 1; simd <= engine->elements_in; simd++)
        try_simd(graph, engine, simd, period, &best);
    if (!best.pe)
        return false;
    hw_fold(engine, best.pe, best.simd, &graph->integer->plan->model->hardware);
    return true;
}

/* An engine without weights is as wide as the period asks, no wider. */
static bool fold_elementwise(struct hw_engine *engine, int64_t period, const struct hardware_plan *plan)
{
    for (int lanes = 1; lanes <= engine->elements_out; lanes++) {
        if (!hw_lanes_fit(engine, lanes))
            continue;
        hw_fold(engine, lanes, lanes, plan);
        if (engine->cycles <= period)
            return true;
    }
    return false;
}

/* fold(pe, simd) of the program; values beyond the layer's size mean "all". */
static void fold_as_asked(struct hw_engine *engine, const struct hardware_plan *plan)
{
    const struct model_node *linear = engine->unit->plan->linear;
    const int pe = linear->hardware.pe, simd = linear->hardware.simd;
    engine->folding_asked = true;
    hw_fold(engine, pe > engine->elements_out ? engine->elements_out : pe,
            simd > engine->elements_in ? engine->elements_in : simd, plan);
}

static bool asks_folding(const struct hw_engine *engine)
{
    const struct model_node *linear = engine->unit->plan->linear;
    return linear && linear->hardware.pe > 0;
}

static void report_too_slow(const struct hw_engine *engine, int64_t period, const struct hardware_plan *plan,
                            struct sink *sink)
{
    sink_report(sink, DIAGNOSTIC_THROUGHPUT, plan->span,
                "layer '%s' cannot give a frame every %lld cycles (%g frames a second at %g MHz), however it is folded",
                engine->unit->plan->name, (long long)period, plan->throughput_fps, plan->clock_hz / 1e6);
    sink_hint(sink, "ask for less throughput or a faster clock");
}

/* The period that engines without a rule must keep. */
static int64_t target_period(const struct hw_graph *graph, const struct hardware_plan *plan)
{
    if (plan->throughput_fps > 0) {
        const double cycles = floor(plan->clock_hz / plan->throughput_fps);
        return cycles < 1 ? 1 : (int64_t)fmin(cycles, 1e15);
    }
    int64_t period = 0;
    for (size_t i = 0; i < graph->engine_count; i++)
        if (graph->engines[i].folding_asked && graph->engines[i].cycles > period)
            period = graph->engines[i].cycles;
    return period;
}

/* Cycles a frame of the fastest engine there can be: everything in parallel. */
static int64_t fastest_cycles(struct hw_engine *engine, const struct hardware_plan *plan)
{
    int lanes = engine->elements_out;
    while (engine->kind != ENGINE_MVU && !hw_lanes_fit(engine, lanes))
        lanes--;
    hw_fold(engine, lanes, engine->kind == ENGINE_MVU ? engine->elements_in : lanes, plan);
    return engine->cycles;
}

/* The period, where only fold rules and the input stream set it, that every engine can keep. */
static int64_t reachable_period(struct hw_graph *graph, int64_t period, const struct hardware_plan *plan)
{
    for (size_t i = 0; i < graph->engine_count; i++) {
        if (graph->engines[i].folding_asked)
            continue;
        const int64_t cycles = fastest_cycles(&graph->engines[i], plan);
        period = cycles > period ? cycles : period;
    }
    return period;
}

static void find_slowest(struct hw_graph *graph)
{
    graph->period = graph->input_cycles;
    graph->slowest = graph->engine_count;
    for (size_t i = 0; i < graph->engine_count; i++)
        if (graph->engines[i].cycles > graph->period) {
            graph->period = graph->engines[i].cycles;
            graph->slowest = i;
        }
}

/* Folds what has a rule; whether anything has. */
static bool fold_by_rules(struct hw_graph *graph, const struct hardware_plan *plan)
{
    bool any = false;
    for (size_t i = 0; i < graph->engine_count; i++)
        if (asks_folding(&graph->engines[i])) {
            fold_as_asked(&graph->engines[i], plan);
            any = true;
        }
    return any;
}

/* As many elements a beat as the period asks, unless the program says how many. */
static void size_input(struct hw_graph *graph, int64_t period, const struct hardware_plan *plan)
{
    const int elements = (int)shape_count(graph->integer->input.shape);
    graph->input_elements = plan->input_elements > 0 ? plan->input_elements : period ? ceil_div(elements, period) : 1;
    graph->input_cycles = ceil_div(elements, graph->input_elements);
}

/* Folds what has no rule; false where an engine cannot keep the period. */
static bool fold_the_rest(struct hw_graph *graph, int64_t period, const struct hardware_plan *plan, struct sink *sink)
{
    bool fine = true;
    for (size_t i = 0; i < graph->engine_count; i++) {
        struct hw_engine *engine = &graph->engines[i];
        if (engine->folding_asked)
            continue;
        const bool kept =
            engine->kind == ENGINE_MVU ? fold_within(graph, engine, period) : fold_elementwise(engine, period, plan);
        if (!kept) {
            report_too_slow(engine, period, plan, sink);
            fine = false;
        }
    }
    return fine;
}

/* A fold rule and input_elements override the throughput, but not silently. */
static void warn_where_missed(const struct hw_graph *graph, int64_t period, const struct hardware_plan *plan,
                              struct sink *sink)
{
    if (plan->throughput_fps <= 0 || graph->period <= period)
        return;
    const bool engine = graph->slowest < graph->engine_count;
    sink_report(sink, DIAGNOSTIC_THROUGHPUT_MISSED, plan->span,
                "%s takes %lld cycles a frame, but %g frames a second at %g MHz leave %lld",
                engine ? graph->engines[graph->slowest].unit->plan->name : "the input stream", (long long)graph->period,
                plan->throughput_fps, plan->clock_hz / 1e6, (long long)period);
    sink_hint(sink, engine ? "its fold rule is what holds" : "leave input_elements out");
}

bool hw_size(struct hw_graph *graph, struct sink *sink)
{
    const struct hardware_plan *plan = &graph->integer->plan->model->hardware;
    const bool any_rule = fold_by_rules(graph, plan);
    int64_t period = target_period(graph, plan);
    size_input(graph, period, plan);
    graph->balanced_default = !any_rule && plan->throughput_fps <= 0;
    if (!period)
        period = graph->input_cycles;
    if (plan->throughput_fps <= 0)
        period = reachable_period(graph, period, plan);
    if (!fold_the_rest(graph, period, plan, sink))
        return false;
    find_slowest(graph);
    warn_where_missed(graph, period, plan, sink);
    return true;
}

double hw_frames_per_second(const struct hw_graph *graph)
{
    return graph->integer->plan->model->hardware.clock_hz / (double)graph->period;
}
