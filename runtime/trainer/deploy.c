/* Deployed evaluation: conversions and row loops around runtime/numeric, split over the threads by rows. */
#include "runtime/trainer/deploy.h"

#include "runtime/numeric/error.h"
#include "runtime/thread_pool.h"

enum { ROW_GRAIN = 4 }; /* rows worth a thread */

void qnn_integer_weights(size_t count, const int8_t *codes, float *values)
{
    for (size_t i = 0; i < count; i++)
        values[i] = (float)codes[i];
}

void qnn_weight_sums(size_t units, size_t inputs, const int8_t *codes, int64_t *sums)
{
    for (size_t u = 0; u < units; u++) {
        sums[u] = 0;
        for (size_t i = 0; i < inputs; i++)
            sums[u] += codes[u * inputs + i];
    }
}

void qnn_accumulator_range(size_t units, size_t inputs, const int8_t *codes, int32_t low, int32_t high, int64_t *lowest,
                           int64_t *highest)
{
    for (size_t u = 0; u < units; u++) {
        lowest[u] = highest[u] = 0;
        for (size_t i = 0; i < inputs; i++) {
            const int64_t w = (int64_t)codes[u * inputs + i];
            lowest[u] += w * (w > 0 ? low : high);
            highest[u] += w * (w > 0 ? high : low);
        }
    }
}

void qnn_code_range(size_t channels, int32_t low, int32_t high, int64_t *lowest, int64_t *highest)
{
    for (size_t c = 0; c < channels; c++) {
        lowest[c] = low;
        highest[c] = high;
    }
}

void qnn_fold_elementwise(struct qnn_affine *affine, float scale, float offset)
{
    for (size_t c = 0; c < affine->channels; c++) {
        affine->a[c] = (double)scale;
        affine->b[c] = (double)offset;
    }
}

struct unit_rows {
    const struct qnn_unit *unit;
    const int32_t *acc;
    float *codes;
};

static void unit_rows(void *context, size_t begin, size_t end, int thread)
{
    const struct unit_rows *rows = context;
    const size_t channels = rows->unit->channels;
    float *real = qnn_thread_scratch(thread);
    for (size_t row = begin; row < end; row++) {
        const int32_t *acc = rows->acc + row * channels;
        for (size_t c = 0; c < channels; c++)
            real[c] = (float)acc[c];
        qnn_unit_codes(rows->unit, 1, real, rows->codes + row * channels);
    }
}

void qnn_deploy_codes(int batch, const struct qnn_unit *unit, const int32_t *acc, float *codes)
{
    QNN_CHECK(unit->channels <= QNN_SCRATCH_FLOATS);
    struct unit_rows rows = {.unit = unit, .acc = acc, .codes = codes};
    qnn_parallel((size_t)batch, ROW_GRAIN, unit_rows, &rows);
}

void qnn_deploy_values(int batch, const struct qnn_fixed_point *fixed, const int32_t *acc, int64_t *values)
{
    for (size_t row = 0; row < (size_t)batch; row++)
        qnn_fixed_point_scores(fixed, acc + row * fixed->channels, values + row * fixed->channels);
}

void qnn_deploy_values_of_codes(int batch, const struct qnn_fixed_point *fixed, const float *codes, int64_t *values)
{
    for (size_t i = 0; i < (size_t)batch * fixed->channels; i++) {
        const size_t c = i % fixed->channels;
        values[i] = (int64_t)fixed->multiplier[c] * (int64_t)codes[i] + fixed->offset[c];
    }
}

bool qnn_fold_failed(char *error, const char *layer, size_t channel)
{
    return qnn_error_set(error,
                         "layer '%s', channel %zu: the folded constants are not finite, training has diverged; "
                         "lower the learning rate",
                         layer, channel);
}
