/*
 * The gradient of the weights: a product whose reduction runs over all positions of the batch, some ten thousands, and
 * whose result is small.
 *
 * For each block of positions the gradients of the outputs are packed once, and the patches in blocks of a few panels,
 * straight from the image. Threads own columns or rows of the result. Where the result is too
 * small for that, the reduction is cut into a number of pieces that depends on the sizes only; each gives a partial result
 * and these are added in order.
 */
#include "runtime/ops/conv_weights.h"

#include "runtime/gemm_kernel.h"
#include "runtime/gemm_pack.h"
#include "runtime/thread_pool.h"

#include <stdbool.h>
#include <string.h>

enum {
    DEPTH = 256,                             /* a panel of patches fits the first-level cache */
    ROW_BLOCK = 264 / TILE_ROWS * TILE_ROWS, /* packed gradients: 264 KiB */
    COLUMN_BLOCK = 128,                      /* whole panels of packed patches: 128 KiB */
    THREAD_WORK = 1 << 17,                   /* multiply-adds that are worth a thread */
    FEW_TILES = 64,                          /* of a result that is too small to be split */
    PIECES = 16,                             /* of the reduction then */
    PIECE_DEPTH = 2 * DEPTH,                 /* at least */
    PARTIAL_FLOATS = QNN_SCRATCH_FLOATS / 2  /* for all partial results, in the first thread's scratch memory */
};

/* A thread's scratch memory, but for the partial results at its end. */
struct workspace {
    float left[DEPTH * ROW_BLOCK];
    float right[DEPTH * COLUMN_BLOCK];
    float tile[TILE_ROWS * TILE_COLUMNS];
    float outside[COLUMN_BLOCK];
    const float *rows[DEPTH];
};
_Static_assert(sizeof(struct workspace) <= (QNN_SCRATCH_FLOATS - PARTIAL_FLOATS) * sizeof(float),
               "must fit beside the partial results");

struct range {
    size_t begin, end;
};

