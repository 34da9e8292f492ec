/*
 * The deployed network in the trainer: the constants of each unit, how freezing makes them, and the integer forward pass.
 * See docs/numerics.md, "Freezing" and "The last layer"; names of the stored tensors are those of integer.h.
 */
#include "target/c/trainer_emit.h"

#include "base/require.h"
#include "runtime/numeric/quantizer.h"

/* What the integers on an edge are: their range, and how real values come from them. */
struct edge {
    int low, high;
    const char *scale, *offset; /* C expressions */
    bool has_offset;
};

static struct edge quantized_edge(enum qnn_quantizer_kind kind, int bits, const char *step)
{
    const bool sign = kind == QNN_QUANTIZER_SIGN;
    return (struct edge){
        .low = sign ? -1 : 0,
        .high = qnn_uint_last_code(bits),
        .scale = sign ? "1.0f" : step,
        .offset = "0.0f",
    };
}

static struct edge input_edge(struct emitter *e)
{
    static const int lows[ELEMENT_TYPE_COUNT] = {[ELEMENT_I8] = -128};
    static const int highs[ELEMENT_TYPE_COUNT] = {[ELEMENT_U8] = 255, [ELEMENT_I8] = 127};
    const struct model_node *input = e->model->nodes[0];
    if (e->plan->input_quantizer) {
        const struct activation_scheme *function = &e->plan->input_quantizer->activation.function;
        const char *step = trainer_format(e, "qnn_uint_step(%s, %d)", trainer_float(e, function->clip), function->bits);
        return function->kind == ACT_SIGN ? quantized_edge(QNN_QUANTIZER_SIGN, 1, NULL)
                                          : quantized_edge(QNN_QUANTIZER_UINT, function->bits, step);
    }
    return (struct edge){
        .low = lows[input->input.type],
        .high = highs[input->input.type],
        .scale = trainer_float(e, input->input.scale),
        .offset = trainer_float(e, input->input.offset),
        .has_offset = input->input.offset != 0,
    };
}

static const char *unit_member(struct emitter *e, const struct unit_plan *unit)
{
    return trainer_member_name(e, unit->identifier);
}

static struct edge edge_before(struct emitter *e, const struct unit_plan *unit)
{
    if (unit->inputs[0] < 0)
        return input_edge(e);
    const struct unit_plan *source = &e->plan->units[unit->inputs[0]];
    const char *step =
        trainer_format(e, "qnn_uint_step(net->unit.%s.clip[0], %d)", unit_member(e, source), source->bits);
    return quantized_edge(source->quantizer, source->bits, step);
}

static const struct step *step_of(const struct emitter *e, const struct model_node *node)
{
    for (size_t i = 0; i < e->step_count; i++)
        if (e->steps[i].node == node)
            return &e->steps[i];
    UNREACHABLE("a node of the plan is a step");
    return NULL;
}

static const char *unit_size(struct emitter *e, const struct unit_plan *unit)
{
    return trainer_size_of(e, unit->linear ? unit->linear : unit->end);
}

static const struct unit_plan *last_unit(const struct emitter *e)
{
    return &e->plan->units[e->plan->unit_count - 1];
}

static bool has_clip(const struct unit_plan *unit)
{
    return unit->kind == UNIT_CODES && unit->quantizer == QNN_QUANTIZER_UINT;
}

/* Whether the unit's constants end as integers M, B and F: the last one, and requantized codes. */
static bool has_integers(const struct unit_plan *unit)
{
    return unit->kind != UNIT_CODES || unit->requantized;
}

/* ---- Memory and tables ------------------------------------------------------------------------------------------- */

static void unit_members(struct emitter *e, const struct unit_plan *unit)
{
    const char *size = unit_size(e, unit);
    trainer_line(e, 2, "struct {");
    for (size_t s = 0, affine = 0; s < unit->stage_count; s++) {
        if (unit->stages[s].kind != QNN_STAGE_AFFINE)
            continue;
        trainer_member(e, 3, "float", trainer_format(e, "a%zu b%zu", affine, affine), size, unit->channels,
                       sizeof(float));
        affine++;
    }
    if (has_clip(unit))
        trainer_line(e, 3, "float clip[1];");
    if (unit->calibrated)
        trainer_line(e, 3, "struct qnn_calibration calibration;");
    if (has_integers(unit)) {
        trainer_member(e, 3, "int32_t", "multiplier", size, unit->channels, sizeof(int32_t));
        trainer_member(e, 3, "int64_t", "addend", size, unit->channels, sizeof(int64_t));
        trainer_line(e, 3, "int32_t shift[1];");
    }
    trainer_line(e, 3, unit->kind == UNIT_CODES ? "struct qnn_unit function;" : "struct qnn_fixed_point fixed;");
    trainer_line(e, 2, "} %s;", unit_member(e, unit));
}

