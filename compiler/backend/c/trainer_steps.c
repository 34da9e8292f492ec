/*
 * The network as steps: which nodes compute, what their values and sizes are called.
 *
 * Steps are in the order of the nodes, which is topological. Values all have separate places, because the backward
 * pass reads them.
 */
#include "backend/c/trainer_emit.h"

#include "base/require.h"

#include <ctype.h>
#include <string.h>

/* Names that the C library or the generated file itself use for something else. */
static const char *const taken_members[] = {"linux", "unix", "i386",  "errno",     "stdin",   "stdout",   "stderr",
                                            "x",     "work", "unit",  "optimizer", "loss",    "alignas",  "alignof",
                                            "bool",  "true", "false", "offsetof",  "complex", "noreturn", NULL};
static const char *const taken_sizes[] = {
    "BATCH",          "INPUT",      "CLASSES",        "OUTPUTS",  "WIDEST",       "NULL",
    "INPUT_CHANNELS", "EOF",        "BUFSIZ",         "RAND_MAX", "INFINITY",     "NAN",
    "HUGE_VAL",       "HUGE_VALF",  "HUGE_VALL",      "L_tmpnam", "TMP_MAX",      "FILENAME_MAX",
    "FOPEN_MAX",      "SEEK_CUR",   "SEEK_END",       "SEEK_SET", "EXIT_SUCCESS", "EXIT_FAILURE",
    "MB_CUR_MAX",     "MATH_ERRNO", "MATH_ERREXCEPT", "WNOHANG",  "WUNTRACED",    "TENSORS",
    "LEARNERS",       NULL};

static bool is_taken(const char *name, const char *const *taken)
{
    for (; *taken; taken++)
        if (strcmp(name, *taken) == 0)
            return true;
    return false;
}

const char *trainer_member_name(struct emitter *e, const char *identifier)
{
    const bool taken = is_taken(identifier, taken_members) || strncmp(identifier, "qnn_", 4) == 0;
    return taken ? trainer_format(e, "%s_", identifier) : identifier;
}

/* ---- Sizes ------------------------------------------------------------------------------------------------------- */

static bool is_size(const struct emitter *e, const char *name)
{
    for (size_t i = 0; i < e->size_count; i++)
        if (strcmp(e->sizes[i]->name, name) == 0)
            return true;
    return is_taken(name, taken_sizes) || strncmp(name, "QNN_", 4) == 0;
}

static struct size_constant *add_size(struct emitter *e, struct size_constant constant)
{
    struct size_constant *size = ARENA_NEW(&e->arena, struct size_constant);
    *size = constant;
    ARENA_PUSH(&e->arena, e->sizes, e->size_count, e->size_capacity, size);
    return size;
}

static char *upper(struct emitter *e, const char *name, size_t length)
{
    char *result = arena_strndup(&e->arena, name, length);
    for (char *at = result; *at; at++)
        *at = *at == '.' ? '_' : (char)toupper((unsigned char)*at);
    return result;
}

static size_t block_length(const struct model_node *node)
{
    const char *dot = strrchr(node->name, '.');
    return dot ? (size_t)(dot - node->name) : strlen(node->name);
}

/* Whether no other node with its own size goes by the same block: then the block's name is enough. */
static bool owns_block(const struct emitter *e, const struct model_node *node)
{
    const size_t length = block_length(node);
    for (size_t i = 0; i < e->model->node_count; i++) {
        const struct model_node *other = e->model->nodes[i];
        if (other != node && node_has(other, TRAIT_RESIZES) && block_length(other) == length &&
            strncmp(other->name, node->name, length) == 0)
            return false;
    }
    return true;
}

/* The name people know the layer by: "H1" for h1.dense, "LOGITS" for logits; the whole identifier where that is taken. */
static const char *size_name(struct emitter *e, const struct model_node *node)
{
    const char *name = owns_block(e, node) ? upper(e, node->name, block_length(node))
                                           : upper(e, node->identifier, strlen(node->identifier));
    if (is_size(e, name))
        name = upper(e, node->identifier, strlen(node->identifier));
    while (is_size(e, name) || is_size(e, trainer_format(e, "%s_CHANNELS", name)) ||
           is_size(e, trainer_format(e, "%s_WEIGHTS", name)))
        name = trainer_format(e, "%s_", name);
    return name;
}

static const struct size_constant *concat_channels(struct emitter *e, const char *name, const struct step *step)
{
    return add_size(e, (struct size_constant){
                           .name = name,
                           .value = (size_t)step->node->shape.channels,
                           .left = step->in[0]->channels,
                           .right = step->in[1]->channels,
                       });
}

