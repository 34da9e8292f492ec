/*
 * Freezing: from trained weights to the constants of the deployed network, in the order of docs/numerics.md, "Freezing".
 */
#include "backend/c/trainer_emit.h"

static void begin(struct emitter *e, const char *type, const char *name, const char *arguments)
{
    trainer_line(e, 0, "static %s %s(struct %s *net%s)", type, name, e->model->identifier, arguments);
    trainer_line(e, 0, "{");
}

static void end(struct emitter *e)
{
    trainer_line(e, 0, "}");
    trainer_blank(e);
}

/* ---- Calibration ------------------------------------------------------------------------------------------------- */

/* A clip to be found: of an activation with `deploy`, from its values; of a join, from the magnitudes of both operands. */
struct clip {
    const char *unit; /* member that keeps it */
    const struct value *values[2];
    int value_count;
    enum calibrate_kind method;
    double percentile;
    int bits;
    bool is_signed;
};

static bool find_clip(struct emitter *e, const struct unit_plan *unit, struct clip *clip)
{
    if (unit->calibrated && !trainer_unit_is_operand(unit)) {
        const struct calibrated_scheme *deploy = &unit->end->activation.deploy;
        *clip = (struct clip){.unit = trainer_unit_member(e, unit),
                              .values = {e->values[unit->end->id]},
                              .value_count = 1,
                              .method = deploy->calibrate,
                              .percentile = deploy->percentile,
                              .bits = deploy->bits,
                              .is_signed = deploy->form->is_negative};
        return true;
    }
    for (size_t i = 0; unit_has(unit, TRAIT_JOIN) && i < e->plan->unit_count; i++) {
        const struct unit_plan *operand = &e->plan->units[i];
        if (!trainer_unit_is_operand(operand) || operand->end != unit->node)
            continue;
        const struct calibrated_scheme *join = &unit->node->join.quantizer;
        *clip = (struct clip){
            .unit = trainer_unit_member(e, unit),
            .values = {e->values[unit->node->inputs[0]->id], e->values[unit->node->inputs[1]->id]},
            .value_count = 2,
            .method = join->calibrate,
            .percentile = join->percentile,
            .bits = join->bits,
            .is_signed = join->form->is_negative,
        };
        return true;
    }
    return false;
}

bool trainer_calibrates(const struct emitter *e)
{
    for (size_t i = 0; e->plan && i < e->plan->unit_count; i++)
        if (e->plan->units[i].calibrated)
            return true;
    return false;
}

/* A pass over the batches: ranges of all, or the distributions that some methods need. */
static void calibration_pass(struct emitter *e, const char *verb, bool distributions)
{
    struct clip clip;
    trainer_line(e, 1, "for (int i = 0; i < batches->count; i++) {");
    trainer_line(e, 2, "gather(net, batches->samples, batches->order + (size_t)i * BATCH);");
    trainer_line(e, 2, "forward(net, QNN_EVALUATE);");
    for (size_t i = 0; i < e->plan->unit_count; i++) {
        if (!find_clip(e, &e->plan->units[i], &clip) || (distributions && clip.method == CALIBRATE_MAX))
            continue;
        for (int k = 0; k < clip.value_count; k++)
            trainer_line(e, 2, "qnn_calibration_%s%s(&net->unit.%s.calibration, BATCH * %s, %s);", verb,
                         clip.is_signed ? "_signed" : "", clip.unit, clip.values[k]->size->name, clip.values[k]->place);
    }
    trainer_line(e, 1, "}");
}

static void emit_calibrate(struct emitter *e)
{
    struct clip clip;
    bool distributions = false;
    trainer_line(e, 0, "/* Clips of what training keeps in float: first their ranges, then their distributions. */");
    begin(e, "void", "calibrate", ", const struct qnn_batches *batches");
    for (size_t i = 0; i < e->plan->unit_count; i++) {
        if (!find_clip(e, &e->plan->units[i], &clip))
            continue;
        distributions |= clip.method != CALIBRATE_MAX;
        trainer_line(e, 1, "memset(&net->unit.%s.calibration, 0, sizeof net->unit.%s.calibration);", clip.unit,
                     clip.unit);
    }
    calibration_pass(e, "range", false);
    if (distributions)
        calibration_pass(e, "count", true);
    for (size_t i = 0; i < e->plan->unit_count; i++)
        if (find_clip(e, &e->plan->units[i], &clip))
            trainer_line(e, 1, "net->unit.%s.clip[0] = qnn_calibration_clip%s(&net->unit.%s.calibration, %s, %d, %s);",
                         clip.unit, clip.is_signed ? "_signed" : "", clip.unit,
                         row_constant(GROUP_CALIBRATE, (int)clip.method), clip.bits,
                         trainer_double(e, clip.percentile));
    end(e);
}

