/*
 * Batch normalisation, fused with the activation that follows. Columns are split over the threads and taken in blocks;
 * a block's rows are read from memory once and from cache after that.
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
    size_t batch, channels;
    const float *x;
    struct qnn_batchnorm *norm;
    float *y;
    enum qnn_mode mode;
    struct staircase staircase;
};

static void batch_moments(const float *matrix, struct block block, struct moments *moments)
{
    double sum[COLUMN_BLOCK] = {0}, square[COLUMN_BLOCK] = {0};
    const float *restrict origin = matrix + block.first;
    for (size_t row = 0; row < block.rows; row++) {
        const float *restrict x = matrix + row * block.stride + block.first;
        for (size_t i = 0; i < block.width; i++) {
            const double difference = (double)x[i] - (double)origin[i];
            sum[i] += difference;
            square[i] += difference * difference;
        }
    }
    const double rows = (double)block.rows;
    for (size_t i = 0; i < block.width; i++) {
        const double mean = sum[i] / rows, variance = square[i] / rows - mean * mean;
        moments->mean[i] = (double)origin[i] + mean;
        moments->variance[i] = variance > 0.0 ? variance : 0.0;
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

static void find_moments(const struct forward *f, struct block block, struct moments *moments)
{
    if (f->mode != QNN_EVALUATE) {
        batch_moments(f->x, block, moments);
        return;
    }
    for (size_t i = 0; i < block.width; i++) {
        moments->mean[i] = (double)f->norm->mean[block.first + i];
        moments->variance[i] = (double)f->norm->variance[block.first + i];
    }
}

static struct line forward_line(const struct forward *f, struct block block)
{
    struct moments moments;
    struct line line;
    find_moments(f, block, &moments);
    if (f->mode == QNN_TRAIN)
        record_training(f->norm, block, &moments);
    else if (f->mode == QNN_ESTIMATE)
        record_estimate(f->norm, block, &moments);
    for (size_t i = 0; i < block.width; i++) {
        const float inverse = (float)(1.0 / sqrt(moments.variance[i] + (double)f->norm->eps));
        line.mean[i] = (float)moments.mean[i];
        line.slope[i] = f->norm->gamma[block.first + i] * inverse;
        line.beta[i] = f->norm->beta[block.first + i];
    }
    return line;
}

static inline __attribute__((always_inline)) void forward_part(const struct forward *f, size_t begin, size_t end,
                                                               enum function function)
{
    for (size_t first = begin; first < end; first += COLUMN_BLOCK) {
        const struct block block = block_at(f->batch, f->channels, first, end);
        const struct line line = forward_line(f, block);
        for (size_t row = 0; row < block.rows; row++) {
            const float *x = f->x + row * block.stride + first;
            float *y = f->y + row * block.stride + first;
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
        forward_part(context, begin, end, function);                      \
    }
DEFINE_FORWARD(plain_forward, FUNCTION_NONE)
DEFINE_FORWARD(relu_forward, FUNCTION_RELU)
DEFINE_FORWARD(sign_forward, FUNCTION_SIGN)
DEFINE_FORWARD(hardtanh_forward, FUNCTION_HARDTANH)
DEFINE_FORWARD(uint_forward, FUNCTION_UINT)

static void run_forward(int batch, int channels, const float *x, struct qnn_batchnorm *norm, float *y,
                        enum qnn_mode mode, struct staircase staircase, qnn_range_function *function)
{
    if (batch == 0)
        return;
    struct forward f = {.batch = (size_t)batch,
                        .channels = (size_t)channels,
                        .x = x,
                        .norm = norm,
                        .y = y,
                        .mode = mode,
                        .staircase = staircase};
    qnn_parallel(f.channels, COLUMN_BLOCK, function, &f);
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
    size_t batch, channels;
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

static void sum_gradients(const struct backward *b, struct block block, const struct line *line,
                          struct correction *correction)
{
    double sum[COLUMN_BLOCK] = {0}, product[COLUMN_BLOCK] = {0};
    for (size_t row = 0; row < block.rows; row++) {
        const float *restrict x = b->x + row * block.stride + block.first;
        const float *restrict dy = b->dy + row * block.stride + block.first;
        for (size_t i = 0; i < block.width; i++) {
            const float centred = x[i] - line->mean[i];
            const float g = gated(b->gate, centred * line->slope[i] + line->beta[i], dy[i]);
            sum[i] += (double)g;
            product[i] += (double)g * (double)centred;
        }
    }
    const double rows = (double)block.rows;
    for (size_t i = 0; i < block.width; i++) {
        const size_t c = block.first + i;
        const double inverse = (double)b->norm->batch_inverse[c], slope = (double)line->slope[i];
        b->norm->dbeta[c] = (float)sum[i];
        b->norm->dgamma[c] = (float)(product[i] * inverse);
        correction->offset[i] = (float)(slope * sum[i] / rows);
        correction->pull[i] = (float)(slope * inverse * inverse * product[i] / rows);
    }
}

static void propagate(const struct backward *b, struct block block, const struct line *line,
                      const struct correction *correction)
{
    for (size_t row = 0; row < block.rows; row++) {
        const float *x = b->x + row * block.stride + block.first;
        const float *dy = b->dy + row * block.stride + block.first;
        float *dx = b->dx + row * block.stride + block.first;
        QNN_SAME_ELEMENT
        for (size_t i = 0; i < block.width; i++) {
            const float centred = x[i] - line->mean[i];
            const float g = gated(b->gate, centred * line->slope[i] + line->beta[i], dy[i]);
            dx[i] = line->slope[i] * g - correction->offset[i] - centred * correction->pull[i];
        }
    }
}

static void backward_part(void *context, size_t begin, size_t end, int thread)
{
    (void)thread;
    const struct backward *b = context;
    for (size_t first = begin; first < end; first += COLUMN_BLOCK) {
        const struct block block = block_at(b->batch, b->channels, first, end);
        struct line line;
        struct correction correction;
        for (size_t i = 0; i < block.width; i++) {
            line.mean[i] = b->norm->batch_mean[first + i];
            line.slope[i] = b->norm->gamma[first + i] * b->norm->batch_inverse[first + i];
            line.beta[i] = b->norm->beta[first + i];
        }
        sum_gradients(b, block, &line, &correction);
        if (b->dx)
            propagate(b, block, &line, &correction);
    }
}

static void run_backward(int batch, int channels, const float *x, struct qnn_batchnorm *norm, struct gate gate,
                         const float *dy, float *dx)
{
    struct backward b = {
        .batch = (size_t)batch, .channels = (size_t)channels, .x = x, .norm = norm, .dy = dy, .dx = dx, .gate = gate};
    qnn_parallel(b.channels, COLUMN_BLOCK, backward_part, &b);
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
