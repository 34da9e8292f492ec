/*
 * The depthwise convolution. A tap is read through a table of addresses, as in conv_product.c; the sums of SPAN channels
 * stay in registers while the taps, or for the weights the positions, pass by.
 */
#include "runtime/ops/conv_depthwise.h"

#include "runtime/gemm_kernel.h"
#include "runtime/numeric/error.h"
#include "runtime/thread_pool.h"

#include <string.h>

enum {
    VECTORS = 4,
    SPAN = VECTORS * QNN_LANES,
    CHANNEL_BLOCK = 128, /* whole spans, whose weights are at hand */
    LANE_BLOCK = 64,     /* lanes whose addresses are at hand */
    THREAD_WORK = 1 << 15,
    PIECES = 16, /* of the reduction over lanes */
    PARTIAL_FLOATS = QNN_SCRATCH_FLOATS / 2
};
_Static_assert(CHANNEL_BLOCK % SPAN == 0, "a block is whole spans");

/* A thread's scratch memory, but for the partial results at its end. */
struct workspace {
    float weights[DEPTHWISE_TAPS * CHANNEL_BLOCK]; /* [taps][CHANNEL_BLOCK] */
    float outside[CHANNEL_BLOCK];
    const float *rows[DEPTHWISE_TAPS * LANE_BLOCK]; /* [taps][LANE_BLOCK] */
    size_t place[LANE_BLOCK];
};
_Static_assert(sizeof(struct workspace) <= (QNN_SCRATCH_FLOATS - PARTIAL_FLOATS) * sizeof(float),
               "must fit beside the partial results");
_Static_assert(DEPTHWISE_TAPS *CHANNEL_BLOCK <= PARTIAL_FLOATS, "at least one partial result");

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static struct workspace *workspace_of(const struct patches *p, int thread)
{
    struct workspace *space = (struct workspace *)(void *)qnn_thread_scratch(thread);
    for (size_t i = 0; i < CHANNEL_BLOCK; i++)
        space->outside[i] = p->outside;
    return space;
}

static void point_taps(const struct patches *p, size_t lane, size_t lanes, size_t channel, struct workspace *space)
{
    for (size_t tap = 0; tap < patch_taps(p); tap++)
        qnn_patches_point(p, lane, lanes, tap, channel, space->outside, space->rows + tap * LANE_BLOCK);
}

/* sum[0 .. count - 1] += the sum over n of left[n][at ..] * right[n * step + at ..]: a span in registers, or what is
 * left of one. Over taps, left has the distance `pitch`; over lanes it is 1. */
static inline void span_sum(size_t number, const float *const *left, size_t pitch, const float *right, size_t step,
                            size_t at, float *sum)
{
    qnn_vector total[VECTORS];
    for (size_t v = 0; v < VECTORS; v++)
        total[v] = *(const qnn_vector_unaligned *)(sum + v * QNN_LANES);
    for (size_t n = 0; n < number; n++) {
        const float *x = left[n * pitch] + at, *w = right + n * step + at;
#pragma GCC unroll 16
        for (size_t v = 0; v < VECTORS; v++)
            total[v] = qnn_multiply_add(*(const qnn_vector_unaligned *)(x + v * QNN_LANES),
                                        *(const qnn_vector_unaligned *)(w + v * QNN_LANES), total[v]);
    }
    for (size_t v = 0; v < VECTORS; v++)
        *(qnn_vector_unaligned *)(sum + v * QNN_LANES) = total[v];
}

static void sum_products(size_t number, const float *const *left, size_t pitch, const float *right, size_t step,
                         size_t channels, float *sum)
{
    size_t at = 0;
    for (; at + SPAN <= channels; at += SPAN)
        span_sum(number, left, pitch, right, step, at, sum + at);
    for (size_t n = 0; n < number && at < channels; n++)
        for (size_t i = at; i < channels; i++)
            sum[i] += left[n * pitch][i] * right[n * step + i];
}

/* Every product is below 2^24 and exact in float32; the sum is that of integers. */
static void sum_products_exact(size_t number, const float *const *left, const float *right, size_t channels,
                               int32_t *sum)
{
    for (size_t i = 0; i < channels; i++)
        sum[i] = 0;
    for (size_t n = 0; n < number; n++)
        for (size_t i = 0; i < channels; i++)
            sum[i] += (int32_t)(left[n * LANE_BLOCK][i] * right[n * CHANNEL_BLOCK + i]);
}

/* Weights [channel][tap] to [tap][CHANNEL_BLOCK]. */
static void spread_weights(const struct conv_product *p, size_t channel, size_t channels, float *weights)
{
    const struct tap_weights *w = &p->weights;
    const size_t columns = (size_t)p->patches.columns.taps;
    for (size_t tap = 0; tap < patch_taps(&p->patches); tap++) {
        const float *from =
            w->data + (ptrdiff_t)(tap / columns) * w->row_step + (ptrdiff_t)(tap % columns) * w->column_step;
        for (size_t i = 0; i < channels; i++)
            weights[tap * CHANNEL_BLOCK + i] = from[(channel + i) * w->output_step];
    }
}

