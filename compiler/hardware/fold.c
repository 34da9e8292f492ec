/*
 * What follows from PE and SIMD: beats, the window in front, cycles, multipliers and the shapes of the memories.
 * Throughput of a folded matrix-vector unit: ceil(MW/SIMD) * ceil(MH/PE) cycles a vector (hardware.md, "Sizing").
 */
#include "hardware/bits.h"
#include "hardware/hardware.h"
#include "hardware/mvu_forms.h"
#include "hardware/window.h"

enum { SERIAL_OVERHEAD = 2 }; /* cycles that a shift-and-add product takes beyond its multiplier's bits */

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

int hw_product_cycles(const struct hw_engine *engine)
{
    return engine->multiply.serial ? engine->multiply.multiplier_bits + SERIAL_OVERHEAD : 1;
}

/* As few multipliers as keep up with a matrix-vector unit, which gives a beat every in_beats cycles; elsewhere every lane
 * has its own. */
static void share_multipliers(struct hw_engine *engine)
{
    struct hw_multiply *multiply = &engine->multiply;
    const int product = hw_product_cycles(engine);
    const int beat = engine->kind == ENGINE_MVU ? engine->in_beats : 1;
    multiply->multipliers = ceil_div(engine->pe, beat / product > 1 ? beat / product : 1);
    multiply->steps = ceil_div(engine->pe, multiply->multipliers);
    const int64_t busy = (int64_t)engine->vectors * engine->out_beats * multiply->steps * product;
    engine->cycles = most(engine->cycles, busy);
}

/* Width and depth of the constants' memory after the accumulators: a row a beat, the groups one after the other. */
static void shape_constants(const struct hw_engine *engine, struct hw_memory *memory)
{
    const struct hw_multiply *multiply = &engine->multiply;
    memory->depth = engine->groups * engine->out_beats;
    if (engine->tail == TAIL_THRESHOLD) {
        memory->width = engine->pe * (hw_stored_levels(engine) * engine->acc_bits + 1);
        return;
    }
    memory->depth *= multiply->steps;
    memory->width = multiply->multipliers * (multiply->multiplier_bits + multiply->addend_bits);
}

static void shape_weights(struct hw_engine *engine)
{
    struct hw_memory *weights = &engine->memories[MEMORY_WEIGHTS], *starts = &engine->memories[MEMORY_STARTS];
    weights->width = engine->pe * engine->simd * engine->unit->plan->weight_type.bits;
    weights->depth = engine->groups * engine->in_beats * engine->out_beats;
    starts->width = engine->pe * engine->acc_bits;
    starts->depth = engine->groups * engine->out_beats;
}

/* Lanes of the stream that leaves: PE where that leaves no padding within a frame, else the next divisor of the vector. */
static int stream_lanes(const struct hw_engine *engine)
{
    int lanes = engine->pe;
    while (engine->vectors > 1 && engine->elements_out % lanes != 0)
        lanes++;
    return lanes;
}

int hw_stored_levels(const struct hw_engine *engine)
{
    return (1 << engine->out_bits) - 1;
}

int hw_beat_bits(const struct hw_engine *engine)
{
    const int product = mvu_product_bits(engine);
    if (product > 1)
        return bits_unsigned(engine->simd * (((int64_t)1 << product) - 1));
    return bits_unsigned(engine->simd - 1);
}

/* The accumulator holds the sum of one beat, of any bits, though the weights that there are need less; the lowest bit of a
 * bipolar one is not its own. */
static int accumulator_bits(const struct hw_engine *engine)
{
    const bool doubled = engine->unit->input.type.encoding == QNN_ENCODING_SIGN && engine->tail != TAIL_SIGN;
    const int beat = hw_beat_bits(engine) + (doubled ? 1 : 0);
    return engine->acc_least > beat ? engine->acc_least : beat;
}

bool hw_lanes_fit(const struct hw_engine *engine, int lanes)
{
    if (engine->kind == ENGINE_CONCAT)
        for (int port = 0; port < 2; port++)
            if (engine->unit->plan->in_shape[port].channels % lanes != 0)
                return false;
    return (engine->kind != ENGINE_POOL && engine->vectors == 1) || engine->elements_out % lanes == 0;
}

void hw_fold(struct hw_engine *engine, int pe, int simd, const struct hardware_plan *plan)
{
    const bool mvu = engine->kind == ENGINE_MVU;
    engine->pe = pe;
    engine->simd = simd;
    engine->in_beats = ceil_div(engine->elements_in, simd);
    engine->out_beats = ceil_div(engine->elements_out, pe);
    engine->lanes_out = stream_lanes(engine);
    engine->form = mvu ? mvu_form_of(engine, part_of(plan->target)) : NULL;
    engine->cycles = (int64_t)engine->vectors * engine->out_beats * (mvu ? engine->in_beats : 1);
    fold_window(engine);
    engine->cycles = most(engine->cycles, most(engine->window.beats_in, engine->window.read_cycles));
    if (engine->tail == TAIL_REQUANT || engine->tail == TAIL_AFFINE)
        share_multipliers(engine);
    if (mvu) {
        engine->acc_bits = accumulator_bits(engine);
        shape_weights(engine);
    }
    if (engine->memories[MEMORY_CONSTANTS].name)
        shape_constants(engine, &engine->memories[MEMORY_CONSTANTS]);
}
