/*
 * Memory images against a model of their own: the layout of rtl_templates/README.md decoded bit by bit, and an engine
 * computed from the images alone, with the result of the interpreter.
 */
#include "compile.h"
#include "hardware/mvu_forms.h"
#include "tests/support/draw.h"
#include "tests/unit/cunit_main.h"

enum { PROGRAMS = 80, SAMPLES = 3, MOST_COLUMNS = 2048 };

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

static bool has_zero(const struct hw_engine *engine)
{
    return engine->unit->plan->weight_type.has_zero;
}

static bool recodes(const struct hw_engine *engine)
{
    return engine->form && engine->form->recode;
}

/* Sign bit of one position of the matrix as the datapath uses it: parities of triples are undone. */
static bool sign_bit(const struct hw_engine *engine, int nf, int sf, int p, int s)
{
    const struct hw_memory *weights = &engine->memories[MEMORY_WEIGHTS];
    const int address = nf * engine->in_beats + sf;
    if (has_zero(engine))
        return field(weights, address, p * 2 * engine->simd + s, 1);
    const int base = p * engine->simd;
    bool bit = field(weights, address, base + s, 1);
    if (recodes(engine) && s % 3 == 2)
        bit ^= field(weights, address, base + s - 1, 1) ^ field(weights, address, base + s - 2, 1);
    return bit;
}

static bool non_zero(const struct hw_engine *engine, int nf, int sf, int p, int s)
{
    return !has_zero(engine) || field(&engine->memories[MEMORY_WEIGHTS], nf * engine->in_beats + sf,
                                      p * 2 * engine->simd + engine->simd + s, 1);
}

static bool is_int(const struct hw_engine *engine)
{
    return engine->unit->plan->weight_type.encoding == QNN_ENCODING_TWOS;
}

/* The weight of one position: of integers a sign plane and magnitudes, where the negative zero is the least of a full grid. */
static int stored_weight(const struct hw_engine *engine, int nf, int sf, int p, int s)
{
    if (!is_int(engine))
        return !non_zero(engine, nf, sf, p, s) ? 0 : sign_bit(engine, nf, sf, p, s) ? 1 : -1;
    const struct hw_memory *weights = &engine->memories[MEMORY_WEIGHTS];
    const struct qnn_code_type *type = &engine->unit->plan->weight_type;
    const int address = nf * engine->in_beats + sf, base = p * type->bits * engine->simd + s;
    const bool negative = field(weights, address, base, 1);
    int magnitude = 0;
    for (int plane = 1; plane < type->bits; plane++)
        magnitude += (int)field(weights, address, base + plane * engine->simd, 1) << (plane - 1);
    return negative ? (magnitude ? -magnitude : type->low) : magnitude;
}

/* ---- Weights ----------------------------------------------------------------------------------------------------- */

/* A falling channel of a one-level engine is stored negated. */
static bool stored_negated(const struct hw_engine *engine, int channel)
{
    return engine->tail == TAIL_SIGN && engine->unit->thresholds.flip[channel];
}

/* nf counts on through the groups: the memories hold theirs one after the other. */
static void check_position(const struct hw_engine *engine, int nf, int sf, int p, int s)
{
    const int group = nf / engine->out_beats, row = nf % engine->out_beats * engine->pe + p;
    const int channel = group * engine->elements_out + row, column = sf * engine->simd + s;
    const int stored = stored_weight(engine, nf, sf, p, s);
    if (row >= engine->elements_out)
        return; /* rows that only fill up: any contents */
    if (column >= engine->elements_in) {
        CU_ASSERT_EQUAL_FATAL(stored, has_zero(engine) ? 0 : 1);
        CU_ASSERT_TRUE_FATAL(is_int(engine) || sign_bit(engine, nf, sf, p, s));
        return;
    }
    int weight = engine->unit->weights[(size_t)channel * (size_t)engine->elements_in + (size_t)column];
    weight = stored_negated(engine, channel) ? -weight : weight;
    CU_ASSERT_EQUAL_FATAL(stored, weight);
}

static void check_weights(const struct hw_engine *engine)
{
    for (int nf = 0; nf < engine->groups * engine->out_beats; nf++)
        for (int sf = 0; sf < engine->in_beats; sf++)
            for (int p = 0; p < engine->pe; p++)
                for (int s = 0; s < engine->simd; s++)
                    check_position(engine, nf, sf, p, s);
}

/* ---- An engine from its images ----------------------------------------------------------------------------------- */

/* Where a channel's constants stand: its beat, counted on through the groups, and its lane. */
static int beat_of(const struct hw_engine *engine, int channel)
{
    const int group = channel / engine->elements_out, row = channel % engine->elements_out;
    return group * engine->out_beats + row / engine->pe;
}

static int lane_of(const struct hw_engine *engine, int channel)
{
    return channel % engine->elements_out % engine->pe;
}

