/*
 * The units of the deployed network in the trainer: what their codes mean, what they keep, what is stored of them. See
 * docs/numerics.md, "The frozen file"; names of the stored tensors are those of integer.h.
 */
#include "backend/c/trainer_emit.h"

#include "base/require.h"

#include <string.h>

/* ---- What a unit is called --------------------------------------------------------------------------------------- */

const char *trainer_unit_member(struct emitter *e, const struct unit_plan *unit)
{
    return trainer_member_name(e, unit->identifier);
}

bool trainer_unit_is_operand(const struct unit_plan *unit)
{
    return node_has(unit->end, TRAIT_JOIN) && unit->node != unit->end;
}

/* The unit that joins what two others quantized for it. */
static const struct unit_plan *join_of(const struct emitter *e, const struct unit_plan *operand)
{
    for (size_t i = 0; i < e->plan->unit_count; i++)
        if (e->plan->units[i].node == operand->end)
            return &e->plan->units[i];
    UNREACHABLE("a join's operands have a join");
    return NULL;
}

/* The constant for a number of channels: that of the layer, or of the value that the unit represents. */
const char *trainer_unit_channels(struct emitter *e, const struct unit_plan *unit)
{
    const struct model_node *end = unit->end;
    if (unit->linear)
        return trainer_step_of(e, unit->linear)->out->channels->name;
    const struct model_node *const candidates[] = {unit->node, end, end->inputs[0],
                                                   end->input_count > 1 ? end->inputs[1] : NULL};
    for (size_t i = 0; i < sizeof candidates / sizeof candidates[0]; i++) {
        const struct value *value = candidates[i] ? e->values[candidates[i]->id] : NULL;
        if (value && value->channels->value == unit->channels)
            return value->channels->name;
    }
    return trainer_format(e, "%zu", unit->channels);
}

const char *trainer_unit_size(struct emitter *e, const struct unit_plan *unit)
{
    const char *channels = trainer_unit_channels(e, unit);
    if (unit_positions(unit) == 1)
        return channels;
    for (size_t i = 0; i < e->size_count; i++) {
        const struct size_constant *size = e->sizes[i];
        if (size->channels && size->height == unit->shape.height && size->width == unit->shape.width &&
            strcmp(size->channels->name, channels) == 0)
            return size->name;
    }
    return trainer_format(e, "%d * %d * %s", unit->shape.height, unit->shape.width, channels);
}

const char *trainer_unit_clip(struct emitter *e, const struct unit_plan *unit)
{
    const struct unit_plan *owner = trainer_unit_is_operand(unit) ? join_of(e, unit) : unit;
    return trainer_format(e, "net->unit.%s.clip[0]", trainer_unit_member(e, owner));
}

/* Whether the unit's constants end as integers M, B and F: the last one, and requantized codes. */
bool trainer_unit_has_integers(const struct unit_plan *unit)
{
    return unit->kind != UNIT_CODES || unit->requantized;
}

/* What comes after the pool can fall only where it has an affine; a requantizer has one, its first. */
bool trainer_unit_has_minimum(const struct emitter *e, const struct unit_plan *unit)
{
    if (unit->pool_of < 0)
        return false;
    const struct unit_plan *producer = &e->plan->units[unit->pool_of];
    for (size_t s = unit->pool_stage; s < producer->stage_count; s++)
        if (producer->stages[s].kind == QNN_STAGE_AFFINE)
            return true;
    return false;
}

/* Whether the unit is a join whose operands it quantized: it keeps the clip of both. */
static bool keeps_clip_of_operands(const struct emitter *e, const struct unit_plan *unit)
{
    for (size_t i = 0; i < e->plan->unit_count; i++) {
        const struct unit_plan *other = &e->plan->units[i];
        if (trainer_unit_is_operand(other) && other->end == unit->node)
            return true;
    }
    return false;
}

/* ---- Scales of codes --------------------------------------------------------------------------------------------- */

/* clip: a C expression; unused for codes that need none. */
static struct code_scale quantized_scale(struct emitter *e, const struct qnn_code_type *type, const char *clip)
{
    const bool sign = type->encoding == QNN_ENCODING_SIGN;
    return (struct code_scale){
        .scale = sign ? "1.0f" : trainer_format(e, "qnn_step(%s, %d)", clip, (int)type->high),
        .offset = "0.0f",
    };
}

static struct code_scale input_scale(struct emitter *e)
{
    const struct model_node *input = input_of(e), *quantizer = e->plan->input_quantizer;
    if (quantizer)
        return quantized_scale(e, &e->plan->input_type,
                               trainer_float(e, activation_clip(&quantizer->activation.function)));
    return (struct code_scale){
        .scale = trainer_float(e, input->input.scale),
        .offset = trainer_float(e, input->input.offset),
        .has_offset = input->input.offset != 0,
    };
}

