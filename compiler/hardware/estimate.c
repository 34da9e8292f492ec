/* Terms of an engine, and the estimate that they make with the fitted coefficients. */
#include "hardware/estimate.h"

#include "base/part.h"
#include "hardware/bits.h"
#include "hardware/estimate_memory.h"
#include "hardware/mvu_forms.h"

const char *const estimate_term_names[ESTIMATE_TERM_COUNT] = {
#define TERM(ID, luts, flip_flops, meaning) [TERM_##ID] = #ID,
#include "hardware/estimate_terms.def"
#undef TERM
};

/* Coefficients by term; which columns hold for a part is said in base/parts.def. */
enum fit { FIT_XC7, FIT_ICE40, FIT_ECP5, FIT_GENERIC, FIT_COUNT };

static const double coefficients[ESTIMATE_TERM_COUNT][FIT_COUNT][ESTIMATE_RESOURCE_COUNT] = {
#define ESTIMATE(TERM_ID, xc7_luts, xc7_ffs, ice40_luts, ice40_ffs, ecp5_luts, ecp5_ffs, generic_luts, generic_ffs) \
    [TERM_##                                                                                                        \
        TERM_ID] = {{xc7_luts, xc7_ffs}, {ice40_luts, ice40_ffs}, {ecp5_luts, ecp5_ffs}, {generic_luts, generic_ffs}},
#include "hardware/estimate.def"
#undef ESTIMATE
};

static const enum fit fitted_as[] = {
#define PART(ID, name, meaning, fit, ...) [TARGET_##ID] = FIT_##fit,
#include "base/parts.def"
#undef PART
};

static enum target_part target_of(const struct hw_graph *graph)
{
    return graph->integer->plan->model->hardware.target;
}

/* Bits that count 0 .. count - 1; none for a single one. */
static int counter_bits(int count)
{
    return count > 1 ? bits_unsigned(count - 1) : 0;
}

static void add_memory(struct estimate_terms *terms, const struct memory_place *place)
{
    terms->value[TERM_SOFT_BITS] += (double)place->soft_bits;
    terms->value[TERM_READ_BITS] += (double)place->register_bits;
    terms->value[TERM_READ_MUX] += (double)place->mux_bits;
    terms->value[TERM_WRITE_ENABLES] += (double)place->enables;
    terms->lutram_sites += place->lutram_sites;
    terms->memory_blocks += place->blocks;
}

/* qnn_dwc from `in` to `out` elements of `bits` each, vectors of `count`: its store counts in the widths' common part. */
static void add_converter(struct estimate_terms *terms, int in, int out, int count, int bits)
{
    if (in == out && count % in == 0)
        return;
    const int unit = greatest_common_divisor(in, out);
    const int places = in / unit + out / unit - 1;
    const double store = (double)places * unit * bits;
    terms->value[TERM_CONVERTER] += 1;
    if (out == unit) {
        terms->value[TERM_NARROWER] += store;
    } else if (in == unit) {
        terms->value[TERM_WIDER] += store;
        terms->value[TERM_PLACES] += count % out ? 2 * places : places;
    } else {
        terms->value[TERM_SHIFTER] += store;
        terms->value[TERM_SHIFT] += store * counter_bits(places);
    }
}

static void add_matrix_vector(struct estimate_terms *terms, const struct hw_engine *engine, enum target_part target)
{
    const int beats = engine->in_beats, passes = engine->out_beats;
    const double pe = engine->pe, columns = (double)engine->simd * engine->in_bits;
    terms->value[TERM_MVU] = 1;
    terms->value[TERM_COUNTERS] = counter_bits(beats) + counter_bits(beats * passes);
    engine->form->add_terms(engine, terms);
    terms->value[TERM_SUM] = pe * (hw_beat_bits(engine) + 1);
    terms->value[TERM_ACCUMULATOR] = pe * engine->acc_bits;
    if (passes == 1) {
        terms->value[TERM_INPUT] = columns;
        return;
    }
    terms->value[TERM_COUNTERS] += counter_bits(beats) + 2 * counter_bits(passes);
    const enum memory_style style = part_of(target)->engines.distributed ? MEMORY_DISTRIBUTED : MEMORY_AUTO;
    const struct memory_place banks = memory_place((int)columns, 2 << counter_bits(beats), style, target);
    add_memory(terms, &banks);
}