void trainer_unit_members(struct emitter *e)
{
    trainer_line(e, 1, "/* The deployed network: what stands between each accumulator and the next codes. */");
    trainer_line(e, 1, "struct {");
    if (e->plan->input_quantizer)
        trainer_line(e, 2, "struct qnn_unit input; /* codes of the f32 input */");
    for (size_t i = 0; i < e->plan->unit_count; i++)
        unit_members(e, &e->plan->units[i]);
    trainer_line(e, 1, "} unit;");
    trainer_blank(e);
}

static void stage_setup(struct emitter *e, const struct unit_plan *unit)
{
    static const char *const names[QNN_STAGE_COUNT] = {
        [QNN_STAGE_RELU] = "QNN_STAGE_RELU", [QNN_STAGE_HARDTANH] = "QNN_STAGE_HARDTANH"};
    const char *u = unit_member(e, unit);
    if (unit->requantized) {
        trainer_line(e, 1, "net->unit.%s.function = (struct qnn_unit){.channels = %s};", u, unit_size(e, unit));
        return;
    }
    trainer_line(e, 1, "net->unit.%s.function = (struct qnn_unit){", u);
    trainer_line(e, 2, ".channels = %s, .stage_count = %zu,", unit_size(e, unit), unit->stage_count);
    trainer_line(e, 2, ".stages = {");
    for (size_t s = 0, affine = 0; s < unit->stage_count; s++) {
        if (unit->stages[s].kind == QNN_STAGE_AFFINE) {
            trainer_line(e, 3, "{.kind = QNN_STAGE_AFFINE, .a = net->unit.%s.a%zu, .b = net->unit.%s.b%zu},", u, affine,
                         u, affine);
            affine++;
        } else {
            trainer_line(e, 3, "{.kind = %s},", names[unit->stages[s].kind]);
        }
    }
    trainer_line(e, 2, "},");
    if (unit->quantizer == QNN_QUANTIZER_SIGN)
        trainer_line(e, 2, ".quantizer = qnn_quantizer_sign(),");
    trainer_line(e, 1, "};");
}

static void input_setup(struct emitter *e)
{
    const struct activation_scheme *function = &e->plan->input_quantizer->activation.function;
    trainer_line(e, 1, "net->unit.input = (struct qnn_unit){");
    if (function->kind == ACT_SIGN)
        trainer_line(e, 2, ".channels = INPUT, .quantizer = qnn_quantizer_sign(),");
    else
        trainer_line(e, 2, ".channels = INPUT, .quantizer = qnn_quantizer_uint(%d, %s),", function->bits,
                     trainer_float(e, function->clip));
    trainer_line(e, 1, "};");
}

void trainer_unit_setup(struct emitter *e)
{
    if (e->plan->input_quantizer)
        input_setup(e);
    for (size_t i = 0; i + 1 < e->plan->unit_count; i++)
        stage_setup(e, &e->plan->units[i]);
    const struct unit_plan *last = last_unit(e);
    REQUIRE(last->stage_count == 1 && last->kind != UNIT_CODES);
    const char *u = unit_member(e, last);
    trainer_line(e, 1, "net->unit.%s.fixed = (struct qnn_fixed_point){", u);
    trainer_line(e, 2, ".channels = %s, .multiplier = net->unit.%s.multiplier, .offset = net->unit.%s.addend,",
                 unit_size(e, last), u, u);
    trainer_line(e, 1, "};");
}

/* M, B and F, within what their readers take. */
static void integer_rows(struct emitter *e, const struct unit_plan *unit)
{
    const char *layer = unit->end->name, *u = unit_member(e, unit), *size = unit_size(e, unit);
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
        const char *layer = unit->end->name, *u = unit_member(e, unit), *size = unit_size(e, unit);
        for (size_t s = 0, affine = 0; s < unit->stage_count; s++) {
            if (unit->stages[s].kind != QNN_STAGE_AFFINE)
                continue;
            trainer_tensor_row(e, layer, trainer_format(e, "a%zu", affine),
                               trainer_format(e, "unit.%s.a%zu", u, affine), "F32", size, "FROZEN", "");
            trainer_tensor_row(e, layer, trainer_format(e, "b%zu", affine),
                               trainer_format(e, "unit.%s.b%zu", u, affine), "F32", size, "FROZEN", "");
            affine++;
        }
        if (has_clip(unit))
            trainer_tensor_row(e, layer, "clip", trainer_format(e, "unit.%s.clip", u), "F32", "1", "FROZEN",
                               ", QNN_CLIP_LEAST, QNN_CLIP_GREATEST");
        if (has_integers(unit))
            integer_rows(e, unit);
    }
}

