/*
 * Memory images: where every weight, start value and constant of an engine lies (rtl_templates/README.md).
 */
#include "base/require.h"
#include "hardware/channel.h"
#include "hardware/hardware.h"

#include <string.h>

static void set_bits(struct hw_memory *memory, int address, int position, int width, int64_t value)
{
    REQUIRE(address < memory->depth && position + width <= memory->width);
    uint8_t *word = memory->words + (size_t)address * memory_word_bytes(memory);
    for (int i = 0; i < width; i++) {
        const int bit = position + i;
        const uint8_t mask = (uint8_t)(1u << (bit & 7));
        if (i < 64 ? (value >> i) & 1 : value < 0)
            word[bit >> 3] |= mask;
        else
            word[bit >> 3] &= (uint8_t)~mask;
    }
}

static bool get_bit(const struct hw_memory *memory, int address, int position)
{
    return (memory->words[(size_t)address * memory_word_bytes(memory) + (size_t)(position >> 3)] >> (position & 7)) & 1;
}

/* Turns every third sign of one group of SIMD bits into the parity of its triple. */
static void recode_group(struct hw_memory *memory, int address, int base, int simd)
{
    for (int i = base; i + 2 < base + simd; i += 3)
        set_bits(memory, address, i + 2, 1,
                 get_bit(memory, address, i) ^ get_bit(memory, address, i + 1) ^ get_bit(memory, address, i + 2));
}

/* Weight of a channel and input, 0 outside the matrix; sign is 1 for +1 and for every padding position. */
static void place_weight(const struct hw_engine *engine, struct hw_memory *memory, int channel, int column,
                         bool negated)
{
    const struct unit_plan *plan = engine->unit->plan;
    const int p = channel % engine->pe, s = column % engine->simd;
    const int address = channel / engine->pe * engine->in_beats + column / engine->simd;
    const bool inside = (size_t)channel < plan->channels && (size_t)column < plan->fan_in;
    int weight = inside ? engine->unit->weights[(size_t)channel * plan->fan_in + (size_t)column] : 0;
    weight = negated ? -weight : weight;
    const bool sign = !inside || weight > 0;
    if (!engine->ternary) {
        set_bits(memory, address, p * engine->simd + s, 1, sign);
        return;
    }
    set_bits(memory, address, p * 2 * engine->simd + s, 1, sign);
    set_bits(memory, address, p * 2 * engine->simd + engine->simd + s, 1, weight != 0);
}

static void fill_weights(const struct hw_engine *engine, struct hw_memory *memory)
{
    for (int channel = 0; channel < engine->out_beats * engine->pe; channel++) {
        int64_t threshold;
        const bool negated = channel < engine->elements_out && engine->tail == TAIL_SIGN &&
                             hw_channel_negated(engine, (size_t)channel, &threshold);
        for (int column = 0; column < engine->in_beats * engine->simd; column++)
            place_weight(engine, memory, channel, column, negated);
    }
    for (int address = 0; engine->recoded && address < memory->depth; address++)
        for (int p = 0; p < engine->pe; p++)
            recode_group(memory, address, p * engine->simd, engine->simd);
}

/* TAIL_SIGN starts at 2^(ACC-1) - T', so that the top bit is the code; the others at the constant of the sum. */
static void fill_starts(const struct hw_engine *engine, struct hw_memory *memory)
{
    for (int channel = 0; channel < engine->elements_out; channel++) {
        int64_t threshold = 0;
        const bool negated = engine->tail == TAIL_SIGN && hw_channel_negated(engine, (size_t)channel, &threshold);
        const struct hw_channel sum = hw_channel(engine, (size_t)channel, negated);
        const int64_t start = engine->tail == TAIL_SIGN
                                  ? ((int64_t)1 << (engine->acc_bits - 1)) - hw_channel_threshold(&sum, threshold)
                                  : sum.start;
        set_bits(memory, channel / engine->pe, channel % engine->pe * engine->acc_bits, engine->acc_bits, start);
    }
}

static void fill_thresholds(const struct hw_engine *engine, struct hw_memory *memory)
{
    const struct int_thresholds *thresholds = &engine->unit->thresholds;
    const int levels = thresholds->levels, lane = levels * engine->acc_bits + 1;
    for (int channel = 0; channel < engine->elements_out; channel++) {
        const int address = channel / engine->pe, base = channel % engine->pe * lane;
        for (int level = 0; level < levels; level++)
            set_bits(memory, address, base + level * engine->acc_bits, engine->acc_bits,
                     thresholds->values[channel * levels + level]);
        set_bits(memory, address, base + levels * engine->acc_bits, 1, thresholds->flip[channel]);
    }
}

static void fill_multiply(const struct hw_engine *engine, struct hw_memory *memory)
{
    const struct int_unit *unit = engine->unit;
    const struct hw_multiply *multiply = &engine->multiply;
    const struct qnn_requant *requant = int_requant(unit);
    const int32_t *multiplier = requant ? requant->multiplier : unit->multiplier;
    const int64_t *addend = requant ? requant->addend : unit->addend;
    const int lane = multiply->multiplier_bits + multiply->addend_bits;
    for (int channel = 0; channel < engine->elements_out; channel++) {
        const int p = channel % engine->pe;
        const int address = channel / engine->pe * multiply->steps + p / multiply->multipliers;
        const int base = p % multiply->multipliers * lane;
        set_bits(memory, address, base, multiply->multiplier_bits, multiplier[channel]);
        set_bits(memory, address, base + multiply->multiplier_bits, multiply->addend_bits, addend[channel]);
    }
}

static void fill_constants(const struct hw_engine *engine, struct hw_memory *memory)
{
    if (engine->tail == TAIL_THRESHOLD)
        fill_thresholds(engine, memory);
    else
        fill_multiply(engine, memory);
}

void hw_fill_memories(struct hw_graph *graph, struct arena *arena)
{
    for (size_t i = 0; i < graph->engine_count; i++) {
        struct hw_engine *engine = &graph->engines[i];
        struct hw_memory *memories = engine->memories;
        for (int role = 0; role < MEMORY_ROLE_COUNT; role++)
            if (memories[role].name)
                memories[role].words =
                    arena_array(arena, (size_t)memories[role].depth, memory_word_bytes(&memories[role]));
        if (engine->kind == ENGINE_MVU) {
            fill_weights(engine, &memories[MEMORY_WEIGHTS]);
            fill_starts(engine, &memories[MEMORY_STARTS]);
        }
        if (memories[MEMORY_CONSTANTS].name)
            fill_constants(engine, &memories[MEMORY_CONSTANTS]);
    }
}
