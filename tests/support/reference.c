/* The independent evaluation: doubles, divisions and library-free rounding, one value at a time. */
#include "tests/support/reference.h"

#include "base/require.h"

#include <math.h>
#include <string.h>

static const void *find_tensor(const struct qnn_safetensors *weights, const char *name)
{
    size_t i = 0;
    while (i < weights->tensor_count && strcmp(weights->tensors[i].name, name) != 0)
        i++;
    REQUIRE(i < weights->tensor_count);
    return weights->tensors[i].data;
}

static const void *tensor_data(const struct qnn_safetensors *weights, const struct unit_plan *unit, const char *suffix,
                               struct arena *arena)
{
    return find_tensor(weights, arena_printf(arena, "%s.%s", unit->tensor, suffix));
}

/* ---- Accumulators ------------------------------------------------------------------------------------------------ */

/* A tensor of integers, or of reals. */
struct tensor {
    struct shape shape;
    double *values;
};

static struct tensor tensor_new(struct shape shape, struct arena *arena)
{
    return (struct tensor){shape, ARENA_NEW_ARRAY(arena, shape_count(shape), double)};
}

static double *element(struct tensor tensor, int y, int x, int c)
{
    return &tensor.values[(y * tensor.shape.width + x) * tensor.shape.channels + c];
}

/* Weights as [outputs][rows][columns][group's channels]; padding is added around the input first. */
static struct tensor convolve(const struct unit_plan *unit, const int8_t *codes, struct tensor input,
                              struct arena *arena)
{
    const struct model_window *w = unit->window;
    const int reach = 2 * (w->kernel_height + w->kernel_width) * w->dilation + 2;
    struct shape wide = input.shape;
    wide.height += 2 * reach;
    wide.width += 2 * reach;
    struct tensor padded = tensor_new(wide, arena), result = tensor_new(unit->shape, arena);
    for (size_t i = 0; i < shape_count(wide); i++)
        padded.values[i] = unit->pad_code;
    for (int y = 0; y < input.shape.height; y++)
        for (int x = 0; x < input.shape.width; x++)
            for (int c = 0; c < input.shape.channels; c++)
                *element(padded, y + reach, x + reach, c) = *element(input, y, x, c);
    const int taken = input.shape.channels / unit->groups, given = unit->shape.channels / unit->groups;
    for (int o = 0; o < unit->shape.channels; o++)
        for (int y = 0; y < unit->shape.height; y++)
            for (int x = 0; x < unit->shape.width; x++)
                for (int k = 0; k < (int)unit->fan_in; k++) {
                    const int i = k % taken, s = k / taken % w->kernel_width, r = k / taken / w->kernel_width;
                    const int row = reach + y * w->stride_height - w->pad_top + r * w->dilation;
                    const int column = reach + x * w->stride_width - w->pad_left + s * w->dilation;
                    *element(result, y, x, o) += codes[(size_t)o * unit->fan_in + (size_t)k] *
                                                 *element(padded, row, column, o / given * taken + i);
                }
    return result;
}

static struct tensor multiply(const struct unit_plan *unit, const int8_t *codes, struct tensor input,
                              struct arena *arena)
{
    struct tensor result = tensor_new(unit->shape, arena);
    for (size_t c = 0; c < unit->channels; c++)
        for (size_t i = 0; i < unit->fan_in; i++)
            result.values[c] += codes[c * unit->fan_in + i] * input.values[i];
    return result;
}

/* Pools by visiting every input element once. sum, or largest. */
static struct tensor pool(const struct model_window *w, bool sum, struct tensor input, struct shape shape,
                          struct arena *arena)
{
    struct tensor result = tensor_new(shape, arena);
    for (size_t i = 0; i < shape_count(shape) && !sum; i++)
        result.values[i] = -INFINITY;
    for (int y = 0; y < shape.height; y++)
        for (int x = 0; x < shape.width; x++)
            for (int row = y * w->stride_height; row < y * w->stride_height + w->kernel_height; row++)
                for (int column = x * w->stride_width; column < x * w->stride_width + w->kernel_width; column++)
                    for (int c = 0; c < shape.channels; c++) {
                        double *out = element(result, y, x, c);
                        const double in = *element(input, row, column, c);
                        *out = sum ? *out + in : fmax(*out, in);
                    }
    return result;
}

static struct tensor join(const struct unit_plan *unit, struct tensor a, struct tensor b, struct arena *arena)
{
    struct tensor result = tensor_new(unit->shape, arena);
    for (int y = 0; y < unit->shape.height; y++)
        for (int x = 0; x < unit->shape.width; x++)
            for (int c = 0; c < unit->shape.channels; c++) {
                const int second = c - a.shape.channels;
                if (unit->source == UNIT_ADD)
                    *element(result, y, x, c) = *element(a, y, x, c) + *element(b, y, x, c);
                else
                    *element(result, y, x, c) = second < 0 ? *element(a, y, x, c) : *element(b, y, x, second);
            }
    return result;
}

