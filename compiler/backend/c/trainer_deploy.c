/*
 * The deployed network in the trainer: its units on one batch, integers held in float32, sums beyond 2^24 in int32_t. A
 * unit's codes live in a buffer until the last unit that reads them is done.
 */
#include "backend/c/trainer_emit.h"

/* ---- Buffers ----------------------------------------------------------------------------------------------------- */

static const char *input_place(const struct emitter *e, int buffer, struct emitter *arena)
{
    return buffer < 0 ? e->values[input_of(e)->id]->place : trainer_format(arena, "net->work.codes%d", buffer);
}

/* How many units read the codes of a unit, or of the input (-1), after `unit`. */
static bool is_read_behind(const struct emitter *e, int index, size_t unit)
{
    for (size_t i = unit + 1; i < e->plan->unit_count; i++)
        for (int k = 0; k < e->plan->units[i].input_count; k++)
            if (e->plan->units[i].inputs[k] == index)
                return true;
    return false;
}

static void release_inputs(struct emitter *e, const int *buffer_of, int input_buffer, size_t unit)
{
    const struct unit_plan *plan = &e->plan->units[unit];
    for (int k = 0; k < plan->input_count; k++) {
        const int index = plan->inputs[k], buffer = index < 0 ? input_buffer : buffer_of[index];
        if (buffer >= 0 && !is_read_behind(e, index, unit))
            e->codes.list[buffer].holders = 0;
    }
}

/* unit_code[0] is the input's place, unit_code[i + 1] that of unit i. */
void trainer_plan_codes(struct emitter *e)
{
    const size_t count = e->plan->unit_count;
    int *buffer_of = ARENA_NEW_ARRAY(&e->arena, count, int), input_buffer = -1;
    e->unit_code = ARENA_NEW_ARRAY(&e->arena, count + 1, const char *);
    if (e->plan->input_quantizer) {
        const struct size_constant *size = e->values[input_of(e)->id]->size;
        input_buffer = trainer_take_buffer(e, &e->codes, size->value, size->name);
    }
    e->unit_code[0] = input_place(e, input_buffer, e);
    for (size_t i = 0; i < count; i++) {
        const struct unit_plan *unit = &e->plan->units[i];
        buffer_of[i] = -1;
        if (unit->kind == UNIT_CODES) {
            buffer_of[i] = trainer_take_buffer(e, &e->codes, shape_count(unit->shape), trainer_unit_size(e, unit));
            const bool wide = trainer_unit_is_wide(e, (int)i);
            e->unit_code[i + 1] = trainer_format(e, "net->work.%s%d", wide ? "sums" : "codes", buffer_of[i]);
            e->codes.list[buffer_of[i]].wide |= wide;
        }
        release_inputs(e, buffer_of, input_buffer, i);
    }
}

/* ---- Units ------------------------------------------------------------------------------------------------------- */

/* Places of what a unit reads and makes; NULL where there is none. */
struct places {
    const char *in[2], *out;
};

/* The end of the unit reads the input's codes where they are. */
static void deploy_copy(struct emitter *e, const struct unit_plan *unit, const struct places *at)
{
    (void)e;
    (void)unit;
    (void)at;
}

/* The largest magnitude of a product: what the exact product cuts its sums by. */
static int most_product(const struct emitter *e, const struct unit_plan *unit)
{
    return qnn_code_magnitude(trainer_operand_type(e, unit)) * qnn_code_magnitude(&unit->weight_type);
}

static void deploy_dense(struct emitter *e, const struct unit_plan *unit, const struct places *at)
{
    const struct step *step = trainer_step_of(e, unit->linear);
    const char *bits = trainer_bits(e, unit->linear, true);
    if (bits) {
        trainer_line(e, 1,
                     "qnn_dense_bits_accumulate(BATCH, %s, %s, %s, %s, net->%s.integer, net->work.acc, net->bit_work);",
                     step->in[0]->size->name, step->out->size->name, bits, at->in[0], step->member);
        return;
    }
    trainer_line(e, 1, "qnn_dense_accumulate(BATCH, %s, %s, %d, %s, net->%s.integer, net->work.acc);",
                 step->in[0]->size->name, step->out->size->name, most_product(e, unit), at->in[0], step->member);
}

static void deploy_conv(struct emitter *e, const struct unit_plan *unit, const struct places *at)
{
    const struct step *step = trainer_step_of(e, unit->linear);
    const char *bits = trainer_bits(e, unit->linear, true);
    const char *codes = trainer_conv_pads_codes(unit->linear, unit) ? "_codes" : "";
    if (bits) {
        trainer_line(e, 1,
                     "qnn_conv_bits_accumulate(BATCH, &%s_geometry%s, %s, %s, net->%s.integer, net->work.acc, "
                     "net->bit_work);",
                     step->member, codes, bits, at->in[0], step->member);
        return;
    }
    trainer_line(e, 1, "qnn_conv_accumulate(BATCH, &%s_geometry%s, %d, %s, net->%s.integer, net->work.acc);",
                 step->member, codes, most_product(e, unit), at->in[0], step->member);
}

static void deploy_add(struct emitter *e, const struct unit_plan *unit, const struct places *at)
{
    trainer_line(e, 1, "qnn_add_forward(BATCH * %s, %s, %s, %s);", trainer_unit_size(e, unit), at->in[0], at->in[1],
                 at->out);
}

