/* The independent evaluation: doubles, divisions and library-free rounding, one value at a time. */
#include "tests/support/reference.h"

#include "base/require.h"

#include <math.h>
#include <string.h>

static const void *tensor_data(const struct qnn_safetensors *weights, const struct model_node *node, const char *suffix,
                               struct arena *arena)
{
    const char *name = arena_printf(arena, "%s.%s", node->name, suffix);
    size_t i = 0;
    while (i < weights->tensor_count && strcmp(weights->tensors[i].name, name) != 0)
        i++;
    REQUIRE(i < weights->tensor_count);
    return weights->tensors[i].data;
}

static double *accumulate(const struct unit_plan *unit, const struct qnn_safetensors *weights, const double *input,
                          struct arena *arena)
{
    double *acc = ARENA_NEW_ARRAY(arena, unit->channels, double);
    const int8_t *codes = unit->linear ? tensor_data(weights, unit->linear, "code", arena) : NULL;
    for (size_t c = 0; c < unit->channels; c++) {
        acc[c] = codes ? 0 : input[c];
        for (size_t i = 0; codes && i < unit->fan_in; i++)
            acc[c] += codes[c * unit->fan_in + i] * input[i];
    }
    return acc;
}

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
    const double last = pow(2, unit->bits) - 1;
    const float inverse = (float)(last / clip);
    const float clamped = y < 0 ? 0 : y > clip ? clip : y;
    return round_half_even((float)((double)clamped * (double)inverse));
}

/* Floor by division. */
static int32_t requantize(const struct unit_plan *unit, const struct qnn_safetensors *weights, size_t channel,
                          int64_t acc, struct arena *arena)
{
    const int32_t *multiplier = tensor_data(weights, unit->end, "multiplier", arena);
    const int64_t *addend = tensor_data(weights, unit->end, "addend", arena);
    const int32_t *shift = tensor_data(weights, unit->end, "shift", arena);
    const int64_t value = multiplier[channel] * acc + addend[channel], step = (int64_t)pow(2, *shift);
    const int64_t code = value / step - (value % step < 0), last = (int64_t)pow(2, unit->bits) - 1;
    return (int32_t)(code < 0 ? 0 : code > last ? last : code);
}

int32_t reference_code(const struct unit_plan *unit, const struct qnn_safetensors *weights, size_t channel, double acc,
                       struct arena *arena)
{
    if (unit->requantized)
        return requantize(unit, weights, channel, (int64_t)acc, arena);
    float y = (float)acc;
    int affines = 0;
    for (size_t i = 0; i < unit->stage_count; i++) {
        if (unit->stages[i].kind == QNN_STAGE_AFFINE) {
            const float *a = tensor_data(weights, unit->end, arena_printf(arena, "a%d", affines), arena);
            const float *b = tensor_data(weights, unit->end, arena_printf(arena, "b%d", affines), arena);
            y = fmaf(a[channel], y, b[channel]); /* rounded once: the definition itself */
            affines++;
        } else if (unit->stages[i].kind == QNN_STAGE_RELU) {
            y = fmaxf(y, 0);
        } else {
            y = fminf(fmaxf(y, -1), 1);
        }
    }
    const bool clipped = unit->quantizer == QNN_QUANTIZER_UINT;
    return quantize(unit, y, clipped ? *(const float *)tensor_data(weights, unit->end, "clip", arena) : 0);
}

static void score(const struct unit_plan *unit, const struct qnn_safetensors *weights, struct reference *result,
                  struct arena *arena)
{
    const int32_t *multiplier = tensor_data(weights, unit->end, "multiplier", arena);
    const int64_t *addend = tensor_data(weights, unit->end, "addend", arena);
    result->scores = ARENA_NEW_ARRAY(arena, unit->channels, int64_t);
    for (size_t c = 0; c < unit->channels; c++) {
        result->scores[c] = multiplier[c] * (int64_t)result->accumulators[c] + addend[c];
        if (result->scores[c] > result->scores[result->best])
            result->best = c;
    }
}

struct reference reference_run(const struct int_plan *plan, const struct qnn_safetensors *weights, const int32_t *input,
                               struct arena *arena)
{
    struct reference result = {.codes = ARENA_NEW_ARRAY(arena, plan->unit_count, int32_t *)};
    size_t elements = shape_count(plan->model->nodes[0]->shape);
    double *values = ARENA_NEW_ARRAY(arena, elements, double);
    for (size_t i = 0; i < elements; i++)
        values[i] = input[i];
    for (size_t u = 0; u < plan->unit_count; u++) {
        const struct unit_plan *unit = &plan->units[u];
        result.accumulators = accumulate(unit, weights, values, arena);
        if (unit->kind != UNIT_CODES) {
            score(unit, weights, &result, arena);
            break;
        }
        result.codes[u] = ARENA_NEW_ARRAY(arena, unit->channels, int32_t);
        values = ARENA_NEW_ARRAY(arena, unit->channels, double);
        for (size_t c = 0; c < unit->channels; c++) {
            result.codes[u][c] = reference_code(unit, weights, c, result.accumulators[c], arena);
            values[c] = unit->quantizer == QNN_QUANTIZER_SIGN ? 2 * result.codes[u][c] - 1 : result.codes[u][c];
        }
    }
    return result;
}
