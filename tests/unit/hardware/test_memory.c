/*
 * Memory images against a model of their own: the layout of rtl_templates/README.md decoded bit by bit, and an engine
 * computed from the images alone, with the result of the interpreter.
 */
#include "compile.h"
#include "tests/support/draw.h"
#include "tests/unit/cunit_main.h"

enum { PROGRAMS = 80, SAMPLES = 3 };

/* Bits lowest .. lowest + width - 1 of a word, as a number. */
static uint64_t field(const struct hw_memory *memory, int address, int lowest, int width)
{
    const uint8_t *word = memory->words + (size_t)address * (((size_t)memory->width + 7) / 8);
    uint64_t value = 0;
    CU_ASSERT_TRUE_FATAL(address < memory->depth && lowest + width <= memory->width && width <= 64);
    for (int bit = lowest + width - 1; bit >= lowest; bit--)
        value = value << 1 | (word[bit / 8] >> bit % 8 & 1);
    return value;
}

static int64_t signed_field(const struct hw_memory *memory, int address, int lowest, int width)
{
    const uint64_t value = field(memory, address, lowest, width), top = (uint64_t)1 << (width - 1);
    return (int64_t)(value ^ top) - (int64_t)top;
}

/* Sign bit of one position of the matrix as the datapath uses it: parities of triples are undone. */
static bool sign_bit(const struct hw_engine *engine, int nf, int sf, int p, int s)
{
    const struct hw_memory *weights = &engine->memories[MEMORY_WEIGHTS];
    const int address = nf * engine->in_beats + sf;
    if (engine->ternary)
        return field(weights, address, p * 2 * engine->simd + s, 1);
    const int base = p * engine->simd;
    bool bit = field(weights, address, base + s, 1);
    if (engine->recoded && s % 3 == 2)
        bit ^= field(weights, address, base + s - 1, 1) ^ field(weights, address, base + s - 2, 1);
    return bit;
}

static bool non_zero(const struct hw_engine *engine, int nf, int sf, int p, int s)
{
    return !engine->ternary || field(&engine->memories[MEMORY_WEIGHTS], nf * engine->in_beats + sf,
                                     p * 2 * engine->simd + engine->simd + s, 1);
}

/* ---- Weights ----------------------------------------------------------------------------------------------------- */

/* A falling channel of a one-level engine is stored negated. */
static bool stored_negated(const struct hw_engine *engine, int channel)
{
    return engine->tail == TAIL_SIGN && engine->unit->thresholds.flip[channel];
}

static void check_position(const struct hw_engine *engine, int nf, int sf, int p, int s)
{
    const int channel = nf * engine->pe + p, column = sf * engine->simd + s;
    const bool sign = sign_bit(engine, nf, sf, p, s), present = non_zero(engine, nf, sf, p, s);
    if (channel >= engine->elements_out)
        return; /* rows that only fill up: any contents */
    if (column >= engine->elements_in) {
        CU_ASSERT_TRUE_FATAL(sign);
        CU_ASSERT_TRUE_FATAL(!engine->ternary || !present);
        return;
    }
    int weight = engine->unit->weights[(size_t)channel * (size_t)engine->elements_in + (size_t)column];
    weight = stored_negated(engine, channel) ? -weight : weight;
    CU_ASSERT_EQUAL_FATAL(present, weight != 0);
    if (weight)
        CU_ASSERT_EQUAL_FATAL(sign, weight > 0);
}

static void check_weights(const struct hw_engine *engine)
{
    for (int nf = 0; nf < engine->out_beats; nf++)
        for (int sf = 0; sf < engine->in_beats; sf++)
            for (int p = 0; p < engine->pe; p++)
                for (int s = 0; s < engine->simd; s++)
                    check_position(engine, nf, sf, p, s);
}

/* ---- An engine from its images ----------------------------------------------------------------------------------- */

/* What the adders of channel c sum over a vector of raw input elements. */
static int64_t datapath_sum(const struct hw_engine *engine, int channel, const int *raw)
{
    const int mask = (1 << engine->in_bits) - 1, nf = channel / engine->pe, p = channel % engine->pe;
    int64_t sum = 0;
    for (int i = 0; i < engine->in_beats * engine->simd; i++) {
        const int sf = i / engine->simd, s = i % engine->simd, x = i < engine->elements_in ? raw[i] : 0;
        if (non_zero(engine, nf, sf, p, s))
            sum += x ^ (sign_bit(engine, nf, sf, p, s) ? 0 : mask);
    }
    return sum;
}

static int64_t thresholded(const struct hw_engine *engine, int channel, int64_t acc)
{
    const struct hw_memory *constants = &engine->memories[MEMORY_CONSTANTS];
    const int levels = (1 << engine->out_bits) - 1, lane = levels * engine->acc_bits + 1;
    const int nf = channel / engine->pe, base = channel % engine->pe * lane;
    int count = 0;
    for (int level = 0; level < levels; level++)
        count += acc >= signed_field(constants, nf, base + level * engine->acc_bits, engine->acc_bits);
    return field(constants, nf, base + lane - 1, 1) ? levels - count : count;
}

