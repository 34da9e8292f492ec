/*
 * Folding: beats, cycles and memory shapes of every PE x SIMD against plain counting; what the sizer keeps or refuses against trying
 * all.
 */
#include "compile.h"
#include "hardware/mvu_forms.h"
#include "tests/unit/cunit_main.h"

#include <stdlib.h>

/* How many groups of `lanes` hold `count`: counted, not divided. */
static int groups(int count, int lanes)
{
    int n = 0;
    for (int held = 0; held < count; held += lanes)
        n++;
    return n;
}

/* Cycles that the products behind the accumulators need for one frame. */
static int64_t product_cycles(const struct hw_engine *engine)
{
    const struct hw_multiply *multiply = &engine->multiply;
    const int64_t product = multiply->serial ? multiply->multiplier_bits + 2 : 1;
    return (int64_t)engine->vectors * engine->out_beats * groups(engine->pe, multiply->multipliers) * product;
}

static void check_multiply(const struct hw_engine *engine)
{
    const struct hw_multiply *multiply = &engine->multiply;
    const struct hw_memory *constants = &engine->memories[MEMORY_CONSTANTS];
    CU_ASSERT_TRUE_FATAL(multiply->multipliers >= 1 && multiply->multipliers <= engine->pe);
    CU_ASSERT_EQUAL_FATAL(multiply->steps, groups(engine->pe, multiply->multipliers));
    CU_ASSERT_EQUAL_FATAL(constants->depth, engine->groups * engine->out_beats * multiply->steps);
    CU_ASSERT_TRUE_FATAL(engine->kind == ENGINE_MVU || multiply->steps == 1);
    CU_ASSERT_EQUAL_FATAL(constants->width,
                          multiply->multipliers * (multiply->multiplier_bits + multiply->addend_bits));
    CU_ASSERT_TRUE_FATAL(engine->cycles >= product_cycles(engine));
}

/* Beats a frame of the window, counted; the vectors that it gives must come in the order of the weights. */
static int64_t check_window(const struct hw_engine *engine)
{
    const struct unit_plan *plan = engine->unit->plan;
    const struct hw_window *window = &engine->window;
    const int channels = plan->in_shape[0].channels / plan->groups;
    if (plan->source != UNIT_CONV && engine->kind != ENGINE_POOL)
        return 0;
    int64_t in = 0, out = 0;
    for (int y = 0; y < plan->in_shape[0].height; y++)
        in += (int64_t)plan->in_shape[0].width * groups(plan->in_shape[0].channels, window->lanes);
    const int taps = plan->window->kernel_height * plan->window->kernel_width;
    for (int p = 0; p < plan->shape.height * plan->shape.width; p++)
        out +=
            (int64_t)(window->form == WINDOW_PARALLEL ? 1 : taps) * groups(plan->in_shape[0].channels, window->lanes);
    if (window->form == WINDOW_NONE || window->form == WINDOW_WHOLE)
        out = 0;
    CU_ASSERT_EQUAL_FATAL(channels % window->lanes, 0);
    CU_ASSERT_TRUE_FATAL(window->form != WINDOW_PARALLEL || window->lanes == channels);
    CU_ASSERT_EQUAL_FATAL(window->beats_in, in);
    if (window->form == WINDOW_PARALLEL) {
        /* Columns between the positions are read too. */
        CU_ASSERT_TRUE_FATAL(window->read_cycles >= out &&
                             window->read_cycles <= out * plan->window->stride_width + in);
        out = window->read_cycles;
    }
    CU_ASSERT_EQUAL_FATAL(window->read_cycles, out);
    CU_ASSERT_EQUAL_FATAL(window->groups,
                          engine->kind == ENGINE_POOL ? plan->in_shape[0].channels / window->lanes : plan->groups);
    return in > out ? in : out;
}

/* The stream that leaves has padding only where a frame is one vector. */
static void check_stream(const struct hw_engine *engine)
{
    CU_ASSERT_TRUE_FATAL(engine->lanes_out >= engine->pe);
    CU_ASSERT_TRUE_FATAL(engine->vectors == 1 || engine->elements_out % engine->lanes_out == 0);
    CU_ASSERT_TRUE_FATAL(engine->elements_out % engine->pe != 0 || engine->lanes_out == engine->pe);
}

static void check_fold(struct hw_engine *engine, int pe, int simd, const struct hardware_plan *plan)
{
    const int sf = groups(engine->elements_in, simd), nf = groups(engine->elements_out, pe);
    hw_fold(engine, pe, simd, plan);
    CU_ASSERT_EQUAL_FATAL(engine->in_beats, sf);
    CU_ASSERT_EQUAL_FATAL(engine->out_beats, nf);
    const bool mvu = engine->kind == ENGINE_MVU;
    const bool multiplies = engine->tail == TAIL_REQUANT || engine->tail == TAIL_AFFINE;
    const int64_t own = (mvu ? (int64_t)sf * nf : nf) * engine->vectors, windows = check_window(engine);
    const int64_t products = multiplies ? product_cycles(engine) : 0, most = own > windows ? own : windows;
    CU_ASSERT_EQUAL_FATAL(engine->cycles, most > products ? most : products);
    if (mvu) {
        const struct hw_memory *weights = &engine->memories[MEMORY_WEIGHTS];
        CU_ASSERT_EQUAL_FATAL(weights->depth, engine->groups * sf * nf);
        CU_ASSERT_EQUAL_FATAL(weights->width, pe * simd * engine->unit->plan->weight_type.bits);
        CU_ASSERT_EQUAL_FATAL(engine->memories[MEMORY_STARTS].depth, engine->groups * nf);
    }
    if (multiplies)
        check_multiply(engine);
    check_stream(engine);
    CU_ASSERT_EQUAL_FATAL(engine->form != NULL, mvu);
    CU_ASSERT_TRUE_FATAL(!mvu || !engine->form->recode || simd >= 3);
}