static bool has_positions(struct shape shape)
{
    return shape.height > 1 || shape.width > 1;
}

static const struct size_constant *channels_of(struct emitter *e, const struct step *step, const char *name)
{
    const struct model_node *node = step->node;
    if (has_positions(node->shape))
        name = trainer_format(e, "%s_CHANNELS", name);
    if (node_has(node, TRAIT_JOIN))
        return concat_channels(e, name, step);
    return add_size(e, (struct size_constant){.name = name, .value = (size_t)node->shape.channels});
}

/* The constants of a step's value: its own for what sets a size, else those of its operand. */
static void set_sizes(struct emitter *e, struct step *step, struct value *value)
{
    const struct model_node *node = step->node;
    value->size = step->in[0]->size;
    value->channels = step->in[0]->channels;
    if (!node_has(node, TRAIT_RESIZES))
        return;
    const bool pools = node_has(node, TRAIT_WINDOW) && !node_has(node, TRAIT_WEIGHTS);
    const bool positions = has_positions(node->shape);
    const char *name = positions || !pools ? size_name(e, node) : NULL;
    if (!pools)
        value->channels = channels_of(e, step, name);
    value->size = value->channels;
    if (positions)
        value->size = add_size(e, (struct size_constant){
                                      .name = name,
                                      .value = shape_count(node->shape),
                                      .height = node->shape.height,
                                      .width = node->shape.width,
                                      .channels = value->channels,
                                  });
    if (node_has(node, TRAIT_WINDOW) && !pools)
        step->weights = add_size(e, (struct size_constant){
                                        .name = trainer_format(e, "%s_WEIGHTS", name),
                                        .value = (size_t)node_outputs(node) * (size_t)node_products(node),
                                        .weights = step,
                                    });
}

/* An image's channels are named where something treats them apart. */
static void add_input_size(struct emitter *e, struct value *value)
{
    const struct shape shape = value->shape;
    const bool apart = e->spatial && has_positions(shape);
    if (apart)
        value->channels =
            add_size(e, (struct size_constant){.name = "INPUT_CHANNELS", .value = (size_t)shape.channels});
    struct size_constant size = {.name = "INPUT", .value = shape_count(shape)};
    if (apart) {
        size.height = shape.height;
        size.width = shape.width;
        size.channels = value->channels;
    }
    value->size = add_size(e, size);
    if (!apart)
        value->channels = value->size;
}

/* ---- Steps ------------------------------------------------------------------------------------------------------- */

/* Whether the node's values are some of its one operand's, in training too. */
static bool passes_values(const struct model_node *node)
{
    return node_is_identity(node) ||
           (node_has(node, TRAIT_SELECTS) && !node_has(node, TRAIT_JOIN | TRAIT_TRAINING_ONLY));
}

const struct model_node *trainer_origin(const struct model_node *node)
{
    while (passes_values(node))
        node = node->inputs[0];
    return node;
}

/* What is known of the nodes before steps are made of them. */
struct survey {
    bool *needed;                         /* by node id: the output depends on it */
    int *readers;                         /* steps, or the loss, that read the node's value */
    const struct model_node **activation; /* of a batch norm: the activation that it takes with it */
};

static bool is_image_part(const struct model_node *node)
{
    return node_has(node, TRAIT_WINDOW) || (has_positions(node->shape) && node_has(node, TRAIT_PER_CHANNEL));
}

/* The gradient of a learned scalar needs the operand's value, which a batch norm that takes the activation with it does not
 * keep. */
static bool can_be_fused(const struct model_node *node)
{
    return node->op == OP_ACTIVATION && node->activation.function.form->learned_count == 0;
}

static bool learns(const struct model_node *node)
{
    return node_has(node, TRAIT_LEARNS) ||
           (node->op == OP_ACTIVATION && node->activation.function.form->learned_count > 0);
}

static struct survey survey_nodes(struct emitter *e)
{
    const struct model *model = e->model;
    struct survey survey = {
        .needed = ARENA_NEW_ARRAY(&e->arena, model->node_count, bool),
        .readers = ARENA_NEW_ARRAY(&e->arena, model->node_count, int),
        .activation = ARENA_NEW_ARRAY(&e->arena, model->node_count, const struct model_node *),
    };
    survey.needed[model->node_count - 1] = true;
    for (size_t i = model->node_count; i-- > 0;) {
        const struct model_node *node = model->nodes[i];
        if (!survey.needed[i])
            continue;
        e->spatial |= is_image_part(node);
        for (int k = 0; k < node->input_count; k++) {
            const struct model_node *operand = node->inputs[k];
            survey.needed[operand->id] = true;
            survey.readers[operand->id] += node_is_identity(node) ? survey.readers[i] : 1;
            if (node_has(operand, TRAIT_TAKES_ACTIVATION))
                survey.activation[operand->id] = can_be_fused(node) ? node : NULL;
        }
    }
    for (size_t i = 0; i < model->node_count; i++)
        if (survey.readers[i] != 1)
            survey.activation[i] = NULL;
    return survey;
}

