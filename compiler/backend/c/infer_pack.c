/*
 * The window of a layer that multiplies bit by bit, and its weights in the same order.
 *
 * Product i = tap * run + c is bit tap * tap_bits + c. With tap_bits = run nothing is wasted, but the bits of a tap have to
 * be moved; with whole words per tap they are copied, or are there already, but channels that do not fill a word
 * cost as much as a full one. The cheaper way is taken, counted in operations on words:
 *     a copied word    COPY_COST     a word of bits moved    MOVE_COST     a word times eight rows    COUNT_COST
 */
#include "backend/c/infer_layer.h"

#include "base/require.h"

enum { COPY_COST = 1, MOVE_COST = 6, COUNT_COST = 4 };

size_t infer_parts(const struct infer_layer *layer)
{
    return infer_product_form(layer->product)->parts(&layer->unit->plan->weight_type);
}

static struct infer_window window_of(enum infer_gather gather, size_t taps, size_t run)
{
    const bool dense = gather == GATHER_BITS || gather == GATHER_CODES;
    struct infer_window window = {.gather = gather, .taps = taps, .run = run};
    window.tap_bits = dense ? run : infer_words_of(run) * INFER_WORD;
    window.words = infer_words_of(taps * window.tap_bits);
    return window;
}

static size_t cost(const struct infer_layer *layer, const struct infer_window *window)
{
    static const size_t gather[] = {
        [GATHER_NOTHING] = 0, [GATHER_WORDS] = COPY_COST, [GATHER_BITS] = MOVE_COST, [GATHER_CODES] = 0};
    return window->taps * infer_words_of(window->run) * gather[window->gather] +
           window->words * layer->group_blocks * infer_parts(layer) * COUNT_COST;
}

static struct infer_window choose_window(const struct infer_layer *layer)
{
    const struct unit_plan *plan = layer->unit->plan;
    const struct infer_tensor *input = layer->inputs[0];
    const bool dense = !plan->window;
    const size_t taps = dense ? input->positions : (size_t)(plan->window->kernel_height * plan->window->kernel_width);
    const size_t run = dense ? input->channels : (size_t)(plan->in_shape[0].channels / plan->groups);
    REQUIRE(taps * run == plan->fan_in);
    if (input->form == FORM_ARRAY)
        return window_of(GATHER_CODES, taps, run);
    const struct infer_window bits = window_of(GATHER_BITS, taps, run);
    const struct infer_window words = window_of(dense ? GATHER_NOTHING : GATHER_WORDS, taps, run);
    const bool words_possible = plan->groups == 1 || run % INFER_WORD == 0;
    return words_possible && cost(layer, &words) <= cost(layer, &bits) ? words : bits;
}

/* Words of a block: [part][word][row]; what a set bit means is the product's (infer_products.def). */
static void pack_row(struct infer_layer *layer, size_t channel, uint64_t *first)
{
    const size_t part_words = layer->window.words * INFER_ROWS, parts = infer_parts(layer);
    const struct infer_product_form *product = infer_product_form(layer->product);
    for (size_t i = 0; i < layer->unit->plan->fan_in; i++) {
        const size_t bit = i / layer->window.run * layer->window.tap_bits + i % layer->window.run;
        const int w = infer_weight(layer, channel, i);
        for (size_t part = 0; part < parts; part++)
            first[part * part_words + bit / INFER_WORD * INFER_ROWS] |= (uint64_t)product->set(w, part)
                                                                        << bit % INFER_WORD;
    }
}

static bool in_bytes(const struct infer_layer *layer)
{
    const size_t bits = layer->inputs[0]->planes;
    return layer->window.gather == GATHER_CODES && bits > 2 && bits <= 8;
}

void infer_pack_weights(struct infer_layer *layer, struct arena *arena)
{
    layer->groups = (size_t)layer->unit->plan->groups;
    layer->group_channels = layer->channels / layer->groups;
    layer->group_blocks = (layer->group_channels + INFER_ROWS - 1) / INFER_ROWS;
    layer->window = choose_window(layer);
    const size_t filled = layer->groups * layer->group_blocks * INFER_ROWS;
    if (layer->groups == 1 || filled == layer->channels)
        layer->threshold_rows = filled;
    if (in_bytes(layer)) {
        layer->product = PRODUCT_BYTES;
        layer->window.bytes = (layer->unit->plan->fan_in + 3) / 4 * 4;
        return;
    }
    layer->block_words = infer_parts(layer) * layer->window.words * INFER_ROWS;
    layer->words = ARENA_NEW_ARRAY(arena, layer->groups * layer->group_blocks * layer->block_words, uint64_t);
    for (size_t c = 0; c < layer->channels; c++) {
        const size_t row = c % layer->group_channels;
        const size_t block = c / layer->group_channels * layer->group_blocks + row / INFER_ROWS;
        pack_row(layer, c, layer->words + block * layer->block_words + row % INFER_ROWS);
    }
}

size_t infer_weight_bytes(const struct infer_layer *layer)
{
    const size_t blocks = layer->groups * layer->group_blocks;
    if (layer->product == PRODUCT_NONE)
        return 0;
    if (layer->product == PRODUCT_DIRECT)
        return layer->channels * layer->unit->plan->fan_in;
    if (layer->product == PRODUCT_BYTES)
        return blocks * INFER_ROWS * layer->window.bytes;
    return blocks * layer->block_words * sizeof(uint64_t);
}
