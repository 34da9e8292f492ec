/*
 * Units: the literal definition first, then the same over batches in chunks of channels, one plain loop per stage, so
 * that every loop vectorises whatever the stages are.
 */
#include "runtime/numeric/unit.h"

#include <math.h>
#include <string.h>

#include "runtime/numeric/error.h"
#include "runtime/numeric/vector.h"
#include "runtime/quantizers/activations.h"

enum { CHUNK = 32 }; /* channels handled together; one row of a chunk is two cache lines */

struct qnn_quantizer qnn_quantizer(enum qnn_quantizer_kind kind, int bits, float clip)
{
    const struct qnn_activation function = qnn_staircase(kind, bits, clip, QNN_STE_IDENTITY);
    return (struct qnn_quantizer){.kind = kind, .type = qnn_staircase_form(kind)->type(bits), .function = function};
}

struct qnn_quantizer qnn_quantizer_requant(struct qnn_requant requant, float clip)
{
    QNN_CHECK(requant.bits >= (requant.is_signed ? 2 : 1) && requant.bits <= QNN_REQUANT_MAX_BITS);
    QNN_CHECK(requant.first == 0 || (requant.is_signed && requant.first == -qnn_requant_last_code(&requant)));
    const enum qnn_quantizer_kind codes = requant.is_signed ? QNN_QUANTIZER_INT : QNN_QUANTIZER_UINT;
    struct qnn_quantizer result = qnn_quantizer(codes, requant.bits, clip);
    result.kind = QNN_QUANTIZER_REQUANT;
    result.requant = requant;
    return result;
}

/* The stored code of a value. */
static int32_t code_of(const struct qnn_code_type *type, int32_t value)
{
    return type->encoding == QNN_ENCODING_SIGN ? value > 0 : value;
}

int32_t qnn_quantizer_last_code(const struct qnn_quantizer *quantizer)
{
    QNN_CHECK(quantizer->kind != QNN_QUANTIZER_NONE);
    return code_of(&quantizer->type, quantizer->type.high);
}

int32_t qnn_quantizer_first_code(const struct qnn_quantizer *quantizer)
{
    QNN_CHECK(quantizer->kind != QNN_QUANTIZER_NONE);
    return quantizer->kind == QNN_QUANTIZER_REQUANT ? quantizer->requant.first
                                                    : code_of(&quantizer->type, quantizer->type.low);
}

static float stage_value(const struct qnn_stage *stage, size_t channel, float y)
{
    switch (stage->kind) {
#define QNN_REAL(NAME, name) \
    case QNN_STAGE_##NAME:   \
        return qnn_##name##_output(&stage->function, y);
#include "runtime/quantizers/activations.def"
    default:
        QNN_CHECK(stage->kind == QNN_STAGE_AFFINE);
        return fmaf(stage->a[channel], y, stage->b[channel]);
    }
}

float qnn_unit_value(const struct qnn_unit *unit, size_t channel, int32_t acc)
{
    float y = (float)acc;
    for (size_t s = 0; s < unit->stage_count; s++)
        y = stage_value(&unit->stages[s], channel, y);
    return y;
}

int32_t qnn_quantizer_value(const struct qnn_quantizer *quantizer, float y)
{
    float value = 0.0f;
    switch (quantizer->kind) {
#define QNN_STAIRCASE(NAME, name)                            \
    case QNN_QUANTIZER_##NAME:                               \
        value = qnn_##name##_value(&quantizer->function, y); \
        break;
#include "runtime/quantizers/activations.def"
    default:
        QNN_CHECK(!"a staircase");
    }
    return (int32_t)value;
}

int32_t qnn_unit_code(const struct qnn_unit *unit, size_t channel, int32_t acc)
{
    const struct qnn_quantizer *quantizer = &unit->quantizer;
    if (quantizer->kind == QNN_QUANTIZER_REQUANT)
        return qnn_requant_code(&quantizer->requant, channel, acc);
    return code_of(&quantizer->type, qnn_quantizer_value(quantizer, qnn_unit_value(unit, channel, acc)));
}

/* One stage over count channels, in place. */
QNN_BODY stage_chunk(const struct qnn_stage *stage, size_t channel, size_t count, float *y)
{
    const struct qnn_activation function = stage->function;
    switch (stage->kind) {
#define QNN_REAL(NAME, name)                             \
    case QNN_STAGE_##NAME:                               \
        for (size_t i = 0; i < count; i++)               \
            y[i] = qnn_##name##_output(&function, y[i]); \
        break;
#include "runtime/quantizers/activations.def"
    default: {
        const float *restrict a = stage->a + channel;
        const float *restrict b = stage->b + channel;
        for (size_t i = 0; i < count; i++)
            y[i] = fmaf(a[i], y[i], b[i]);
    }
    }
}

