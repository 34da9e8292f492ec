/*
 * Batch normalisation, fused with the activation that follows. The matrix is cut into tiles (columns.h). Where a column is
 * one chunk, as behind a dense layer, a tile is summed and normalised at once, its rows coming from cache the second time;
 * of an image's many positions all tiles are summed before any is normalised.
 *
 * The sums are of differences to the first row, in double: a column whose mean is large against its spread loses
 * nothing, and a constant column has the variance 0 exactly.
 */
#include "runtime/ops/batchnorm.h"

#include "runtime/ops/columns.h"
#include "runtime/ops/elementwise.h"
#include "runtime/thread_pool.h"

#include <math.h>

/* What a block normalises by: z = (x - mean) * slope + beta. */
struct line {
    float mean[COLUMN_BLOCK], slope[COLUMN_BLOCK], beta[COLUMN_BLOCK];
};

struct moments {
    double mean[COLUMN_BLOCK], variance[COLUMN_BLOCK];
};

/* ---- Forward ----------------------------------------------------------------------------------------------------- */

struct forward {
    struct tiling tiling;
    const float *x;
    struct qnn_batchnorm *norm;
    float *y;
    enum qnn_mode mode;
    struct staircase staircase;
};

/* Sums of the differences to row 0, and of their squares. */
static void sum_differences(const float *matrix, struct block block, struct sums *sums)
{
    const float *restrict origin = matrix + block.first;
    *sums = (struct sums){{0}, {0}};
    for (size_t row = 0; row < block.rows; row++) {
        const float *restrict x = matrix + (block.row + row) * block.stride + block.first;
        for (size_t i = 0; i < block.width; i++) {
            const double difference = (double)x[i] - (double)origin[i];
            sums->a[i] += difference;
            sums->b[i] += difference * difference;
        }
    }
}

static void batch_moments(const struct forward *f, struct block block, const struct sums *sums, struct moments *moments)
{
    const double rows = (double)f->tiling.rows;
    for (size_t i = 0; i < block.width; i++) {
        const double mean = sums->a[i] / rows, variance = sums->b[i] / rows - mean * mean;
        moments->mean[i] = (double)f->x[block.first + i] + mean;
        moments->variance[i] = variance > 0.0 ? variance : 0.0;
    }
}

static void stored_moments(const struct qnn_batchnorm *norm, struct block block, struct moments *moments)
{
    for (size_t i = 0; i < block.width; i++) {
        moments->mean[i] = (double)norm->mean[block.first + i];
        moments->variance[i] = (double)norm->variance[block.first + i];
    }
}

/* Keeps what backward and evaluation need. */
static void record_training(struct qnn_batchnorm *norm, struct block block, const struct moments *moments)
{
    for (size_t i = 0; i < block.width; i++) {
        const size_t c = block.first + i;
        norm->batch_mean[c] = (float)moments->mean[i];
        norm->batch_inverse[c] = (float)(1.0 / sqrt(moments->variance[i] + (double)norm->eps));
        norm->mean[c] += norm->momentum * ((float)moments->mean[i] - norm->mean[c]);
        norm->variance[c] += norm->momentum * ((float)moments->variance[i] - norm->variance[c]);
    }
}

static void record_estimate(struct qnn_batchnorm *norm, struct block block, const struct moments *moments)
{
    for (size_t i = 0; i < block.width; i++) {
        norm->sum_mean[block.first + i] += moments->mean[i];
        norm->sum_variance[block.first + i] += moments->variance[i];
    }
}

/* The moments of a block's columns from its sums, kept where the mode says so. */
static void finish_moments(const struct forward *f, struct block block, const struct sums *sums,
                           struct moments *moments)
{
    batch_moments(f, block, sums, moments);
    if (f->mode == QNN_TRAIN)
        record_training(f->norm, block, moments);
    else if (f->mode == QNN_ESTIMATE)
        record_estimate(f->norm, block, moments);
}

