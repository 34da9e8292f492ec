/*
 * From integer graph to engines: what kind each unit becomes and how wide its datapath is. Sizing is size.c's work.
 */
#include "base/require.h"
#include "hardware/bits.h"
#include "hardware/channel.h"
#include "hardware/hardware.h"
#include "hardware/mvu_forms.h"
#include "hardware/buffer.h"
#include "hardware/size.h"

#include <string.h>

enum { MAX_THRESHOLD_BITS = 4, MAX_TABLE_BITS = 8, MAX_INPUT_BITS = 16, LEAST_MULTIPLIER_BITS = 2 };

/* Whether every channel has the same thresholds, so that one code table serves all elements. */
static bool shares_function(const struct int_unit *unit)
{
    const struct int_thresholds *thresholds = &unit->thresholds;
    const size_t row = (size_t)thresholds->levels * sizeof *thresholds->values;
    for (size_t c = 1; c < unit->plan->channels; c++)
        if (thresholds->flip[c] != thresholds->flip[0] ||
            memcmp(thresholds->values + c * (size_t)thresholds->levels, thresholds->values, row) != 0)
            return false;
    return true;
}

/* M the same and positive everywhere, B zero: the accumulators themselves decide. */
static bool accumulator_decides(const struct int_unit *unit)
{
    for (size_t c = 0; c < unit->plan->channels; c++)
        if (unit->multiplier[c] != unit->multiplier[0] || unit->multiplier[c] <= 0 || unit->addend[c] != 0)
            return false;
    return true;
}

/* Whether a row may be stored with its signs turned, as TAIL_SIGN stores a falling channel. */
static bool can_negate(const struct qnn_code_type *weights)
{
    return weights->low == -weights->high;
}

static enum engine_tail choose_tail(const struct int_unit *unit, const struct hardware_plan *plan)
{
    if (unit->plan->kind == UNIT_VALUES)
        return TAIL_AFFINE;
    if (unit->plan->kind == UNIT_CLASS)
        return !plan->logits && accumulator_decides(unit) ? TAIL_NONE : TAIL_AFFINE;
    if (unit->plan->quantizer == QNN_QUANTIZER_NONE)
        return TAIL_NONE;
    if (!unit->plan->linear && unit->input.type.bits <= MAX_TABLE_BITS && shares_function(unit))
        return TAIL_TABLE;
    if (unit->output.type.bits == 1)
        return unit->plan->linear && can_negate(&unit->plan->weight_type) ? TAIL_SIGN : TAIL_THRESHOLD;
    return int_requant(unit) ? TAIL_REQUANT : TAIL_THRESHOLD;
}

/* Bits of the accumulator as the template keeps it: of S above the threshold for TAIL_SIGN, of acc otherwise. */
static int accumulator_bits(const struct hw_engine *engine)
{
    const struct int_unit *unit = engine->unit;
    int64_t lo = 0, hi = 0, most = 0;
    for (size_t c = 0; c < unit->plan->channels; c++) {
        if (engine->kind != ENGINE_MVU) {
            lo = unit->acc_lo[c] < lo ? unit->acc_lo[c] : lo;
            hi = unit->acc_hi[c] + 1 > hi ? unit->acc_hi[c] + 1 : hi;
            continue;
        }
        int64_t threshold;
        const bool negated = engine->tail == TAIL_SIGN && hw_channel_negated(engine, c, &threshold);
        const struct channel_sum channel = hw_channel(engine, c, negated);
        const int64_t top = channel.start + channel.gain * channel.most + 1; /* thresholds reach hi + 1 */
        most = channel.most > most ? channel.most : most;
        lo = channel.start < lo ? channel.start : lo;
        hi = top > hi ? top : hi;
    }
    return engine->tail == TAIL_SIGN ? bits_unsigned(most) + 1 : bits_signed(lo, hi);
}

/* Widths of M and B over all channels, no narrower than qnn_requant takes them. */
static void size_multiply(struct hw_engine *engine, const int32_t *multiplier, const int64_t *addend, int shift,
                          bool has_multiplier)
{
    int64_t lo = 0, hi = 1, blo = 0, bhi = 0;
    for (size_t c = 0; c < engine->unit->plan->channels; c++) {
        lo = multiplier[c] < lo ? multiplier[c] : lo;
        hi = multiplier[c] > hi ? multiplier[c] : hi;
        blo = addend[c] < blo ? addend[c] : blo;
        bhi = addend[c] > bhi ? addend[c] : bhi;
    }
    const int multiplier_bits = bits_signed(lo, hi), addend_bits = bits_signed(blo, bhi);
    engine->multiply = (struct hw_multiply){
        .multiplier_bits = multiplier_bits > LEAST_MULTIPLIER_BITS ? multiplier_bits : LEAST_MULTIPLIER_BITS,
        .addend_bits = addend_bits > shift ? addend_bits : shift,
        .shift = shift,
        .serial = !has_multiplier,
    };
}

