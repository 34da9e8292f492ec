/* The plans: what the sections data, train and hardware say, with their defaults, checked against the network. */
#include "model/build.h"

static const struct callable *section_row(enum section_id id)
{
    return callable_by_id(GROUP_SECTION, (int)id);
}

/* ---- Data -------------------------------------------------------------------------------------------------------- */

static void read_csv(struct build *build, const struct value *source)
{
    struct data_plan *data = &build->model->data;
    const struct value *test = argument(source->arguments, "test"), *holdout = argument(source->arguments, "holdout");
    data->name = argument(source->arguments, "file")->string;
    data->test = test->string;
    data->holdout = (int)holdout->number;
    if (test->given != holdout->given)
        return;
    sink_report(build->sink, DIAGNOSTIC_TEST_SPLIT, source->span, "csv needs a test file or a holdout%s",
                test->given ? ", not both" : "");
    sink_hint(build->sink, "test = \"file.csv\" or holdout = 30");
}

static void read_idx(struct build *build, const struct value *source)
{
    const struct model_node *input = build->input;
    build->model->data.name = argument(source->arguments, "folder")->string;
    if (!input || input->input.type == ELEMENT_U8)
        return;
    sink_report(build->sink, DIAGNOSTIC_INPUT_MISMATCH, source->span, "idx holds bytes; the input is %s",
                callable_by_id(GROUP_ELEMENT, (int)input->input.type)->name);
    sink_note(build->sink, input->span, "the input is here");
    sink_hint(build->sink, "make the input u8");
}

void build_data(struct build *build)
{
    const struct ast_section *section = build->single[AST_DATA];
    if (!section)
        return;
    struct data_plan *data = &build->model->data;
    data->span = section->span;
    const struct arguments *arguments = settings_check(build, section_row(SECTION_DATA), section, build->program, NULL);
    if (!arguments)
        return;
    const struct value *source = argument(arguments, "source");
    data->kind = (enum data_kind)source->choice->id;
    data->validation = argument_integer(arguments, "validation");
    if (data->kind == DATA_CSV)
        read_csv(build, source);
    else
        read_idx(build, source);
}

/* ---- Train ------------------------------------------------------------------------------------------------------- */

static void read_schedule(struct build *build, const struct value *value, int epochs, struct schedule_plan *plan)
{
    if (!value->choice) {
        *plan = (struct schedule_plan){.kind = SCHEDULE_CONSTANT, .a = value->number};
        return;
    }
    const struct arguments *arguments = value->arguments;
    plan->kind = (enum schedule_kind)value->choice->id;
    if (plan->kind != SCHEDULE_WARMUP) {
        plan->a = argument_number(arguments, "a");
        if (plan->kind != SCHEDULE_STEP) {
            plan->b = argument_number(arguments, "b");
            return;
        }
        const struct value *at = argument(arguments, "at");
        plan->b = argument_number(arguments, "factor");
        plan->at = at->list;
        plan->at_count = at->list_count;
        return;
    }
    plan->epochs = argument_integer(arguments, "n");
    plan->then = ARENA_NEW(build->arena, struct schedule_plan);
    if (plan->epochs >= epochs) {
        sink_report(build->sink, DIAGNOSTIC_WARMUP_TOO_LONG, argument(arguments, "n")->span,
                    "a warm-up of %d leaves nothing of %d epochs", plan->epochs, epochs);
        return;
    }
    read_schedule(build, argument(arguments, "schedule"), epochs - plan->epochs, plan->then);
}

static void read_optimizer(struct build *build, const struct value *value)
{
    struct train_plan *train = &build->model->train;
    const struct arguments *arguments = value->arguments;
    train->optimizer = (enum optimizer_kind)value->choice->id;
    read_schedule(build, argument(arguments, "lr"), train->epochs, &train->lr);
    train->weight_decay = argument_number(arguments, "weight_decay");
    const struct value *rate = argument(arguments, "weight_lr");
    train->weight_lr = rate->choice ? (enum weight_lr_kind)rate->choice->id : WEIGHT_LR_NUMBER;
    train->weight_lr_value = rate->choice ? 1 : rate->number;
    if (train->optimizer == OPTIMIZER_SGD) {
        train->momentum = argument_number(arguments, "momentum");
        train->nesterov = argument_number(arguments, "nesterov") != 0;
        return;
    }
    train->beta1 = argument_number(arguments, "beta1");
    train->beta2 = argument_number(arguments, "beta2");
    train->eps = argument_number(arguments, "eps");
}

static void read_loss(struct build *build, const struct value *value)
{
    struct train_plan *train = &build->model->train;
    train->loss = (enum loss_kind)value->choice->id;
    if (train->loss == LOSS_SQUARE_HINGE)
        train->reduction_sum = argument_choice(value->arguments, "reduction") == REDUCTION_SUM;
    const struct model_node *output = build->output;
    if (!output || (train->loss == LOSS_MSE) == (output->op == OP_REGRESS))
        return;
    const bool regress = output->op == OP_REGRESS;
    sink_report(build->sink, DIAGNOSTIC_LOSS_MISMATCH, value->span, "loss %s does not fit the output %s",
                value->choice->name, regress ? "regress" : "classify");
    sink_note(build->sink, output->span, "the output is here");
    sink_hint(build->sink, regress ? "regress takes mse" : "classify takes cross_entropy or square_hinge");
}

/* What a program without a train section gets, so that every plan is whole. */
static void default_train(struct build *build)
{
    const bool regress = build->output && build->output->op == OP_REGRESS;
    build->model->train = (struct train_plan){
        .loss = regress ? LOSS_MSE : LOSS_CROSS_ENTROPY,
        .optimizer = OPTIMIZER_ADAM,
        .lr = {.kind = SCHEDULE_CONSTANT, .a = 1e-3},
        .weight_lr_value = 1,
        .beta1 = 0.9,
        .beta2 = 0.999,
        .eps = 1e-8,
        .batch = 100,
        .epochs = 10,
        .seed = 1,
        .estimate_batches = 50,
    };
}

void build_train(struct build *build)
{
    const struct ast_section *section = build->single[AST_TRAIN];
    struct train_plan *train = &build->model->train;
    default_train(build);
    if (!section)
        return;
    train->present = true;
    const struct arguments *arguments =
        settings_check(build, section_row(SECTION_TRAIN), section, build->program, NULL);
    if (!arguments)
        return;
    train->batch = argument_integer(arguments, "batch");
    train->epochs = argument_integer(arguments, "epochs");
    train->seed = (uint64_t)argument_number(arguments, "seed");
    train->patience = argument_integer(arguments, "patience");
    train->estimate_batches = argument_integer(arguments, "estimate");
    read_loss(build, argument(arguments, "loss"));
    read_optimizer(build, argument(arguments, "optimizer"));
}

/* ---- Hardware ---------------------------------------------------------------------------------------------------- */

void build_hardware_plan(struct build *build)
{
    const struct callable *row = section_row(SECTION_HARDWARE);
    const struct ast_section *section = build->single[AST_HARDWARE];
    const struct arguments *arguments =
        section ? settings_check(build, row, section, build->program, NULL) : arguments_default(build, row);
    if (!arguments)
        return;
    struct hardware_plan *hardware = &build->model->hardware;
    if (section)
        hardware->span = section->span;
    hardware->target = (enum target_part)argument_choice(arguments, "target");
    hardware->clock_hz = argument_number(arguments, "clock");
    hardware->throughput_fps = argument_number(arguments, "throughput");
    hardware->logits = argument_number(arguments, "logits") != 0;
    hardware->input_elements = argument_integer(arguments, "input_elements");
}