static void find_moments(const struct forward *f, struct block block, struct moments *moments)
{
    struct sums sums;
    if (f->mode == QNN_EVALUATE) {
        stored_moments(f->norm, block, moments);
    } else if (f->tiling.chunks > 1) {
        qnn_sums_load(&f->tiling, block, moments->mean, moments->variance);
    } else {
        sum_differences(f->x, block, &sums);
        finish_moments(f, block, &sums, moments);
    }
}

static struct line forward_line(const struct forward *f, struct block block)
{
    struct moments moments;
    struct line line;
    find_moments(f, block, &moments);
    for (size_t i = 0; i < block.width; i++) {
        const float inverse = (float)(1.0 / sqrt(moments.variance[i] + (double)f->norm->eps));
        line.mean[i] = (float)moments.mean[i];
        line.slope[i] = f->norm->gamma[block.first + i] * inverse;
        line.beta[i] = f->norm->beta[block.first + i];
    }
    return line;
}

static inline __attribute__((always_inline)) void forward_tiles(const struct forward *f, size_t begin, size_t end,
                                                                enum function function)
{
    for (size_t tile = begin; tile < end; tile++) {
        const struct block block = tile_at(&f->tiling, tile);
        const struct line line = forward_line(f, block);
        for (size_t row = 0; row < block.rows; row++) {
            const size_t at = (block.row + row) * block.stride + block.first;
            const float *x = f->x + at;
            float *y = f->y + at;
            QNN_SAME_ELEMENT
            for (size_t i = 0; i < block.width; i++)
                y[i] = activate(function, f->staircase, (x[i] - line.mean[i]) * line.slope[i] + line.beta[i]);
        }
    }
}

#define DEFINE_FORWARD(name, function)                                    \
    static void name(void *context, size_t begin, size_t end, int thread) \
    {                                                                     \
        (void)thread;                                                     \
        forward_tiles(context, begin, end, function);                     \
    }
DEFINE_FORWARD(plain_forward, FUNCTION_NONE)
DEFINE_FORWARD(relu_forward, FUNCTION_RELU)
DEFINE_FORWARD(sign_forward, FUNCTION_SIGN)
DEFINE_FORWARD(hardtanh_forward, FUNCTION_HARDTANH)
DEFINE_FORWARD(uint_forward, FUNCTION_UINT)

static void sum_forward_tiles(void *context, size_t begin, size_t end, int thread)
{
    (void)thread;
    const struct forward *f = context;
    for (size_t tile = begin; tile < end; tile++) {
        const struct block block = tile_at(&f->tiling, tile);
        struct sums sums;
        sum_differences(f->x, block, &sums);
        qnn_sums_store(&f->tiling, block, sums.a, sums.b);
    }
}

/* Of several chunks: all are summed, then the totals give way to the moments, because y may overwrite row 0. */
static void sum_chunks(struct forward *f)
{
    qnn_parallel(tile_count(&f->tiling), 1, sum_forward_tiles, f);
    qnn_sums_combine(&f->tiling);
    for (size_t tile = 0; tile < f->tiling.blocks; tile++) {
        const struct block block = tile_at(&f->tiling, tile);
        struct sums sums;
        struct moments moments;
        qnn_sums_load(&f->tiling, block, sums.a, sums.b);
        finish_moments(f, block, &sums, &moments);
        qnn_sums_store(&f->tiling, block, moments.mean, moments.variance);
    }
}

static void run_forward(int batch, int channels, const float *x, struct qnn_batchnorm *norm, float *y,
                        enum qnn_mode mode, struct staircase staircase, qnn_range_function *function)
{
    if (batch == 0)
        return;
    struct forward f = {.tiling = qnn_tiling((size_t)batch, (size_t)channels),
                        .x = x,
                        .norm = norm,
                        .y = y,
                        .mode = mode,
                        .staircase = staircase};
    if (f.tiling.chunks > 1 && mode != QNN_EVALUATE)
        sum_chunks(&f);
    qnn_parallel(tile_count(&f.tiling), 1, function, &f);
    if (mode == QNN_ESTIMATE)
        norm->estimated++;
}

void qnn_batchnorm_forward(int batch, int channels, const float *x, struct qnn_batchnorm *norm, float *y,
                           enum qnn_mode mode)
{
    run_forward(batch, channels, x, norm, y, mode, (struct staircase){0}, plain_forward);
}

