/* Random frozen tensors: drawing slopes and offsets, and folding them with the shared functions. */
#include "tests/support/frozen.h"

#include "base/require.h"
#include "runtime/numeric/fixed_point.h"
#include "runtime/quantizers/activations.h"
#include "tests/support/draw.h"

#include <math.h>
#include <string.h>

struct maker {
    struct frozen *frozen;
    struct draw draw;
    struct arena *arena;
};

static void *add_tensor(struct maker *maker, const char *prefix, const char *suffix, enum qnn_dtype dtype, size_t rows,
                        size_t columns)
{
    struct frozen *frozen = maker->frozen;
    void *data = arena_array(maker->arena, rows * columns, qnn_dtype_size(dtype));
    const struct qnn_tensor tensor = {
        .name = arena_printf(maker->arena, "%s.%s", prefix, suffix),
        .dtype = dtype,
        .rank = columns > 1 || strcmp(suffix, "code") == 0 ? 2 : 1,
        .shape = {rows, columns},
        .data = data,
    };
    ARENA_PUSH(maker->arena, frozen->file.tensors, frozen->file.tensor_count, frozen->capacity, tensor);
    return data;
}

static void make_weights(struct maker *maker, const struct unit_plan *plan)
{
    const struct model_node *linear = plan->linear;
    int8_t *codes = add_tensor(maker, linear->name, "code", QNN_DTYPE_I8, plan->channels, plan->fan_in);
    if (linear->op == OP_CONV) {
        struct qnn_tensor *tensor = &maker->frozen->file.tensors[maker->frozen->file.tensor_count - 1];
        tensor->rank = 4;
        tensor->shape[1] = (size_t)linear->conv.window.kernel_height;
        tensor->shape[2] = (size_t)linear->conv.window.kernel_width;
        tensor->shape[3] = (size_t)(linear->conv.inputs / linear->conv.groups);
    }
    const struct qnn_code_type *type = &plan->weight_type;
    for (size_t i = 0; i < plan->channels * plan->fan_in; i++) {
        int value = draw_int(&maker->draw, type->low, type->high);
        while (!qnn_code_has(type, value))
            value = draw_int(&maker->draw, type->low, type->high);
        codes[i] = (int8_t)value;
    }
    float *scale = add_tensor(maker, linear->name, "scale", QNN_DTYPE_F32, 1, 1);
    *scale = 1;
}

/* A factor for values that spread over +-spread, so that the result spreads over +-height; one in four is extreme. */
static double draw_factor(struct draw *draw, double height, double spread)
{
    static const double extremes[] = {0, -0.0, 1e-30, -1e-30, 1e6, -1e6, 1e-3, -1e-3};
    const double sign = draw_int(draw, 0, 2) ? 1 : -1;
    if (draw_int(draw, 0, 3) == 0)
        return extremes[draw_int(draw, 0, 7)] * height / spread;
    return sign * draw_real(draw, 0.3, 3) * height / spread;
}

static double spread_of(const struct unit_plan *plan, double input)
{
    return input * sqrt((double)plan->fan_in);
}

/* An affine stage, for who folds it on. */
struct affine {
    float *a, *b;
};

static struct affine make_affine(struct maker *maker, const struct unit_plan *plan, size_t index, double height,
                                 double spread)
{
    float *a =
        add_tensor(maker, plan->tensor, arena_printf(maker->arena, "a%zu", index), QNN_DTYPE_F32, plan->channels, 1);
    float *b =
        add_tensor(maker, plan->tensor, arena_printf(maker->arena, "b%zu", index), QNN_DTYPE_F32, plan->channels, 1);
    for (size_t c = 0; c < plan->channels; c++) {
        a[c] = (float)draw_factor(&maker->draw, height, spread);
        b[c] = (float)(draw_int(&maker->draw, 0, 5) ? draw_real(&maker->draw, -0.6, 0.9) * height : 0);
    }
    return (struct affine){a, b};
}

/* M, B and F of a requantized unit. */
static void make_requant(struct maker *maker, const struct unit_plan *plan, const struct affine *affine, float clip,
                         double spread)
{
    const bool calm = draw_int(&maker->draw, 0, 1);
    for (size_t c = 0; calm && c < plan->channels; c++)
        affine->a[c] =
            (float)(draw_real(&maker->draw, 0.3, 3) * (draw_int(&maker->draw, 0, 3) ? 1 : -1) * (double)clip / spread);
    int32_t *multiplier = add_tensor(maker, plan->tensor, "multiplier", QNN_DTYPE_I32, plan->channels, 1);
    int64_t *addend = add_tensor(maker, plan->tensor, "addend", QNN_DTYPE_I64, plan->channels, 1);
    int32_t *shift = add_tensor(maker, plan->tensor, "shift", QNN_DTYPE_I32, 1, 1);
    const bool is_signed = plan->quantizer == QNN_QUANTIZER_INT;
    const int32_t last = is_signed ? qnn_int_last_code(plan->bits) : qnn_uint_last_code(plan->bits);
    *shift = qnn_requant_fit(plan->channels, affine->a, affine->b, clip, last, multiplier, addend);
}