/* ---- Freezing ---------------------------------------------------------------------------------------------------- */

static bool any_calibrated(const struct emitter *e)
{
    for (size_t i = 0; i < e->plan->unit_count; i++)
        if (e->plan->units[i].calibrated)
            return true;
    return false;
}

static bool counts_values(const struct unit_plan *unit)
{
    return unit->calibrated && unit->end->activation.deploy.calibrate != CALIBRATE_MAX;
}

static void calibration_pass(struct emitter *e, const char *verb, bool (*wanted)(const struct unit_plan *unit))
{
    trainer_line(e, 1, "for (int i = 0; i < batches->count; i++) {");
    trainer_line(e, 2, "gather(net, batches->samples, batches->order + (size_t)i * BATCH);");
    trainer_line(e, 2, "forward(net, QNN_EVALUATE);");
    for (size_t i = 0; i < e->plan->unit_count; i++) {
        const struct unit_plan *unit = &e->plan->units[i];
        if (wanted(unit))
            trainer_line(e, 2, "qnn_calibration_%s(&net->unit.%s.calibration, BATCH * %s, %s);", verb,
                         unit_member(e, unit), unit_size(e, unit), e->values[unit->end->id]);
    }
    trainer_line(e, 1, "}");
}

static bool is_calibrated(const struct unit_plan *unit)
{
    return unit->calibrated;
}

static void emit_calibrate(struct emitter *e)
{
    static const char *const methods[CALIBRATE_KIND_COUNT] = {[CALIBRATE_MAX] = "QNN_CALIBRATE_MAX",
                                                              [CALIBRATE_PERCENTILE] = "QNN_CALIBRATE_PERCENTILE",
                                                              [CALIBRATE_MSE] = "QNN_CALIBRATE_MSE"};
    bool counts = false;
    trainer_line(
        e, 0,
        "/* Clips of the activations that training keeps in float: first their ranges, then their distributions. */");
    trainer_line(e, 0, "static void calibrate(struct %s *net, const struct qnn_batches *batches)",
                 e->model->identifier);
    trainer_line(e, 0, "{");
    for (size_t i = 0; i < e->plan->unit_count; i++) {
        const struct unit_plan *unit = &e->plan->units[i];
        counts |= counts_values(unit);
        if (unit->calibrated)
            trainer_line(e, 1, "memset(&net->unit.%s.calibration, 0, sizeof net->unit.%s.calibration);",
                         unit_member(e, unit), unit_member(e, unit));
    }
    calibration_pass(e, "range", is_calibrated);
    if (counts)
        calibration_pass(e, "count", counts_values);
    for (size_t i = 0; i < e->plan->unit_count; i++) {
        const struct unit_plan *unit = &e->plan->units[i];
        if (!unit->calibrated)
            continue;
        const struct deploy_scheme *deploy = &unit->end->activation.deploy;
        trainer_line(e, 1, "net->unit.%s.clip[0] = qnn_calibration_clip(&net->unit.%s.calibration, %s, %d, %s);",
                     unit_member(e, unit), unit_member(e, unit), methods[deploy->calibrate], deploy->bits,
                     trainer_double(e, deploy->percentile));
    }
    trainer_line(e, 0, "}");
    trainer_blank(e);
}

/* The first affine stage: the accumulator's own meaning, then the bias. */
static void fold_accumulator(struct emitter *e, const struct unit_plan *unit)
{
    const struct edge edge = edge_before(e, unit);
    if (!unit->linear) {
        trainer_line(e, 1, "qnn_fold_elementwise(&fold, %s, %s);", edge.scale, edge.offset);
        return;
    }
    const struct step *dense = step_of(e, unit->linear);
    const char *m = dense->member, *size = dense->size;
    const bool per_channel = unit->linear->scheme->weights.scale == SCALE_CHANNEL;
    if (edge.has_offset)
        trainer_line(e, 1, "qnn_weight_sums(%s, %s, net->%s.code, net->work.low);", size, dense->in_size, m);
    trainer_line(e, 1, "qnn_affine_start(&fold, net->%s.scale, %s, %s, %s, %s);", m, per_channel ? size : "1",
                 edge.scale, edge.offset, edge.has_offset ? "net->work.low" : "NULL");
    if (unit->linear->dense.bias)
        trainer_line(e, 1, "qnn_affine_bias(&fold, net->%s.bias);", m);
}

