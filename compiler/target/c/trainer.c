/*
 * The training program, top to bottom: sizes, the block, forward, backward, update, freezing, tables, main.
 *
 * Everything is straight-line code for this one network; what it does not use is not written. Each operator adds its
 * lines through its struct trainer_op.
 */
#include "target/c/trainer_emit.h"

#include "base/require.h"

enum { MAX_BLOCK_BYTES = 3 << 29 }; /* 1.5 GiB: a static object that the usual code model can address */

static const struct trainer_op *const trainer_ops[] = {
    [OP_INPUT] = NULL,
    [OP_FLATTEN] = NULL,
    [OP_DENSE] = &trainer_dense,
    [OP_BATCHNORM] = &trainer_batchnorm,
    [OP_ACTIVATION] = &trainer_activation,
    [OP_DROPOUT] = &trainer_dropout,
    [OP_CLASSIFY] = NULL,
    [OP_REGRESS] = NULL,
};
_Static_assert(sizeof trainer_ops / sizeof trainer_ops[0] == OP_KIND_COUNT, "every operator has a row");

/* Calls one part of every step that has it, in order. */
#define EACH_STEP(e, part)                                                                        \
    do {                                                                                          \
        for (size_t step_index = 0; step_index < (e)->step_count; step_index++)                   \
            if (trainer_ops[(e)->steps[step_index].node->op]->part)                               \
                trainer_ops[(e)->steps[step_index].node->op]->part((e), &(e)->steps[step_index]); \
    } while (0)

static const struct model_node *input_of(const struct emitter *e)
{
    return e->model->nodes[0];
}

static const struct model_node *output_of(const struct emitter *e)
{
    return e->model->nodes[e->model->node_count - 1];
}

static bool is_classifier(const struct emitter *e)
{
    return output_of(e)->op == OP_CLASSIFY;
}

/* `static TYPE NAME(struct net *net<arguments>)` and the opening brace. */
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

/* ---- Sizes and the block ----------------------------------------------------------------------------------------- */

static void emit_head(struct emitter *e)
{
    struct text shape = {0};
    for (size_t i = 0; i < e->size_count; i++)
        text_printf(&shape, "%s%zu", i ? "-" : "", e->sizes[i].value);
    trainer_line(e, 0, "/* %s: %s. Generated from %s; edit that file instead. */", e->model->name, text_cstr(&shape),
                 e->file);
    text_free(&shape);
    trainer_line(e, 0, "#include \"runtime/program.h\"");
    trainer_blank(e);
    trainer_line(e, 0, "#include <math.h>");
    if (trainer_calibrates(e))
        trainer_line(e, 0, "#include <string.h>");
    trainer_blank(e);
    struct text sizes = {0};
    for (size_t i = 0; i < e->size_count; i++)
        text_printf(&sizes, ", %s = %zu", e->sizes[i].name, e->sizes[i].value);
    trainer_line(e, 0, "enum { BATCH = %d%s, WIDEST = %zu };", e->model->train.batch, text_cstr(&sizes), e->widest);
    text_free(&sizes);
    trainer_blank(e);
}

static void emit_work(struct emitter *e)
{
    const size_t batch = (size_t)e->model->train.batch;
    trainer_line(e, 1, "%s",
                 e->plan ? "/* Work space: backward, folding and deployed evaluation are never under way together. */"
                         : "/* Work space: gradients of values, in two buffers that take turns. */");
    trainer_line(e, 1, "union {");
    trainer_line(e, 2, "alignas(64) float gradient[2][BATCH * WIDEST];");
    e->bytes += 2 * batch * e->widest * sizeof(float);
    if (e->plan) {
        trainer_line(e, 2, "struct {");
        trainer_line(e, 3, "alignas(64) float codes[2][BATCH * WIDEST];");
        trainer_line(e, 3, "int32_t acc[BATCH * WIDEST];");
        trainer_line(e, 3, "int64_t values[BATCH * %s];", e->outputs);
        trainer_line(e, 2, "};");
        trainer_line(e, 2, "struct {");
        trainer_line(e, 3, "double a[WIDEST], b[WIDEST];");
        trainer_line(e, 3, "int64_t low[WIDEST], high[WIDEST];");
        trainer_line(e, 2, "};");
        e->bytes +=
            batch * e->widest * sizeof(int32_t) + batch * (size_t)output_of(e)->output.outputs * sizeof(int64_t);
    }
    trainer_line(e, 1, "} work;");
}