void qnn_batchnorm_relu_forward(int batch, int channels, const float *x, struct qnn_batchnorm *norm, float *y,
                                enum qnn_mode mode)
{
    run_forward(batch, channels, x, norm, y, mode, (struct staircase){0}, relu_forward);
}

void qnn_batchnorm_sign_forward(int batch, int channels, const float *x, struct qnn_batchnorm *norm, float *y,
                                enum qnn_mode mode)
{
    run_forward(batch, channels, x, norm, y, mode, (struct staircase){0}, sign_forward);
}

void qnn_batchnorm_hardtanh_forward(int batch, int channels, const float *x, struct qnn_batchnorm *norm, float *y,
                                    enum qnn_mode mode)
{
    run_forward(batch, channels, x, norm, y, mode, (struct staircase){0}, hardtanh_forward);
}

void qnn_batchnorm_uint_forward(int batch, int channels, const float *x, struct qnn_batchnorm *norm,
                                const struct qnn_quantizer *quantizer, float *y, enum qnn_mode mode)
{
    run_forward(batch, channels, x, norm, y, mode, staircase_of(quantizer), uint_forward);
}

/* ---- Backward ---------------------------------------------------------------------------------------------------- */

struct backward {
    struct tiling tiling;
    const float *x;
    struct qnn_batchnorm *norm;
    const float *dy;
    float *dx;
    struct gate gate;
};

/* With g the gradient behind the gate and h = (x - mean) * inverse:
 *   dgamma = sum g h,  dbeta = sum g,  dx = gamma * inverse * (g - dbeta / batch - h * dgamma / batch)
 * as dx = slope * g - offset - (x - mean) * pull. */
struct correction {
    float offset[COLUMN_BLOCK], pull[COLUMN_BLOCK];
};

static struct line backward_line(const struct backward *b, struct block block)
{
    struct line line;
    for (size_t i = 0; i < block.width; i++) {
        const size_t c = block.first + i;
        line.mean[i] = b->norm->batch_mean[c];
        line.slope[i] = b->norm->gamma[c] * b->norm->batch_inverse[c];
        line.beta[i] = b->norm->beta[c];
    }
    return line;
}

/* Sums of g and of g * (x - mean). */
static void sum_gradients(const struct backward *b, struct block block, const struct line *line, struct sums *sums)
{
    *sums = (struct sums){{0}, {0}};
    for (size_t row = 0; row < block.rows; row++) {
        const size_t at = (block.row + row) * block.stride + block.first;
        const float *restrict x = b->x + at;
        const float *restrict dy = b->dy + at;
        for (size_t i = 0; i < block.width; i++) {
            const float centred = x[i] - line->mean[i];
            const float g = gated(b->gate, centred * line->slope[i] + line->beta[i], dy[i]);
            sums->a[i] += (double)g;
            sums->b[i] += (double)g * (double)centred;
        }
    }
}

static void correct(const struct backward *b, struct block block, const struct line *line, const struct sums *sums,
                    struct correction *correction)
{
    const double rows = (double)b->tiling.rows;
    for (size_t i = 0; i < block.width; i++) {
        const size_t c = block.first + i;
        const double inverse = (double)b->norm->batch_inverse[c], slope = (double)line->slope[i];
        if (block.chunk == 0) {
            b->norm->dbeta[c] = (float)sums->a[i];
            b->norm->dgamma[c] = (float)(sums->b[i] * inverse);
        }
        correction->offset[i] = (float)(slope * sums->a[i] / rows);
        correction->pull[i] = (float)(slope * inverse * inverse * sums->b[i] / rows);
    }
}

static void propagate(const struct backward *b, struct block block, const struct line *line,
                      const struct correction *correction)
{
    for (size_t row = 0; row < block.rows; row++) {
        const size_t at = (block.row + row) * block.stride + block.first;
        const float *x = b->x + at;
        const float *dy = b->dy + at;
        float *dx = b->dx + at;
        QNN_SAME_ELEMENT
        for (size_t i = 0; i < block.width; i++) {
            const float centred = x[i] - line->mean[i];
            const float g = gated(b->gate, centred * line->slope[i] + line->beta[i], dy[i]);
            dx[i] = line->slope[i] * g - correction->offset[i] - centred * correction->pull[i];
        }
    }
}

