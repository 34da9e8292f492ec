/*
 * The gradient of the weights by Winograd's minimal filtering: at each position of the transformed tiles the product
 * [outputs][tiles] times [tiles][channels], summed over all tiles of the batch, and one transformation at the end.
 *
 * Threads own panels of channels, so that the sums run over the tiles in order whatever their number. The transformed
 * gradients of a block of tiles and outputs stay in the second-level cache while the panels pass by, each transformed
 * just before it is used; the sums, [panels][positions][outputs][TILE_COLUMNS], are the work memory.
 */
#include "runtime/gemm_kernel.h"
#include "runtime/numeric/error.h"
#include "runtime/ops/conv_winograd.h"
#include "runtime/thread_pool.h"

#include <string.h>

enum {
    LINE = 16,                        /* floats of a cache line */
    CACHED = 128 * 1024,              /* floats of transformed gradients that should stay in the cache */
    DEPTH = 128,                      /* tiles of a block at most */
    ROWS = 96 / TILE_ROWS * TILE_ROWS /* outputs of a block at most */
};

/* How a thread's scratch memory is used; strides that are not powers of two keep positions out of each other's way. */
struct layout {
    size_t tiles, rows;                 /* of a block at most: tiles, outputs */
    size_t left_row, left_plane;        /* floats from one tile's gradients to the next one's; from one position */
    size_t right_plane;                 /* the same of transformed channels, [tiles][TILE_COLUMNS] */
    size_t right, outside, kernel, end; /* where they begin */
};

