/*
 * Units: the literal definition first, then the same over batches in chunks of channels, one plain loop per stage, so
 * that every loop vectorises whatever the stages are.
 */
#include "runtime/numeric/unit.h"

#include <math.h>
#include <string.h>

#include "runtime/numeric/error.h"
#include "runtime/numeric/quantizer.h"
#include "runtime/numeric/vector.h"

enum { CHUNK = 32 }; /* channels handled together; one row of a chunk is two cache lines */

struct qnn_quantizer qnn_quantizer_sign(void)
{
    return (struct qnn_quantizer){.kind = QNN_QUANTIZER_SIGN, .bits = 1};
}

struct qnn_quantizer qnn_quantizer_uint(int bits, float clip)
{
    QNN_CHECK(bits >= 1 && bits <= QNN_UINT_MAX_BITS);
    QNN_CHECK(clip >= QNN_CLIP_LEAST && clip <= QNN_CLIP_GREATEST);
    return (struct qnn_quantizer){
        .kind = QNN_QUANTIZER_UINT, .bits = bits, .clip = clip, .inverse_step = qnn_uint_inverse_step(clip, bits)};
}

struct qnn_quantizer qnn_quantizer_int(int bits, float clip)
{
    QNN_CHECK(bits >= 2 && bits <= QNN_UINT_MAX_BITS);
    QNN_CHECK(clip >= QNN_CLIP_LEAST && clip <= QNN_CLIP_GREATEST);
    return (struct qnn_quantizer){
        .kind = QNN_QUANTIZER_INT, .bits = bits, .clip = clip, .inverse_step = qnn_int_inverse_step(clip, bits)};
}

struct qnn_quantizer qnn_quantizer_requant(struct qnn_requant requant, float clip)
{
    QNN_CHECK(requant.bits >= (requant.is_signed ? 2 : 1) && requant.bits <= QNN_REQUANT_MAX_BITS);
    QNN_CHECK(requant.first == 0 || (requant.is_signed && requant.first == -qnn_requant_last_code(&requant)));
    QNN_CHECK(clip >= QNN_CLIP_LEAST && clip <= QNN_CLIP_GREATEST);
    return (struct qnn_quantizer){
        .kind = QNN_QUANTIZER_REQUANT, .bits = requant.bits, .clip = clip, .requant = requant};
}

int32_t qnn_quantizer_last_code(const struct qnn_quantizer *quantizer)
{
    switch (quantizer->kind) {
    case QNN_QUANTIZER_SIGN:
        return 1;
    case QNN_QUANTIZER_UINT:
        return qnn_uint_last_code(quantizer->bits);
    case QNN_QUANTIZER_INT:
        return qnn_int_last_code(quantizer->bits);
    default:
        QNN_CHECK(quantizer->kind == QNN_QUANTIZER_REQUANT);
        return qnn_requant_last_code(&quantizer->requant);
    }
}

int32_t qnn_quantizer_first_code(const struct qnn_quantizer *quantizer)
{
    QNN_CHECK(quantizer->kind != QNN_QUANTIZER_NONE);
    if (quantizer->kind == QNN_QUANTIZER_REQUANT)
        return quantizer->requant.first;
    return quantizer->kind == QNN_QUANTIZER_INT ? -qnn_int_last_code(quantizer->bits) : 0;
}

static inline float relu(float y)
{
    return y > 0.0f ? y : 0.0f;
}

static inline float hardtanh(float y)
{
    const float above = y > -1.0f ? y : -1.0f;
    return above < 1.0f ? above : 1.0f;
}

float qnn_unit_value(const struct qnn_unit *unit, size_t channel, float acc)
{
    float y = acc;
    for (size_t s = 0; s < unit->stage_count; s++) {
        const struct qnn_stage *stage = &unit->stages[s];
        if (stage->kind == QNN_STAGE_AFFINE)
            y = fmaf(stage->a[channel], y, stage->b[channel]);
        else
            y = stage->kind == QNN_STAGE_RELU ? relu(y) : hardtanh(y);
    }
    return y;
}

int32_t qnn_unit_code(const struct qnn_unit *unit, size_t channel, float acc)
{
    const struct qnn_quantizer *quantizer = &unit->quantizer;
    QNN_CHECK(quantizer->kind != QNN_QUANTIZER_NONE);
    if (quantizer->kind == QNN_QUANTIZER_REQUANT)
        return qnn_requant_code(&quantizer->requant, channel, (int64_t)acc);
    const float y = qnn_unit_value(unit, channel, acc);
    if (quantizer->kind == QNN_QUANTIZER_SIGN)
        return qnn_sign_code(y);
    if (quantizer->kind == QNN_QUANTIZER_INT)
        return (int32_t)qnn_int_value(y, quantizer->inverse_step, quantizer->clip);
    return qnn_uint_code(y, quantizer->inverse_step, quantizer->clip, quantizer->bits);
}