/* The code table of TAIL_TABLE, by the raw bits of an input element. */
static int32_t *code_table(const struct int_unit *unit, struct arena *arena)
{
    const int size = 1 << unit->input.type.bits;
    int32_t *table = ARENA_NEW_ARRAY(arena, (size_t)size, int32_t);
    const struct int_thresholds *thresholds = &unit->thresholds;
    for (int raw = 0; raw < size; raw++) {
        int64_t n = raw;
        if (unit->input.type.encoding == QNN_ENCODING_SIGN)
            n = 2 * raw - 1;
        else if (unit->input.type.encoding == QNN_ENCODING_TWOS)
            n = raw >= size / 2 ? raw - size : raw;
        table[raw] = int_threshold_code(thresholds, 0, n);
    }
    return table;
}

static void name_memories(struct hw_engine *engine, struct arena *arena)
{
    static const char *const suffixes[MEMORY_ROLE_COUNT] = {
        [MEMORY_WEIGHTS] = "weights", [MEMORY_STARTS] = "starts", [MEMORY_CONSTANTS] = "constants"};
    const bool constants =
        engine->tail == TAIL_THRESHOLD || engine->tail == TAIL_REQUANT || engine->tail == TAIL_AFFINE;
    const bool has[MEMORY_ROLE_COUNT] = {
        [MEMORY_WEIGHTS] = engine->kind == ENGINE_MVU,
        [MEMORY_STARTS] = engine->kind == ENGINE_MVU,
        [MEMORY_CONSTANTS] = constants,
    };
    const struct model_node *linear = engine->unit->plan->linear;
    for (int role = 0; role < MEMORY_ROLE_COUNT; role++)
        if (has[role])
            engine->memories[role].name = arena_printf(arena, "%s_%s", engine->identifier, suffixes[role]);
    if (linear)
        engine->memories[MEMORY_WEIGHTS].style = linear->hardware.memory;
}

/* The engine that makes a source's accumulators. */
enum {
    engine_copy = ENGINE_QUANTIZE,
    engine_dense = ENGINE_MVU,
    engine_conv = ENGINE_MVU,
    engine_add = ENGINE_ADD,
    engine_concat = ENGINE_CONCAT,
    engine_maxpool = ENGINE_POOL,
    engine_sumpool = ENGINE_POOL
};
static const enum engine_kind kinds[UNIT_SOURCE_COUNT] = {
#define SOURCE(ID, name, traits) [UNIT_##ID] = (enum engine_kind)engine_##name,
#include "integer/sources.def"
};

/* The code of taps outside as the engine takes its input. */
static int pad_bits(const struct int_unit *unit)
{
    const int32_t code = unit->plan->pad_code;
    if (unit->input.type.encoding == QNN_ENCODING_SIGN)
        return code > 0;
    return unit->input.type.encoding == QNN_ENCODING_TWOS ? code + (1 << (unit->input.type.bits - 1)) : code;
}

static void choose_operands(struct hw_engine *engine, const struct hardware_plan *plan)
{
    const struct model_node *linear = engine->unit->plan->linear;
    engine->form = mvu_form_of(engine, part_of(plan->target));
    engine->registered_operands = linear->hardware.operands == OPERANDS_REGISTERED ||
                                  (linear->hardware.operands == OPERANDS_AUTO &&
                                   plan->clock_hz >= part_of(plan->target)->engines.registered_from_hz);
}

/* Bits of a pool's or a join's results as its template gives them: sums of a window as wide as any codes of those bits could
 * make them. */
static int result_bits(const struct hw_engine *engine)
{
    const struct int_unit *unit = engine->unit;
    if (!unit->plan->window || !unit_has(unit->plan, TRAIT_SUMS))
        return unit->output.type.bits;
    const int64_t taps = (int64_t)unit->plan->fan_in,
                  bits = unit->input.type.encoding == QNN_ENCODING_SIGN ? 2 : unit->input.type.bits;
    if (unit->input.type.encoding == QNN_ENCODING_UNSIGNED)
        return bits_unsigned(taps * (((int64_t)1 << bits) - 1));
    return bits_signed(-taps * ((int64_t)1 << (bits - 1)), 0);
}

static void build_tail(struct hw_engine *engine, const struct hardware_plan *plan, struct arena *arena)
{
    const struct int_unit *unit = engine->unit;
    const bool multiplier = part_of(plan->target)->engines.multiplier;
    const struct qnn_requant *requant = int_requant(unit);
    engine->tail = choose_tail(unit, plan);
    const bool sums = engine->kind == ENGINE_MVU || engine->kind == ENGINE_QUANTIZE;
    engine->acc_bits = engine->acc_least = sums ? accumulator_bits(engine) : result_bits(engine);
    engine->out_bits = unit->plan->kind == UNIT_CODES ? unit->output.type.bits
                       : engine->tail == TAIL_AFFINE  ? unit->value_bits
                                                      : engine->acc_bits;
    if (engine->tail == TAIL_REQUANT)
        size_multiply(engine, requant->multiplier, requant->addend, requant->shift, multiplier);
    if (engine->tail == TAIL_AFFINE)
        size_multiply(engine, unit->multiplier, unit->addend, 0, multiplier);
    if (engine->tail == TAIL_TABLE)
        engine->table = code_table(unit, arena);
}

