/* The plans: what the sections data, train and hardware say, with their defaults, checked against the network. */
#include "model/plans.h"

#include "model/arguments.h"

#include <math.h>
#include <string.h>

static const struct callable *section_row(enum section_id id)
{
    return callable_by_id(GROUP_SECTION, (int)id);
}

/* ---- Data -------------------------------------------------------------------------------------------------------- */

static void report_input(struct build *build, struct span span, const char *hint)
{
    sink_note(build->sink, span, "the input is here");
    sink_hint(build->sink, "%s", hint);
}

static const char *element_name(enum element_type type)
{
    return callable_by_id(GROUP_ELEMENT, (int)type)->name;
}

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

/* A folder of bytes. */
static void read_idx(struct build *build, const struct value *source)
{
    const struct model_node *input = build->input;
    build->model->data.name = argument(source->arguments, "folder")->string;
    if (!input || input->input.type == ELEMENT_U8)
        return;
    sink_report(build->sink, DIAGNOSTIC_INPUT_MISMATCH, source->span, "%s holds bytes; the input is %s",
                source->choice->name, element_name(input->input.type));
    report_input(build, input->span, "make the input u8");
}

static void read_cifar10(struct build *build, const struct value *source)
{
    enum { SIDE = 32, CHANNELS = 3 };
    const struct model_node *input = build->input;
    read_idx(build, source);
    if (!input || input->input.type != ELEMENT_U8)
        return;
    const struct shape shape = input->shape;
    const bool vector = shape.height == 1 && shape.width == 1 && shape.channels == SIDE * SIDE * CHANNELS;
    if (vector || (shape.height == SIDE && shape.width == SIDE && shape.channels == CHANNELS))
        return;
    sink_report(build->sink, DIAGNOSTIC_INPUT_MISMATCH, source->span,
                "cifar10 has samples u8[%d, %d, %d]; the input is u8[%d, %d, %d]", SIDE, SIDE, CHANNELS, shape.height,
                shape.width, shape.channels);
    report_input(build, input->span, "make the input u8[32, 32, 3]");
}

static const char *file_or(const struct value *file, const char *usual)
{
    return file->given ? file->string : usual;
}

static void read_npy(struct build *build, const struct value *source)
{
    struct data_plan *data = &build->model->data;
    const struct arguments *arguments = source->arguments;
    data->name = argument(arguments, "folder")->string;
    data->files[0] = (struct data_files){file_or(argument(arguments, "train_images"), "train_images.npy"),
                                         file_or(argument(arguments, "train_labels"), "train_labels.npy")};
    data->files[1] = (struct data_files){file_or(argument(arguments, "test_images"), "test_images.npy"),
                                         file_or(argument(arguments, "test_labels"), "test_labels.npy")};
}

static void (*const source_readers[DATA_KIND_COUNT])(struct build *build, const struct value *source) = {
    [DATA_IDX] = read_idx,
    [DATA_CSV] = read_csv,
    [DATA_CIFAR10] = read_cifar10,
    [DATA_NPY] = read_npy,
};

/* ---- Normalization ----------------------------------------------------------------------------------------------- */

/* What each kind makes of an element type; scale 0: it is not for that type. */
static const struct {
    double scale, offset;
} normalizations[NORMALIZE_KIND_COUNT][ELEMENT_TYPE_COUNT] = {
    [NORMALIZE_UNIT] = {[ELEMENT_U8] = {1.0 / 255, 0}},
    [NORMALIZE_SYMMETRIC] = {[ELEMENT_U8] = {1.0 / 128, -1}, [ELEMENT_I8] = {1.0 / 128, 0}},
};

/* Whether `normalize` is a list, perhaps through parameters: a wish for numbers by channel, which has a message of its
 * own. */
static bool normalizes_by_channel(struct build *build, const struct ast_section *section)
{
    for (size_t i = 0; i < section->setting_count; i++) {
        const struct ast_value *value = section->settings[i].value;
        if (strcmp(section->settings[i].name.text, "normalize") != 0)
            continue;
        const struct binding *binding;
        for (size_t steps = 0; steps <= build->program->count && (binding = scope_lookup(build->program, value));
             steps++)
            value = binding->value;
        if (value->kind != AST_LIST)
            continue;
        sink_report(build->sink, DIAGNOSTIC_PER_CHANNEL_NORMALIZE, section->settings[i].value->span,
                    "an input has one scale and offset for all channels, so that one integer code is zero in the "
                    "padding of every channel");
        sink_hint(build->sink,
                  "normalize = unit, and a batchnorm after the first layer, which learns them per channel");
        return true;
    }
    return false;
}

