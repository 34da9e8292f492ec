/*
 * The training program, top to bottom: head and block (trainer_block.c), forward, backward, update, freezing
 * (trainer_freeze.c), the hooks of the runtime, tables, main.
 *
 * Everything is straight-line code for this one network; what it does not use is not written. Each operator adds its
 * lines through its struct trainer_op.
 */
#include "backend/c/trainer.h"

#include "backend/c/trainer_emit.h"

#include "backend/c/data_source.h"
#include "base/require.h"

enum { MAX_BLOCK_BYTES = 3 << 29 }; /* 1.5 GiB: a static object that the usual code model can address */

const struct trainer_op *const trainer_ops[OP_KIND_COUNT] = {
#define HAS_STEP(name) &trainer_##name
#define NO_STEP(name) NULL
#define KIND(ID, name, step, traits) [OP_##ID] = step(name),
#include "model/ops.def"
#undef HAS_STEP
#undef NO_STEP
};

static bool is_classifier(const struct emitter *e)
{
    return node_has(output_of(e), TRAIT_CLASSES);
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

/* ---- Training ---------------------------------------------------------------------------------------------------- */

static void emit_gather(struct emitter *e)
{
    const struct model_node *input = input_of(e);
    trainer_line(e, 0, "/* One batch of samples as real values. */");
    begin(e, "void", "gather", ", const void *samples, const uint32_t *index");
    trainer_line(e, 1, "qnn_input_%s(BATCH, INPUT, samples, index, %s, %s, net->x);",
                 row_name(GROUP_ELEMENT, (int)input->input.type), trainer_float(e, input->input.scale),
                 trainer_float(e, input->input.offset));
    end(e);
}

static bool uses_mode(struct emitter *e)
{
    for (size_t i = 0; i < e->step_count; i++) {
        const struct trainer_op *op = trainer_ops[e->steps[i].node->op];
        if (op->uses_mode && op->uses_mode(e, &e->steps[i]))
            return true;
    }
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

static void emit_backward(struct emitter *e)
{
    trainer_line(e, 0, "/* From the gradient of the outputs, in net->work.gradient0, to those of every parameter. */");
    begin(e, "void", "backward", "");
    for (size_t i = e->step_count; i-- > 0;) {
        const struct step *step = &e->steps[i];
        if (!trainer_goes_backward(step))
            continue;
        trainer_layer_comment(e, 1, step);
        trainer_ops[step->node->op]->backward(e, step);
        trainer_gradient_sums(e, step);
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
        trainer_line(e, 1, "%sqnn_square_hinge(%s, %s, %s, %s, batch->label, %s);", assign, rows, e->outputs,
                     row_constant(GROUP_REDUCTION, train->reduction_sum ? REDUCTION_SUM : REDUCTION_MEAN), e->output,
                     dy);
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
        if (trainer_ops[e->steps[i].node->op]->estimate_begin)
            return true;
    return false;
}

static bool has_weights(const struct emitter *e)
{
    for (size_t i = 0; i < e->step_count; i++)
        if (node_has_weights(e->steps[i].node))
            return true;
    return false;
}

static bool has_quantized_weights(const struct emitter *e)
{
    for (size_t i = 0; i < e->step_count; i++)
        if (node_has_weights(e->steps[i].node) && e->steps[i].node->scheme->weights.quantizer.form)
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
    const char *kind = row_constant(GROUP_OPTIMIZER, (int)train->optimizer);
    trainer_line(e, 1, "net->optimizer = (struct qnn_optimizer){");
    if (train->optimizer == OPTIMIZER_SGD)
        trainer_line(e, 2, ".kind = %s, .momentum = %s, .nesterov = %s,", kind, trainer_double(e, train->momentum),
                     train->nesterov ? "true" : "false");
    else
        trainer_line(e, 2, ".kind = %s, .beta1 = %s, .beta2 = %s, .eps = %s,", kind, trainer_double(e, train->beta1),
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
    if (!has_weights(e))
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
    emit_loss_call(e, "const struct qnn_loss loss = ", "BATCH", "net->work.gradient0");
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

/* ---- The program -------------------------------------------------------------------------------------------------- */

static void emit_data(struct emitter *e)
{
    emit_sample_shape(e->model, e->out);
    trainer_line(e, 1, ".batch = BATCH, .classes = %s, .outputs = %s,", is_classifier(e) ? e->outputs : "0",
                 e->outputs);
    emit_data_source(e->model, e->out);
    trainer_line(e, 1, ".validation = %d,", e->model->data.validation);
}

static void emit_augment(struct emitter *e)
{
    const struct train_plan *train = &e->model->train;
    if (!train->augment_count)
        return;
    struct text steps = {0};
    for (size_t i = 0; i < train->augment_count; i++)
        text_printf(&steps, "%s{%s, %d}", i ? ", " : "", row_constant(GROUP_AUGMENT, (int)train->augment[i].kind),
                    train->augment[i].pixels);
    trainer_line(e, 1, ".augment = {.steps = {%s}, .count = %zu, .fill = %s},", text_cstr(&steps), train->augment_count,
                 trainer_double(e, train->augment_fill));
    text_free(&steps);
}

static void emit_program(struct emitter *e)
{
    const struct train_plan *train = &e->model->train;
    trainer_line(e, 0, "static const struct qnn_program program = {");
    trainer_line(e, 1, ".name = %s, .source = %s, .hash = \"%s\",", trainer_string(e, e->model->name),
                 trainer_string(e, e->file), e->model->hash);
    emit_data(e);
    emit_augment(e);
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
    trainer_head(e);
    trainer_block(e);
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
    trainer_tables(e);
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
    trainer_plan_gradients(&e);
    if (plan)
        trainer_plan_codes(&e);
    emit_all(&e);
    const bool fits = e.bytes <= MAX_BLOCK_BYTES;
    if (fits)
        text_add_bytes(out, text_cstr(&text), text.length);
    text_free(&text);
    arena_free(&e.arena);
    return fits;
}
