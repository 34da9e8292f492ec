/*
 * Batch normalisation, fused with the activation that follows. The matrix is cut into tiles (columns.h). Where a column is
 * one chunk, as after a dense layer, a tile is summed and normalised at once, its rows coming from cache the second
 * time; of an image's many positions all tiles are summed before any is normalised.
 *
 * The sums are of differences to the first row, in double: a column whose mean is large against its spread loses
 * nothing, and a constant column has the variance 0 exactly.
 */
#include "runtime/ops/batchnorm.h"

#include "runtime/ops/columns.h"
#include "runtime/ops/elementwise.h"
#include "runtime/quantizers/activations.h"
#include "runtime/thread_pool.h"

#include <math.h>

/* Of the loops made for each kind of activation: none follows. */
enum { NO_ACTIVATION = QNN_ACTIVATION_COUNT };

/* y of z, and dz of dy. `kind` is a constant where these are inlined. */
static inline __attribute__((always_inline)) float output(int kind, const struct qnn_activation *a, float z)
{
    switch (kind) {
#define QNN_ACTIVATION(NAME, name) \
    case QNN_ACTIVATION_##NAME:    \
        return qnn_##name##_output(a, z);
#include "runtime/quantizers/activations.def"
    default:
        return z;
    }
}

static inline __attribute__((always_inline)) float gradient(int kind, const struct qnn_activation *a, float z, float dy)
{
    switch (kind) {
#define QNN_ACTIVATION(NAME, name) \
    case QNN_ACTIVATION_##NAME:    \
        return qnn_##name##_gradient(a, z, dy);
#include "runtime/quantizers/activations.def"
    default:
        return dy;
    }
}

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
    struct qnn_activation activation;
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
                                                                int kind)
{
    const struct qnn_activation activation = f->activation;
    for (size_t tile = begin; tile < end; tile++) {
        const struct block block = tile_at(&f->tiling, tile);
        const struct line line = forward_line(f, block);
        for (size_t row = 0; row < block.rows; row++) {
            const size_t at = (block.row + row) * block.stride + block.first;
            const float *x = f->x + at;
            float *y = f->y + at;
            QNN_SAME_ELEMENT
            for (size_t i = 0; i < block.width; i++)
                y[i] = output(kind, &activation, (x[i] - line.mean[i]) * line.slope[i] + line.beta[i]);
        }
    }
}

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

static void run_forward(int batch, int channels, const float *x, struct qnn_batchnorm *norm,
                        const struct qnn_activation *activation, float *y, enum qnn_mode mode,
                        qnn_range_function *function)
{
    if (batch == 0)
        return;
    struct forward f = {
        .tiling = qnn_tiling((size_t)batch, (size_t)channels), .x = x, .norm = norm, .y = y, .mode = mode};
    if (activation)
        f.activation = *activation;
    if (f.tiling.chunks > 1 && mode != QNN_EVALUATE)
        sum_chunks(&f);
    qnn_parallel(tile_count(&f.tiling), 1, function, &f);
    if (mode == QNN_ESTIMATE)
        norm->estimated++;
}

static void plain_forward(void *context, size_t begin, size_t end, int thread)
{
    (void)thread;
    forward_tiles(context, begin, end, NO_ACTIVATION);
}

void qnn_batchnorm_forward(int batch, int channels, const float *x, struct qnn_batchnorm *norm, float *y,
                           enum qnn_mode mode)
{
    run_forward(batch, channels, x, norm, NULL, y, mode, plain_forward);
}