static void emit_block(struct emitter *e)
{
    trainer_line(e, 0, "/* Everything the network keeps while it trains: one block, its size known before it runs. */");
    trainer_line(e, 0, "struct %s {", e->model->identifier);
    trainer_line(e, 1, "struct qnn_optimizer optimizer;");
    trainer_blank(e);
    trainer_layer_comment(e, 1, &(struct step){.node = input_of(e)});
    trainer_member(e, 1, "float", "x", "BATCH * INPUT", (size_t)e->model->train.batch * shape_count(input_of(e)->shape),
                   sizeof(float));
    trainer_blank(e);
    for (size_t i = 0; i < e->step_count; i++) {
        trainer_layer_comment(e, 1, &e->steps[i]);
        trainer_ops[e->steps[i].node->op]->members(e, &e->steps[i]);
        trainer_blank(e);
    }
    if (e->plan)
        trainer_unit_members(e);
    emit_work(e);
    trainer_line(e, 0, "};");
    trainer_blank(e);
    trainer_line(e, 0, "static struct %s network;", e->model->identifier);
    trainer_blank(e);
}

/* ---- Training ---------------------------------------------------------------------------------------------------- */

static void emit_gather(struct emitter *e)
{
    static const char *const kinds[ELEMENT_TYPE_COUNT] = {
        [ELEMENT_U8] = "u8", [ELEMENT_I8] = "i8", [ELEMENT_F32] = "f32"};
    const struct model_node *input = input_of(e);
    trainer_line(e, 0, "/* One batch of samples as real values. */");
    begin(e, "void", "gather", ", const void *samples, const uint32_t *index");
    trainer_line(e, 1, "qnn_input_%s(BATCH, INPUT, samples, index, %s, %s, net->x);", kinds[input->input.type],
                 trainer_float(e, input->input.scale), trainer_float(e, input->input.offset));
    end(e);
}

static bool uses_mode(const struct emitter *e)
{
    for (size_t i = 0; i < e->step_count; i++)
        if (e->steps[i].node->op == OP_BATCHNORM || e->steps[i].node->op == OP_DROPOUT)
            return true;
    return false;
}

static void emit_forward(struct emitter *e)
{
    begin(e, "void", "forward", ", enum qnn_mode mode");
    if (!uses_mode(e))
        trainer_line(e, 1, "(void)mode; /* every layer does the same in training and evaluation */");
    for (size_t i = 0; i < e->step_count; i++) {
        trainer_layer_comment(e, 1, &e->steps[i]);
        trainer_ops[e->steps[i].node->op]->forward(e, &e->steps[i]);
    }
    end(e);
}

static bool goes_backward(const struct step *step)
{
    return step->learns || step->learns_below;
}

static void emit_backward(struct emitter *e)
{
    trainer_line(e, 0,
                 "/* From the gradient of the outputs, in net->work.gradient[0], to those of every parameter. */");
    begin(e, "void", "backward", "");
    for (size_t i = e->step_count; i-- > 0;) {
        if (!goes_backward(&e->steps[i]))
            continue;
        trainer_layer_comment(e, 1, &e->steps[i]);
        trainer_ops[e->steps[i].node->op]->backward(e, &e->steps[i]);
    }
    end(e);
}

static void emit_update(struct emitter *e)
{
    begin(e, "void", "update", ", double lr");
    trainer_line(e, 1, "qnn_optimizer_begin(&net->optimizer, lr);");
    EACH_STEP(e, update);
    end(e);
}