static void read_normalize(struct build *build, const struct value *value)
{
    struct model_node *input = build->input;
    if (!value->given)
        return;
    build->model->data.normalize = (enum normalize_kind)value->choice->id;
    if (!input)
        return;
    const struct arguments *written = build->origins[input->id].arguments;
    const struct value *scale = argument(written, "scale"), *offset = argument(written, "offset");
    if (scale->given || offset->given) {
        sink_report(build->sink, DIAGNOSTIC_NORMALIZE_MISMATCH, value->span,
                    "normalize = %s sets the scale and offset of the input, which has its own", value->choice->name);
        sink_note(build->sink, scale->given ? scale->span : offset->span, "they are given here");
        sink_hint(build->sink, "leave one of them out");
        return;
    }
    const double step = normalizations[value->choice->id][input->input.type].scale;
    if (step > 0) {
        input->input.scale = step;
        input->input.offset = normalizations[value->choice->id][input->input.type].offset;
        return;
    }
    sink_report(build->sink, DIAGNOSTIC_NORMALIZE_MISMATCH, value->span, "normalize = %s is not for an input of %s",
                value->choice->name, element_name(input->input.type));
    report_input(build, input->span, "give the input its scale and offset: real = scale * x + offset");
}

void build_data(struct build *build)
{
    const struct ast_section *section = build->single[AST_DATA];
    if (!section)
        return;
    struct data_plan *data = &build->model->data;
    data->span = section->span;
    if (normalizes_by_channel(build, section))
        return;
    const struct arguments *arguments = settings_check(build, section_row(SECTION_DATA), section, build->program, NULL);
    if (!arguments)
        return;
    const struct value *source = argument(arguments, "source");
    data->kind = (enum data_kind)source->choice->id;
    data->validation = argument_integer(arguments, "validation");
    source_readers[data->kind](build, source);
    read_normalize(build, argument(arguments, "normalize"));
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
    train->weight_lr = rate->choice ? (enum lr_factor_kind)rate->choice->id : LR_FACTOR_NUMBER;
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
    if (!output || (train->loss == LOSS_MSE) != node_has(output, TRAIT_CLASSES))
        return;
    const bool regress = !node_has(output, TRAIT_CLASSES);
    sink_report(build->sink, DIAGNOSTIC_LOSS_MISMATCH, value->span, "loss %s does not fit the output %s",
                value->choice->name, regress ? "regress" : "classify");
    sink_note(build->sink, output->span, "the output is here");
    sink_hint(build->sink, regress ? "regress takes mse" : "classify takes cross_entropy or square_hinge");
}

/* The element that represents real zero, or the nearest one that there is. */
static double zero_element(const struct model_node *input)
{
    static const struct {
        double low, high;
    } ranges[ELEMENT_TYPE_COUNT] = {[ELEMENT_U8] = {0, 255}, [ELEMENT_I8] = {-128, 127}};
    const double zero = -input->input.offset / input->input.scale;
    if (input->input.type == ELEMENT_F32)
        return zero;
    const double low = ranges[input->input.type].low, high = ranges[input->input.type].high;
    return zero < low ? low : zero > high ? high : rint(zero);
}

/* Whether an image may move by that many pixels along an axis; one of a single row or column does not move along it. */
static bool moves_within(int size, int pixels)
{
    return size == 1 || pixels < size;
}

static bool check_augment(struct build *build, const struct value *list, const struct value *item, int pixels)
{
    const struct model_node *input = build->input;
    const struct shape shape = input->shape;
    if (shape.height == 1 && shape.width == 1) {
        sink_report(build->sink, DIAGNOSTIC_NOT_AN_IMAGE, list->span, "augment is for images; the input is a vector");
        report_input(build, input->span, "make it [height, width, channels], and flatten it in the network");
        return false;
    }
    if (moves_within(shape.height, pixels) && moves_within(shape.width, pixels))
        return true;
    sink_report(build->sink, DIAGNOSTIC_AUGMENT_TOO_LARGE, item->span,
                "%s(%d) may move an image of %d x %d out of sight", item->choice->name, pixels, shape.height,
                shape.width);
    const int least = shape.height == 1 || (shape.width > 1 && shape.width < shape.height) ? shape.width : shape.height;
    sink_note(build->sink, input->span, "the input is here");
    sink_hint(build->sink, "at most %d", least - 1);
    return false;
}

static void read_augment(struct build *build, const struct value *list)
{
    struct train_plan *train = &build->model->train;
    struct augment_plan *plans = ARENA_NEW_ARRAY(build->arena, list->item_count, struct augment_plan);
    for (size_t i = 0; i < list->item_count; i++) {
        const struct value *item = &list->items[i];
        const enum augment_kind kind = (enum augment_kind)item->choice->id;
        plans[i] = (struct augment_plan){kind, kind == AUGMENT_FLIP ? 0 : argument_integer(item->arguments, "n")};
        if (build->input && !check_augment(build, list, item, plans[i].pixels))
            return;
    }
    train->augment = plans;
    train->augment_count = list->item_count;
    if (build->input && list->item_count)
        train->augment_fill = zero_element(build->input);
}

/* What a program without a train section gets, so that every plan is whole. */
static void default_train(struct build *build)
{
    const bool regress = build->output && !node_has(build->output, TRAIT_CLASSES);
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
    read_augment(build, argument(arguments, "augment"));
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