/* The clip of a quantizer; the operands of a join have one together. */
static double make_clip(struct maker *maker, const struct unit_plan *plan)
{
    const char *name = arena_printf(maker->arena, "%s.clip", plan->end->name);
    for (size_t i = 0; i < maker->frozen->file.tensor_count; i++)
        if (strcmp(maker->frozen->file.tensors[i].name, name) == 0)
            return *(const float *)maker->frozen->file.tensors[i].data;
    float *clip = add_tensor(maker, plan->end->name, "clip", QNN_DTYPE_F32, 1, 1);
    *clip = plan->calibrated ? (float)draw_real(&maker->draw, 0.1, 8) : (float)plan->clip;
    return *clip;
}

static void make_codes(struct maker *maker, const struct unit_plan *plan, double input)
{
    double height = 1;
    if (plan->quantizer != QNN_QUANTIZER_SIGN)
        height = make_clip(maker, plan);
    size_t affines = 0;
    for (size_t i = 0; i < plan->stage_count; i++) {
        if (plan->stages[i].kind != QNN_STAGE_AFFINE)
            continue;
        const double spread = affines == 0 ? spread_of(plan, input) : height;
        const struct affine affine = make_affine(maker, plan, affines, height, spread);
        affines++;
        if (plan->requantized)
            make_requant(maker, plan, &affine, (float)height, spread);
    }
}

/* The last layer's integers by the shared function, over the widest range the layer can have. */
static void make_fixed_point(struct maker *maker, const struct unit_plan *plan, double input)
{
    const size_t channels = plan->channels;
    float *a = ARENA_NEW_ARRAY(maker->arena, channels, float), *b = ARENA_NEW_ARRAY(maker->arena, channels, float);
    int64_t *lo = ARENA_NEW_ARRAY(maker->arena, channels, int64_t),
            *hi = ARENA_NEW_ARRAY(maker->arena, channels, int64_t);
    for (size_t c = 0; c < channels; c++) {
        a[c] = (float)draw_factor(&maker->draw, 1, spread_of(plan, input));
        b[c] = (float)draw_real(&maker->draw, -1, 1);
        hi[c] = (int64_t)(input * (double)plan->fan_in);
        lo[c] = -hi[c];
    }
    struct qnn_fixed_point fixed = {
        .channels = channels,
        .multiplier = add_tensor(maker, plan->tensor, "multiplier", QNN_DTYPE_I32, channels, 1),
        .offset = add_tensor(maker, plan->tensor, "addend", QNN_DTYPE_I64, channels, 1),
    };
    char error[QNN_ERROR_SIZE];
    REQUIRE(qnn_fixed_point_fit(&fixed, a, b, lo, hi, error));
    int32_t *shift = add_tensor(maker, plan->tensor, "shift", QNN_DTYPE_I32, 1, 1);
    *shift = fixed.fraction_bits;
}

/* The largest |n| on the network's input. */
static double input_magnitude(const struct int_plan *plan)
{
    const struct model_node *quantizer = plan->input_quantizer;
    if (!quantizer)
        return plan->model->nodes[0]->input.type == ELEMENT_U8 ? 255 : 128;
    return quantizer->activation.function.form->kind == QNN_ACTIVATION_SIGN
               ? 1
               : (1 << activation_bits(&quantizer->activation.function)) - 1;
}

/* The largest |n| of a unit's codes, given that of its first input. */
static double output_magnitude(const struct unit_plan *unit, double input)
{
    if (unit->quantizer != QNN_QUANTIZER_NONE)
        return (double)((1 << unit->bits) - 1);
    if (unit->source == UNIT_ADD)
        return 2 * input;
    return unit->linear || unit->source == UNIT_SUMPOOL ? input * (double)unit->fan_in : input;
}

struct frozen *frozen_random(const struct int_plan *plan, uint64_t seed, struct arena *arena)
{
    struct maker maker = {.frozen = ARENA_NEW(arena, struct frozen), .draw = draw_open(seed, 1), .arena = arena};
    double *magnitudes = ARENA_NEW_ARRAY(arena, plan->unit_count, double);
    for (size_t i = 0; i < plan->unit_count; i++) {
        const struct unit_plan *unit = &plan->units[i];
        const double input = unit->inputs[0] < 0 ? input_magnitude(plan) : magnitudes[unit->inputs[0]];
        magnitudes[i] = output_magnitude(unit, input);
        if (unit->linear)
            make_weights(&maker, unit);
        if (unit->kind == UNIT_CODES && unit->quantizer == QNN_QUANTIZER_NONE)
            continue;
        if (unit->kind == UNIT_CODES)
            make_codes(&maker, unit, input);
        else
            make_fixed_point(&maker, unit, input);
    }
    struct frozen *frozen = maker.frozen;
    frozen->metadata[0] = (struct qnn_metadata){"format", INT_WEIGHTS_FORMAT};
    frozen->metadata[1] = (struct qnn_metadata){"program", plan->model->hash};
    frozen->metadata[2] = (struct qnn_metadata){"name", plan->model->name};
    frozen->metadata[3] = (struct qnn_metadata){"epoch", "1"};
    frozen->file.metadata = frozen->metadata;
    frozen->file.metadata_count = FROZEN_METADATA;
    frozen->file.path = arena_printf(arena, "%s.safetensors", plan->model->name);
    return frozen;
}

struct qnn_tensor *frozen_tensor(struct frozen *frozen, const char *name)
{
    size_t i = 0;
    while (i < frozen->file.tensor_count && strcmp(frozen->file.tensors[i].name, name) != 0)
        i++;
    REQUIRE(i < frozen->file.tensor_count);
    return &frozen->file.tensors[i];
}
