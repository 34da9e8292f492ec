/*
 * Winograd's minimal filtering as products of matrices: at each position of the transformed tiles, [tiles][channels]
 * times [channels][outputs].
 *
 * The weights are transformed once, into panels that the inner loop reads. Each thread then takes its tiles in blocks
 * whose transformed channels stay in its second-level cache, and for one panel of outputs after the other multiplies at
 * all positions and transforms back: the products never leave the first levels.
 */
#include "runtime/ops/conv_winograd.h"

#include "runtime/gemm_kernel.h"
#include "runtime/gemm_pack.h"
#include "runtime/numeric/error.h"
#include "runtime/thread_pool.h"

enum {
    DEPTH = 256,                             /* a panel of weights fits the first-level cache */
    LINE = 16,                               /* floats of a cache line */
    CACHED = 96 * 1024,                      /* floats of transformed channels that should stay in the cache */
    MOST_TILES = 96 / TILE_ROWS * TILE_ROWS, /* of a block */
    FEWEST_TILES = 24 / TILE_ROWS * TILE_ROWS,
    RESULTS = 16 * TILE_COLUMNS /* of a tile */
};

/* How a thread's scratch memory is used; strides that are not powers of two keep positions out of each other's way. */
struct layout {
    size_t tiles;             /* of a block */
    size_t row;               /* floats from one tile's channels to the next one's */
    size_t plane;             /* from one position to the next */
    size_t product_plane;     /* the same of products, [tiles][TILE_COLUMNS] */
    size_t products, outside; /* where they begin */
    size_t results, end;
};