struct plan {
    const struct winograd *scheme;
    const struct winograd_weights *weights;
    struct winograd_grid grid;
    struct layout layout;
    size_t tiles, outputs; /* of all; outputs rounded up to TILE_ROWS */
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t round_up(size_t a, size_t b)
{
    return (a + b - 1) / b * b;
}

/* Blocks of outputs are even, in whole TILE_ROWS: no short last one. */
static size_t block_row(size_t outputs, size_t block)
{
    const size_t groups = round_up(outputs, TILE_ROWS) / TILE_ROWS, blocks = round_up(outputs, ROWS) / ROWS;
    return least(groups * block / blocks * TILE_ROWS, outputs);
}

static struct layout layout_of(const struct winograd *scheme, size_t outputs)
{
    struct layout l = {.rows = least(round_up(outputs, TILE_ROWS), ROWS)};
    l.left_row = round_up(l.rows, LINE) + LINE;
    l.tiles = least(CACHED / (scheme->positions * (l.left_row + TILE_COLUMNS)), DEPTH);
    l.left_plane = l.tiles * l.left_row + LINE;
    l.right_plane = l.tiles * TILE_COLUMNS + LINE;
    l.right = scheme->positions * l.left_plane;
    l.outside = l.right + scheme->positions * l.right_plane;
    l.kernel = l.outside + round_up(l.rows, TILE_COLUMNS);
    l.end = l.kernel + WINOGRAD_TAPS * TILE_COLUMNS;
    QNN_CHECK(l.tiles > 0 && l.end <= QNN_SCRATCH_FLOATS);
    return l;
}

/* The last panel overlaps the one before it instead of being cut. */
static size_t panel_begin(const struct plan *plan, size_t panel)
{
    return least(panel * TILE_COLUMNS, plan->weights->image.channels - TILE_COLUMNS);
}

static float *panel_sums(const struct plan *plan, size_t panel)
{
    return plan->weights->work + panel * plan->scheme->positions * plan->outputs * TILE_COLUMNS;
}

/* A block of tiles and outputs. */
struct block {
    size_t tile, tiles, row, rows;
};

static void fill(float *values, size_t count, float value)
{
    for (size_t i = 0; i < count; i++)
        values[i] = value;
}

static void transform_gradients(const struct plan *plan, const struct block *b, float *scratch)
{
    const struct winograd_image *dy = &plan->weights->dy;
    const struct layout *l = &plan->layout;
    const float *pixels[WINOGRAD_POSITIONS];
    fill(scratch + l->outside, l->rows, 0.0f);
    for (size_t n = 0; n < b->tiles; n++) {
        const struct winograd_tile tile = winograd_tile_at(&plan->grid, b->tile + n);
        winograd_pixels(dy, tile.image, tile.row, tile.column, plan->scheme->results, b->row, scratch + l->outside,
                        pixels);
        plan->scheme->result_gradient(pixels, b->rows, scratch + n * l->left_row, l->left_plane);
    }
}

static void transform_channels(const struct plan *plan, const struct block *b, size_t channel, float *scratch)
{
    const struct winograd_weights *w = plan->weights;
    const struct layout *l = &plan->layout;
    const float *pixels[WINOGRAD_POSITIONS];
    fill(scratch + l->outside, TILE_COLUMNS, w->image.outside);
    for (size_t n = 0; n < b->tiles; n++) {
        const struct winograd_tile tile = winograd_tile_at(&plan->grid, b->tile + n);
        winograd_pixels(&w->image, tile.image, tile.row - w->pad_top, tile.column - w->pad_left, plan->scheme->tile,
                        channel, scratch + l->outside, pixels);
        plan->scheme->image(pixels, TILE_COLUMNS, scratch + l->right + n * TILE_COLUMNS, l->right_plane);
    }
}

/* Sums of rows after the last output are whatever the scratch memory holds; nobody reads them. */
static void multiply_block(const struct plan *plan, const struct block *b, float *sums, const float *scratch)
{
    const struct layout *l = &plan->layout;
    for (size_t position = 0; position < plan->scheme->positions; position++) {
        const float *left = scratch + position * l->left_plane, *right = scratch + l->right + position * l->right_plane;
        float *to = sums + (position * plan->outputs + b->row) * TILE_COLUMNS;
        for (size_t i = 0; i < b->rows; i += TILE_ROWS)
            tile_product_across(b->tiles, left + i, l->left_row, right, b->tile > 0, to + i * TILE_COLUMNS,
                                TILE_COLUMNS);
    }
}

/* The channels of a panel that the one before it does not have. */
static void store_panel(const struct plan *plan, size_t panel, float *kernel)
{
    const struct winograd_weights *w = plan->weights;
    const size_t channels = w->image.channels, first = panel * TILE_COLUMNS, begin = panel_begin(plan, panel);
    const float *sums[WINOGRAD_POSITIONS];
    for (size_t output = 0; output < w->dy.channels; output++) {
        for (size_t i = 0; i < plan->scheme->positions; i++)
            sums[i] = panel_sums(plan, panel) + (i * plan->outputs + output) * TILE_COLUMNS;
        plan->scheme->kernel_gradient(sums, TILE_COLUMNS, kernel, TILE_COLUMNS);
        for (size_t tap = 0; tap < WINOGRAD_TAPS; tap++)
            memcpy(w->dweights + (output * WINOGRAD_TAPS + tap) * channels + first,
                   kernel + tap * TILE_COLUMNS + (first - begin), (begin + TILE_COLUMNS - first) * sizeof *kernel);
    }
}

static void multiply_part(void *context, size_t begin, size_t end, int thread)
{
    const struct plan *plan = context;
    const struct layout *l = &plan->layout;
    const size_t outputs = plan->weights->dy.channels;
    float *scratch = qnn_thread_scratch(thread);
    memset(scratch, 0, l->end * sizeof *scratch);
    for (size_t tile = 0; tile < plan->tiles; tile += l->tiles) {
        for (size_t i = 0; block_row(outputs, i) < outputs; i++) {
            const size_t row = block_row(outputs, i), rows = block_row(outputs, i + 1) - row;
            const struct block b = {tile, least(plan->tiles - tile, l->tiles), row, rows};
            transform_gradients(plan, &b, scratch);
            for (size_t panel = begin; panel < end; panel++) {
                transform_channels(plan, &b, panel_begin(plan, panel), scratch);
                multiply_block(plan, &b, panel_sums(plan, panel), scratch);
            }
        }
    }
    for (size_t panel = begin; panel < end; panel++)
        store_panel(plan, panel, scratch + l->kernel);
}

void qnn_winograd_weights(const struct winograd *scheme, const struct winograd_weights *weights)
{
    struct plan plan = {.scheme = scheme,
                        .weights = weights,
                        .grid = winograd_grid_of(scheme, weights->dy.height, weights->dy.width),
                        .layout = layout_of(scheme, weights->dy.channels),
                        .outputs = round_up(weights->dy.channels, TILE_ROWS)};
    plan.tiles = weights->batch * plan.grid.rows * plan.grid.columns;
    QNN_CHECK(qnn_winograd_fits(scheme, weights->image.channels, weights->dy.channels));
    qnn_parallel(round_up(weights->image.channels, TILE_COLUMNS) / TILE_COLUMNS, 1, multiply_part, &plan);
}