/* The loss over `rows` (an expression), its gradient to dy. */
static void emit_loss_call(struct emitter *e, const char *assign, const char *rows, const char *dy)
{
    const struct train_plan *train = &e->model->train;
    if (train->loss == LOSS_SQUARE_HINGE) {
        trainer_line(e, 1, "%sqnn_square_hinge(%s, %s, QNN_REDUCTION_%s, %s, batch->label, %s);", assign, rows,
                     e->outputs, train->reduction_sum ? "SUM" : "MEAN", e->output, dy);
    } else if (train->loss == LOSS_CROSS_ENTROPY) {
        trainer_line(e, 1, "%sqnn_cross_entropy(%s, %s, %s, batch->label, %s);", assign, rows, e->outputs, e->output,
                     dy);
    } else {
        trainer_line(e, 1, "%sqnn_mse(%s, %s, %s, batch->target, %s);", assign, rows, e->outputs, e->output, dy);
    }
}

/* ---- Views of a stochastic network ------------------------------------------------------------------------------- */

static void emit_views(struct emitter *e)
{
    trainer_line(
        e, 0,
        "/* Evaluation as training sees it: the real weights where training draws signs, with their own statistics. "
        "*/");
    begin(e, "void", "use_real_weights", "");
    EACH_STEP(e, real_view);
    end(e);
    trainer_line(e, 0, "/* Drawn weights (training) or their signs (evaluation), with the statistics of the signs. */");
    begin(e, "void", "use_quantized_weights", "");
    EACH_STEP(e, code_view);
    end(e);
    trainer_line(e, 0, "/* Evaluation as deployed: the signs of the real weights. */");
    begin(e, "void", "use_signs", "");
    EACH_STEP(e, evaluation);
    trainer_line(e, 1, "use_quantized_weights(net);");
    end(e);
}

/* ---- Freezing ---------------------------------------------------------------------------------------------------- */

static bool has_norms(const struct emitter *e)
{
    for (size_t i = 0; i < e->step_count; i++)
        if (e->steps[i].node->op == OP_BATCHNORM)
            return true;
    return false;
}

static bool has_dense(const struct emitter *e)
{
    return e->size_count > 1;
}

static bool has_quantized_weights(const struct emitter *e)
{
    for (size_t i = 0; i < e->step_count; i++)
        if (e->steps[i].node->op == OP_DENSE && e->steps[i].node->scheme->weights.kind != WEIGHT_FLOAT)
            return true;
    return false;
}

static void emit_estimate(struct emitter *e)
{
    trainer_line(e, 0,
                 "/* Batch-norm statistics under the weights in force: plain averages over a number of batches. */");
    begin(e, "void", "estimate", ", const struct qnn_batches *batches");
    EACH_STEP(e, estimate_begin);
    trainer_line(e, 1, "for (int i = 0; i < batches->count; i++) {");
    trainer_line(e, 2, "gather(net, batches->samples, batches->order + (size_t)i * BATCH);");
    trainer_line(e, 2, "forward(net, QNN_ESTIMATE);");
    trainer_line(e, 1, "}");
    EACH_STEP(e, estimate_end);
    end(e);
}

static void emit_freeze_hook(struct emitter *e)
{
    trainer_line(e, 0, "static bool freeze(void *block, const struct qnn_batches *batches, char *error)");
    trainer_line(e, 0, "{");
    const bool uses_net = e->plan || e->stochastic || has_norms(e);
    const bool uses_batches = has_norms(e) || trainer_calibrates(e);
    trainer_line(e, 1, uses_net ? "struct %s *net = block;" : "(void)block;", e->model->identifier);
    if (!uses_batches)
        trainer_line(e, 1, "(void)batches;");
    if (!e->plan)
        trainer_line(e, 1, "(void)error;");
    if (e->stochastic) {
        trainer_line(e, 1, "use_real_weights(net);");
        if (has_norms(e))
            trainer_line(e, 1, "estimate(net, batches);");
        trainer_line(e, 1, "use_signs(net);");
    }
    if (e->plan)
        trainer_line(e, 1, "quantize_weights(net);");
    if (has_norms(e))
        trainer_line(e, 1, "estimate(net, batches);");
    if (trainer_calibrates(e))
        trainer_line(e, 1, "calibrate(net, batches);");
    if (e->plan) {
        trainer_line(e, 1, "if (!fold(net, error))");
        trainer_line(e, 2, "return false;");
        trainer_line(e, 1, "deploy(net);");
    }
    trainer_line(e, 1, "return true;");
    end(e);
}