static struct tensor accumulate(const struct unit_plan *unit, const struct qnn_safetensors *weights,
                                const struct tensor inputs[2], struct arena *arena)
{
    const int8_t *codes =
        unit->linear ? find_tensor(weights, arena_printf(arena, "%s.code", unit->linear->name)) : NULL;
    switch (unit->source) {
    case UNIT_DENSE:
        return multiply(unit, codes, inputs[0], arena);
    case UNIT_CONV:
        return convolve(unit, codes, inputs[0], arena);
    case UNIT_ADD:
    case UNIT_CONCAT:
        return join(unit, inputs[0], inputs[1], arena);
    case UNIT_MAXPOOL:
    case UNIT_SUMPOOL:
        return pool(unit->window, unit->source == UNIT_SUMPOOL, inputs[0], unit->shape, arena);
    default:
        return (struct tensor){unit->shape, inputs[0].values};
    }
}

/* ---- Codes ------------------------------------------------------------------------------------------------------- */

/* Half to even, without the library's rounding. */
static int32_t round_half_even(double y)
{
    const double below = floor(y);
    if (y - below > 0.5 || (y - below == 0.5 && fmod(below, 2) != 0))
        return (int32_t)below + 1;
    return (int32_t)below;
}

static int32_t quantize(const struct unit_plan *unit, float y, float clip)
{
    if (unit->quantizer == QNN_QUANTIZER_SIGN)
        return y < 0 ? 0 : 1;
    const bool is_signed = unit->quantizer == QNN_QUANTIZER_INT;
    const double last = pow(2, is_signed ? unit->bits - 1 : unit->bits) - 1;
    const float inverse = (float)(last / clip), least = is_signed ? -clip : 0;
    const float clamped = y < least ? least : y > clip ? clip : y;
    return round_half_even((float)((double)clamped * (double)inverse));
}

/* A unit's function in two parts, so that a pool may stand between them. */
static bool has_relu(const struct unit_plan *unit)
{
    for (size_t i = 0; i < unit->stage_count; i++)
        if (unit->stages[i].kind == QNN_STAGE_RELU)
            return true;
    return false;
}

/* M * acc + B, or the stages from `first` to before `last` in float. */
static double stages(const struct unit_plan *unit, const struct qnn_safetensors *weights, size_t channel, double acc,
                     size_t first, size_t last, struct arena *arena)
{
    if (unit->requantized && first == 0 && last > 0) {
        const int32_t *multiplier = tensor_data(weights, unit, "multiplier", arena);
        const int64_t *addend = tensor_data(weights, unit, "addend", arena);
        return (double)multiplier[channel] * acc + (double)addend[channel];
    }
    if (unit->requantized)
        return acc;
    float y = (float)acc;
    int affines = 0;
    for (size_t i = 0; i < last; i++) {
        const bool counts = i >= first;
        if (unit->stages[i].kind == QNN_STAGE_AFFINE) {
            const float *a = tensor_data(weights, unit, arena_printf(arena, "a%d", affines), arena);
            const float *b = tensor_data(weights, unit, arena_printf(arena, "b%d", affines), arena);
            y = counts ? fmaf(a[channel], y, b[channel]) : y; /* rounded once: the definition itself */
            affines++;
        } else if (counts && unit->stages[i].kind == QNN_STAGE_RELU) {
            y = fmaxf(y, 0);
        } else if (counts) {
            y = fminf(fmaxf(y, -1), 1);
        }
    }
    return (double)y;
}

/* The quantizer on what stages() gave; floor by division. */
static int32_t finish(const struct unit_plan *unit, const struct qnn_safetensors *weights, double value,
                      struct arena *arena)
{
    if (!unit->requantized) {
        const bool clipped = unit->quantizer != QNN_QUANTIZER_SIGN;
        const char *clip = arena_printf(arena, "%s.clip", unit->end->name);
        return quantize(unit, (float)value, clipped ? *(const float *)find_tensor(weights, clip) : 0);
    }
    const int32_t *shift = tensor_data(weights, unit, "shift", arena);
    const bool is_signed = unit->quantizer == QNN_QUANTIZER_INT;
    const double last = pow(2, is_signed ? unit->bits - 1 : unit->bits) - 1;
    const double first = is_signed && !has_relu(unit) ? -last : 0;
    const double code = floor(value / pow(2, *shift));
    return (int32_t)(code < first ? first : code > last ? last : code);
}

int32_t reference_code(const struct unit_plan *unit, const struct qnn_safetensors *weights, size_t channel, double acc,
                       struct arena *arena)
{
    return finish(unit, weights, stages(unit, weights, channel, acc, 0, unit->stage_count, arena), arena);
}

/* Codes of the pool `last`, whose operand is the unit's accumulators, evaluated as the model says: stages up to the first
 * pool, the pool on reals, stages up to the next. */
