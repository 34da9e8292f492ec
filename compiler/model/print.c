/* --dump-model, and the hash of a program. */
#include "model/ops/operators.h"

#include "base/require.h"
#include "runtime/numeric/hash.h"

#include <string.h>

/* The operand, past nodes that evaluation leaves out. */
static const struct model_node *evaluated(const struct model_node *node)
{
    while (node_has(node, TRAIT_TRAINING_ONLY))
        node = node->inputs[0];
    return node;
}

/*
 * Over a line per node: name, kind, shape, what describe says, operands. Names of schemes, data, training and hardware do
 * not count, nor do dropout and the backward rules: none of them changes what trained weights mean.
 */
void model_hash(struct model *model)
{
    struct text text = {0};
    for (size_t i = 0; i < model->node_count; i++) {
        const struct model_node *node = model->nodes[i];
        if (evaluated(node) != node)
            continue;
        text_printf(&text, "%s %s %dx%dx%d ", node->name, op_kind_names[node->op], node->shape.height,
                    node->shape.width, node->shape.channels);
        operator_functions[node->op]->describe(node, false, &text);
        for (int j = 0; j < node->input_count; j++)
            text_printf(&text, " %s", evaluated(node->inputs[j])->name);
        text_add(&text, "\n");
    }
    qnn_hash_text(qnn_hash_bytes(QNN_HASH_START, text_cstr(&text), text.length), model->hash);
    text_free(&text);
}

const char *model_file_name(const struct model *model)
{
    const char *slash = strrchr(model->source->name, '/');
    return slash ? slash + 1 : model->source->name;
}

size_t model_line(const struct model *model, struct span span)
{
    size_t line = 0, column = 0;
    source_position(span.source ? span.source : model->source, span.begin, &line, &column);
    return line;
}

static void print_node(const struct model *model, const struct model_node *node, struct text *out)
{
    struct arena scratch = {0};
    text_printf(out, "%3d  %-20s %-10s %-10s %-8s ", node->id, node->name, op_kind_names[node->op],
                shape_text(&scratch, node->shape), node->scheme->name);
    arena_free(&scratch);
    operator_functions[node->op]->describe(node, true, out);
    for (int i = 0; i < node->input_count; i++)
        text_printf(out, "%s%s", i == 0 ? "  <- " : ", ", node->inputs[i]->name);
    if (node->compress.outputs > 0)
        text_printf(out, "  width(%d)", node->compress.outputs);
    if (node->hardware.pe > 0)
        text_printf(out, "  fold(pe = %d, simd = %d)", node->hardware.pe, node->hardware.simd);
    if (node->hardware.memory != MEMORY_AUTO)
        text_printf(out, "  memory(%s)", row_name(GROUP_MEMORY, (int)node->hardware.memory));
    if (node->hardware.operands != OPERANDS_AUTO)
        text_printf(out, "  operands(%s)", row_name(GROUP_OPERANDS, (int)node->hardware.operands));
    text_printf(out, "  line %zu\n", model_line(model, node->span));
}

static void print_data(const struct data_plan *data, struct text *out)
{
    if (data->kind == DATA_NONE) {
        text_add(out, "data: none\n");
        return;
    }
    text_printf(out, "data: %s(\"%s\"", row_name(GROUP_SOURCE, (int)data->kind), data->name);
    if (data->test)
        text_printf(out, ", test = \"%s\"", data->test);
    if (data->holdout > 0)
        text_printf(out, ", holdout = %d", data->holdout);
    if (data->kind == DATA_NPY)
        text_printf(out, ", \"%s\", \"%s\", \"%s\", \"%s\"", data->files[0].samples, data->files[0].labels,
                    data->files[1].samples, data->files[1].labels);
    text_printf(out, "), validation = %d", data->validation);
    if (data->normalize != NORMALIZE_NONE)
        text_printf(out, ", normalize = %s", row_name(GROUP_NORMALIZE, (int)data->normalize));
    text_add(out, "\n");
}