/* Every PE and SIMD of a matrix-vector unit, every number of lanes of the others. */
static size_t check_engine(struct hw_engine *engine, const struct hardware_plan *plan)
{
    size_t checked = 0;
    for (int pe = 1; pe <= engine->elements_out; pe++)
        for (int simd = 1; simd <= engine->elements_in; simd++)
            if (engine->kind == ENGINE_MVU ? true : simd == pe && hw_lanes_fit(engine, pe)) {
                check_fold(engine, pe, simd, plan);
                checked++;
            }
    return checked;
}

static void check_programs(bool images, size_t least)
{
    size_t checked = 0, kinds[ENGINE_KIND_COUNT] = {0}, forms[WINDOW_FORM_COUNT] = {0};
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct arena arena = {0};
        struct hw_graph *graph = compile_random(seed, images, seed % 2 ? "ice40_hx8k" : "xc7", &arena);
        for (size_t i = 0; graph && i < graph->engine_count; i++) {
            kinds[graph->engines[i].kind]++;
            forms[graph->engines[i].window.form]++;
            checked += check_engine(&graph->engines[i], &graph->integer->plan->model->hardware);
        }
        arena_free(&arena);
    }
    CU_ASSERT_TRUE(checked > least);
    for (int kind = 0; images && kind < ENGINE_KIND_COUNT; kind++)
        CU_ASSERT_TRUE(kinds[kind] > 3);
    for (int form = 0; images && form < WINDOW_FORM_COUNT; form++)
        CU_ASSERT_TRUE(forms[form] > 3);
}

static void test_every_folding(void)
{
    check_programs(false, 20000);
    check_programs(true, 10000);
}

/* ---- Sizing ------------------------------------------------------------------------------------------------------ */

/* The fewest cycles of any folding. */
static int64_t fewest_cycles(const struct hw_engine *engine, const struct hardware_plan *plan)
{
    struct hw_engine trial = *engine;
    int64_t fewest = INT64_MAX;
    for (int pe = 1; pe <= engine->elements_out; pe++)
        for (int simd = 1; simd <= engine->elements_in; simd++) {
            hw_fold(&trial, pe, simd, plan);
            fewest = trial.cycles < fewest ? trial.cycles : fewest;
        }
    return fewest;
}

static const char program[] =
    "scheme a { weights = binary; acts = sign; }\nscheme b { weights = ternary; acts = uint(3, clip = fixed(1)); }\n"
    "network n { input u8[23] -> h1: dense(17) -> batchnorm -> act -> h2: dense(13) -> batchnorm -> act "
    "-> y: dense(5) -> batchnorm -> classify; }\nquantize { * : a; h2 : b; act2 : b; }\n"
    "hardware { target = %s; clock = 100 MHz; %s }\n";

static struct hw_graph *build(const char *target, const char *throughput, struct arena *arena)
{
    struct sink *sink = sink_open(arena, DIAGNOSTICS_TEXT);
    const char *text = arena_printf(arena, program, target, throughput);
    return hw_build(compile_integer(text, strlen(text), 1, arena, sink), arena, sink);
}

/* The shortest period at which every engine can be built. */
static int64_t shortest_period(const char *target)
{
    struct arena arena = {0};
    const struct hw_graph *graph = build(target, "", &arena);
    int64_t longest = 0;
    CU_ASSERT_PTR_NOT_NULL_FATAL(graph);
    CU_ASSERT_TRUE(graph->balanced_default);
    for (size_t i = 0; i < graph->engine_count; i++) {
        const int64_t cycles = fewest_cycles(&graph->engines[i], &graph->integer->plan->model->hardware);
        longest = cycles > longest ? cycles : longest;
    }
    arena_free(&arena);
    return longest;
}

/* A throughput is kept by every engine, or refused where no folding keeps it. */
static void check_throughput(const char *target, int period, int64_t shortest)
{
    struct arena arena = {0};
    const struct hw_graph *graph =
        build(target, arena_printf(&arena, "throughput = %.9f fps;", 1e8 / (period + 0.5)), &arena);
    CU_ASSERT_EQUAL(graph != NULL, period >= shortest);
    if (graph) {
        hw_verify(graph);
        for (size_t i = 0; i < graph->engine_count; i++)
            CU_ASSERT_TRUE(graph->engines[i].cycles <= period);
        CU_ASSERT_FALSE(graph->balanced_default);
    }
    arena_free(&arena);
}

static void test_throughput(void)
{
    static const char *const targets[] = {"generic", "xc7", "ice40_hx8k", "ice40_up5k", "ecp5"};
    static const int periods[] = {64, 100, 399, 1000, 100000};
    for (size_t t = 0; t < sizeof targets / sizeof targets[0]; t++) {
        const int64_t shortest = shortest_period(targets[t]);
        for (int period = 1; period <= 40; period++)
            check_throughput(targets[t], period, shortest);
        for (size_t p = 0; p < sizeof periods / sizeof periods[0]; p++)
            check_throughput(targets[t], periods[p], shortest);
    }
}

static const struct unit_case cases[] = {{"every folding", test_every_folding}, {"throughput", test_throughput}};
UNIT_MAIN("folding and sizing", cases)