/* One stage over count channels, in place. */
QNN_BODY stage_chunk(const struct qnn_stage *stage, size_t channel, size_t count, float *y)
{
    if (stage->kind == QNN_STAGE_AFFINE) {
        const float *restrict a = stage->a + channel;
        const float *restrict b = stage->b + channel;
        for (size_t i = 0; i < count; i++)
            y[i] = fmaf(a[i], y[i], b[i]);
    } else if (stage->kind == QNN_STAGE_RELU) {
        for (size_t i = 0; i < count; i++)
            y[i] = relu(y[i]);
    } else {
        for (size_t i = 0; i < count; i++)
            y[i] = hardtanh(y[i]);
    }
}

static inline double clamp(double x, double last)
{
    const double positive = x > 0.0 ? x : 0.0;
    return positive < last ? positive : last;
}

/* In double, where everything is exact: scaling by a power of two, and cutting off the fraction of what is not negative
 * above the first code, give the bits of the integer definition. */
QNN_BODY requant_chunk(const struct qnn_requant *requant, size_t channel, size_t count, float *y)
{
    const int32_t *restrict multiplier = requant->multiplier + channel;
    const int64_t *restrict addend = requant->addend + channel;
    const double unit = 1.0 / (double)(INT64_C(1) << requant->shift);
    const double first = (double)requant->first, last = (double)qnn_requant_last_code(requant) - first;
    double code[CHUNK];
    for (size_t i = 0; i < count; i++)
        code[i] = (double)addend[i];
    for (size_t i = 0; i < count; i++)
        code[i] = clamp(((double)multiplier[i] * (double)y[i] + code[i]) * unit - first, last);
    for (size_t i = 0; i < count; i++)
        y[i] = (float)((double)(int32_t)code[i] + first);
}

QNN_BODY quantize_chunk(const struct qnn_quantizer *quantizer, size_t channel, size_t count, float *y)
{
    if (quantizer->kind == QNN_QUANTIZER_SIGN) {
        for (size_t i = 0; i < count; i++)
            y[i] = qnn_sign_value(y[i]);
    } else if (quantizer->kind == QNN_QUANTIZER_UINT) {
        const float inverse_step = quantizer->inverse_step;
        const float clip = quantizer->clip;
        for (size_t i = 0; i < count; i++)
            y[i] = qnn_uint_value(y[i], inverse_step, clip);
    } else if (quantizer->kind == QNN_QUANTIZER_INT) {
        const float inverse_step = quantizer->inverse_step;
        const float clip = quantizer->clip;
        for (size_t i = 0; i < count; i++)
            y[i] = qnn_int_value(y[i], inverse_step, clip);
    } else if (quantizer->kind == QNN_QUANTIZER_REQUANT) {
        requant_chunk(&quantizer->requant, channel, count, y);
    }
}

/* The whole unit over count channels of one row; count is a constant wherever a chunk is full. */
QNN_BODY unit_chunk(const struct qnn_unit *unit, const struct qnn_quantizer *quantizer, size_t channel, size_t count,
                    const float *acc, float *out)
{
    float y[CHUNK];
    memcpy(y, acc, count * sizeof *y);
    for (size_t s = 0; s < unit->stage_count; s++)
        stage_chunk(&unit->stages[s], channel, count, y);
    quantize_chunk(quantizer, channel, count, y);
    memcpy(out, y, count * sizeof *y);
}

QNN_BODY unit_batch_body(const struct qnn_unit *unit, const struct qnn_quantizer *quantizer, size_t rows,
                         const float *acc, float *out)
{
    const size_t channels = unit->channels;
    for (size_t row = 0; row < rows; row++) {
        const float *from = acc + row * channels;
        float *to = out + row * channels;
        size_t c = 0;
        for (; c + CHUNK <= channels; c += CHUNK)
            unit_chunk(unit, quantizer, c, CHUNK, from + c, to + c);
        if (c < channels)
            unit_chunk(unit, quantizer, c, channels - c, from + c, to + c);
    }
}

QNN_DISPATCH(unit_batch,
             (const struct qnn_unit *unit, const struct qnn_quantizer *quantizer, size_t rows, const float *acc,
              float *out),
             (unit, quantizer, rows, acc, out))

void qnn_unit_values(const struct qnn_unit *unit, size_t rows, const float *acc, float *values)
{
    const struct qnn_quantizer none = {.kind = QNN_QUANTIZER_NONE};
    unit_batch(unit, &none, rows, acc, values);
}

void qnn_unit_codes(const struct qnn_unit *unit, size_t rows, const float *acc, float *codes)
{
    QNN_CHECK(unit->quantizer.kind != QNN_QUANTIZER_NONE);
    unit_batch(unit, &unit->quantizer, rows, acc, codes);
}