static inline double clamp(double x, double last)
{
    const double positive = x > 0.0 ? x : 0.0;
    return positive < last ? positive : last;
}

/* In double, where everything is exact: scaling by a power of two, and cutting off the fraction of what is not negative
 * above the first code, give the bits of the integer definition. */
QNN_BODY requant_chunk(const struct qnn_requant *requant, size_t channel, size_t count, const double *acc, float *y)
{
    const int32_t *restrict multiplier = requant->multiplier + channel;
    const int64_t *restrict addend = requant->addend + channel;
    const double unit = 1.0 / (double)(INT64_C(1) << requant->shift);
    const double first = (double)requant->first, last = (double)qnn_requant_last_code(requant) - first;
    double code[CHUNK];
    for (size_t i = 0; i < count; i++)
        code[i] = (double)addend[i];
    for (size_t i = 0; i < count; i++)
        code[i] = clamp(((double)multiplier[i] * acc[i] + code[i]) * unit - first, last);
    for (size_t i = 0; i < count; i++)
        y[i] = (float)((double)(int32_t)code[i] + first);
}

QNN_BODY quantize_chunk(const struct qnn_quantizer *quantizer, size_t count, float *y)
{
    const struct qnn_activation function = quantizer->function;
    switch (quantizer->kind) {
#define QNN_STAIRCASE(NAME, name)                       \
    case QNN_QUANTIZER_##NAME:                          \
        for (size_t i = 0; i < count; i++)              \
            y[i] = qnn_##name##_value(&function, y[i]); \
        break;
#include "runtime/quantizers/activations.def"
    default: /* none, or a requantizer, which reads accumulators */
        break;
    }
}

/* What a batch is given, rows x channels: accumulators, or values that are real already; the other is NULL. */
struct operands {
    const int32_t *acc;
    const float *real;
};

/* The whole unit over count channels of one row, from element `at` on; count is a constant wherever a chunk is full. */
QNN_BODY unit_chunk(const struct qnn_unit *unit, const struct qnn_quantizer *quantizer, size_t channel, size_t count,
                    const struct operands *in, size_t at, float *out)
{
    float y[CHUNK];
    if (quantizer->kind == QNN_QUANTIZER_REQUANT) {
        double exact[CHUNK];
        for (size_t i = 0; i < count; i++)
            exact[i] = in->acc ? (double)in->acc[at + i] : (double)in->real[at + i];
        requant_chunk(&quantizer->requant, channel, count, exact, y);
    } else {
        if (in->acc)
            for (size_t i = 0; i < count; i++)
                y[i] = (float)in->acc[at + i];
        else
            memcpy(y, in->real + at, count * sizeof *y);
        for (size_t s = 0; s < unit->stage_count; s++)
            stage_chunk(&unit->stages[s], channel, count, y);
        quantize_chunk(quantizer, count, y);
    }
    memcpy(out + at, y, count * sizeof *y);
}

QNN_BODY unit_batch_body(const struct qnn_unit *unit, const struct qnn_quantizer *quantizer, size_t rows,
                         const struct operands *in, float *out)
{
    const size_t channels = unit->channels;
    for (size_t row = 0; row < rows; row++) {
        size_t c = 0;
        for (; c + CHUNK <= channels; c += CHUNK)
            unit_chunk(unit, quantizer, c, CHUNK, in, row * channels + c, out);
        if (c < channels)
            unit_chunk(unit, quantizer, c, channels - c, in, row * channels + c, out);
    }
}

QNN_DISPATCH(unit_batch,
             (const struct qnn_unit *unit, const struct qnn_quantizer *quantizer, size_t rows,
              const struct operands *in, float *out),
             (unit, quantizer, rows, in, out))

void qnn_unit_values(const struct qnn_unit *unit, size_t rows, const int32_t *acc, float *values)
{
    const struct qnn_quantizer none = {.kind = QNN_QUANTIZER_NONE};
    unit_batch(unit, &none, rows, &(struct operands){.acc = acc}, values);
}

void qnn_unit_codes(const struct qnn_unit *unit, size_t rows, const int32_t *acc, float *codes)
{
    QNN_CHECK(unit->quantizer.kind != QNN_QUANTIZER_NONE);
    unit_batch(unit, &unit->quantizer, rows, &(struct operands){.acc = acc}, codes);
}

void qnn_unit_codes_of_reals(const struct qnn_unit *unit, size_t rows, const float *values, float *codes)
{
    QNN_CHECK(unit->quantizer.kind != QNN_QUANTIZER_NONE);
    unit_batch(unit, &unit->quantizer, rows, &(struct operands){.real = values}, codes);
}