/* ---- Folding ----------------------------------------------------------------------------------------------------- */

/* The first affine stage: the accumulator's own meaning, then the bias. Raw accumulators come with neither. */
static void fold_accumulator(struct emitter *e, const struct unit_plan *unit)
{
    const struct code_scale codes = trainer_operand_scale(e, unit);
    const struct model_node *linear = unit->linear ? unit->linear : unit->scaled_by;
    if (!linear) {
        trainer_line(e, 1, "qnn_fold_elementwise(&fold, %s, %s);", codes.scale, codes.offset);
        return;
    }
    const struct step *step = trainer_step_of(e, linear);
    const char *m = step->member, *size = step->out->channels->name;
    if (codes.has_offset)
        trainer_line(e, 1, "qnn_weight_sums(%s, %s, net->%s.code, net->work.low);", size,
                     trainer_linear_products(e, step), m);
    trainer_line(e, 1, "qnn_affine_start(&fold, net->%s.scale, %s, %s, %s, %s);", m, trainer_linear_scales(step),
                 codes.scale, codes.offset, codes.has_offset ? "net->work.low" : "NULL");
    if (node_bias(linear))
        trainer_line(e, 1, "qnn_affine_bias(&fold, net->%s.bias);", m);
}

static void fold_stage(struct emitter *e, const struct unit_plan *unit, const struct plan_stage *stage, size_t affine)
{
    const char *u = trainer_unit_member(e, unit);
    if (affine == 0)
        fold_accumulator(e, unit);
    else
        trainer_line(e, 1, "qnn_fold_elementwise(&fold, 1.0f, 0.0f);");
    for (size_t i = 0; i < stage->norm_count; i++) {
        const char *n = trainer_step_of(e, stage->norms[i])->member;
        trainer_line(e, 1,
                     "qnn_affine_batchnorm(&fold, net->%s.gamma, net->%s.beta, net->%s.mean, net->%s.variance, %s);", n,
                     n, n, n, trainer_float(e, stage->norms[i]->batchnorm.eps));
    }
    trainer_line(e, 1, "if (!qnn_affine_round(&fold, net->unit.%s.a%zu, net->unit.%s.b%zu, &channel))", u, affine, u,
                 affine);
    trainer_line(e, 2, "return qnn_fold_failed(error, \"%s\", channel);", unit->name);
}

static void fold_last(struct emitter *e, const struct unit_plan *unit)
{
    const char *u = trainer_unit_member(e, unit), *size = trainer_unit_channels(e, unit);
    const struct qnn_code_type *type = trainer_operand_type(e, unit);
    if (unit->linear) {
        const struct step *step = trainer_step_of(e, unit->linear);
        trainer_line(e, 1, "qnn_accumulator_range(%s, %s, net->%s.code, %d, %d, net->work.low, net->work.high);", size,
                     trainer_linear_products(e, step), step->member, (int)type->low, (int)type->high);
    } else {
        trainer_line(e, 1, "qnn_code_range(%s, %d, %d, net->work.low, net->work.high);", size, (int)type->low,
                     (int)type->high);
    }
    trainer_line(e, 1,
                 "if (!qnn_fixed_point_fit(&net->unit.%s.fixed, net->unit.%s.a0, net->unit.%s.b0, net->work.low, "
                 "net->work.high, error))",
                 u, u, u);
    trainer_line(e, 2, "return false;");
    trainer_line(e, 1, "net->unit.%s.shift[0] = net->unit.%s.fixed.fraction_bits;", u, u);
}

static void fit_requant(struct emitter *e, const struct unit_plan *unit)
{
    const char *u = trainer_unit_member(e, unit);
    trainer_line(e, 1,
                 "net->unit.%s.shift[0] = qnn_requant_fit(%s, net->unit.%s.a0, net->unit.%s.b0, %s, "
                 "%d, net->unit.%s.multiplier, net->unit.%s.addend);",
                 u, trainer_unit_channels(e, unit), u, u, trainer_unit_clip(e, unit), (int)unit->type.high, u, u);
}