struct plan {
    const struct conv_weights *weights;
    size_t lanes, columns;
    size_t pieces;
    bool split_rows;
    float *partial; /* [pieces][outputs][columns] */
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t divide_up(size_t a, size_t b)
{
    return (a + b - 1) / b;
}

/* `count` columns of a panel: floats `first` .. of every row. A constant count makes a copy a few vector moves. */
static inline __attribute__((always_inline)) void copy_columns(const float *const *rows, size_t depth, size_t first,
                                                               size_t count, float *panel)
{
    for (size_t k = 0; k < depth; k++)
        for (size_t i = 0; i < count; i++)
            panel[k * TILE_COLUMNS + i] = rows[k][first + i];
}

/* One tap's channels, `count` of them, at columns column .. of the block. */
static void spread_tap(const float *const *rows, size_t depth, size_t column, size_t count, float *right)
{
    for (size_t done = 0; done < count;) {
        const size_t at = column + done, lane = at % TILE_COLUMNS, part = least(TILE_COLUMNS - lane, count - done);
        float *panel = right + (at - lane) * depth;
        if (part == TILE_COLUMNS)
            copy_columns(rows, depth, done, TILE_COLUMNS, panel);
        else
            copy_columns(rows, depth, done, part, panel + lane);
        done += part;
    }
}

/* Columns column .. column + width - 1 of the patches of some lanes: panels [depth][TILE_COLUMNS], filled up with
 * zeros. */
static void pack_patches(const struct patches *p, size_t lane, size_t depth, size_t column, size_t width,
                         struct workspace *space)
{
    for (size_t at = 0; at < width;) {
        const size_t channel = (column + at) % p->channels, count = least(p->channels - channel, width - at);
        qnn_patches_point(p, lane, depth, (column + at) / p->channels, channel, space->outside, space->rows);
        spread_tap(space->rows, depth, at, count, space->right);
        at += count;
    }
    const size_t filled = width % TILE_COLUMNS;
    float *last = space->right + (width - filled) * depth;
    for (size_t k = 0; k < depth && filled > 0; k++)
        for (size_t i = filled; i < TILE_COLUMNS; i++)
            last[k * TILE_COLUMNS + i] = 0.0f;
}

static void multiply_tile(size_t depth, const float *left, const float *right, bool add, size_t rows, size_t columns,
                          float *c, size_t stride, struct workspace *space)
{
    if (rows == TILE_ROWS && columns == TILE_COLUMNS) {
        for (size_t i = 0; i < TILE_ROWS; i++)
            __builtin_prefetch(c + i * stride, 1);
        tile_product(depth, left, right, add, c, stride);
        return;
    }
    tile_product(depth, left, right, 0, space->tile, TILE_COLUMNS);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            c[i * stride + j] = (add ? c[i * stride + j] : 0.0f) + space->tile[i * TILE_COLUMNS + j];
}

/* At most DEPTH lanes and ROW_BLOCK outputs, whose gradients are packed, and COLUMN_BLOCK columns, which are too. */
static void multiply_block(const struct plan *plan, size_t depth, bool add, struct range rows, struct range columns,
                           float *c, struct workspace *space)
{
    for (size_t j = columns.begin; j < columns.end; j += TILE_COLUMNS)
        for (size_t i = rows.begin; i < rows.end; i += TILE_ROWS)
            multiply_tile(depth, space->left + (i - rows.begin) * depth, space->right + (j - columns.begin) * depth,
                          add, least(rows.end - i, TILE_ROWS), least(columns.end - j, TILE_COLUMNS),
                          c + i * plan->columns + j, plan->columns, space);
}

static void multiply_range(const struct plan *plan, struct range lanes, struct range rows, struct range columns,
                           float *c, int thread)
{
    const struct conv_weights *w = plan->weights;
    const struct operand left = {.data = w->dy, .lane_stride = 1, .depth_stride = w->lane_step};
    struct workspace *space = (struct workspace *)(void *)qnn_thread_scratch(thread);
    for (size_t i = 0; i < COLUMN_BLOCK; i++)
        space->outside[i] = w->patches.outside;
    for (size_t k = lanes.begin; k < lanes.end; k += DEPTH) {
        const size_t depth = least(lanes.end - k, DEPTH);
        for (size_t i = rows.begin; i < rows.end; i += ROW_BLOCK) {
            const struct range block = {i, least(rows.end, i + ROW_BLOCK)};
            qnn_gemm_pack(&left, i, block.end - i, k, depth, TILE_ROWS, depth * TILE_ROWS, space->left);
            for (size_t j = columns.begin; j < columns.end; j += COLUMN_BLOCK) {
                const struct range few = {j, least(columns.end, j + COLUMN_BLOCK)};
                pack_patches(&w->patches, k, depth, j, few.end - j, space);
                multiply_block(plan, depth, k > lanes.begin, block, few, c, space);
            }
        }
    }
}

static void multiply_part(void *context, size_t begin, size_t end, int thread)
{
    const struct plan *plan = context;
    const struct range part = {begin, end}, lanes = {0, plan->lanes};
    const struct range rows = {0, plan->weights->outputs}, columns = {0, plan->columns};
    multiply_range(plan, lanes, plan->split_rows ? part : rows, plan->split_rows ? columns : part,
                   plan->weights->dweights, thread);
}

static void multiply_piece(void *context, size_t begin, size_t end, int thread)
{
    const struct plan *plan = context;
    const struct range rows = {0, plan->weights->outputs}, columns = {0, plan->columns};
    for (size_t piece = begin; piece < end; piece++) {
        const struct range lanes = {plan->lanes * piece / plan->pieces, plan->lanes * (piece + 1) / plan->pieces};
        multiply_range(plan, lanes, rows, columns, plan->partial + piece * rows.end * columns.end, thread);
    }
}

static void add_pieces(const struct plan *plan)
{
    const size_t size = plan->weights->outputs * plan->columns;
    float *restrict sum = plan->weights->dweights;
    memcpy(sum, plan->partial, size * sizeof *sum);
    for (size_t piece = 1; piece < plan->pieces; piece++) {
        const float *restrict partial = plan->partial + piece * size;
        for (size_t i = 0; i < size; i++)
            sum[i] += partial[i];
    }
}

static size_t count_pieces(const struct plan *plan)
{
    const size_t rows = plan->weights->outputs, columns = plan->columns;
    if (divide_up(rows, TILE_ROWS) * divide_up(columns, TILE_COLUMNS) > FEW_TILES)
        return 1;
    return least(least(PIECES, plan->lanes / PIECE_DEPTH), PARTIAL_FLOATS / (rows * columns));
}

void qnn_conv_weights(const struct conv_weights *weights)
{
    const struct patches *p = &weights->patches;
    struct plan plan = {.weights = weights, .lanes = patch_lanes(p), .columns = patch_taps(p) * p->channels};
    const size_t size = weights->outputs * plan.columns;
    if (size == 0)
        return;
    if (plan.lanes == 0) {
        memset(weights->dweights, 0, size * sizeof *weights->dweights);
        return;
    }
    plan.pieces = count_pieces(&plan);
    if (plan.pieces > 1) {
        plan.partial = qnn_thread_scratch(0) + (QNN_SCRATCH_FLOATS - PARTIAL_FLOATS);
        qnn_parallel(plan.pieces, 1, multiply_piece, &plan);
        add_pieces(&plan);
        return;
    }
    plan.split_rows = weights->outputs > plan.columns;
    const size_t tile = plan.split_rows ? TILE_ROWS : TILE_COLUMNS;
    const size_t line = plan.lanes * (plan.split_rows ? plan.columns : weights->outputs);
    const size_t grain = divide_up(divide_up(THREAD_WORK, line), tile) * tile;
    qnn_parallel(plan.split_rows ? weights->outputs : plan.columns, grain, multiply_part, &plan);
}