/* ---- What the runtime calls -------------------------------------------------------------------------------------- */

static void begin_hook(struct emitter *e, const char *type, const char *name, const char *arguments)
{
    trainer_line(e, 0, "static %s%s(void *block%s)", type, name, arguments);
    trainer_line(e, 0, "{");
    trainer_line(e, 1, "struct %s *net = block;", e->model->identifier);
}

static void emit_optimizer_setup(struct emitter *e)
{
    const struct train_plan *train = &e->model->train;
    trainer_line(e, 1, "net->optimizer = (struct qnn_optimizer){");
    if (train->optimizer == OPTIMIZER_SGD)
        trainer_line(e, 2, ".kind = QNN_OPTIMIZER_SGD, .momentum = %s, .nesterov = %s,",
                     trainer_double(e, train->momentum), train->nesterov ? "true" : "false");
    else
        trainer_line(e, 2, ".kind = QNN_OPTIMIZER_%s, .beta1 = %s, .beta2 = %s, .eps = %s,",
                     train->optimizer == OPTIMIZER_ADAM ? "ADAM" : "ADAMW", trainer_double(e, train->beta1),
                     trainer_double(e, train->beta2), trainer_double(e, train->eps));
    trainer_line(e, 2, ".weight_decay = %s, .seed = seed,", trainer_double(e, train->weight_decay));
    trainer_line(e, 1, "};");
}

static void emit_start_hooks(struct emitter *e)
{
    trainer_line(e, 0, "/* Descriptors: where each kernel finds what it needs. */");
    begin_hook(e, "void ", "setup", ", uint64_t seed");
    emit_optimizer_setup(e);
    EACH_STEP(e, setup);
    if (e->plan)
        trainer_unit_setup(e);
    end(e);
    begin_hook(e, "void ", "initialise", ", uint64_t seed");
    EACH_STEP(e, initialise);
    if (!has_dense(e))
        trainer_line(e, 1, "(void)seed, (void)net; /* nothing random to begin with */");
    end(e);
    trainer_line(e, 0, "/* What training's forward pass multiplies by. */");
    begin_hook(e, "void ", "prepare", "");
    if (e->stochastic)
        trainer_line(e, 1, "use_quantized_weights(net);");
    EACH_STEP(e, prepare);
    if (!has_quantized_weights(e))
        trainer_line(e, 1, "(void)net; /* the latent weights themselves */");
    end(e);
}

static void emit_training_hooks(struct emitter *e)
{
    begin_hook(e, "struct qnn_loss ", "learn", ", const struct qnn_batch *batch, double lr");
    trainer_line(e, 1, "gather(net, batch->samples, batch->index);");
    trainer_line(e, 1, "forward(net, QNN_TRAIN);");
    emit_loss_call(e, "const struct qnn_loss loss = ", "BATCH", "net->work.gradient[0]");
    trainer_line(e, 1, "backward(net);");
    trainer_line(e, 1, "update(net, lr);");
    trainer_line(e, 1, "return loss;");
    end(e);
    begin_hook(e, "struct qnn_loss ", "evaluation_loss", ", int rows, const struct qnn_batch *batch");
    emit_loss_call(e, "return ", "rows", "NULL");
    end(e);
}

static void emit_evaluation_hooks(struct emitter *e)
{
    begin_hook(e, "const float *", "evaluate", ", const struct qnn_batch *batch");
    if (e->stochastic)
        trainer_line(e, 1, "use_real_weights(net);");
    trainer_line(e, 1, "gather(net, batch->samples, batch->index);");
    trainer_line(e, 1, "forward(net, QNN_EVALUATE);");
    trainer_line(e, 1, "return %s;", e->output);
    end(e);
    if (e->stochastic && !e->plan) {
        begin_hook(e, "const float *", "evaluate_signs", ", const struct qnn_batch *batch");
        trainer_line(e, 1, "use_quantized_weights(net);");
        trainer_line(e, 1, "gather(net, batch->samples, batch->index);");
        trainer_line(e, 1, "forward(net, QNN_EVALUATE);");
        trainer_line(e, 1, "return %s;", e->output);
        end(e);
    }
    if (e->plan) {
        const struct unit_plan *last = &e->plan->units[e->plan->unit_count - 1];
        begin_hook(e, "const int64_t *", "deployed", ", const struct qnn_batch *batch, int *shift");
        trainer_line(e, 1, "forward_deployed(net, batch->samples, batch->index);");
        trainer_line(e, 1, "*shift = net->unit.%s.shift[0];", trainer_member_name(e, last->identifier));
        trainer_line(e, 1, "return net->work.values;");
        end(e);
    }
    begin_hook(e, "void ", "restore", "");
    trainer_line(e, 1, e->stochastic ? "use_signs(net);" : "prepare(net);");
    if (e->plan)
        trainer_line(e, 1, "deploy(net);");
    end(e);
}