struct plan {
    const struct winograd *scheme;
    const struct winograd_product *product;
    struct winograd_grid grid;
    struct layout layout;
    size_t panels;
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t round_up(size_t a, size_t b)
{
    return (a + b - 1) / b * b;
}

static struct layout layout_of_tiles(const struct winograd *scheme, size_t channels, size_t tiles)
{
    struct layout l = {.tiles = tiles, .row = round_up(channels, LINE) + LINE};
    l.plane = tiles * l.row + LINE;
    l.product_plane = tiles * TILE_COLUMNS + LINE;
    l.products = scheme->positions * l.plane;
    l.outside = l.products + scheme->positions * l.product_plane;
    l.results = l.outside + round_up(channels, LINE);
    l.end = l.results + RESULTS;
    return l;
}

static struct layout layout_of(const struct winograd *scheme, size_t channels)
{
    const size_t tile = scheme->positions * (round_up(channels, LINE) + LINE);
    size_t tiles = least(CACHED / tile / TILE_ROWS * TILE_ROWS, MOST_TILES);
    tiles = tiles < FEWEST_TILES ? FEWEST_TILES : tiles;
    while (tiles > TILE_ROWS && layout_of_tiles(scheme, channels, tiles).end > QNN_SCRATCH_FLOATS)
        tiles -= TILE_ROWS;
    return layout_of_tiles(scheme, channels, tiles);
}

bool qnn_winograd_fits(const struct winograd *scheme, size_t channels, size_t outputs)
{
    const size_t narrow = channels < outputs ? channels : outputs, wide = channels < outputs ? outputs : channels;
    return narrow >= TILE_COLUMNS && layout_of(scheme, wide).end <= QNN_SCRATCH_FLOATS &&
           WINOGRAD_TAPS * wide * TILE_COLUMNS <= QNN_SCRATCH_FLOATS;
}

/* Panels begin at multiples of TILE_COLUMNS; the last one overlaps the one before it instead of being cut. */
static size_t panel_begin(const struct plan *plan, size_t panel)
{
    return least(panel * TILE_COLUMNS, plan->product->outputs - TILE_COLUMNS);
}

static float *panel_weights(const struct plan *plan, size_t panel)
{
    return plan->product->work + panel * plan->scheme->positions * plan->product->image.channels * TILE_COLUMNS;
}

/* work = [panels][positions][channels][TILE_COLUMNS]. */
static void transform_weights(void *context, size_t begin, size_t end, int thread)
{
    const struct plan *plan = context;
    const struct winograd_product *p = plan->product;
    const size_t channels = p->image.channels, size = channels * TILE_COLUMNS;
    float *packed = qnn_thread_scratch(thread);
    const float *taps[WINOGRAD_TAPS];
    for (size_t tap = 0; tap < WINOGRAD_TAPS; tap++)
        taps[tap] = packed + tap * size;
    for (size_t panel = begin; panel < end; panel++) {
        for (size_t tap = 0; tap < WINOGRAD_TAPS; tap++) {
            const struct operand operand = {.data = p->weights + (ptrdiff_t)tap * p->tap_step,
                                            .lane_stride = p->output_step,
                                            .depth_stride = p->channel_step};
            qnn_gemm_pack(&operand, panel_begin(plan, panel), TILE_COLUMNS, 0, channels, TILE_COLUMNS, size,
                          packed + tap * size);
        }
        plan->scheme->kernel(taps, size, panel_weights(plan, panel), size);
    }
}

static void transform_tiles(const struct plan *plan, size_t first, size_t tiles, float *scratch)
{
    const struct winograd_product *p = plan->product;
    const float *pixels[WINOGRAD_POSITIONS];
    for (size_t n = 0; n < tiles; n++) {
        const struct winograd_tile tile = winograd_tile_at(&plan->grid, first + n);
        winograd_pixels(&p->image, tile.image, tile.row - p->pad_top, tile.column - p->pad_left, plan->scheme->tile, 0,
                        scratch + plan->layout.outside, pixels);
        plan->scheme->image(pixels, p->image.channels, scratch + n * plan->layout.row, plan->layout.plane);
    }
}

/* Products of a block with one panel; rows after the last tile are whatever the scratch memory holds. */
static void multiply_panel(const struct plan *plan, size_t panel, size_t tiles, float *scratch)
{
    const struct layout *l = &plan->layout;
    const size_t channels = plan->product->image.channels;
    const float *weights = panel_weights(plan, panel);
    size_t place[TILE_ROWS];
    for (size_t i = 0; i < TILE_ROWS; i++)
        place[i] = i * TILE_COLUMNS;
    for (size_t position = 0; position < plan->scheme->positions; position++) {
        const float *left = scratch + position * l->plane;
        float *products = scratch + l->products + position * l->product_plane;
        for (size_t k = 0; k < channels; k += DEPTH) {
            const size_t depth = least(channels - k, DEPTH);
            for (size_t n = 0; n < tiles; n += TILE_ROWS) {
                const float *rows[TILE_ROWS];
                for (size_t i = 0; i < TILE_ROWS; i++)
                    rows[i] = left + (n + i) * l->row + k;
                tile_product_rows(1, depth, rows, 0, weights, k > 0, products + n * TILE_COLUMNS, place);
            }
            weights += depth * TILE_COLUMNS;
        }
    }
}

/* The part of a tile that lies inside the result. */
static void store_tile(const struct plan *plan, const struct winograd_tile *tile, size_t output, const float *results)
{
    const struct winograd_product *p = plan->product;
    const int m = plan->scheme->results;
    for (int i = 0; i < m && tile->row + i < p->height; i++) {
        const size_t line = (tile->image * (size_t)p->height + (size_t)(tile->row + i)) * (size_t)p->width;
        for (int j = 0; j < m && tile->column + j < p->width; j++) {
            const float *restrict values = results + (i * m + j) * TILE_COLUMNS;
            float *restrict to = p->result + (line + (size_t)(tile->column + j)) * p->outputs + output;
            for (size_t n = 0; n < TILE_COLUMNS; n++)
                to[n] = values[n] + (p->bias ? p->bias[output + n] : 0.0f);
        }
    }
}

static void store_panel(const struct plan *plan, size_t panel, size_t first, size_t tiles, float *scratch)
{
    const struct layout *l = &plan->layout;
    const float *products[WINOGRAD_POSITIONS];
    for (size_t n = 0; n < tiles; n++) {
        const struct winograd_tile tile = winograd_tile_at(&plan->grid, first + n);
        for (size_t i = 0; i < plan->scheme->positions; i++)
            products[i] = scratch + l->products + i * l->product_plane + n * TILE_COLUMNS;
        plan->scheme->result(products, TILE_COLUMNS, scratch + l->results, TILE_COLUMNS);
        store_tile(plan, &tile, panel_begin(plan, panel), scratch + l->results);
    }
}

static void multiply_part(void *context, size_t begin, size_t end, int thread)
{
    const struct plan *plan = context;
    float *scratch = qnn_thread_scratch(thread);
    for (size_t i = 0; i < plan->product->image.channels; i++)
        scratch[plan->layout.outside + i] = plan->product->image.outside;
    for (size_t first = begin; first < end; first += plan->layout.tiles) {
        const size_t tiles = least(end - first, plan->layout.tiles);
        transform_tiles(plan, first, tiles, scratch);
        for (size_t panel = 0; panel < plan->panels; panel++) {
            multiply_panel(plan, panel, tiles, scratch);
            store_panel(plan, panel, first, tiles, scratch);
        }
    }
}

void qnn_winograd_product(const struct winograd *scheme, const struct winograd_product *product)
{
    QNN_CHECK(qnn_winograd_fits(scheme, product->image.channels, product->outputs));
    struct plan plan = {.scheme = scheme,
                        .product = product,
                        .grid = winograd_grid_of(scheme, product->height, product->width),
                        .layout = layout_of(scheme, product->image.channels),
                        .panels = round_up(product->outputs, TILE_COLUMNS) / TILE_COLUMNS};
    qnn_parallel(plan.panels, 1, transform_weights, &plan);
    qnn_parallel(product->batch * plan.grid.rows * plan.grid.columns, TILE_ROWS, multiply_part, &plan);
}
