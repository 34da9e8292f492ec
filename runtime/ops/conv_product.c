/*
 * Patches times weights: the loops of a blocked matrix product whose left operand is never packed.
 *
 * With the channels last, a tap of a patch is a run of contiguous floats, so the inner loop reads the image itself
 * through a table of addresses (Dukhan, "The indirect convolution algorithm", 2019); padding is the address of a
 * constant row. Runs shorter than SHORT_RUN are copied together first. Weights are packed into panels once per SUPER_ROWS
 * lanes: few enough for their results to stay in the last-level cache between blocks of the reduction, many enough for
 * the packing not to count.
 */
#include "runtime/ops/conv_product.h"

#include "runtime/gemm_kernel.h"
#include "runtime/gemm_pack.h"
#include "runtime/numeric/error.h"
#include "runtime/thread_pool.h"

#include <stdbool.h>
#include <string.h>

enum {
    DEPTH = 256,                             /* a right panel fits the first-level cache */
    COLUMN_BLOCK = 16 * TILE_COLUMNS,        /* right block: 512 KiB at most */
    ROW_BLOCK = 240 / TILE_ROWS * TILE_ROWS, /* lanes whose addresses or copies are at hand */
    SUPER_ROWS = 4 * ROW_BLOCK,
    SHORT_RUN = 16,
    RUNS = DEPTH / SHORT_RUN,
    THREAD_WORK = 1 << 17, /* multiply-adds that are worth a thread */
    EXACT_LIMIT = 1 << 24  /* float32 adds integers without rounding below it */
};

/* A thread's scratch memory. */
struct workspace {
    float right[DEPTH * COLUMN_BLOCK];
    float copies[DEPTH * ROW_BLOCK];
    float tile[TILE_ROWS * TILE_COLUMNS];
    float outside[DEPTH]; /* what every tap outside the image reads */
    const float *rows[RUNS * ROW_BLOCK];
    size_t place[ROW_BLOCK];
    size_t tile_place[TILE_ROWS]; /* of the rows of `tile` */
};
_Static_assert(sizeof(struct workspace) <= QNN_SCRATCH_FLOATS * sizeof(float), "must fit the scratch memory");

/* How the reduction is cut: whole taps where several fit the limit, else even pieces of one tap. */
struct cut {
    size_t taps, length; /* of a block; the last one may be smaller */
};

/* The product with what is the same for all threads. */
struct plan {
    const struct conv_product *product;
    size_t lanes;
    struct cut cut;
    bool copied, split_rows;
};

