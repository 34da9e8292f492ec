/*
 * The network as steps: which nodes compute, what their values and sizes are called, where gradients go.
 *
 * The nodes from the output back to the input form one chain. Forward values all have places of their own, because the
 * backward pass reads them; gradients alternate between two buffers, because each is read once.
 */
#include "target/c/trainer_emit.h"

#include "base/require.h"

#include <ctype.h>
#include <string.h>

/* Names that the C library or the generated file itself use for something else. */
static const char *const taken_members[] = {"linux", "unix", "i386",  "errno",     "stdin",   "stdout",   "stderr",
                                            "x",     "work", "unit",  "optimizer", "loss",    "alignas",  "alignof",
                                            "bool",  "true", "false", "offsetof",  "complex", "noreturn", NULL};
static const char *const taken_sizes[] = {
    "BATCH",      "INPUT",          "CLASSES",  "OUTPUTS",      "WIDEST",       "NULL",
    "EOF",        "BUFSIZ",         "RAND_MAX", "INFINITY",     "NAN",          "HUGE_VAL",
    "HUGE_VALF",  "HUGE_VALL",      "L_tmpnam", "TMP_MAX",      "FILENAME_MAX", "FOPEN_MAX",
    "SEEK_CUR",   "SEEK_END",       "SEEK_SET", "EXIT_SUCCESS", "EXIT_FAILURE", "MB_CUR_MAX",
    "MATH_ERRNO", "MATH_ERREXCEPT", "WNOHANG",  "WUNTRACED",    "TENSORS",      "LEARNERS",
    NULL};

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

static void add_size(struct emitter *e, const char *name, size_t value)
{
    e->sizes[e->size_count++] = (struct size_constant){.name = name, .value = value};
}

static bool is_size(const struct emitter *e, const char *name)
{
    for (size_t i = 0; i < e->size_count; i++)
        if (strcmp(e->sizes[i].name, name) == 0)
            return true;
    return is_taken(name, taken_sizes) || strncmp(name, "QNN_", 4) == 0;
}

static char *upper(struct emitter *e, const char *name, size_t length)
{
    char *result = arena_strndup(&e->arena, name, length);
    for (char *at = result; *at; at++)
        *at = *at == '.' ? '_' : (char)toupper((unsigned char)*at);
    return result;
}

/* The name people know the layer by: "H1" for h1.dense, "LOGITS" for logits; the whole identifier where that is taken. */
static const char *dense_size_name(struct emitter *e, const struct model_node *node)
{
    const char *dot = strrchr(node->name, '.');
    const char *short_name = upper(e, node->name, dot ? (size_t)(dot - node->name) : strlen(node->name));
    if (!is_size(e, short_name))
        return short_name;
    const char *name = upper(e, node->identifier, strlen(node->identifier));
    while (is_size(e, name))
        name = trainer_format(e, "%s_", name);
    return name;
}

/* ---- Steps ------------------------------------------------------------------------------------------------------- */

static size_t find_chain(struct emitter *e, const struct model_node **chain)
{
    const struct model *model = e->model;
    size_t begin = model->node_count;
    for (const struct model_node *node = model->nodes[model->node_count - 1]; node;
         node = node->input_count ? node->inputs[0] : NULL) {
        REQUIRE(begin > 0 && node->input_count == (node->op != OP_INPUT));
        chain[--begin] = node;
    }
    REQUIRE(chain[begin]->op == OP_INPUT);
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers is what moves */
    memmove(chain, chain + begin, (model->node_count - begin) * sizeof *chain);
    return model->node_count - begin;
}

static bool computes_nothing(const struct model_node *node)
{
    return node->op == OP_FLATTEN || (node->op == OP_DROPOUT && node->dropout.p == 0.0);
}

/* Dropout works in place: nobody reads the value before it. */
static bool has_value(const struct step *step)
{
    return step->node->op != OP_DROPOUT;
}