/* [flip, crop(4)] */
static void print_augment(const struct train_plan *train, struct text *out)
{
    text_add(out, ", augment = [");
    for (size_t i = 0; i < train->augment_count; i++) {
        const struct augment_plan *plan = &train->augment[i];
        text_printf(out, "%s%s", i ? ", " : "", row_name(GROUP_AUGMENT, (int)plan->kind));
        if (plan->pixels > 0)
            text_printf(out, "(%d)", plan->pixels);
    }
    text_add(out, "]");
}

static void print_schedule(const struct schedule_plan *plan, struct text *out)
{
    if (plan->kind == SCHEDULE_CONSTANT) {
        number_print(plan->a, out);
        return;
    }
    text_printf(out, "%s(", row_name(GROUP_SCHEDULE, (int)plan->kind));
    if (plan->kind == SCHEDULE_WARMUP) {
        text_printf(out, "%d, ", plan->epochs);
        print_schedule(plan->then, out);
    } else {
        number_print(plan->a, out);
        text_add(out, ", ");
        number_print(plan->b, out);
    }
    for (size_t i = 0; i < plan->at_count; i++)
        text_printf(out, "%s%d", i == 0 ? ", at = [" : ", ", plan->at[i]);
    text_add(out, plan->kind == SCHEDULE_STEP ? (plan->at_count ? "])" : ", at = [])") : ")");
}

static void print_field(const char *name, double number, struct text *out)
{
    text_printf(out, ", %s = ", name);
    number_print(number, out);
}

static void print_train(const struct train_plan *train, struct text *out)
{
    text_printf(out, "train%s: loss = %s", train->present ? "" : " (defaults)", row_name(GROUP_LOSS, (int)train->loss));
    if (train->loss == LOSS_SQUARE_HINGE)
        text_printf(out, "(reduction = %s)", train->reduction_sum ? "sum" : "mean");
    text_printf(out, ", optimizer = %s(lr = ", row_name(GROUP_OPTIMIZER, (int)train->optimizer));
    print_schedule(&train->lr, out);
    if (train->optimizer == OPTIMIZER_SGD) {
        print_field("momentum", train->momentum, out);
        text_printf(out, ", nesterov = %s", train->nesterov ? "true" : "false");
    } else {
        print_field("beta1", train->beta1, out);
        print_field("beta2", train->beta2, out);
        print_field("eps", train->eps, out);
    }
    print_field("weight_decay", train->weight_decay, out);
    if (train->weight_lr == LR_FACTOR_NUMBER)
        print_field("weight_lr", train->weight_lr_value, out);
    else
        text_printf(out, ", weight_lr = %s", row_name(GROUP_WEIGHT_LR, (int)train->weight_lr));
    text_printf(out, "), batch = %d, epochs = %d, seed = %llu, patience = %d, estimate = %d", train->batch,
                train->epochs, (unsigned long long)train->seed, train->patience, train->estimate_batches);
    if (train->augment_count)
        print_augment(train, out);
    text_add(out, "\n");
}

void model_print(const struct model *model, struct text *out)
{
    text_printf(out, "network %s, hash %s\n", model->name, model->hash);
    for (size_t i = 0; i < model->node_count; i++)
        print_node(model, model->nodes[i], out);
    print_data(&model->data, out);
    print_train(&model->train, out);
    const struct hardware_plan *hardware = &model->hardware;
    text_printf(out, "hardware: target = %s, clock = ", part_of(hardware->target)->name);
    quantity_print(hardware->clock_hz, DIMENSION_FREQUENCY, out);
    if (hardware->throughput_fps > 0) {
        text_add(out, ", throughput = ");
        quantity_print(hardware->throughput_fps, DIMENSION_RATE, out);
    }
    text_printf(out, ", logits = %s", hardware->logits ? "true" : "false");
    if (hardware->input_elements > 0)
        text_printf(out, ", input_elements = %d", hardware->input_elements);
    text_add(out, "\n");
}
