/*
 * Windows: form, lanes and line buffers.
 *
 * A convolution's vectors must come in the order of its weights, (kernel row, kernel column, channel of the group). The
 * sequential window gives them so with any `lanes` that divide a group's channels, fan_in / lanes beats a vector; the
 * parallel one with all of a group's channels at once, one beat a vector. The narrowest window that keeps up with the
 * matrix-vector unit after it is taken, SIMD lanes where that divides, since nothing is then between the two.
 */
#include "hardware/window.h"

#include "hardware/bits.h"

static bool reads_every_position_once(const struct unit_plan *plan)
{
    const struct model_window *window = plan->window;
    return window->kernel_height == 1 && window->kernel_width == 1 && window->stride_height == 1 &&
           window->stride_width == 1 && !window->pads;
}

int window_last_row(const struct unit_plan *plan, int y)
{
    const struct model_window *window = plan->window;
    const int end = y * window->stride_height - window->pad_top + (window->kernel_height - 1) * window->dilation + 1;
    return end < plan->in_shape[0].height ? end : plan->in_shape[0].height;
}

int window_slots(const struct unit_plan *plan, int row_beats, int64_t row_cycles)
{
    const struct model_window *window = plan->window;
    const int height = plan->in_shape[0].height, outputs = plan->shape.height, stride = window->stride_height;
    const int top = window->pad_top, span = (window->kernel_height - 1) * window->dilation + 1;
    const int step = stride < span ? stride : span, gap = (height - 1 + top) % stride;
    const int reach = (outputs - 1) * stride + span - top, waste = gap >= span ? gap - span + 1 : 0;
    const int last = (reach < height ? reach : height - waste) - 1;
    const int stored = stride <= span ? last + 1 : (last + top) / stride * span + (last + top) % stride + 1 - top;
    const int before = (outputs - 1) * step > top ? (outputs - 1) * step - top : 0;
    const int turn = (stored < span - top ? stored : span - top) + stored - before;
    const int flow = outputs > 1 ? span + step : 0;
    const bool slower = row_cycles > (int64_t)stride * row_beats;
    const bool behind = (int64_t)(height + stride) * row_beats > outputs * row_cycles;
    const bool uneven = outputs > 1 && (outputs * step > stored || (slower && behind));
    return (flow > turn ? flow : turn) + uneven;
}

int hw_window_lanes_out(const struct hw_engine *engine)
{
    const struct model_window *window = engine->unit->plan->window;
    const int taps = engine->window.form == WINDOW_PARALLEL ? window->kernel_height * window->kernel_width : 1;
    return engine->window.lanes * taps;
}

/* The smallest divisor of `channels` with at most `beats` beats for `count` elements; 0 where there is none. */
static int narrowest(int channels, int64_t count, int64_t beats)
{
    for (int lanes = 1; lanes <= channels; lanes++)
        if (channels % lanes == 0 && count <= beats * lanes)
            return lanes;
    return 0;
}

static int most(int a, int b)
{
    return a > b ? a : b;
}

/* Columns that the parallel window reads from one window row to the next (rtl_templates/qnn_window_parallel.v). */
static int parallel_columns(const struct unit_plan *plan)
{
    const struct model_window *window = plan->window;
    const int left = (plan->shape.width - 1) * window->stride_width, width = plan->in_shape[0].width;
    const int spanned = left + (window->kernel_width - 1) * window->dilation - window->pad_left + 1;
    return most(most(left + 1, spanned < width ? spanned : width), (spanned + 1) / 2);
}

/* A memory for all rows, or, where all rows of a window are read at once, one for each. */
static void shape_lines(struct hw_window *window, const struct unit_plan *plan, int bits, int row, int64_t row_cycles)
{
    const bool parallel = window->form == WINDOW_PARALLEL;
    window->slots = window_slots(plan, row, row_cycles);
    window->line_count = parallel ? window->slots : 1;
    window->line_width = window->lanes * bits;
    window->line_depth = parallel ? row : window->slots * row;
}

static void set_form(struct hw_engine *engine, enum window_form form, int lanes)
{
    const struct unit_plan *plan = engine->unit->plan;
    const struct shape in = plan->in_shape[0];
    const int blocks = in.channels / lanes, taps = plan->window->kernel_height * plan->window->kernel_width;
    const bool keeps = form == WINDOW_SEQUENTIAL || form == WINDOW_PARALLEL;
    const int64_t columns = form == WINDOW_PARALLEL ? parallel_columns(plan) : (int64_t)plan->shape.width * taps;
    const int64_t row_cycles = keeps ? columns * blocks : 0;
    engine->lanes_in = lanes;
    engine->window = (struct hw_window){
        .form = form,
        .lanes = lanes,
        .groups = engine->kind == ENGINE_POOL ? blocks : engine->groups,
        .pad = engine->window.pad,
        .beats_in = (int64_t)in.height * in.width * blocks,
        .read_cycles = row_cycles * plan->shape.height,
    };
    if (keeps)
        shape_lines(&engine->window, plan, engine->in_bits, in.width * blocks, row_cycles);
}

static void fold_convolution(struct hw_engine *engine)
{
    const struct unit_plan *plan = engine->unit->plan;
    const int channels = plan->in_shape[0].channels / plan->groups, frame = hw_frame_in(engine, 0);
    const int64_t vector = (int64_t)engine->in_beats * engine->out_beats, cycles = vector * engine->vectors;
    const bool plain = reads_every_position_once(plan);
    if (channels % engine->simd == 0 && (plain || frame <= cycles * engine->simd)) {
        set_form(engine, plain ? WINDOW_NONE : WINDOW_SEQUENTIAL, engine->simd);
        return;
    }
    const int feed = narrowest(channels, engine->elements_in, vector), fill = narrowest(channels, frame, cycles);
    const int lanes = !feed || !fill ? channels : feed > fill ? feed : fill;
    const bool in_turn = plain || engine->elements_in <= vector * lanes;
    set_form(engine, plain ? WINDOW_NONE : in_turn ? WINDOW_SEQUENTIAL : WINDOW_PARALLEL, lanes);
}

static bool sums_whole(const struct unit_plan *plan)
{
    return unit_has(plan, TRAIT_SUMS) && plan->shape.height * plan->shape.width == 1 &&
           plan->window->kernel_height == plan->in_shape[0].height &&
           plan->window->kernel_width == plan->in_shape[0].width;
}

void fold_window(struct hw_engine *engine)
{
    const struct unit_plan *plan = engine->unit->plan;
    if (engine->kind == ENGINE_POOL) {
        set_form(engine, sums_whole(plan) ? WINDOW_WHOLE : WINDOW_SEQUENTIAL, engine->pe);
    } else if (plan->window) {
        fold_convolution(engine);
    } else {
        engine->lanes_in = engine->simd;
    }
}