static void add_step(struct emitter *e, const struct model_node *node, const struct model_node *activation)
{
    struct step *step = &e->steps[e->step_count];
    const struct model_node *operand = node->inputs[0], *last = activation ? activation : node;
    *step = (struct step){.node = node, .activation = activation, .layer = (unsigned)e->step_count};
    step->member = trainer_member_name(e, node->identifier);
    step->in = e->values[operand->id];
    step->in_size = trainer_size_of(e, operand);
    step->size_value = shape_count(node->shape);
    if (node->op == OP_DENSE)
        add_size(e, dense_size_name(e, node), step->size_value);
    step->size = node->op == OP_DENSE ? e->sizes[e->size_count - 1].name : step->in_size;
    step->out = has_value(step) ? trainer_format(e, "net->%s.y", trainer_member_name(e, last->identifier)) : step->in;
    step->learns = node->op == OP_DENSE || node->op == OP_BATCHNORM;
    e->values[node->id] = e->values[last->id] = step->out;
    e->stochastic |= node->op == OP_DENSE && node->scheme->weights.stochastic;
    if (step->size_value > e->widest)
        e->widest = step->size_value;
    e->step_count++;
}

const char *trainer_size_of(const struct emitter *e, const struct model_node *node)
{
    while (node->op != OP_DENSE && node->input_count)
        node = node->inputs[0];
    for (size_t i = 0; i < e->step_count; i++)
        if (e->steps[i].node == node)
            return e->steps[i].size;
    return "INPUT";
}

/* The last dense layer's size goes by what it means. */
static void name_outputs(struct emitter *e)
{
    const struct model_node *output = e->model->nodes[e->model->node_count - 1];
    const char *old = trainer_size_of(e, output);
    e->output = e->values[output->inputs[0]->id];
    e->outputs = old;
    if (e->size_count == 1)
        return; /* no dense layer: INPUT itself */
    e->outputs = output->op == OP_CLASSIFY ? "CLASSES" : "OUTPUTS";
    for (size_t i = 0; i < e->step_count; i++) {
        if (e->steps[i].size == old)
            e->steps[i].size = e->outputs;
        if (e->steps[i].in_size == old)
            e->steps[i].in_size = e->outputs;
    }
    e->sizes[e->size_count - 1].name = e->outputs;
}

/* The loss writes gradient buffer 0; a dense layer moves to the other one, everything else works in place. */
static void place_gradients(struct emitter *e)
{
    bool learns = false;
    for (size_t i = 0; i < e->step_count; i++) {
        e->steps[i].learns_below = learns;
        learns |= e->steps[i].learns;
    }
    int buffer = 0;
    for (size_t i = e->step_count; i-- > 0;) {
        struct step *step = &e->steps[i];
        step->gradient_out = buffer;
        if (step->node->op == OP_DENSE)
            buffer = 1 - buffer;
        step->gradient_in = buffer;
    }
}

void trainer_plan_steps(struct emitter *e)
{
    const size_t count = e->model->node_count;
    const struct model_node **chain = ARENA_NEW_ARRAY(&e->arena, count, const struct model_node *);
    const size_t length = find_chain(e, chain);
    e->sizes = ARENA_NEW_ARRAY(&e->arena, count + 1, struct size_constant);
    e->steps = ARENA_NEW_ARRAY(&e->arena, count, struct step);
    e->values = ARENA_NEW_ARRAY(&e->arena, count, const char *);
    e->widest = (size_t)chain[length - 1]->output.outputs;
    add_size(e, "INPUT", shape_count(chain[0]->shape));
    e->values[chain[0]->id] = "net->x";
    for (size_t i = 1; i + 1 < length; i++) {
        const struct model_node *node = chain[i], *next = chain[i + 1];
        if (computes_nothing(node)) {
            e->values[node->id] = e->values[node->inputs[0]->id];
        } else if (node->op == OP_BATCHNORM && next->op == OP_ACTIVATION) {
            add_step(e, node, next);
            i++;
        } else {
            add_step(e, node, NULL);
        }
    }
    name_outputs(e);
    place_gradients(e);
}