/* Accumulators that are codes have the scale of what they are made from; sums of a window represent means. */
static struct code_scale scale_of(struct emitter *e, int index)
{
    if (index < 0)
        return input_scale(e);
    const struct unit_plan *unit = &e->plan->units[index];
    if (unit->quantizer != QNN_QUANTIZER_NONE)
        return quantized_scale(e, &unit->type, unit_has_clip(unit) ? trainer_unit_clip(e, unit) : NULL);
    struct code_scale scale = scale_of(e, unit->inputs[0]);
    if (!unit->linear && unit->window && unit_has(unit, TRAIT_SUMS))
        scale.scale = trainer_format(e, "%s / %zu", scale.scale, unit->fan_in);
    return scale;
}

struct code_scale trainer_operand_scale(struct emitter *e, const struct unit_plan *unit)
{
    return scale_of(e, unit->inputs[0]);
}

const struct qnn_code_type *trainer_operand_type(const struct emitter *e, const struct unit_plan *unit)
{
    return int_tensor_type(e->plan, unit->inputs[0]);
}

bool trainer_unit_is_wide(const struct emitter *e, int index)
{
    return qnn_code_magnitude(int_tensor_type(e->plan, index)) > INT_MAX_FLOAT;
}

/* ---- Memory ------------------------------------------------------------------------------------------------------ */

static bool has_members(const struct emitter *e, const struct unit_plan *unit)
{
    return unit->stage_count > 0 || trainer_unit_has_minimum(e, unit) || keeps_clip_of_operands(e, unit);
}

static void unit_members(struct emitter *e, const struct unit_plan *unit)
{
    const char *size = trainer_unit_channels(e, unit);
    const bool joins = keeps_clip_of_operands(e, unit), operand = trainer_unit_is_operand(unit);
    trainer_line(e, 2, "struct {");
    for (size_t s = 0, affine = 0; s < unit->stage_count; s++) {
        if (unit->stages[s].kind != QNN_STAGE_AFFINE)
            continue;
        trainer_member(e, 3, "float", trainer_format(e, "a%zu b%zu", affine, affine), size, unit->channels,
                       sizeof(float));
        affine++;
    }
    if (joins || (unit_has_clip(unit) && !operand))
        trainer_line(e, 3, "float clip[1];%s", joins ? " /* of both operands */" : "");
    if (joins || (unit->calibrated && !operand))
        trainer_line(e, 3, "struct qnn_calibration calibration;");
    if (trainer_unit_has_minimum(e, unit))
        trainer_line(e, 3, "uint8_t minimum[%s]; /* channels that fall after the pool */", size);
    if (trainer_unit_has_integers(unit)) {
        trainer_member(e, 3, "int32_t", "multiplier", size, unit->channels, sizeof(int32_t));
        trainer_member(e, 3, "int64_t", "addend", size, unit->channels, sizeof(int64_t));
        trainer_line(e, 3, "int32_t shift[1];");
    }
    if (unit->kind != UNIT_CODES)
        trainer_line(e, 3, "struct qnn_fixed_point fixed;");
    else if (unit->quantizer != QNN_QUANTIZER_NONE)
        trainer_line(e, 3, "struct qnn_unit function;");
    trainer_line(e, 2, "} %s;", trainer_unit_member(e, unit));
}

void trainer_unit_members(struct emitter *e)
{
    trainer_line(e, 1, "/* The deployed network: what lies between each accumulator and the next codes. */");
    trainer_line(e, 1, "struct {");
    if (e->plan->input_quantizer)
        trainer_line(e, 2, "struct qnn_unit input; /* codes of the f32 input */");
    for (size_t i = 0; i < e->plan->unit_count; i++)
        if (has_members(e, &e->plan->units[i]))
            unit_members(e, &e->plan->units[i]);
    trainer_line(e, 1, "} unit;");
    trainer_blank(e);
}

/* ---- Descriptors ------------------------------------------------------------------------------------------------- */

static const char *quantizer_text(struct emitter *e, enum qnn_quantizer_kind kind, int bits, const char *clip)
{
    return trainer_format(e, "qnn_quantizer(QNN_QUANTIZER_%s, %d, %s)", qnn_staircase_form(kind)->identifier, bits,
                          clip);
}

const char *trainer_unit_quantizer(struct emitter *e, const struct unit_plan *unit)
{
    return quantizer_text(e, unit->quantizer, unit->bits, unit_has_clip(unit) ? trainer_unit_clip(e, unit) : "0");
}

/* Constants only where there are some. */
static const char *activation_stage(struct emitter *e, const struct activation_scheme *function)
{
    const char *kind = trainer_format(e, ".kind = QNN_STAGE_%s", function->form->identifier);
    return function->arguments.number[0] == 0
               ? kind
               : trainer_format(e, "%s, .function = %s", kind, trainer_activation_constants(e, function));
}