static struct tensor pooled(const struct int_plan *plan, const struct unit_plan *unit, const struct unit_plan *last,
                            struct tensor value, const struct qnn_safetensors *weights, struct arena *arena)
{
    size_t stage = 0;
    for (int i = unit->index + 1; i <= last->index + 1; i++) {
        const bool end = i > last->index;
        const size_t next = end ? unit->stage_count : plan->units[i].pool_stage;
        struct tensor real = tensor_new(value.shape, arena);
        for (size_t e = 0; e < shape_count(value.shape); e++)
            real.values[e] = stages(unit, weights, e % unit->channels, value.values[e], stage, next, arena);
        stage = next;
        value = end ? real : pool(plan->units[i].window, false, real, plan->units[i].shape, arena);
    }
    for (size_t e = 0; e < shape_count(value.shape); e++)
        value.values[e] = finish(unit, weights, value.values[e], arena);
    return value;
}

static void score(const struct unit_plan *unit, const struct qnn_safetensors *weights, struct reference *result,
                  struct arena *arena)
{
    const int32_t *multiplier = tensor_data(weights, unit, "multiplier", arena);
    const int64_t *addend = tensor_data(weights, unit, "addend", arena);
    result->scores = ARENA_NEW_ARRAY(arena, unit->channels, int64_t);
    for (size_t c = 0; c < unit->channels; c++) {
        result->scores[c] = multiplier[c] * (int64_t)result->accumulators[c] + addend[c];
        if (result->scores[c] > result->scores[result->best])
            result->best = c;
    }
}

/* The integers of a unit's output from its accumulators. */
static struct tensor codes_of(const struct int_plan *plan, const struct unit_plan *unit, const struct tensor *acc,
                              const struct qnn_safetensors *weights, struct arena *arena)
{
    if (unit->pool_of >= 0)
        return pooled(plan, &plan->units[unit->pool_of], unit, acc[unit->pool_of], weights, arena);
    if (unit->quantizer == QNN_QUANTIZER_NONE)
        return acc[unit->index];
    struct tensor codes = tensor_new(unit->shape, arena);
    for (size_t e = 0; e < shape_count(unit->shape); e++)
        codes.values[e] = reference_code(unit, weights, e % unit->channels, acc[unit->index].values[e], arena);
    return codes;
}

/* Whether codes are bits for -1 and +1. */
static bool is_bipolar(const struct int_plan *plan, const struct unit_plan *unit)
{
    if (unit->pool_of >= 0)
        return plan->units[unit->pool_of].quantizer == QNN_QUANTIZER_SIGN;
    if (unit->source == UNIT_MAXPOOL || unit->source == UNIT_CONCAT) {
        const struct model_node *first = plan->input_quantizer;
        if (unit->inputs[0] < 0)
            return first && first->activation.function.form->kind == QNN_ACTIVATION_SIGN;
        return is_bipolar(plan, &plan->units[unit->inputs[0]]);
    }
    return unit->quantizer == QNN_QUANTIZER_SIGN;
}

struct reference reference_run(const struct int_plan *plan, const struct qnn_safetensors *weights, const int32_t *input,
                               struct arena *arena)
{
    struct reference result = {.codes = ARENA_NEW_ARRAY(arena, plan->unit_count, int32_t *)};
    struct tensor source = tensor_new(plan->model->nodes[0]->shape, arena);
    for (size_t i = 0; i < shape_count(source.shape); i++)
        source.values[i] = input[i];
    struct tensor *acc = ARENA_NEW_ARRAY(arena, plan->unit_count, struct tensor);
    struct tensor *out = ARENA_NEW_ARRAY(arena, plan->unit_count, struct tensor);
    for (size_t u = 0; u < plan->unit_count; u++) {
        const struct unit_plan *unit = &plan->units[u];
        struct tensor inputs[2] = {source, source};
        for (int i = 0; i < unit->input_count; i++) {
            inputs[i] = unit->inputs[i] < 0 ? source : out[unit->inputs[i]];
            inputs[i].shape = unit->in_shape[i];
        }
        acc[u] = accumulate(unit, weights, inputs, arena);
        result.accumulators = acc[u].values;
        if (unit->kind != UNIT_CODES) {
            score(unit, weights, &result, arena);
            break;
        }
        out[u] = codes_of(plan, unit, acc, weights, arena);
        const bool plain = unit->quantizer == QNN_QUANTIZER_NONE && unit->pool_of < 0;
        result.codes[u] = ARENA_NEW_ARRAY(arena, shape_count(unit->shape), int32_t);
        for (size_t e = 0; e < shape_count(unit->shape); e++) {
            double *n = &out[u].values[e];
            if (is_bipolar(plan, unit)) {
                result.codes[u][e] = plain ? *n > 0 : (int32_t)*n;
                *n = 2 * result.codes[u][e] - 1;
            } else {
                result.codes[u][e] = (int32_t)*n;
            }
        }
    }
    return result;
}