/* ---- Tables and main --------------------------------------------------------------------------------------------- */

static const char *schedule_initialiser(struct emitter *e, const struct schedule_plan *schedule, const char *name)
{
    static const char *const kinds[SCHEDULE_KIND_COUNT] = {
        [SCHEDULE_CONSTANT] = "CONSTANT", [SCHEDULE_EXPONENTIAL] = "EXPONENTIAL", [SCHEDULE_STEP] = "STEP",
        [SCHEDULE_COSINE] = "COSINE",     [SCHEDULE_WARMUP] = "WARMUP",
    };
    const char *common = trainer_format(e, ".kind = QNN_SCHEDULE_%s", kinds[schedule->kind]);
    if (schedule->kind == SCHEDULE_WARMUP)
        return trainer_format(e, "%s, .length = %d, .then = &%s_then", common, schedule->epochs, name);
    const char *range = trainer_format(e, "%s, .a = %s, .b = %s", common, trainer_double(e, schedule->a),
                                       trainer_double(e, schedule->b));
    return schedule->kind == SCHEDULE_STEP && schedule->at_count
               ? trainer_format(e, "%s, .at = %s_at, .at_count = %zu", range, name, schedule->at_count)
               : range;
}

/* What a schedule refers to comes before it. */
static void emit_schedule(struct emitter *e, const struct schedule_plan *schedule, const char *name)
{
    if (schedule->kind == SCHEDULE_WARMUP)
        emit_schedule(e, schedule->then, trainer_format(e, "%s_then", name));
    if (schedule->kind == SCHEDULE_STEP && schedule->at_count) {
        struct text at = {0};
        for (size_t i = 0; i < schedule->at_count; i++)
            text_printf(&at, "%s%d", i ? ", " : "", schedule->at[i]);
        trainer_line(e, 0, "static const int %s_at[] = {%s};", name, text_cstr(&at));
        text_free(&at);
    }
    trainer_line(e, 0, "static const struct qnn_schedule %s = {%s};", name, schedule_initialiser(e, schedule, name));
}

static void emit_tables(struct emitter *e)
{
    trainer_line(e, 0, "#define AT(member) offsetof(struct %s, member)", e->model->identifier);
    trainer_blank(e);
    trainer_line(e, 0, "static const struct qnn_stored tensors[] = {");
    EACH_STEP(e, tensors);
    if (e->plan)
        trainer_unit_tensors(e);
    trainer_line(e, 0, "};");
    trainer_blank(e);
    trainer_line(e, 0, "static const struct qnn_learner learners[] = {");
    EACH_STEP(e, learners);
    trainer_line(e, 0, "};");
    trainer_blank(e);
    emit_schedule(e, &e->model->train.lr, "learning_rate");
    trainer_blank(e);
}