static void sum_backward_tiles(void *context, size_t begin, size_t end, int thread)
{
    (void)thread;
    const struct backward *b = context;
    for (size_t tile = begin; tile < end; tile++) {
        const struct block block = tile_at(&b->tiling, tile);
        const struct line line = backward_line(b, block);
        struct sums sums;
        sum_gradients(b, block, &line, &sums);
        qnn_sums_store(&b->tiling, block, sums.a, sums.b);
    }
}

static void backward_tiles(void *context, size_t begin, size_t end, int thread)
{
    (void)thread;
    const struct backward *b = context;
    for (size_t tile = begin; tile < end; tile++) {
        const struct block block = tile_at(&b->tiling, tile);
        const struct line line = backward_line(b, block);
        struct sums sums;
        struct correction correction;
        if (b->tiling.chunks > 1)
            qnn_sums_load(&b->tiling, block, sums.a, sums.b);
        else
            sum_gradients(b, block, &line, &sums);
        correct(b, block, &line, &sums, &correction);
        if (b->dx)
            propagate(b, block, &line, &correction);
    }
}

static void run_backward(int batch, int channels, const float *x, struct qnn_batchnorm *norm, struct gate gate,
                         const float *dy, float *dx)
{
    struct backward b = {
        .tiling = qnn_tiling((size_t)batch, (size_t)channels), .x = x, .norm = norm, .dy = dy, .dx = dx, .gate = gate};
    if (b.tiling.chunks > 1) {
        qnn_parallel(tile_count(&b.tiling), 1, sum_backward_tiles, &b);
        qnn_sums_combine(&b.tiling);
    }
    qnn_parallel(dx ? tile_count(&b.tiling) : b.tiling.blocks, 1, backward_tiles, &b);
}

void qnn_batchnorm_backward(int batch, int channels, const float *x, struct qnn_batchnorm *norm, const float *dy,
                            float *dx)
{
    run_backward(batch, channels, x, norm, gate_open, dy, dx);
}

void qnn_batchnorm_relu_backward(int batch, int channels, const float *x, struct qnn_batchnorm *norm, const float *dy,
                                 float *dx)
{
    run_backward(batch, channels, x, norm, gate_positive, dy, dx);
}

void qnn_batchnorm_sign_backward(int batch, int channels, const float *x, struct qnn_batchnorm *norm, enum qnn_ste ste,
                                 const float *dy, float *dx)
{
    run_backward(batch, channels, x, norm, gate_of(ste, gate_unit), dy, dx);
}

void qnn_batchnorm_hardtanh_backward(int batch, int channels, const float *x, struct qnn_batchnorm *norm,
                                     const float *dy, float *dx)
{
    run_backward(batch, channels, x, norm, gate_unit, dy, dx);
}

void qnn_batchnorm_uint_backward(int batch, int channels, const float *x, struct qnn_batchnorm *norm,
                                 const struct qnn_quantizer *quantizer, enum qnn_ste ste, const float *dy, float *dx)
{
    run_backward(batch, channels, x, norm, gate_uint(ste, quantizer), dy, dx);
}

/* ---- Re-estimation ----------------------------------------------------------------------------------------------- */

void qnn_batchnorm_estimate_begin(struct qnn_batchnorm *norm, int channels)
{
    for (int c = 0; c < channels; c++)
        norm->sum_mean[c] = norm->sum_variance[c] = 0.0;
    norm->estimated = 0;
}

int qnn_batchnorm_estimate_end(struct qnn_batchnorm *norm, int channels)
{
    for (int c = 0; c < channels && norm->estimated > 0; c++) {
        norm->mean[c] = (float)(norm->sum_mean[c] / norm->estimated);
        norm->variance[c] = (float)(norm->sum_variance[c] / norm->estimated);
    }
    return norm->estimated;
}