static int64_t multiplied(const struct hw_engine *engine, int channel, int64_t acc)
{
    const struct hw_multiply *multiply = &engine->multiply;
    const struct hw_memory *constants = &engine->memories[MEMORY_CONSTANTS];
    const int p = channel % engine->pe, lane = multiply->multiplier_bits + multiply->addend_bits;
    const int address = channel / engine->pe * multiply->steps + p / multiply->multipliers;
    const int base = p % multiply->multipliers * lane;
    const int64_t value = signed_field(constants, address, base, multiply->multiplier_bits) * acc +
                          signed_field(constants, address, base + multiply->multiplier_bits, multiply->addend_bits);
    if (engine->tail == TAIL_AFFINE)
        return value;
    int64_t step = 1;
    for (int i = 0; i < multiply->shift; i++)
        step *= 2;
    const int64_t code = value / step - (value % step < 0), last = (1 << engine->out_bits) - 1;
    return code < 0 ? 0 : code > last ? last : code;
}

/* The accumulator as the engine keeps it, then its tail. raw: elements as the engine gets them. */
static int64_t engine_result(const struct hw_engine *engine, int channel, const int *raw)
{
    const bool bipolar = engine->unit->input.kind == CODE_BIPOLAR;
    const int nf = channel / engine->pe, p = channel % engine->pe, bits = engine->acc_bits;
    const struct hw_memory *starts = &engine->memories[MEMORY_STARTS];
    int64_t acc;
    if (engine->kind == ENGINE_QUANTIZE)
        acc = bipolar ? 2 * raw[channel] - 1 : engine->signed_input ? raw[channel] - 128 : raw[channel];
    else if (engine->tail == TAIL_SIGN)
        return (int64_t)field(starts, nf, p * bits, bits) + datapath_sum(engine, channel, raw) >= (int64_t)1
                                                                                                      << (bits - 1);
    else
        acc = signed_field(starts, nf, p * bits, bits) + (bipolar ? 2 : 1) * datapath_sum(engine, channel, raw);
    if (engine->tail == TAIL_TABLE)
        return engine->table[engine->signed_input ? (raw[channel] - 128) & 255 : raw[channel]];
    if (engine->tail == TAIL_THRESHOLD)
        return thresholded(engine, channel, acc);
    return engine->tail == TAIL_NONE ? acc : multiplied(engine, channel, acc);
}

/* Elements as the first engine gets them (an i8 with its sign turned: n + 128), then the codes of each engine. */
static void check_sample(const struct hw_graph *graph, struct int_state *state, struct draw *draw)
{
    const struct int_edge *edge = &graph->integer->input;
    int raw[2][256];
    int32_t values[256];
    for (int i = 0; i < graph->engines[0].elements_in; i++) {
        raw[0][i] = draw_int(draw, 0, (1 << edge->bits) - 1);
        values[i] = edge->kind == CODE_SIGNED ? raw[0][i] - 128 : int_edge_value(edge, raw[0][i]);
    }
    int_run(graph->integer, values, state);
    for (size_t e = 0; e < graph->engine_count; e++) {
        const struct hw_engine *engine = &graph->engines[e];
        for (int c = 0; c < engine->elements_out; c++) {
            const int64_t result = engine_result(engine, c, raw[e % 2]);
            if (e + 1 < graph->engine_count)
                CU_ASSERT_EQUAL_FATAL(result, int_codes(state, e)[c]);
            if (e + 1 == graph->engine_count)
                CU_ASSERT_EQUAL_FATAL(engine->tail == TAIL_NONE ? result * engine->unit->multiplier[0] : result,
                                      int_values(state)[c]);
            raw[(e + 1) % 2][c] = (int)result;
        }
    }
}

static void test_images(void)
{
    size_t engines = 0, tails[ENGINE_TAIL_COUNT] = {0}, recoded = 0;
    for (uint64_t seed = 1; seed <= PROGRAMS; seed++) {
        struct arena arena = {0};
        struct draw draw = draw_open(seed, 31);
        struct hw_graph *graph = compile_random(seed, seed % 2 ? "xc7" : "ice40_hx8k", &arena);
        if (graph)
            hw_fill_memories(graph, &arena);
        struct int_state *state = graph ? int_state_new(graph->integer, &arena) : NULL;
        for (size_t e = 0; graph && e < graph->engine_count; e++, engines++) {
            tails[graph->engines[e].tail]++;
            recoded += graph->engines[e].recoded;
            if (graph->engines[e].kind == ENGINE_MVU)
                check_weights(&graph->engines[e]);
        }
        for (int sample = 0; graph && sample < SAMPLES; sample++)
            check_sample(graph, state, &draw);
        arena_free(&arena);
    }
    CU_ASSERT_TRUE(engines > 150 && recoded > 5);
    for (int tail = 0; tail < ENGINE_TAIL_COUNT; tail++)
        CU_ASSERT_TRUE(tail == TAIL_NONE || tails[tail] > 3);
}

static const struct unit_case cases[] = {{"images", test_images}};
UNIT_MAIN("memory images", cases)