/* What the adders of channel c sum over a vector of raw input elements. */
static int64_t datapath_sum(const struct hw_engine *engine, int channel, const int *raw)
{
    const int64_t largest =
        (int64_t)qnn_code_magnitude(&engine->unit->plan->weight_type) * ((1 << engine->in_bits) - 1);
    const int nf = beat_of(engine, channel), p = lane_of(engine, channel);
    int64_t sum = 0, mask = 1;
    while (mask < largest)
        mask = 2 * mask + 1;
    for (int i = 0; i < engine->in_beats * engine->simd; i++) {
        const int sf = i / engine->simd, s = i % engine->simd, x = i < engine->elements_in ? raw[i] : 0;
        const int weight = stored_weight(engine, nf, sf, p, s);
        sum += weight < 0 ? ((int64_t)-weight * x) ^ mask : (int64_t)weight * x;
    }
    return sum;
}

/* The code that qnn_threshold's count stands for: of an int it is turned by its top bit. */
static int64_t thresholded(const struct hw_engine *engine, int channel, int64_t acc)
{
    const struct hw_memory *constants = &engine->memories[MEMORY_CONSTANTS];
    const int levels = (1 << engine->out_bits) - 1, lane = levels * engine->acc_bits + 1;
    const int nf = beat_of(engine, channel), base = lane_of(engine, channel) * lane;
    int count = 0;
    for (int level = 0; level < levels; level++)
        count += acc >= signed_field(constants, nf, base + level * engine->acc_bits, engine->acc_bits);
    const int code = field(constants, nf, base + lane - 1, 1) ? levels - count : count;
    return engine->unit->output.type.encoding == QNN_ENCODING_TWOS ? code - (1 << (engine->out_bits - 1)) : code;
}

static int64_t clip(int64_t code, int64_t first, int64_t last)
{
    return code < first ? first : code > last ? last : code;
}

static int64_t multiplied(const struct hw_engine *engine, int channel, int64_t acc)
{
    const struct hw_multiply *multiply = &engine->multiply;
    const struct hw_memory *constants = &engine->memories[MEMORY_CONSTANTS];
    const struct qnn_requant *requant = int_requant(engine->unit);
    const int p = lane_of(engine, channel), lane = multiply->multiplier_bits + multiply->addend_bits;
    const int address = beat_of(engine, channel) * multiply->steps + p / multiply->multipliers;
    const int base = p % multiply->multipliers * lane;
    const int64_t value = signed_field(constants, address, base, multiply->multiplier_bits) * acc +
                          signed_field(constants, address, base + multiply->multiplier_bits, multiply->addend_bits);
    if (engine->tail == TAIL_AFFINE)
        return value;
    int64_t step = 1;
    for (int i = 0; i < multiply->shift; i++)
        step *= 2;
    const int64_t code = value / step - (value % step < 0);
    return requant->is_signed ? clip(code, requant->first, (1 << (engine->out_bits - 1)) - 1)
                              : clip(code, 0, (1 << engine->out_bits) - 1);
}

/* The accumulator as the engine keeps it, then its tail. raw: elements as a matrix-vector unit gets them. */
static int64_t engine_result(const struct hw_engine *engine, int channel, const int *raw)
{
    const bool bipolar = engine->unit->input.type.encoding == QNN_ENCODING_SIGN;
    const int half = engine->signed_input ? 1 << (engine->in_bits - 1) : 0, mask = (1 << engine->in_bits) - 1;
    const int nf = beat_of(engine, channel), p = lane_of(engine, channel), bits = engine->acc_bits;
    const struct hw_memory *starts = &engine->memories[MEMORY_STARTS];
    int64_t acc;
    if (engine->kind == ENGINE_QUANTIZE)
        acc = bipolar ? 2 * raw[channel] - 1 : raw[channel] - half;
    else if (engine->tail == TAIL_SIGN)
        return (int64_t)field(starts, nf, p * bits, bits) + datapath_sum(engine, channel, raw) >= (int64_t)1
                                                                                                      << (bits - 1);
    else
        acc = signed_field(starts, nf, p * bits, bits) + (bipolar ? 2 : 1) * datapath_sum(engine, channel, raw);
    if (engine->tail == TAIL_TABLE)
        return engine->table[(raw[channel] - half) & mask];
    if (engine->tail == TAIL_THRESHOLD)
        return thresholded(engine, channel, acc);
    return engine->tail == TAIL_NONE ? acc : multiplied(engine, channel, acc);
}

/* ---- Tensors ----------------------------------------------------------------------------------------------------- */

/* A code as a matrix-vector unit gets it; codes: the producer's. */
static int raw_code(const struct hw_engine *engine, int32_t code)
{
    return engine->signed_input ? code + (1 << (engine->in_bits - 1)) : code;
}