struct range {
    size_t begin, end;
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t divide_up(size_t a, size_t b)
{
    return (a + b - 1) / b;
}

/* Blocks of a depth of at most `limit`. */
static struct cut cut_of(const struct patches *p, size_t limit)
{
    const size_t taps = patch_taps(p);
    if (taps == 0)
        return (struct cut){0};
    if (p->channels <= limit)
        return (struct cut){.taps = divide_up(taps, divide_up(taps, limit / p->channels)), .length = p->channels};
    return (struct cut){.taps = 1, .length = divide_up(p->channels, divide_up(p->channels, limit))};
}

/* Goes on to the next block; false at the end. Starts from an empty block at tap 0. */
static bool next_block(const struct patches *p, struct cut cut, struct patch_block *block)
{
    block->channel += block->length;
    if (block->channel >= p->channels) {
        block->channel = 0;
        block->tap += block->taps;
    }
    if (block->tap >= patch_taps(p))
        return false;
    block->taps = least(cut.taps, patch_taps(p) - block->tap);
    block->length = least(cut.length, p->channels - block->channel);
    return true;
}

/* Weights of a block for `width` outputs from `first` on: panels of [block->taps * block->length][TILE_COLUMNS]. */
static void pack_weights(const struct conv_product *p, const struct patch_block *block, size_t first, size_t width,
                         float *right)
{
    const struct tap_weights *w = &p->weights;
    const size_t columns = (size_t)p->patches.columns.taps, depth = block->taps * block->length;
    for (size_t tap = block->tap; tap < block->tap + block->taps; tap++) {
        const ptrdiff_t at = (ptrdiff_t)(tap / columns) * w->row_step + (ptrdiff_t)(tap % columns) * w->column_step;
        const struct operand operand = {
            .data = w->data + at, .lane_stride = w->output_step, .depth_stride = w->channel_step};
        qnn_gemm_pack(&operand, first, width, block->channel, block->length, TILE_COLUMNS, depth * TILE_COLUMNS,
                      right + (tap - block->tap) * block->length * TILE_COLUMNS);
    }
}

void qnn_conv_places(const struct conv_product *p, size_t lane, size_t lanes, size_t *place)
{
    const size_t columns = (size_t)p->patches.columns.count, rows = (size_t)p->patches.rows.count;
    for (size_t n = 0; n < lanes; n++) {
        const size_t line = (lane + n) / columns;
        place[n] = line / rows * p->image_step + line % rows * p->row_step + (lane + n) % columns * p->column_step;
    }
}

/* Makes workspace->rows: [runs][ROW_BLOCK], the last tile filled up with rows that may be read. Returns the number of
 * runs. */
static size_t point_rows(const struct plan *plan, const struct patch_block *block, size_t lane, size_t lanes,
                         struct workspace *space)
{
    const struct patches *p = &plan->product->patches;
    const size_t runs = plan->copied ? 1 : block->taps, depth = block->taps * block->length;
    if (plan->copied) {
        qnn_patches_gather(p, lane, lanes, block, space->copies);
        for (size_t n = 0; n < lanes; n++)
            space->rows[n] = space->copies + n * depth;
    } else {
        for (size_t run = 0; run < runs; run++)
            qnn_patches_point(p, lane, lanes, block->tap + run, block->channel, space->outside,
                              space->rows + run * ROW_BLOCK);
    }
    for (size_t run = 0; run < runs; run++)
        for (size_t n = lanes; n < divide_up(lanes, TILE_ROWS) * TILE_ROWS; n++)
            space->rows[run * ROW_BLOCK + n] = space->outside;
    return runs;
}

static void add_tile(const float *tile, size_t rows, size_t columns, bool add, float *c, const size_t *place)
{
    QNN_CHECK(c);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            c[place[i] + j] = add ? c[place[i] + j] + tile[i * TILE_COLUMNS + j] : tile[i * TILE_COLUMNS + j];
}

static void add_tile_exact(const float *tile, size_t rows, size_t columns, bool add, int32_t *c, const size_t *place)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            c[place[i] + j] = (add ? c[place[i] + j] : 0) + (int32_t)tile[i * TILE_COLUMNS + j];
}

/* What a tile is multiplied from. */
struct runs {
    size_t count, length;
};

/* A tile that is cut, or that becomes integers, goes through workspace->tile. */
static void multiply_tile(const struct conv_product *p, struct runs runs, const float *right, bool add, size_t row,
                          size_t rows, size_t column, size_t columns, struct workspace *space)
{
    const float *const *left = space->rows + row;
    const size_t *place = space->place + row;
    if (p->result && rows == TILE_ROWS && columns == TILE_COLUMNS) {
        tile_product_rows(runs.count, runs.length, left, ROW_BLOCK, right, add, p->result + column, place);
        return;
    }
    tile_product_rows(runs.count, runs.length, left, ROW_BLOCK, right, 0, space->tile, space->tile_place);
    if (p->exact)
        add_tile_exact(space->tile, rows, columns, add, p->exact + column, place);
    else
        add_tile(space->tile, rows, columns, add, p->result + column, place);
}

/* Some lanes, at most ROW_BLOCK, and packed weights. The panel stays in the first-level cache while the lanes pass by. */
static void multiply_block(const struct plan *plan, const struct patch_block *block, bool add, size_t lane,
                           size_t lanes, struct range columns, struct workspace *space)
{
    const size_t depth = block->taps * block->length, runs = point_rows(plan, block, lane, lanes, space);
    const struct runs pieces = {.count = runs, .length = depth / runs};
    qnn_conv_places(plan->product, lane, lanes, space->place);
    for (size_t j = columns.begin; j < columns.end; j += TILE_COLUMNS)
        for (size_t i = 0; i < lanes; i += TILE_ROWS)
            multiply_tile(plan->product, pieces, space->right + (j - columns.begin) * depth, add, i,
                          least(lanes - i, TILE_ROWS), j, least(columns.end - j, TILE_COLUMNS), space);
}