static void emit_data(struct emitter *e)
{
    static const char *const sources[DATA_KIND_COUNT] = {[DATA_IDX] = "IDX", [DATA_CSV] = "CSV"};
    static const char *const elements[ELEMENT_TYPE_COUNT] = {
        [ELEMENT_U8] = "QNN_U8", [ELEMENT_I8] = "QNN_I8", [ELEMENT_F32] = "QNN_F32"};
    const struct data_plan *data = &e->model->data;
    const struct model_node *input = input_of(e), *output = output_of(e);
    trainer_line(e, 1, ".height = %d, .width = %d, .channels = %d, .element = %s,", input->shape.height,
                 input->shape.width, input->shape.channels, elements[input->input.type]);
    trainer_line(e, 1, ".batch = BATCH, .classes = %s, .outputs = %s,", is_classifier(e) ? e->outputs : "0",
                 e->outputs);
    trainer_line(e, 1, ".data = {");
    trainer_line(e, 2, ".kind = QNN_SOURCE_%s, .name = %s,", sources[data->kind], trainer_string(e, data->name));
    if (data->kind == DATA_CSV) {
        trainer_line(e, 2, ".test = %s, .holdout = %d,", trainer_string(e, data->test), data->holdout);
        trainer_line(e, 2, ".outputs = %d, .element = %s,", output->op == OP_REGRESS ? output->output.outputs : 0,
                     elements[input->input.type]);
    }
    trainer_line(e, 1, "},");
    trainer_line(e, 1, ".validation = %d,", data->validation);
}

static void emit_program(struct emitter *e)
{
    const struct train_plan *train = &e->model->train;
    trainer_line(e, 0, "static const struct qnn_program program = {");
    trainer_line(e, 1, ".name = %s, .source = %s, .hash = \"%s\",", trainer_string(e, e->model->name),
                 trainer_string(e, e->file), e->model->hash);
    emit_data(e);
    trainer_line(e, 1,
                 ".epochs = %d, .patience = %d, .estimate_batches = %d, .seed = UINT64_C(%llu), .lr = &learning_rate,",
                 train->epochs, train->patience, train->estimate_batches, (unsigned long long)train->seed);
    trainer_line(e, 1, ".tensors = tensors, .tensor_count = sizeof tensors / sizeof tensors[0],");
    trainer_line(e, 1, ".learners = learners, .learner_count = sizeof learners / sizeof learners[0],");
    trainer_line(e, 1, ".net = &network, .footprint = sizeof network, .optimizer_offset = AT(optimizer),");
    trainer_line(e, 1,
                 ".setup = setup, .initialise = initialise, .prepare = prepare, .learn = learn, .evaluate = evaluate,");
    trainer_line(e, 1, ".loss = evaluation_loss, .freeze = freeze, .restore = restore,");
    if (e->stochastic && !e->plan)
        trainer_line(e, 1, ".evaluate_codes = evaluate_signs,");
    if (e->plan)
        trainer_line(e, 1, ".deployed = deployed,");
    trainer_line(e, 0, "};");
    trainer_blank(e);
    trainer_line(e, 0, "int main(int argc, char **argv)");
    trainer_line(e, 0, "{");
    trainer_line(e, 1, "return qnn_main(&program, argc, argv);");
    trainer_line(e, 0, "}");
}

static void emit_all(struct emitter *e)
{
    emit_head(e);
    emit_block(e);
    emit_gather(e);
    emit_forward(e);
    emit_backward(e);
    emit_update(e);
    if (e->stochastic)
        emit_views(e);
    if (has_norms(e))
        emit_estimate(e);
    if (e->plan) {
        trainer_freezing(e);
        trainer_deployed(e);
    }
    emit_freeze_hook(e);
    emit_start_hooks(e);
    emit_training_hooks(e);
    emit_evaluation_hooks(e);
    emit_tables(e);
    emit_program(e);
}

static int moment_count(const struct train_plan *train)
{
    if (train->optimizer == OPTIMIZER_SGD)
        return train->momentum > 0 ? 1 : 0;
    return 2;
}

bool emit_trainer(const struct model *model, const struct int_plan *plan, struct text *out)
{
    REQUIRE(model->train.present && model->data.kind != DATA_NONE);
    struct text text = {0};
    struct emitter e = {
        .model = model,
        .plan = plan,
        .out = &text,
        .file = model_file_name(model),
        .moments = moment_count(&model->train),
    };
    trainer_plan_steps(&e);
    emit_all(&e);
    const bool fits = e.bytes <= MAX_BLOCK_BYTES;
    if (fits)
        text_add_bytes(out, text_cstr(&text), text.length);
    text_free(&text);
    arena_free(&e.arena);
    return fits;
}