static void build_engine(struct hw_engine *engine, const struct int_unit *unit, const struct hardware_plan *plan,
                         struct arena *arena)
{
    const struct unit_plan *source = unit->plan;
    *engine = (struct hw_engine){
        .unit = unit,
        .identifier = source->identifier,
        .kind = kinds[source->source],
        .elements_in = (int)(source->linear ? source->fan_in : source->channels),
        .elements_out = (int)source->channels / source->groups,
        .vectors = (int)unit_positions(source) * source->groups,
        .groups = source->groups,
        .in_bits = unit->input.type.bits,
        .signed_input = unit->input.type.encoding == QNN_ENCODING_TWOS,
        .window.pad = pad_bits(unit),
    };
    if (source->linear)
        choose_operands(engine, plan);
    build_tail(engine, plan, arena);
    name_memories(engine, arena);
}

/* More than four bits need multiply and shift: 2^bits - 1 stored thresholds a channel are not practical in hardware. */
static bool check_tail(const struct hw_engine *engine, struct sink *sink)
{
    if (engine->tail != TAIL_THRESHOLD || engine->unit->output.type.bits <= MAX_THRESHOLD_BITS)
        return true;
    sink_report(sink, DIAGNOSTIC_NO_REQUANTIZER, engine->unit->plan->end->span,
                "layer '%s' has %d-bit codes that are not (M*acc + B) >> F, and stored thresholds end at %d bits",
                engine->unit->plan->name, engine->unit->output.type.bits, MAX_THRESHOLD_BITS);
    sink_hint(sink, "use fewer bits here, or only a relu between batch norm and quantizer");
    return false;
}

/* What a matrix-vector unit multiplies is at most sixteen bits wide. */
static bool check_input(const struct hw_engine *engine, struct sink *sink)
{
    const struct unit_plan *plan = engine->unit->plan;
    if (engine->kind != ENGINE_MVU || engine->in_bits <= MAX_INPUT_BITS)
        return true;
    sink_report(sink, DIAGNOSTIC_WIDE_INPUT, plan->node->span,
                "layer '%s' reads sums of %d bits, and matrix-vector units end at %d", plan->name, engine->in_bits,
                MAX_INPUT_BITS);
    sink_hint(sink, "put a quantizer (`sign`, `quantize(...)`) before it");
    return false;
}

/* Along one dimension: the first window reaches the operand, and so does the last. */
static bool reaches(int taps, int dilation, int stride, int pad, int size, int outputs)
{
    return pad <= (taps - 1) * dilation && (outputs - 1) * stride < pad + size;
}

/* qnn_window reads at least one row and one column of the operand for every window. */
static bool check_window(const struct hw_engine *engine, struct sink *sink)
{
    const struct unit_plan *plan = engine->unit->plan;
    const struct model_window *window = plan->window;
    const struct shape in = plan->in_shape[0], out = plan->shape;
    if (!window ||
        (reaches(window->kernel_height, window->dilation, window->stride_height, window->pad_top, in.height,
                 out.height) &&
         reaches(window->kernel_width, window->dilation, window->stride_width, window->pad_left, in.width, out.width)))
        return true;
    sink_report(sink, DIAGNOSTIC_WINDOW_IN_PADDING, plan->node->span,
                "windows of layer '%s' lie in its padding, rows or columns of them as a whole", plan->name);
    sink_hint(sink, "use less padding: at most (k - 1) * dilation");
    return false;
}

struct hw_graph *hw_build(const struct int_graph *integer, struct arena *arena, struct sink *sink)
{
    const struct hardware_plan *plan = &integer->plan->model->hardware;
    struct hw_graph *graph = ARENA_NEW(arena, struct hw_graph);
    graph->integer = integer;
    graph->engine_count = integer->unit_count;
    graph->engines = ARENA_NEW_ARRAY(arena, graph->engine_count, struct hw_engine);
    graph->input_bits = integer->input.type.bits;
    bool fine = true;
    for (size_t i = 0; i < graph->engine_count; i++) {
        build_engine(&graph->engines[i], &integer->units[i], plan, arena);
        fine = check_tail(&graph->engines[i], sink) && fine;
        fine = check_input(&graph->engines[i], sink) && check_window(&graph->engines[i], sink) && fine;
    }
    const struct unit_plan *last = integer->units[integer->unit_count - 1].plan;
    graph->class_bits = last->kind == UNIT_CLASS ? bits_unsigned((int64_t)last->channels - 1) : 0;
    if (!fine || !hw_size(graph, sink))
        return NULL;
    hw_connect(graph, arena);
    return graph;
}
