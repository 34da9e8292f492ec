/*
 * Memory images: where every weight, start value and constant of an engine lies (rtl_templates/README.md).
 */
#include "base/require.h"
#include "hardware/channel.h"
#include "hardware/mvu_forms.h"

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

/* A row of an engine: an output channel, or a place that only fills up the last beat of its group. */
struct row {
    int beat, lane; /* beats count on through the groups */
    int channel;    /* -1: fills up */
};

static int row_count(const struct hw_engine *engine)
{
    return engine->groups * engine->out_beats * engine->pe;
}

static struct row row_at(const struct hw_engine *engine, int index)
{
    const int group_rows = engine->out_beats * engine->pe, group = index / group_rows, in_group = index % group_rows;
    const bool inside = in_group < engine->elements_out;
    return (struct row){
        .beat = index / engine->pe,
        .lane = index % engine->pe,
        .channel = inside ? group * engine->elements_out + in_group : -1,
    };
}

/* The codes of one row's weights of one beat, [simd]. */
static void encode_weights(const struct hw_engine *engine, const struct row *row, int beat, bool negated,
                           uint32_t *codes)
{
    const struct mvu_form *form = engine->form;
    for (int s = 0; s < engine->simd; s++) {
        const int column = beat * engine->simd + s;
        const bool inside = row->channel >= 0 && column < engine->elements_in;
        codes[s] =
            inside ? form->code(int_weight(engine->unit, (size_t)row->channel, (size_t)column, negated)) : form->filler;
    }
    if (form->recode)
        form->recode(codes, engine->simd);
}

/* A word holds row after row, a row plane after plane: bit 0 of its SIMD codes, then bit 1, ... */
static void fill_weights(const struct hw_engine *engine, struct hw_memory *memory, struct arena *arena)
{
    const int planes = engine->unit->plan->weight_type.bits, row_bits = planes * engine->simd;
    uint32_t *codes = ARENA_NEW_ARRAY(arena, (size_t)engine->simd, uint32_t);
    for (int i = 0; i < row_count(engine); i++) {
        const struct row row = row_at(engine, i);
        int64_t threshold;
        const bool negated = row.channel >= 0 && engine->tail == TAIL_SIGN &&
                             hw_channel_negated(engine, (size_t)row.channel, &threshold);
        for (int beat = 0; beat < engine->in_beats; beat++) {
            encode_weights(engine, &row, beat, negated, codes);
            for (int plane = 0; plane < planes; plane++)
                for (int s = 0; s < engine->simd; s++)
                    set_bits(memory, row.beat * engine->in_beats + beat, row.lane * row_bits + plane * engine->simd + s,
                             1, codes[s] >> plane & 1);
        }
    }
}

/* TAIL_SIGN starts at 2^(ACC-1) - T', so that the top bit is the code; the others at the constant of the sum. */
static void place_start(const struct hw_engine *engine, struct hw_memory *memory, const struct row *row)
{
    const size_t channel = (size_t)row->channel;
    int64_t threshold = 0;
    const bool negated = engine->tail == TAIL_SIGN && hw_channel_negated(engine, channel, &threshold);
    const struct channel_sum sum = hw_channel(engine, channel, negated);
    const int64_t start = engine->tail == TAIL_SIGN
                              ? ((int64_t)1 << (engine->acc_bits - 1)) - hw_channel_threshold(&sum, threshold)
                              : sum.start;
    set_bits(memory, row->beat, row->lane * engine->acc_bits, engine->acc_bits, start);
}

/*
 * qnn_threshold counts 2^bits - 1 thresholds or, with the flip bit, 2^bits - 1 less their number. An int has one level less
 * and begins at -(2^(bits-1) - 1): with one more threshold that every sum reaches (flip: that none reaches) the count is
 * the code + 2^(bits-1), which the wrapper turns into two's complement by its top bit.
 */
static void place_thresholds(const struct hw_engine *engine, struct hw_memory *memory, const struct row *row)
{
    const struct int_thresholds *thresholds = &engine->unit->thresholds;
    const int stored = hw_stored_levels(engine), acc = engine->acc_bits, base = row->lane * (stored * acc + 1);
    const int64_t *values = thresholds->values + row->channel * thresholds->levels;
    const bool flip = thresholds->flip[row->channel];
    const int below = flip ? 0 : stored - thresholds->levels;
    for (int level = 0; level < stored; level++) {
        const int own = level - below;
        const int64_t never = ((int64_t)1 << (acc - 1)) - 1, always = -never - 1;
        const int64_t value = own < 0 ? always : own < thresholds->levels ? values[own] : never;
        set_bits(memory, row->beat, base + level * acc, acc, value);
    }
    set_bits(memory, row->beat, base + stored * acc, 1, flip);
}

static void place_multiply(const struct hw_engine *engine, struct hw_memory *memory, const struct row *row)
{
    const struct int_unit *unit = engine->unit;
    const struct hw_multiply *multiply = &engine->multiply;
    const struct qnn_requant *requant = int_requant(unit);
    const int32_t *multiplier = requant ? requant->multiplier : unit->multiplier;
    const int64_t *addend = requant ? requant->addend : unit->addend;
    const int lane = multiply->multiplier_bits + multiply->addend_bits;
    const int address = row->beat * multiply->steps + row->lane / multiply->multipliers;
    const int base = row->lane % multiply->multipliers * lane;
    set_bits(memory, address, base, multiply->multiplier_bits, multiplier[row->channel]);
    set_bits(memory, address, base + multiply->multiplier_bits, multiply->addend_bits, addend[row->channel]);
}

/* Every row that is a channel. */
static void place_rows(const struct hw_engine *engine, struct hw_memory *memory,
                       void (*place)(const struct hw_engine *, struct hw_memory *, const struct row *))
{
    for (int i = 0; i < row_count(engine); i++) {
        const struct row row = row_at(engine, i);
        if (row.channel >= 0)
            place(engine, memory, &row);
    }
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
            fill_weights(engine, &memories[MEMORY_WEIGHTS], arena);
            place_rows(engine, &memories[MEMORY_STARTS], place_start);
        }
        if (memories[MEMORY_CONSTANTS].name)
            place_rows(engine, &memories[MEMORY_CONSTANTS],
                       engine->tail == TAIL_THRESHOLD ? place_thresholds : place_multiply);
    }
}