static void fold_stage(struct emitter *e, const struct unit_plan *unit, const struct plan_stage *stage, size_t affine)
{
    const char *u = unit_member(e, unit);
    if (affine == 0)
        fold_accumulator(e, unit);
    else
        trainer_line(e, 1, "qnn_fold_elementwise(&fold, 1.0f, 0.0f);");
    for (size_t i = 0; i < stage->norm_count; i++) {
        const char *n = step_of(e, stage->norms[i])->member;
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
    const struct edge edge = edge_before(e, unit);
    const char *u = unit_member(e, unit), *size = unit_size(e, unit);
    if (unit->linear) {
        const struct step *dense = step_of(e, unit->linear);
        trainer_line(e, 1, "qnn_accumulator_range(%s, %s, net->%s.code, %d, %d, net->work.low, net->work.high);", size,
                     dense->in_size, dense->member, edge.low, edge.high);
    } else {
        trainer_line(e, 1, "qnn_code_range(%s, %d, %d, net->work.low, net->work.high);", size, edge.low, edge.high);
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
    const char *u = unit_member(e, unit);
    trainer_line(
        e, 1,
        "net->unit.%s.shift[0] = qnn_requant_fit(%s, net->unit.%s.a0, net->unit.%s.b0, net->unit.%s.clip[0], %d, "
        "net->unit.%s.multiplier, net->unit.%s.addend);",
        u, unit_size(e, unit), u, u, u, unit->bits, u, u);
}

static void emit_fold(struct emitter *e)
{
    trainer_line(
        e, 0,
        "/* Everything linear between an accumulator and the next codes becomes y = a * acc + b; codes of many levels "
        "and");
    trainer_line(e, 0, " * the last layer become integers, (M * acc + B) * 2^-F. */");
    trainer_line(e, 0, "static bool fold(struct %s *net, char *error)", e->model->identifier);
    trainer_line(e, 0, "{");
    trainer_line(e, 1, "struct qnn_affine fold = {.a = net->work.a, .b = net->work.b};");
    trainer_line(e, 1, "size_t channel;");
    for (size_t i = 0; i < e->plan->unit_count; i++) {
        const struct unit_plan *unit = &e->plan->units[i];
        trainer_blank(e);
        trainer_line(e, 1, "/* %s */", unit->name);
        trainer_line(e, 1, "fold.channels = %s;", unit_size(e, unit));
        if (has_clip(unit) && !unit->calibrated)
            trainer_line(e, 1, "net->unit.%s.clip[0] = %s;", unit_member(e, unit), trainer_float(e, unit->clip));
        for (size_t s = 0, affine = 0; s < unit->stage_count; s++)
            if (unit->stages[s].kind == QNN_STAGE_AFFINE)
                fold_stage(e, unit, &unit->stages[s], affine++);
        if (unit->kind != UNIT_CODES)
            fold_last(e, unit);
        if (unit->requantized)
            fit_requant(e, unit);
    }
    trainer_line(e, 1, "return true;");
    trainer_line(e, 0, "}");
    trainer_blank(e);
}

static void for_dense(struct emitter *e, void (*part)(struct emitter *e, const struct step *step))
{
    for (size_t i = 0; i < e->step_count; i++)
        if (e->steps[i].node->op == OP_DENSE)
            part(e, &e->steps[i]);
}

static void deploy_requant(struct emitter *e, const struct unit_plan *unit)
{
    const char *u = unit_member(e, unit);
    trainer_line(e, 1, "net->unit.%s.function.quantizer = qnn_quantizer_requant((struct qnn_requant){", u);
    trainer_line(e, 2, ".multiplier = net->unit.%s.multiplier, .addend = net->unit.%s.addend,", u, u);
    trainer_line(e, 2, ".shift = net->unit.%s.shift[0], .bits = %d,", u, unit->bits);
    trainer_line(e, 1, "}, net->unit.%s.clip[0]);", u);
}

static void emit_deploy(struct emitter *e)
{
    trainer_line(e, 0, "/* What forward_deployed multiplies and compares with, from the frozen constants. */");
    trainer_line(e, 0, "static void deploy(struct %s *net)", e->model->identifier);
    trainer_line(e, 0, "{");
    for_dense(e, trainer_dense.deploy);
    for (size_t i = 0; i < e->plan->unit_count; i++) {
        const struct unit_plan *unit = &e->plan->units[i];
        const char *u = unit_member(e, unit);
        if (unit->requantized)
            deploy_requant(e, unit);
        else if (has_clip(unit))
            trainer_line(e, 1, "net->unit.%s.function.quantizer = qnn_quantizer_uint(%d, net->unit.%s.clip[0]);", u,
                         unit->bits, u);
        if (unit->kind != UNIT_CODES)
            trainer_line(e, 1, "net->unit.%s.fixed.fraction_bits = net->unit.%s.shift[0];", u, u);
    }
    trainer_line(e, 0, "}");
    trainer_blank(e);
}

void trainer_freezing(struct emitter *e)
{
    trainer_line(e, 0, "/* Integer weights and their scales from the latent weights. */");
    trainer_line(e, 0, "static void quantize_weights(struct %s *net)", e->model->identifier);
    trainer_line(e, 0, "{");
    for_dense(e, trainer_dense.codes);
    trainer_line(e, 0, "}");
    trainer_blank(e);
    if (any_calibrated(e))
        emit_calibrate(e);
    emit_fold(e);
    emit_deploy(e);
}

bool trainer_calibrates(const struct emitter *e)
{
    return e->plan && any_calibrated(e);
}

/* ---- Deployed forward pass --------------------------------------------------------------------------------------- */

static void deployed_unit(struct emitter *e, const struct unit_plan *unit, const char *in, const char *out)
{
    const char *u = unit_member(e, unit), *size = unit_size(e, unit);
    const bool last = unit->kind != UNIT_CODES;
    const struct edge edge = edge_before(e, unit);
    trainer_blank(e);
    trainer_line(e, 1, "/* %s: codes %d .. %d%s */", unit->name, edge.low, edge.high,
                 last ? ", then M * acc + B"
                      : trainer_format(e, ", then %d bit%s", unit->bits, unit->bits > 1 ? "s" : ""));
    if (unit->linear) {
        const struct step *dense = step_of(e, unit->linear);
        const int magnitude = -edge.low > edge.high ? -edge.low : edge.high;
        trainer_line(e, 1, "qnn_dense_accumulate(BATCH, %s, %s, %d, %s, net->%s.integer, net->work.acc);",
                     dense->in_size, size, magnitude, in, dense->member);
    }
    if (last)
        trainer_line(e, 1, "qnn_deploy_values%s(BATCH, &net->unit.%s.fixed, %s, net->work.values);",
                     unit->linear ? "" : "_of_codes", u, unit->linear ? "net->work.acc" : in);
    else if (unit->linear)
        trainer_line(e, 1, "qnn_deploy_codes(BATCH, &net->unit.%s.function, net->work.acc, %s);", u, out);
    else
        trainer_line(e, 1, "qnn_unit_codes(&net->unit.%s.function, BATCH, %s, %s);", u, in, out);
}

void trainer_deployed(struct emitter *e)
{
    static const char *const kinds[ELEMENT_TYPE_COUNT] = {
        [ELEMENT_U8] = "u8", [ELEMENT_I8] = "i8", [ELEMENT_F32] = "f32"};
    static const char *const buffers[] = {"net->work.codes[0]", "net->work.codes[1]"};
    const struct model_node *input = e->model->nodes[0];
    int buffer = 0;
    const char *in = "net->x";
    trainer_line(e, 0,
                 "/* The deployed network on one batch: integers held in float32, exact. Fills net->work.values. */");
    trainer_line(e, 0, "static void forward_deployed(struct %s *net, const void *samples, const uint32_t *index)",
                 e->model->identifier);
    trainer_line(e, 0, "{");
    if (e->plan->input_quantizer) {
        trainer_line(e, 1, "gather(net, samples, index);");
        trainer_line(e, 1, "qnn_unit_codes(&net->unit.input, BATCH, net->x, net->work.codes[0]);");
        in = buffers[buffer];
        buffer = 1 - buffer;
    } else {
        trainer_line(e, 1, "qnn_input_%s(BATCH, INPUT, samples, index, 1.0f, 0.0f, net->x);", kinds[input->input.type]);
    }
    for (size_t i = 0; i < e->plan->unit_count; i++) {
        deployed_unit(e, &e->plan->units[i], in, buffers[buffer]);
        in = buffers[buffer];
        buffer = 1 - buffer;
    }
    trainer_line(e, 0, "}");
    trainer_blank(e);
}