/* Column i of the vector that output position (y, x) and channel read. */
static int raw_column(const struct hw_engine *engine, const int32_t *codes, int y, int x, int channel, int i)
{
    const struct unit_plan *plan = engine->unit->plan;
    const struct shape in = plan->in_shape[0];
    if (plan->source == UNIT_DENSE)
        return raw_code(engine, codes[i]);
    if (plan->source == UNIT_COPY)
        return raw_code(engine, codes[(y * in.width + x) * in.channels + i]);
    const struct model_window *window = plan->window;
    const int group_channels = in.channels / plan->groups, group = channel / engine->elements_out;
    const int tap = i / group_channels, c = group * group_channels + i % group_channels;
    const int row = y * window->stride_height - window->pad_top + tap / window->kernel_width * window->dilation;
    const int column = x * window->stride_width - window->pad_left + tap % window->kernel_width * window->dilation;
    if (row < 0 || row >= in.height || column < 0 || column >= in.width)
        return engine->window.pad;
    return raw_code(engine, codes[(row * in.width + column) * in.channels + c]);
}

static void check_output(const struct hw_graph *graph, size_t index, const int32_t *codes, struct int_state *state,
                         int y, int x)
{
    const struct hw_engine *engine = &graph->engines[index];
    const struct shape shape = engine->unit->plan->shape;
    int raw[MOST_COLUMNS];
    REQUIRE(engine->elements_in <= MOST_COLUMNS);
    for (int c = 0; c < shape.channels; c++) {
        for (int i = 0; i < engine->elements_in; i++)
            raw[i] = raw_column(engine, codes, y, x, c, i);
        const bool last = index + 1 == graph->engine_count;
        const int64_t result = engine_result(engine, c, raw);
        const int64_t value = last && engine->tail == TAIL_NONE ? result * engine->unit->multiplier[0] : result;
        CU_ASSERT_EQUAL_FATAL(value, last ? int_values(state)[c]
                                          : int_codes(state, index)[(y * shape.width + x) * shape.channels + c]);
    }
}

/* Every engine with constants on the codes of the interpreter. */
static void check_sample(const struct hw_graph *graph, struct int_state *state, struct draw *draw, struct arena *arena)
{
    const struct int_tensor *edge = &graph->integer->input;
    const size_t count = shape_count(edge->shape);
    int32_t *codes = ARENA_NEW_ARRAY(arena, count, int32_t), *values = ARENA_NEW_ARRAY(arena, count, int32_t);
    for (size_t i = 0; i < count; i++) {
        codes[i] = draw_int(draw, 0, (1 << edge->type.bits) - 1) -
                   (edge->type.encoding == QNN_ENCODING_TWOS ? 1 << (edge->type.bits - 1) : 0);
        values[i] = int_tensor_value(edge, codes[i]);
    }
    int_run(graph->integer, values, state);
    for (size_t e = 0; e < graph->engine_count; e++) {
        const struct unit_plan *plan = graph->engines[e].unit->plan;
        if (graph->engines[e].kind != ENGINE_MVU && graph->engines[e].kind != ENGINE_QUANTIZE)
            continue;
        const int32_t *read = plan->inputs[0] < 0 ? codes : int_codes(state, (size_t)plan->inputs[0]);
        for (int y = 0; y < plan->shape.height; y++)
            for (int x = 0; x < plan->shape.width; x++)
                check_output(graph, e, read, state, y, x);
    }
}

/* What a run has seen. */
struct seen {
    size_t engines, recoded, grouped, tails[ENGINE_TAIL_COUNT];
};

static void check_program(uint64_t seed, bool images, struct seen *seen)
{
    struct arena arena = {0};
    struct draw draw = draw_open(seed, 31);
    struct hw_graph *graph = compile_random(seed, images, seed % 2 ? "xc7" : "ice40_hx8k", &arena);
    if (graph)
        hw_fill_memories(graph, &arena);
    struct int_state *state = graph ? int_state_new(graph->integer, &arena) : NULL;
    for (size_t e = 0; graph && e < graph->engine_count; e++) {
        const struct hw_engine *engine = &graph->engines[e];
        seen->engines++;
        seen->tails[engine->tail]++;
        seen->recoded += recodes(engine);
        seen->grouped += engine->groups > 1;
        if (engine->kind == ENGINE_MVU)
            check_weights(engine);
    }
    for (int sample = 0; graph && sample < SAMPLES; sample++)
        check_sample(graph, state, &draw, &arena);
    arena_free(&arena);
}

static void test_images(void)
{
    struct seen dense = {0}, images = {0};
    for (uint64_t seed = 1; seed <= PROGRAMS; seed++) {
        check_program(seed, false, &dense);
        check_program(seed, true, &images);
    }
    CU_ASSERT_TRUE(dense.engines > 150 && dense.recoded > 5);
    CU_ASSERT_TRUE(images.engines > 300 && images.recoded > 5 && images.grouped > 5);
    for (int tail = 0; tail < ENGINE_TAIL_COUNT; tail++) {
        CU_ASSERT_TRUE(tail == TAIL_NONE || dense.tails[tail] > 3);
        CU_ASSERT_TRUE(images.tails[tail] > 3);
    }
}

static const struct unit_case cases[] = {{"images", test_images}};
UNIT_MAIN("memory images", cases)