/* In place only where nobody else reads the value before it, what made it included. */
static bool works_in_place(const struct emitter *e, const struct survey *survey, const struct model_node *node)
{
    if (!node_has(node, TRAIT_IN_PLACE))
        return false;
    const struct model_node *operand = node->inputs[0];
    while (node_is_identity(operand))
        operand = operand->inputs[0];
    const int maker = e->values[operand->id]->step;
    return survey->readers[operand->id] == 1 && (maker < 0 || !node_has(e->steps[maker].node, TRAIT_VALUE_REREAD));
}

static void add_step(struct emitter *e, const struct survey *survey, const struct model_node *node)
{
    struct step *step = &e->steps[e->step_count];
    const struct model_node *activation = survey->activation[node->id], *last = activation ? activation : node;
    struct value *value = ARENA_NEW(&e->arena, struct value);
    *step = (struct step){.node = node,
                          .activation = activation,
                          .member = trainer_member_name(e, node->identifier),
                          .out = value,
                          .in_count = node->input_count,
                          .learns = learns(node),
                          .layer = (unsigned)e->step_count};
    for (int k = 0; k < node->input_count; k++)
        step->in[k] = e->values[node->inputs[k]->id];
    value->shape = node->shape;
    value->step = (int)e->step_count;
    value->place = works_in_place(e, survey, node)
                       ? step->in[0]->place
                       : trainer_format(e, "net->%s.y", trainer_member_name(e, last->identifier));
    set_sizes(e, step, value);
    e->values[node->id] = e->values[last->id] = value;
    e->stochastic |= node_has_weights(node) && qnn_weight_draws(&node->scheme->weights.quantizer);
    e->step_count++;
}

/* A flatten makes every feature a separate channel. */
static const struct value *pass_on(struct emitter *e, const struct model_node *node)
{
    const struct value *operand = e->values[node->inputs[0]->id];
    if (has_positions(node->shape) == has_positions(operand->shape))
        return operand;
    struct value *value = ARENA_NEW(&e->arena, struct value);
    *value = *operand;
    value->shape = node->shape;
    value->channels = value->size;
    return value;
}

/* The outputs' size goes by what it means, unless it is the input's. */
static void name_outputs(struct emitter *e)
{
    const struct model_node *output = output_of(e);
    const struct value *value = e->values[output->inputs[0]->id], *input = e->values[input_of(e)->id];
    e->output = value->place;
    e->values[output->id] = value;
    for (size_t i = 0; i < e->size_count; i++)
        if (e->sizes[i] == value->size && value->size != input->size && value->size != input->channels)
            e->sizes[i]->name = node_has(output, TRAIT_CLASSES) ? "CLASSES" : "OUTPUTS";
    e->outputs = value->size->name;
}

void trainer_plan_steps(struct emitter *e)
{
    const size_t count = e->model->node_count;
    const struct survey survey = survey_nodes(e);
    e->steps = ARENA_NEW_ARRAY(&e->arena, count, struct step);
    e->values = ARENA_NEW_ARRAY(&e->arena, count, const struct value *);
    struct value *input = ARENA_NEW(&e->arena, struct value);
    *input = (struct value){.place = "net->x", .shape = input_of(e)->shape, .step = -1};
    add_input_size(e, input);
    e->values[input_of(e)->id] = input;
    for (size_t i = 1; i + 1 < count; i++) {
        const struct model_node *node = e->model->nodes[i];
        if (!survey.needed[i] || e->values[i])
            continue; /* of no use, or fused */
        if (node_is_identity(node))
            e->values[i] = pass_on(e, node);
        else
            add_step(e, &survey, node);
    }
    name_outputs(e);
}

const struct step *trainer_step_of(const struct emitter *e, const struct model_node *node)
{
    for (size_t i = 0; i < e->step_count; i++)
        if (e->steps[i].node == node)
            return &e->steps[i];
    UNREACHABLE("a node of the plan is a step");
    return NULL;
}

const char *trainer_rows(struct emitter *e, struct shape shape)
{
    return has_positions(shape) ? trainer_format(e, "BATCH * %d * %d", shape.height, shape.width) : "BATCH";
}
