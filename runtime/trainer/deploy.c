/* Deployed evaluation: conversions and row loops around runtime/numeric, split over the threads by rows. */
#include "runtime/trainer/deploy.h"

#include "runtime/numeric/error.h"
#include "runtime/thread_pool.h"

enum { PIECE = 4096 }; /* elements worth a thread, and converted at a time */

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

void qnn_falling_channels(const struct qnn_unit *unit, size_t first_stage, uint8_t *falling)
{
    const bool integers = unit->quantizer.kind == QNN_QUANTIZER_REQUANT;
    for (size_t c = 0; c < unit->channels; c++) {
        falling[c] = integers && first_stage == 0 && unit->quantizer.requant.multiplier[c] < 0;
        for (size_t i = first_stage; i < unit->stage_count; i++)
            if (unit->stages[i].kind == QNN_STAGE_AFFINE)
                falling[c] ^= unit->stages[i].a[c] < 0.0f;
    }
}

static size_t rows_at_a_time(size_t channels)
{
    return channels < PIECE ? PIECE / channels : 1;
}

struct unit_rows {
    const struct qnn_unit *unit;
    const int32_t *acc; /* one of both: integers, or */
    const float *in;    /* codes as floats */
    float *codes;
};

static void unit_rows(void *context, size_t begin, size_t end, int thread)
{
    (void)thread;
    const struct unit_rows *rows = context;
    const size_t channels = rows->unit->channels;
    qnn_unit_codes(rows->unit, end - begin, rows->acc + begin * channels, rows->codes + begin * channels);
}

void qnn_deploy_codes(int rows, const struct qnn_unit *unit, const int32_t *acc, float *codes)
{
    struct unit_rows work = {.unit = unit, .acc = acc, .codes = codes};
    qnn_parallel((size_t)rows, rows_at_a_time(unit->channels), unit_rows, &work);
}

static void unit_rows_of_codes(void *context, size_t begin, size_t end, int thread)
{
    (void)thread;
    const struct unit_rows *rows = context;
    const size_t channels = rows->unit->channels;
    qnn_unit_codes_of_reals(rows->unit, end - begin, rows->in + begin * channels, rows->codes + begin * channels);
}

void qnn_deploy_codes_of_codes(int rows, const struct qnn_unit *unit, const float *in, float *codes)
{
    struct unit_rows work = {.unit = unit, .in = in, .codes = codes};
    qnn_parallel((size_t)rows, rows_at_a_time(unit->channels), unit_rows_of_codes, &work);
}

struct conversion {
    const int32_t *acc;
    float *codes;
};

static void convert_range(void *context, size_t begin, size_t end, int thread)
{
    (void)thread;
    const struct conversion *conversion = context;
    for (size_t i = begin; i < end; i++)
        conversion->codes[i] = (float)conversion->acc[i];
}

void qnn_deploy_accumulators(int count, const int32_t *acc, float *codes)
{
    qnn_parallel((size_t)count, PIECE, convert_range, &(struct conversion){.acc = acc, .codes = codes});
}

void qnn_deploy_values(int rows, const struct qnn_fixed_point *fixed, const int32_t *acc, int64_t *values)
{
    for (size_t row = 0; row < (size_t)rows; row++)
        qnn_fixed_point_scores(fixed, acc + row * fixed->channels, values + row * fixed->channels);
}

void qnn_deploy_values_of_codes(int rows, const struct qnn_fixed_point *fixed, const float *codes, int64_t *values)
{
    for (size_t i = 0; i < (size_t)rows * fixed->channels; i++) {
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