static void fold_unit(struct emitter *e, const struct unit_plan *unit)
{
    trainer_blank(e);
    trainer_line(e, 1, "/* %s */", unit->name);
    trainer_line(e, 1, "fold.channels = %s;", trainer_unit_channels(e, unit));
    if (unit_has_clip(unit) && !unit->calibrated)
        trainer_line(e, 1, "%s = %s;", trainer_unit_clip(e, unit), trainer_float(e, unit->clip));
    for (size_t s = 0, affine = 0; s < unit->stage_count; s++)
        if (unit->stages[s].kind == QNN_STAGE_AFFINE)
            fold_stage(e, unit, &unit->stages[s], affine++);
    if (unit->kind != UNIT_CODES)
        fold_last(e, unit);
    if (unit->requantized)
        fit_requant(e, unit);
}

static void emit_fold(struct emitter *e)
{
    trainer_line(
        e, 0,
        "/* Everything linear between an accumulator and the next codes becomes y = a * acc + b; codes of many levels "
        "and");
    trainer_line(e, 0, " * the last layer become integers, (M * acc + B) * 2^-F. */");
    begin(e, "bool", "fold", ", char *error");
    trainer_line(e, 1, "struct qnn_affine fold = {.a = net->work.a, .b = net->work.b};");
    trainer_line(e, 1, "size_t channel;");
    for (size_t i = 0; i < e->plan->unit_count; i++)
        if (e->plan->units[i].stage_count > 0)
            fold_unit(e, &e->plan->units[i]);
    trainer_line(e, 1, "return true;");
    end(e);
}

/* ---- From the frozen constants ----------------------------------------------------------------------------------- */

static void deploy_requant(struct emitter *e, const struct unit_plan *unit)
{
    const char *u = trainer_unit_member(e, unit);
    const struct qnn_requant requant = unit_requant(unit, NULL, NULL, 0);
    trainer_line(e, 1, "net->unit.%s.function.quantizer = qnn_quantizer_requant((struct qnn_requant){", u);
    trainer_line(e, 2, ".multiplier = net->unit.%s.multiplier, .addend = net->unit.%s.addend,", u, u);
    trainer_line(e, 2, ".shift = net->unit.%s.shift[0], .bits = %d,%s", u, unit->bits,
                 requant.is_signed ? trainer_format(e, " .is_signed = true, .first = %d,", requant.first) : "");
    trainer_line(e, 1, "}, %s);", trainer_unit_clip(e, unit));
}

static void deploy_unit(struct emitter *e, const struct unit_plan *unit)
{
    const char *u = trainer_unit_member(e, unit);
    if (unit->requantized)
        deploy_requant(e, unit);
    else if (unit_has_clip(unit))
        trainer_line(e, 1, "net->unit.%s.function.quantizer = %s;", u, trainer_unit_quantizer(e, unit));
    if (unit->kind != UNIT_CODES)
        trainer_line(e, 1, "net->unit.%s.fixed.fraction_bits = net->unit.%s.shift[0];", u, u);
    if (trainer_unit_has_minimum(e, unit))
        trainer_line(e, 1, "qnn_falling_channels(&net->unit.%s.function, %zu, net->unit.%s.minimum);",
                     trainer_unit_member(e, &e->plan->units[unit->pool_of]), unit->pool_stage, u);
}

static void emit_deploy(struct emitter *e)
{
    trainer_line(e, 0, "/* What forward_deployed multiplies and compares with, from the frozen constants. */");
    begin(e, "void", "deploy", "");
    EACH_STEP(e, deploy);
    for (size_t i = 0; i < e->plan->unit_count; i++)
        deploy_unit(e, &e->plan->units[i]);
    end(e);
}

void trainer_freezing(struct emitter *e)
{
    trainer_line(e, 0, "/* Integer weights and their scales from the latent weights. */");
    begin(e, "void", "quantize_weights", "");
    EACH_STEP(e, codes);
    end(e);
    if (trainer_calibrates(e))
        emit_calibrate(e);
    emit_fold(e);
    emit_deploy(e);
}