static void add_requantizer(struct estimate_terms *terms, const struct hw_engine *engine, enum target_part target)
{
    const struct hw_multiply *multiply = &engine->multiply;
    const double lanes = multiply->multipliers;
    const int product = engine->acc_bits + multiply->multiplier_bits;
    const int value = (product > multiply->addend_bits ? product : multiply->addend_bits) + 1;
    terms->value[TERM_REQUANT] = 1;
    terms->value[TERM_BEAT] = lanes * multiply->steps * (engine->acc_bits + engine->out_bits);
    terms->value[TERM_FACTORS] = lanes * (product + multiply->addend_bits);
    terms->value[TERM_VALUE] = lanes * value;
    if (multiply->serial)
        terms->value[TERM_SERIAL] = lanes * product;
    else if (target == TARGET_GENERIC)
        terms->value[TERM_PRODUCT] = lanes * engine->acc_bits * multiply->multiplier_bits;
}

static void add_tail(struct estimate_terms *terms, const struct hw_engine *engine, enum target_part target)
{
    const double pe = engine->pe, codes = pe * engine->out_bits;
    switch (engine->tail) {
    case TAIL_TABLE:
        terms->value[TERM_TABLE] = codes * engine->in_bits;
        terms->value[TERM_CODES] = codes;
        break;
    case TAIL_THRESHOLD:
        terms->value[TERM_COMPARE] = codes * engine->acc_bits;
        terms->value[TERM_CHOOSE] = pe * engine->acc_bits * (engine->unit->thresholds.levels - engine->out_bits);
        terms->value[TERM_HOLD] = pe * engine->acc_bits;
        terms->value[TERM_CODES] = codes;
        break;
    case TAIL_REQUANT:
    case TAIL_AFFINE:
        add_requantizer(terms, engine, target);
        break;
    default:
        break;
    }
}

/* qnn_argmax, or for a regression the converter that gathers all values. */
static void add_result(struct estimate_terms *terms, const struct hw_graph *graph, const struct hw_engine *engine)
{
    if (!graph->class_bits) {
        add_converter(terms, engine->pe, engine->elements_out, engine->elements_out, engine->out_bits);
        return;
    }
    terms->value[TERM_ARGMAX] = 1;
    terms->value[TERM_LARGEST] = (double)engine->pe * engine->out_bits;
    if (graph->integer->plan->model->hardware.logits)
        terms->value[TERM_VALUES] = (double)(engine->out_beats + 1) * engine->pe * engine->out_bits;
}

/* Counters and addresses of a window: of its place in the rows, its taps, columns and blocks of channels. */
static int window_counter_bits(const struct hw_engine *engine)
{
    const struct unit_plan *plan = engine->unit->plan;
    const struct shape in = plan->in_shape[0];
    const int row = (int)(engine->window.beats_in / in.height), blocks = row / in.width;
    const int rows = engine->window.slots * row;
    return 3 * counter_bits(rows) + 2 * counter_bits(row) + 3 * counter_bits(in.height) + 2 * counter_bits(in.width) +
           counter_bits(plan->window->kernel_height) + counter_bits(plan->window->kernel_width) + counter_bits(blocks);
}

static void add_window(struct estimate_terms *terms, const struct hw_engine *engine, enum target_part target)
{
    const struct hw_window *window = &engine->window;
    const struct model_window *shape = engine->unit->plan->window;
    const double word = (double)window->lanes * engine->in_bits;
    if (!window->slots)
        return;
    terms->value[TERM_WINDOW] = 1;
    terms->value[TERM_ADDRESSES] = window_counter_bits(engine);
    terms->value[TERM_TAP] = word;
    if (window->form == WINDOW_PARALLEL) {
        const double columns = (double)((shape->kernel_width - 1) * shape->dilation) * shape->kernel_height;
        terms->value[TERM_TAP] = word * shape->kernel_height * shape->kernel_width;
        terms->value[TERM_DELAY] = columns * engine->unit->plan->in_shape[0].channels * engine->in_bits;
        terms->value[TERM_TURN] = word * shape->kernel_height * (window->slots - 1);
    }
    for (int i = 0; i < window->line_count; i++) {
        const struct memory_place place = memory_place(window->line_width, window->line_depth, MEMORY_AUTO, target);
        add_memory(terms, &place);
    }
}