static void multiply_lane(const struct conv_product *p, size_t lane, size_t place, size_t channel, size_t channels,
                          const struct workspace *space)
{
    const size_t taps = patch_taps(&p->patches);
    if (p->exact) {
        sum_products_exact(taps, space->rows + lane, space->weights, channels, p->exact + place + channel);
        return;
    }
    float *sum = p->result + place + channel;
    if (p->bias)
        memcpy(sum, p->bias + channel, channels * sizeof *sum);
    else
        memset(sum, 0, channels * sizeof *sum);
    sum_products(taps, space->rows + lane, LANE_BLOCK, space->weights, CHANNEL_BLOCK, channels, sum);
}

static void multiply_part(void *context, size_t begin, size_t end, int thread)
{
    const struct conv_product *p = context;
    struct workspace *space = workspace_of(&p->patches, thread);
    for (size_t channel = 0; channel < p->outputs; channel += CHANNEL_BLOCK) {
        const size_t channels = least(p->outputs - channel, CHANNEL_BLOCK);
        spread_weights(p, channel, channels, space->weights);
        for (size_t lane = begin; lane < end; lane += LANE_BLOCK) {
            const size_t lanes = least(end - lane, LANE_BLOCK);
            point_taps(&p->patches, lane, lanes, channel, space);
            qnn_conv_places(p, lane, lanes, space->place);
            for (size_t n = 0; n < lanes; n++)
                multiply_lane(p, n, space->place[n], channel, channels, space);
        }
    }
}

void qnn_conv_depthwise(const struct conv_product *product)
{
    struct conv_product p = *product;
    const size_t taps = patch_taps(&p.patches);
    QNN_CHECK(taps <= DEPTHWISE_TAPS && p.outputs == p.patches.channels && !p.result != !p.exact);
    if (p.outputs > 0)
        qnn_parallel(patch_lanes(&p.patches), THREAD_WORK / ((taps + 1) * p.outputs) + 1, multiply_part, &p);
}

/* The gradient of the weights of one block of channels. */
struct reduction {
    const struct conv_weights *weights;
    size_t channel, channels, pieces;
    float *partial; /* [pieces][taps][channels] */
};

static void reduce_piece(const struct reduction *r, size_t piece, struct workspace *space)
{
    const struct patches *p = &r->weights->patches;
    const size_t all = patch_lanes(p), taps = patch_taps(p), step = r->weights->lane_step;
    const size_t begin = all * piece / r->pieces, end = all * (piece + 1) / r->pieces;
    float *sum = r->partial + piece * taps * r->channels;
    memset(sum, 0, taps * r->channels * sizeof *sum);
    for (size_t lane = begin; lane < end; lane += LANE_BLOCK) {
        const size_t lanes = least(end - lane, LANE_BLOCK);
        point_taps(p, lane, lanes, r->channel, space);
        for (size_t tap = 0; tap < taps; tap++)
            sum_products(lanes, space->rows + tap * LANE_BLOCK, 1, r->weights->dy + lane * step + r->channel, step,
                         r->channels, sum + tap * r->channels);
    }
}

static void reduce_part(void *context, size_t begin, size_t end, int thread)
{
    const struct reduction *r = context;
    struct workspace *space = workspace_of(&r->weights->patches, thread);
    for (size_t piece = begin; piece < end; piece++)
        reduce_piece(r, piece, space);
}

static void add_pieces(const struct reduction *r)
{
    const size_t taps = patch_taps(&r->weights->patches), size = taps * r->channels;
    for (size_t piece = 1; piece < r->pieces; piece++)
        for (size_t i = 0; i < size; i++)
            r->partial[i] += r->partial[piece * size + i];
    for (size_t i = 0; i < r->channels; i++)
        for (size_t tap = 0; tap < taps; tap++)
            r->weights->dweights[(r->channel + i) * taps + tap] = r->partial[tap * r->channels + i];
}

void qnn_conv_depthwise_weights(const struct conv_weights *weights)
{
    const size_t taps = patch_taps(&weights->patches), lanes = patch_lanes(&weights->patches);
    QNN_CHECK(taps > 0 && taps <= DEPTHWISE_TAPS && weights->outputs == weights->patches.channels);
    for (size_t channel = 0; channel < weights->outputs; channel += CHANNEL_BLOCK) {
        struct reduction r = {
            .weights = weights, .channel = channel, .channels = least(weights->outputs - channel, CHANNEL_BLOCK)};
        r.pieces = least(least(PIECES, lanes / LANE_BLOCK + 1), PARTIAL_FLOATS / (taps * r.channels));
        r.partial = qnn_thread_scratch(0) + (QNN_SCRATCH_FLOATS - PARTIAL_FLOATS);
        qnn_parallel(r.pieces, 1, reduce_part, &r);
        add_pieces(&r);
    }
}