static void stage_setup(struct emitter *e, const struct unit_plan *unit)
{
    const char *u = trainer_unit_member(e, unit), *channels = trainer_unit_channels(e, unit);
    if (unit->requantized) {
        trainer_line(e, 1, "net->unit.%s.function = (struct qnn_unit){.channels = %s};", u, channels);
        return;
    }
    trainer_line(e, 1, "net->unit.%s.function = (struct qnn_unit){", u);
    trainer_line(e, 2, ".channels = %s, .stage_count = %zu,", channels, unit->stage_count);
    trainer_line(e, 2, ".stages = {");
    for (size_t s = 0, affine = 0; s < unit->stage_count; s++) {
        if (unit->stages[s].kind == QNN_STAGE_AFFINE) {
            trainer_line(e, 3, "{.kind = QNN_STAGE_AFFINE, .a = net->unit.%s.a%zu, .b = net->unit.%s.b%zu},", u, affine,
                         u, affine);
            affine++;
        } else {
            trainer_line(e, 3, "{%s},", activation_stage(e, unit->stages[s].function));
        }
    }
    trainer_line(e, 2, "},");
    if (!unit_has_clip(unit))
        trainer_line(e, 2, ".quantizer = %s,", trainer_unit_quantizer(e, unit));
    trainer_line(e, 1, "};");
}

static void last_setup(struct emitter *e, const struct unit_plan *unit)
{
    const char *u = trainer_unit_member(e, unit);
    REQUIRE(unit->stage_count == 1);
    trainer_line(e, 1, "net->unit.%s.fixed = (struct qnn_fixed_point){", u);
    trainer_line(e, 2, ".channels = %s, .multiplier = net->unit.%s.multiplier, .offset = net->unit.%s.addend,",
                 trainer_unit_channels(e, unit), u, u);
    trainer_line(e, 1, "};");
}

/* Without stages it is the same for every element: the channels are those of its value. */
static void input_setup(struct emitter *e)
{
    const struct activation_scheme *function = &e->plan->input_quantizer->activation.function;
    const char *quantizer = quantizer_text(e, function->form->quantizer, activation_bits(function),
                                           trainer_float(e, activation_clip(function)));
    trainer_line(e, 1, "net->unit.input = (struct qnn_unit){");
    trainer_line(e, 2, ".channels = INPUT, .quantizer = %s,", quantizer);
    trainer_line(e, 1, "};");
}

void trainer_unit_setup(struct emitter *e)
{
    if (e->plan->input_quantizer)
        input_setup(e);
    for (size_t i = 0; i < e->plan->unit_count; i++) {
        const struct unit_plan *unit = &e->plan->units[i];
        if (unit->kind != UNIT_CODES)
            last_setup(e, unit);
        else if (unit->quantizer != QNN_QUANTIZER_NONE)
            stage_setup(e, unit);
    }
}

/* ---- Tables ------------------------------------------------------------------------------------------------------ */

/* M, B and F, within what their readers take. */
static void integer_rows(struct emitter *e, const struct unit_plan *unit)
{
    const char *layer = unit->tensor, *u = trainer_unit_member(e, unit), *size = trainer_unit_channels(e, unit);
    const char *addends = unit->requantized ? ", -QNN_REQUANT_ADDEND_MAX, QNN_REQUANT_ADDEND_MAX" : ", -0x1p62, 0x1p62";
    const char *shifts = unit->requantized
                             ? ", QNN_REQUANT_MIN_SHIFT, QNN_REQUANT_MAX_SHIFT"
                             : trainer_format(e, ", %d, %d", INT_MIN_FRACTION_BITS, INT_MAX_FRACTION_BITS);
    trainer_tensor_row(e, layer, "multiplier", trainer_format(e, "unit.%s.multiplier", u), "I32", size, "FROZEN",
                       unit->requantized ? ", -32767, 32767" : ", -32768, 32767");
    trainer_tensor_row(e, layer, "addend", trainer_format(e, "unit.%s.addend", u), "I64", size, "FROZEN", addends);
    trainer_tensor_row(e, layer, "shift", trainer_format(e, "unit.%s.shift", u), "I32", "1", "FROZEN", shifts);
}

void trainer_unit_tensors(struct emitter *e)
{
    for (size_t i = 0; i < e->plan->unit_count; i++) {
        const struct unit_plan *unit = &e->plan->units[i];
        const char *layer = unit->tensor, *u = trainer_unit_member(e, unit), *size = trainer_unit_channels(e, unit);
        const bool operand = trainer_unit_is_operand(unit);
        for (size_t s = 0, affine = 0; s < unit->stage_count; s++) {
            if (unit->stages[s].kind != QNN_STAGE_AFFINE)
                continue;
            trainer_tensor_row(e, layer, trainer_format(e, "a%zu", affine),
                               trainer_format(e, "unit.%s.a%zu", u, affine), "F32", size, "FROZEN", "");
            trainer_tensor_row(e, layer, trainer_format(e, "b%zu", affine),
                               trainer_format(e, "unit.%s.b%zu", u, affine), "F32", size, "FROZEN", "");
            affine++;
        }
        if (keeps_clip_of_operands(e, unit) || (unit_has_clip(unit) && !operand))
            trainer_tensor_row(e, layer, "clip", trainer_format(e, "unit.%s.clip", u), "F32", "1", "FROZEN",
                               ", QNN_CLIP_LEAST, QNN_CLIP_GREATEST");
        if (trainer_unit_has_integers(unit))
            integer_rows(e, unit);
    }
}
