/*
 * The resource model and the folding that follows from it: memories stand where Yosys 0.23 was seen to put them, and no
 * folding that keeps the period is cheaper than the chosen one, tried one by one.
 */
#include "hardware/bits.h"
#include "hardware/estimate.h"
#include "hardware/estimate_memory.h"
#include "model/model.h"
#include "syntax/ast.h"
#include "transform/transform.h"
#include "tests/unit/cunit_main.h"

#include <string.h>

/* Shapes from netlists of the sweep (tests/bench/estimate_sweep.sh). */
static void test_memories(void)
{
    static const struct {
        enum target_part target;
        int width, depth;
        enum memory_style style;
        int64_t soft_bits, lutram_sites, blocks;
    } cases[] = {
        {TARGET_XC7, 32, 128, MEMORY_AUTO, 0, 0, 1},
        {TARGET_XC7, 8, 16, MEMORY_AUTO, 0, 8, 0},
        {TARGET_XC7, 1, 1024, MEMORY_AUTO, 0, 64, 0},
        {TARGET_XC7, 1, 128, MEMORY_DISTRIBUTED, 0, 4, 0},
        {TARGET_XC7, 64, 32, MEMORY_AUTO, 0, 44, 0},
        {TARGET_XC7, 8, 40, MEMORY_AUTO, 0, 12, 0},
        {TARGET_XC7, 8, 40, MEMORY_BLOCK, 0, 0, 1},
        {TARGET_XC7, 80, 1, MEMORY_AUTO, 80, 0, 0},
        {TARGET_ICE40_HX8K, 32, 128, MEMORY_AUTO, 0, 0, 2},
        {TARGET_ICE40_HX8K, 12, 5, MEMORY_AUTO, 60, 0, 0},
        {TARGET_ICE40_HX8K, 1, 1024, MEMORY_AUTO, 0, 0, 1},
        {TARGET_ICE40_UP5K, 64, 16, MEMORY_AUTO, 0, 0, 4},
        {TARGET_ECP5, 16, 8, MEMORY_DISTRIBUTED, 0, 16, 0},
        {TARGET_ECP5, 32, 128, MEMORY_AUTO, 0, 0, 1},
        {TARGET_GENERIC, 16, 8, MEMORY_DISTRIBUTED, 128, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct memory_place place = memory_place(cases[i].width, cases[i].depth, cases[i].style, cases[i].target);
        CU_ASSERT_EQUAL(place.soft_bits, cases[i].soft_bits);
        CU_ASSERT_EQUAL(place.lutram_sites, cases[i].lutram_sites);
        CU_ASSERT_EQUAL(place.blocks, cases[i].blocks);
        CU_ASSERT_EQUAL(place.register_bits, cases[i].blocks ? 0 : cases[i].width);
    }
}

/* weights, acts and last as in a program. */
static struct hw_graph *compile(const char *target, const char *weights, const char *acts, const char *throughput,
                                struct arena *arena)
{
    struct source *source = ARENA_NEW(arena, struct source);
    source->name = "net.qnn";
    source->text =
        arena_printf(arena,
                     "data { source = idx(\"none\"); }\n"
                     "scheme s { weights = %s; acts = %s; }\n"
                     "network net { input u8[21] scale 1/255 offset -0.5 -> act -> dense(13) -> batchnorm -> act\n"
                     " -> dense(9) -> batchnorm -> act -> dense(5) -> batchnorm -> classify; }\n"
                     "quantize { * : s; }\n"
                     "train { loss = square_hinge; optimizer = adam(lr = 1e-3); batch = 1; epochs = 1; }\n"
                     "hardware { target = %s; clock = 10 MHz; throughput = %s; }\n",
                     weights, acts, target, throughput);
    source->length = strlen(source->text);
    struct sink *sink = sink_open(arena, DIAGNOSTICS_TEXT);
    struct model *model = transform_program(ast_parse(source, arena, sink), NULL, 0, arena, sink);
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    struct int_plan *plan = int_cut(model, arena, sink);
    CU_ASSERT_PTR_NOT_NULL_FATAL(plan);
    struct int_graph *integer = int_random(plan, 1, arena, sink);
    CU_ASSERT_PTR_NOT_NULL_FATAL(integer);
    return hw_build(integer, arena, sink);
}

static double cost(const struct hw_graph *graph, const struct hw_engine *engine)
{
    const struct hw_estimate estimate = hw_estimate_engine(graph, engine);
    return estimate.luts + (double)estimate.lutram_sites + 0.5 * estimate.flip_flops;
}

/* Every PE x SIMD of the engine, the others as they are. */
static void check_cheapest(const struct hw_graph *graph, struct hw_engine *engine, int64_t period)
{
    const struct hardware_plan *plan = &graph->integer->plan->model->hardware;
    const int chosen_pe = engine->pe, chosen_simd = engine->simd;
    const double chosen = cost(graph, engine);
    CU_ASSERT(engine->cycles <= period);
    for (int pe = 1; pe <= engine->elements_out; pe++)
        for (int simd = 1; simd <= engine->elements_in; simd++) {
            if (ceil_div(engine->elements_out, ceil_div(engine->elements_out, pe)) != pe)
                continue; /* rows of padding only: the same passes with fewer */
            hw_fold(engine, pe, simd, plan);
            CU_ASSERT(engine->cycles > period || cost(graph, engine) >= chosen);
        }
    hw_fold(engine, chosen_pe, chosen_simd, plan);
}

static void test_cheapest_folding(void)
{
    static const char *const parts[] = {"xc7", "ice40_hx8k", "ecp5", "generic"};
    static const char *const acts[] = {"sign", "uint(2, clip = fixed(1.0))"};
    static const struct {
        const char *throughput;
        int64_t period;
    } rates[] = {{"50 kfps", 200}, {"150 kfps", 66}, {"400 kfps", 25}};
    for (size_t p = 0; p < 4; p++)
        for (size_t a = 0; a < 2; a++)
            for (size_t r = 0; r < 3; r++) {
                struct arena arena = {0};
                struct hw_graph *graph =
                    compile(parts[p], a ? "ternary" : "binary", acts[a], rates[r].throughput, &arena);
                /* A shift-and-add product takes its cycles: there the fast rates cannot be kept. */
                CU_ASSERT(graph != NULL || strcmp(parts[p], "ice40_hx8k") == 0);
                for (size_t i = 0; graph && i < graph->engine_count; i++)
                    if (graph->engines[i].kind == ENGINE_MVU)
                        check_cheapest(graph, &graph->engines[i], rates[r].period);
                arena_free(&arena);
            }
}

/* More work a cycle costs more, whatever the target; nothing is negative. */
static void test_sane(void)
{
    static const char *const parts[] = {"xc7", "ice40_hx8k", "ice40_up5k", "ecp5", "generic"};
    for (size_t p = 0; p < 5; p++) {
        struct arena arena = {0};
        struct hw_graph *graph = compile(parts[p], "binary", "sign", "10 kfps", &arena);
        CU_ASSERT_PTR_NOT_NULL_FATAL(graph);
        struct hw_engine *engine = &graph->engines[2];
        CU_ASSERT_EQUAL_FATAL(engine->kind, ENGINE_MVU);
        const struct hardware_plan *plan = &graph->integer->plan->model->hardware;
        double before = 0;
        for (int pe = 1; pe <= 5; pe += 2) {
            hw_fold(engine, pe, 6, plan);
            const struct hw_estimate estimate = hw_estimate_engine(graph, engine);
            CU_ASSERT(estimate.luts > before);
            CU_ASSERT(estimate.flip_flops > 0);
            before = estimate.luts;
        }
        arena_free(&arena);
    }
}

static const struct unit_case cases[] = {
    {"memories stand where Yosys puts them", test_memories},
    {"no folding is cheaper than the chosen one", test_cheapest_folding},
    {"more lanes cost more", test_sane},
};
UNIT_MAIN("estimate", cases)