/* What precedes an engine: converters, the window and its rows. */
static void add_front(struct estimate_terms *terms, const struct hw_graph *graph, const struct hw_engine *engine,
                      enum target_part target)
{
    const struct unit_plan *plan = engine->unit->plan;
    for (int port = 0; port < plan->input_count; port++)
        add_converter(terms, hw_lanes_to(graph, engine, port), engine->lanes_in, hw_frame_in(engine, port),
                      engine->in_bits);
    add_window(terms, engine, target);
    if (plan->linear && plan->window)
        add_converter(terms, hw_window_lanes_out(engine), engine->simd, engine->elements_in, engine->in_bits);
}

/* Pools and joins: their sums or comparisons, a register a lane. */
static void add_lanes(struct estimate_terms *terms, const struct hw_engine *engine)
{
    terms->value[TERM_ELEMENTWISE] = 1;
    if (engine->kind == ENGINE_POOL)
        terms->value[TERM_REDUCE] = (double)engine->pe * engine->acc_bits;
    else if (engine->kind == ENGINE_ADD || engine->kind == ENGINE_CONCAT)
        terms->value[TERM_JOIN] = (double)engine->pe * engine->out_bits;
}

struct estimate_terms estimate_terms(const struct hw_graph *graph, const struct hw_engine *engine)
{
    struct estimate_terms terms = {0};
    const enum target_part target = target_of(graph);
    add_front(&terms, graph, engine, target);
    if (engine->kind == ENGINE_MVU)
        add_matrix_vector(&terms, engine, target);
    else
        add_lanes(&terms, engine);
    add_converter(&terms, engine->pe, engine->lanes_out, engine->elements_out, engine->out_bits);
    add_tail(&terms, engine, target);
    if (engine == &graph->engines[graph->engine_count - 1])
        add_result(&terms, graph, engine);
    /* The generic target's read-only memories are black boxes: no circuit of theirs is in the netlist. */
    for (int role = 0; role < MEMORY_ROLE_COUNT && target != TARGET_GENERIC; role++) {
        const struct hw_memory *memory = &engine->memories[role];
        if (!memory->name)
            continue;
        const struct memory_place place = memory_place(memory->width, memory->depth, memory->style, target);
        add_memory(&terms, &place);
    }
    return terms;
}

/* Flip-flops after the memories of registered operands: every bit of weights and inputs once more. */
static double operand_bits(const struct hw_engine *engine)
{
    if (!engine->registered_operands)
        return 0;
    return (double)engine->simd * engine->in_bits + engine->memories[MEMORY_WEIGHTS].width;
}

struct hw_estimate hw_estimate_engine(const struct hw_graph *graph, const struct hw_engine *engine)
{
    const struct estimate_terms terms = estimate_terms(graph, engine);
    struct hw_estimate estimate = {
        .flip_flops = operand_bits(engine), .lutram_sites = terms.lutram_sites, .memory_blocks = terms.memory_blocks};
    const enum fit fit = fitted_as[target_of(graph)];
    for (int t = 0; t < ESTIMATE_TERM_COUNT; t++) {
        estimate.luts += coefficients[t][fit][RESOURCE_LUTS] * terms.value[t];
        estimate.flip_flops += coefficients[t][fit][RESOURCE_FLIP_FLOPS] * terms.value[t];
    }
    for (int role = 0; role < MEMORY_ROLE_COUNT; role++)
        if (engine->memories[role].name)
            estimate.memory_bits += memory_bits(&engine->memories[role]);
    estimate.memory_bits += window_bits(&engine->window);
    return estimate;
}
