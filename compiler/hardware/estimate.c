/* The resource model: a linear form per target, its coefficients in estimate.def. */
#include "hardware/hardware.h"

enum resource { RESOURCE_LUTS, RESOURCE_FLIP_FLOPS, RESOURCE_COUNT };

static const struct coefficients {
    double op_binary, op_ternary, pe, simd, tail, base;
} table[TARGET_PART_COUNT][RESOURCE_COUNT] = {
#define ESTIMATE(target, what, op_binary_, op_ternary_, pe_, simd_, tail_, base_) \
    [TARGET_##target][RESOURCE_##what] = {                                        \
        .op_binary = op_binary_, .op_ternary = op_ternary_, .pe = pe_, .simd = simd_, .tail = tail_, .base = base_},
#include "hardware/estimate.def"
#undef ESTIMATE
};

/* Bits that the tail handles for one channel at a time. */
static double tail_bits(const struct hw_engine *engine)
{
    switch (engine->tail) {
    case TAIL_THRESHOLD:
        return (double)engine->unit->thresholds.levels * engine->acc_bits;
    case TAIL_REQUANT:
    case TAIL_AFFINE:
        return (double)engine->multiply.multipliers / engine->pe * (engine->multiply.addend_bits + engine->acc_bits);
    case TAIL_TABLE:
        return engine->out_bits;
    default:
        return 0;
    }
}

static double evaluate(const struct coefficients *k, const struct hw_engine *engine)
{
    const double pe = engine->pe, simd = engine->simd, bits = engine->in_bits;
    const double tail = k->tail * pe * tail_bits(engine) + k->base;
    if (engine->kind == ENGINE_QUANTIZE)
        return tail;
    const double op = engine->ternary ? k->op_ternary : k->op_binary;
    return op * pe * simd * bits + k->pe * pe * engine->acc_bits + k->simd * simd * bits + tail;
}

struct hw_estimate hw_estimate_engine(const struct hw_engine *engine, enum target_part target)
{
    struct hw_estimate estimate = {
        .luts = evaluate(&table[target][RESOURCE_LUTS], engine),
        .flip_flops = evaluate(&table[target][RESOURCE_FLIP_FLOPS], engine),
    };
    if (engine->registered_operands)
        estimate.flip_flops += (double)engine->pe * engine->simd;
    for (int role = 0; role < MEMORY_ROLE_COUNT; role++)
        if (engine->memories[role].name)
            estimate.memory_bits += memory_bits(&engine->memories[role]);
    return estimate;
}
