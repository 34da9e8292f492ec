/*
 * What follows from PE and SIMD: beats, cycles, multipliers and the shapes of the memories.
 * Throughput of a folded matrix-vector unit: ceil(MW/SIMD) * ceil(MH/PE) cycles a frame (hardware.md, "Sizing").
 */
#include "hardware/bits.h"
#include "hardware/hardware.h"
#include "hardware/part.h"

enum { SERIAL_OVERHEAD = 2 }; /* cycles that a shift-and-add product takes beyond its multiplier's bits */

int hw_product_cycles(const struct hw_engine *engine)
{
    return engine->multiply.serial ? engine->multiply.multiplier_bits + SERIAL_OVERHEAD : 1;
}

/* As few multipliers as keep up with the engine, which gives a beat every in_beats cycles. */
static void share_multipliers(struct hw_engine *engine)
{
    struct hw_multiply *multiply = &engine->multiply;
    const int product = hw_product_cycles(engine);
    const int rounds = engine->in_beats / product > 1 ? engine->in_beats / product : 1;
    multiply->multipliers = ceil_div(engine->pe, rounds);
    multiply->steps = ceil_div(engine->pe, multiply->multipliers);
    const int64_t busy = (int64_t)engine->out_beats * multiply->steps * product;
    if (busy > engine->cycles)
        engine->cycles = busy;
}

/* Width and depth of the constants' memory behind the accumulators. */
static void shape_constants(const struct hw_engine *engine, struct hw_memory *memory)
{
    const int levels = engine->unit->thresholds.levels;
    const struct hw_multiply *multiply = &engine->multiply;
    memory->depth = engine->out_beats;
    memory->width = engine->pe * (levels * engine->acc_bits + 1);
    if (engine->tail == TAIL_REQUANT || engine->tail == TAIL_AFFINE) {
        memory->depth = engine->out_beats * multiply->steps;
        memory->width = multiply->multipliers * (multiply->multiplier_bits + multiply->addend_bits);
    }
}

void hw_fold(struct hw_engine *engine, int pe, int simd, const struct hardware_plan *plan)
{
    engine->pe = pe;
    engine->simd = simd;
    engine->in_beats = ceil_div(engine->elements_in, simd);
    engine->out_beats = ceil_div(engine->elements_out, pe);
    engine->recoded = hw_part(plan->target)->lut6 && engine->kind == ENGINE_MVU && !engine->ternary &&
                      engine->unit->input.kind == CODE_BIPOLAR && simd >= 3;
    engine->cycles = engine->kind == ENGINE_MVU ? (int64_t)engine->in_beats * engine->out_beats : engine->out_beats;
    if (engine->tail == TAIL_REQUANT || engine->tail == TAIL_AFFINE)
        share_multipliers(engine);
    if (engine->kind == ENGINE_MVU) {
        engine->memories[MEMORY_WEIGHTS].width = pe * simd * (engine->ternary ? 2 : 1);
        engine->memories[MEMORY_WEIGHTS].depth = engine->in_beats * engine->out_beats;
        engine->memories[MEMORY_STARTS].width = pe * engine->acc_bits;
        engine->memories[MEMORY_STARTS].depth = engine->out_beats;
    }
    if (engine->memories[MEMORY_CONSTANTS].name)
        shape_constants(engine, &engine->memories[MEMORY_CONSTANTS]);
}