/* What the sums start from: bias, or nothing where there is no tap either. */
static void start_sums(const struct conv_product *p, struct range lanes, struct range columns)
{
    for (size_t lane = lanes.begin; lane < lanes.end; lane++) {
        size_t place;
        qnn_conv_places(p, lane, 1, &place);
        for (size_t j = columns.begin; j < columns.end; j++) {
            if (p->exact)
                p->exact[place + j] = 0;
            else
                p->result[place + j] = p->bias ? p->bias[j] : 0.0f;
        }
    }
}

/* At most SUPER_ROWS lanes, at most COLUMN_BLOCK columns. */
static void multiply_super(const struct plan *plan, struct range lanes, struct range columns, struct workspace *space)
{
    const struct conv_product *p = plan->product;
    const struct cut cut = plan->cut;
    struct patch_block block = {0};
    bool add = p->bias != NULL || patch_taps(&p->patches) == 0;
    if (add)
        start_sums(p, lanes, columns);
    while (next_block(&p->patches, cut, &block)) {
        pack_weights(p, &block, columns.begin, columns.end - columns.begin, space->right);
        for (size_t i = lanes.begin; i < lanes.end; i += ROW_BLOCK)
            multiply_block(plan, &block, add, i, least(lanes.end - i, ROW_BLOCK), columns, space);
        add = true;
    }
}

static void multiply_part(void *context, size_t begin, size_t end, int thread)
{
    const struct plan *plan = context;
    const struct range part = {begin, end};
    const struct range lanes = plan->split_rows ? part : (struct range){0, plan->lanes};
    const struct range columns = plan->split_rows ? (struct range){0, plan->product->outputs} : part;
    struct workspace *space = (struct workspace *)(void *)qnn_thread_scratch(thread);
    for (size_t i = 0; i < DEPTH; i++)
        space->outside[i] = plan->product->patches.outside;
    for (size_t i = 0; i < TILE_ROWS; i++)
        space->tile_place[i] = i * TILE_COLUMNS;
    for (size_t i = lanes.begin; i < lanes.end; i += SUPER_ROWS)
        for (size_t j = columns.begin; j < columns.end; j += COLUMN_BLOCK)
            multiply_super(plan, (struct range){i, least(lanes.end, i + SUPER_ROWS)},
                           (struct range){j, least(columns.end, j + COLUMN_BLOCK)}, space);
}

static void multiply(const struct conv_product *p, size_t limit)
{
    struct plan plan = {.product = p, .lanes = patch_lanes(&p->patches), .cut = cut_of(&p->patches, limit)};
    plan.copied = plan.cut.length < SHORT_RUN;
    plan.split_rows = plan.lanes > p->outputs;
    const size_t tile = plan.split_rows ? TILE_ROWS : TILE_COLUMNS;
    const size_t depth = patch_taps(&p->patches) * p->patches.channels + 1;
    const size_t line = depth * (plan.split_rows ? p->outputs : plan.lanes);
    if (line == 0)
        return;
    const size_t grain = divide_up(divide_up(THREAD_WORK, line), tile) * tile;
    qnn_parallel(plan.split_rows ? plan.lanes : p->outputs, grain, multiply_part, &plan);
}

void qnn_conv_product(const struct conv_product *product)
{
    QNN_CHECK(product->result && !product->exact);
    multiply(product, DEPTH);
}

void qnn_conv_product_exact(const struct conv_product *product, int32_t max_product)
{
    QNN_CHECK(product->exact && !product->bias && max_product >= 1 && max_product < EXACT_LIMIT);
    multiply(product, least(DEPTH, (size_t)((EXACT_LIMIT - 1) / max_product)));
}