#define QNN_ACTIVATION(NAME, name)                                                                             \
    static void name##_forward(void *context, size_t begin, size_t end, int thread)                            \
    {                                                                                                          \
        (void)thread;                                                                                          \
        forward_tiles(context, begin, end, QNN_ACTIVATION_##NAME);                                             \
    }                                                                                                          \
    void qnn_batchnorm_##name##_forward(int batch, int channels, const float *x, struct qnn_batchnorm *norm,   \
                                        const struct qnn_activation *activation, float *y, enum qnn_mode mode) \
    {                                                                                                          \
        run_forward(batch, channels, x, norm, activation, y, mode, name##_forward);                            \
    }
#include "runtime/quantizers/activations.def"

/* ---- Backward ---------------------------------------------------------------------------------------------------- */

struct backward {
    struct tiling tiling;
    const float *x;
    struct qnn_batchnorm *norm;
    const float *dy;
    float *dx;
    struct qnn_activation activation;
};

/* With g the gradient after the activation's backward rule and h = (x - mean) * inverse:
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
static inline __attribute__((always_inline)) void sum_gradients(const struct backward *b, struct block block,
                                                                const struct line *line, struct sums *sums, int kind)
{
    const struct qnn_activation activation = b->activation;
    *sums = (struct sums){{0}, {0}};
    for (size_t row = 0; row < block.rows; row++) {
        const size_t at = (block.row + row) * block.stride + block.first;
        const float *restrict x = b->x + at;
        const float *restrict dy = b->dy + at;
        for (size_t i = 0; i < block.width; i++) {
            const float centred = x[i] - line->mean[i];
            const float g = gradient(kind, &activation, centred * line->slope[i] + line->beta[i], dy[i]);
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

static inline __attribute__((always_inline)) void propagate(const struct backward *b, struct block block,
                                                            const struct line *line,
                                                            const struct correction *correction, int kind)
{
    const struct qnn_activation activation = b->activation;
    for (size_t row = 0; row < block.rows; row++) {
        const size_t at = (block.row + row) * block.stride + block.first;
        const float *x = b->x + at;
        const float *dy = b->dy + at;
        float *dx = b->dx + at;
        QNN_SAME_ELEMENT
        for (size_t i = 0; i < block.width; i++) {
            const float centred = x[i] - line->mean[i];
            const float g = gradient(kind, &activation, centred * line->slope[i] + line->beta[i], dy[i]);
            dx[i] = line->slope[i] * g - correction->offset[i] - centred * correction->pull[i];
        }
    }
}

static inline __attribute__((always_inline)) void sum_backward_tiles(const struct backward *b, size_t begin, size_t end,
                                                                     int kind)
{
    for (size_t tile = begin; tile < end; tile++) {
        const struct block block = tile_at(&b->tiling, tile);
        const struct line line = backward_line(b, block);
        struct sums sums;
        sum_gradients(b, block, &line, &sums, kind);
        qnn_sums_store(&b->tiling, block, sums.a, sums.b);
    }
}

static inline __attribute__((always_inline)) void backward_tiles(const struct backward *b, size_t begin, size_t end,
                                                                 int kind)
{
    for (size_t tile = begin; tile < end; tile++) {
        const struct block block = tile_at(&b->tiling, tile);
        const struct line line = backward_line(b, block);
        struct sums sums;
        struct correction correction;
        if (b->tiling.chunks > 1)
            qnn_sums_load(&b->tiling, block, sums.a, sums.b);
        else
            sum_gradients(b, block, &line, &sums, kind);
        correct(b, block, &line, &sums, &correction);
        if (b->dx)
            propagate(b, block, &line, &correction, kind);
    }
}

/* The loops of one kind of activation. */
struct backward_loops {
    qnn_range_function *sum, *finish;
};

static void run_backward(int batch, int channels, const float *x, struct qnn_batchnorm *norm,
                         const struct qnn_activation *activation, const float *dy, float *dx,
                         struct backward_loops loops)
{
    struct backward b = {
        .tiling = qnn_tiling((size_t)batch, (size_t)channels), .x = x, .norm = norm, .dy = dy, .dx = dx};
    if (activation)
        b.activation = *activation;
    if (b.tiling.chunks > 1) {
        qnn_parallel(tile_count(&b.tiling), 1, loops.sum, &b);
        qnn_sums_combine(&b.tiling);
    }
    qnn_parallel(dx ? tile_count(&b.tiling) : b.tiling.blocks, 1, loops.finish, &b);
}

#define DEFINE_BACKWARD_LOOPS(name, kind)                                            \
    static void name##_sums(void *context, size_t begin, size_t end, int thread)     \
    {                                                                                \
        (void)thread;                                                                \
        sum_backward_tiles(context, begin, end, kind);                               \
    }                                                                                \
    static void name##_backward(void *context, size_t begin, size_t end, int thread) \
    {                                                                                \
        (void)thread;                                                                \
        backward_tiles(context, begin, end, kind);                                   \
    }
DEFINE_BACKWARD_LOOPS(plain, NO_ACTIVATION)

void qnn_batchnorm_backward(int batch, int channels, const float *x, struct qnn_batchnorm *norm, const float *dy,
                            float *dx)
{
    run_backward(batch, channels, x, norm, NULL, dy, dx, (struct backward_loops){plain_sums, plain_backward});
}

#define QNN_ACTIVATION(NAME, name)                                                                            \
    DEFINE_BACKWARD_LOOPS(name, QNN_ACTIVATION_##NAME)                                                        \
    void qnn_batchnorm_##name##_backward(int batch, int channels, const float *x, struct qnn_batchnorm *norm, \
                                         const struct qnn_activation *activation, const float *dy, float *dx) \
    {                                                                                                         \
        run_backward(batch, channels, x, norm, activation, dy, dx,                                            \
                     (struct backward_loops){name##_sums, name##_backward});                                  \
    }
#include "runtime/quantizers/activations.def"

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