static void deploy_concat(struct emitter *e, const struct unit_plan *unit, const struct places *at)
{
    const struct step *step = trainer_step_of(e, unit->node);
    trainer_line(e, 1, "qnn_concat_forward(%s, %s, %s, %s, %s, %s);", trainer_rows(e, unit->shape),
                 step->in[0]->channels->name, step->in[1]->channels->name, at->in[0], at->in[1], at->out);
}

static void deploy_maxpool(struct emitter *e, const struct unit_plan *unit, const struct places *at)
{
    const char *minimum = trainer_unit_has_minimum(e, unit)
                              ? trainer_format(e, "net->unit.%s.minimum", trainer_unit_member(e, unit))
                              : "NULL";
    trainer_line(e, 1, "qnn_pool_codes(BATCH, &%s_window, %s, %s, %s, %s);", trainer_step_of(e, unit->node)->member,
                 trainer_unit_channels(e, unit), minimum, at->in[0], at->out);
}

static void deploy_sumpool(struct emitter *e, const struct unit_plan *unit, const struct places *at)
{
    const char *form = trainer_unit_is_wide(e, unit->inputs[0]) ? "_of_sums"
                       : trainer_unit_is_wide(e, unit->index)   ? "_wide"
                                                                : "";
    trainer_line(e, 1, "qnn_pool_sums%s(BATCH, &%s_window, %s, %s, %s);", form, trainer_step_of(e, unit->node)->member,
                 trainer_unit_channels(e, unit), at->in[0], at->out);
}

static void (*const sources[UNIT_SOURCE_COUNT])(struct emitter *e, const struct unit_plan *unit,
                                                const struct places *at) = {
#define SOURCE(ID, name, traits) [UNIT_##ID] = deploy_##name,
#include "integer/sources.def"
};

/* From accumulators, integers of a layer or codes as floats, to codes. */
static void end_unit(struct emitter *e, const struct unit_plan *unit, const struct places *at)
{
    const char *u = trainer_unit_member(e, unit), *rows = trainer_rows(e, unit->shape);
    const bool integers = unit->linear || trainer_unit_is_wide(e, unit->inputs[0]);
    const char *acc = unit->linear ? "net->work.acc" : at->in[0], *of = integers ? "" : "_of_codes";
    if (unit->kind != UNIT_CODES)
        trainer_line(e, 1, "qnn_deploy_values%s(%s, &net->unit.%s.fixed, %s, net->work.values);", of, rows, u, acc);
    else if (unit->quantizer != QNN_QUANTIZER_NONE)
        trainer_line(e, 1, "qnn_deploy_codes%s(%s, &net->unit.%s.function, %s, %s);", of, rows, u, acc, at->out);
    else if (unit->linear && trainer_unit_is_wide(e, unit->index))
        trainer_line(e, 1, "memcpy(%s, %s, sizeof(int32_t) * BATCH * %s);", at->out, acc, trainer_unit_size(e, unit));
    else if (unit->linear)
        trainer_line(e, 1, "qnn_deploy_accumulators(BATCH * %s, %s, %s);", trainer_unit_size(e, unit), acc, at->out);
}

static const char *end_note(struct emitter *e, const struct unit_plan *unit)
{
    if (unit->kind != UNIT_CODES)
        return ", then M * acc + B";
    if (unit->quantizer == QNN_QUANTIZER_NONE)
        return unit->linear ? ", accumulators as they are" : "";
    return trainer_format(e, ", then %d bit%s", unit->bits, unit->bits > 1 ? "s" : "");
}

static void deployed_unit(struct emitter *e, const struct unit_plan *unit)
{
    const struct qnn_code_type *type = trainer_operand_type(e, unit);
    struct places at = {.out = e->unit_code[unit->index + 1]};
    for (int k = 0; k < unit->input_count; k++)
        at.in[k] = e->unit_code[unit->inputs[k] + 1];
    trainer_blank(e);
    trainer_line(e, 1, "/* %s: codes %d .. %d%s */", unit->name, (int)type->low, (int)type->high, end_note(e, unit));
    sources[unit->source](e, unit, &at);
    end_unit(e, unit, &at);
}

void trainer_deployed(struct emitter *e)
{
    trainer_line(e, 0,
                 "/* The deployed network on one batch: integers held in float32, exact. Fills net->work.values. */");
    trainer_line(e, 0, "static void forward_deployed(struct %s *net, const void *samples, const uint32_t *index)",
                 e->model->identifier);
    trainer_line(e, 0, "{");
    if (e->plan->input_quantizer) {
        trainer_line(e, 1, "gather(net, samples, index);");
        trainer_line(e, 1, "qnn_deploy_codes_of_codes(BATCH, &net->unit.input, net->x, %s);", e->unit_code[0]);
    } else {
        trainer_line(e, 1, "qnn_input_%s(BATCH, INPUT, samples, index, 1.0f, 0.0f, net->x);",
                     row_name(GROUP_ELEMENT, (int)input_of(e)->input.type));
    }
    for (size_t i = 0; i < e->plan->unit_count; i++)
        deployed_unit(e, &e->plan->units[i]);
    trainer_line(e, 0, "}");
    trainer_blank(e);
}
