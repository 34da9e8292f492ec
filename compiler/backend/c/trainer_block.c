/* The beginning of a trainer: sizes, geometry, and the one block of memory that holds the network. */
#include "backend/c/trainer_emit.h"

#include "runtime/numeric/work.h"

/* ---- Sizes ------------------------------------------------------------------------------------------------------- */

/* "784-1024-10" of a network of vectors; of images what they are made of. */
static const char *shape_note(struct emitter *e)
{
    struct text text = {0};
    size_t convolutions = 0, dense = 0;
    const struct shape in = input_of(e)->shape;
    for (size_t i = 0; i < e->step_count; i++) {
        const struct model_node *node = e->steps[i].node;
        if (node_has(node, TRAIT_WEIGHTS))
            *(node_has(node, TRAIT_WINDOW) ? &convolutions : &dense) += 1;
    }
    for (size_t i = 0; !e->spatial && i < e->size_count; i++)
        text_printf(&text, "%s%zu", i ? "-" : "", e->sizes[i]->value);
    if (e->spatial)
        text_printf(&text, "%dx%dx%d to %d by %zu convolution%s and %zu dense layer%s", in.height, in.width,
                    in.channels, output_of(e)->output.outputs, convolutions, convolutions == 1 ? "" : "s", dense,
                    dense == 1 ? "" : "s");
    const char *note = arena_strdup(&e->arena, text_cstr(&text));
    text_free(&text);
    return note;
}

/* "CONV1 = 30 * 30 * CONV1_CHANNELS" */
static const char *definition(struct emitter *e, const struct size_constant *size)
{
    if (size->channels)
        return trainer_format(e, "%s = %d * %d * %s", size->name, size->height, size->width, size->channels->name);
    if (size->left)
        return trainer_format(e, "%s = %s + %s", size->name, size->left->name, size->right->name);
    if (size->weights)
        return trainer_format(e, "%s = %s * %s", size->name, size->weights->out->channels->name,
                              trainer_linear_products(e, size->weights));
    return trainer_format(e, "%s = %zu", size->name, size->value);
}

/* Channels of the widest unit: what folding works on. */
static size_t widest(const struct emitter *e)
{
    size_t most = 0;
    for (size_t i = 0; e->plan && i < e->plan->unit_count; i++) {
        const size_t channels = e->plan->units[i].channels;
        most = channels > most ? channels : most;
    }
    return most;
}

/* A line per tensor, its channels before it. */
static void emit_image_sizes(struct emitter *e)
{
    trainer_line(e, 0, "enum {");
    trainer_line(e, 1, "BATCH = %d,", e->model->train.batch);
    for (size_t i = 0; i < e->size_count; i++) {
        const struct size_constant *size = e->sizes[i], *next = i + 1 < e->size_count ? e->sizes[i + 1] : NULL;
        if (next && next->channels == size) {
            trainer_line(e, 1, "%s, %s,", definition(e, size), definition(e, next));
            i++;
        } else {
            trainer_line(e, 1, "%s,", definition(e, size));
        }
    }
    if (e->plan)
        trainer_line(e, 1, "WIDEST = %zu, /* channels of a unit */", widest(e));
    trainer_line(e, 0, "};");
}

static void emit_vector_sizes(struct emitter *e)
{
    struct text sizes = {0};
    for (size_t i = 0; i < e->size_count; i++)
        text_printf(&sizes, ", %s", definition(e, e->sizes[i]));
    if (e->plan)
        text_printf(&sizes, ", WIDEST = %zu", widest(e));
    trainer_line(e, 0, "enum { BATCH = %d%s };", e->model->train.batch, text_cstr(&sizes));
    text_free(&sizes);
}

static bool copies_memory(const struct emitter *e)
{
    for (size_t i = 0; i < e->step_count; i++)
        if (node_has(e->steps[i].node, TRAIT_IN_PLACE) && e->steps[i].out->place != e->steps[i].in[0]->place)
            return true;
    return trainer_calibrates(e);
}

static bool has_geometry(const struct emitter *e)
{
    for (size_t i = 0; i < e->step_count; i++)
        if (trainer_ops[e->steps[i].node->op]->geometry)
            return true;
    return false;
}

void trainer_head(struct emitter *e)
{
    trainer_line(e, 0, "/* %s: %s. Generated from %s; edit that file instead. */", e->model->name, shape_note(e),
                 e->file);
    trainer_line(e, 0, "#include \"runtime/program.h\"");
    trainer_blank(e);
    trainer_line(e, 0, "#include <math.h>");
    if (copies_memory(e))
        trainer_line(e, 0, "#include <string.h>");
    trainer_blank(e);
    if (e->spatial)
        emit_image_sizes(e);
    else
        emit_vector_sizes(e);
    trainer_blank(e);
    if (!has_geometry(e))
        return;
    trainer_line(e, 0, "/* Where the windows of convolutions and pools lie. */");
    EACH_STEP(e, geometry);
    trainer_blank(e);
}

/* ---- The block --------------------------------------------------------------------------------------------------- */

static void emit_buffers(struct emitter *e, const struct buffers *buffers, const char *name)
{
    for (size_t i = 0; i < buffers->count; i++) {
        const struct buffer *buffer = &buffers->list[i];
        if (buffer->wide)
            trainer_line(e, 3, "union {");
        trainer_member(e, 3, "float", trainer_format(e, "%s%zu", name, i),
                       trainer_format(e, "BATCH * %s", buffer->size), (size_t)e->model->train.batch * buffer->features,
                       sizeof(float));
        if (buffer->wide) {
            trainer_line(e, 3, "int32_t sums%zu[BATCH * %s]; /* beyond 2^24 */", i, buffer->size);
            trainer_line(e, 3, "};");
        }
    }
}

/* The layer with the most accumulators; NULL where there is none. */
static const struct unit_plan *widest_layer(const struct emitter *e)
{
    const struct unit_plan *found = NULL;
    for (size_t i = 0; i < e->plan->unit_count; i++) {
        const struct unit_plan *unit = &e->plan->units[i];
        if (unit->linear && (!found || shape_count(unit->shape) > shape_count(found->shape)))
            found = unit;
    }
    return found;
}

/* What forward_deployed works on. */
static void emit_deployed_work(struct emitter *e)
{
    const size_t batch = (size_t)e->model->train.batch;
    const struct unit_plan *layer = widest_layer(e);
    trainer_line(e, 2, "struct {");
    emit_buffers(e, &e->codes, "codes");
    if (layer)
        trainer_member(e, 3, "int32_t", "acc", trainer_format(e, "BATCH * %s", trainer_unit_size(e, layer)),
                       batch * shape_count(layer->shape), sizeof(int32_t));
    trainer_member(e, 3, "int64_t", "values", trainer_format(e, "BATCH * %s", e->outputs),
                   batch * (size_t)output_of(e)->output.outputs, sizeof(int64_t));
    trainer_line(e, 2, "};");
}

static void emit_fold_work(struct emitter *e)
{
    trainer_line(e, 2, "struct {");
    trainer_member(e, 3, "double", "a b", "WIDEST", widest(e), sizeof(double));
    trainer_member(e, 3, "int64_t", "low high", "WIDEST", widest(e), sizeof(int64_t));
    trainer_line(e, 2, "};");
}

/* A part of a union: *most becomes the largest so far, and what it wrote counts as nothing yet. */
static void part_of_union(struct emitter *e, void (*part)(struct emitter *e), size_t *most)
{
    const size_t before = e->bytes;
    part(e);
    const size_t bytes = e->bytes - before;
    *most = bytes > *most ? bytes : *most;
    e->bytes = before;
}

static void emit_gradient_work(struct emitter *e)
{
    trainer_line(e, 2, "struct {");
    emit_buffers(e, &e->gradients, "gradient");
    trainer_line(e, 2, "};");
}

static void emit_conv_work(struct emitter *e)
{
    const struct step *conv = trainer_conv_work(e);
    if (!conv)
        return;
    trainer_line(e, 1, "/* Training's 3x3 convolutions work here, one after the other. */");
    trainer_member(e, 1, "float", "conv_work",
                   trainer_format(e, "QNN_CONV_WORK(%s, %s)", conv->in[0]->channels->name, conv->out->channels->name),
                   QNN_CONV_WORK(conv->node->conv.inputs, conv->node->conv.outputs), sizeof(float));
    trainer_blank(e);
}

static void emit_work(struct emitter *e)
{
    size_t most = 0;
    trainer_line(e, 1, "%s",
                 e->plan ? "/* Work space: backward, folding and deployed evaluation are never under way together. */"
                         : "/* Work space: gradients of values, each as long as it is needed. */");
    trainer_line(e, 1, "union {");
    part_of_union(e, emit_gradient_work, &most);
    if (e->plan) {
        part_of_union(e, emit_deployed_work, &most);
        part_of_union(e, emit_fold_work, &most);
    }
    trainer_line(e, 1, "} work;");
    e->bytes += most;
}

void trainer_block(struct emitter *e)
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
        const struct trainer_op *op = trainer_ops[e->steps[i].node->op];
        trainer_layer_comment(e, 1, &e->steps[i]);
        op->members(e, &e->steps[i]);
        trainer_blank(e);
    }
    if (e->plan)
        trainer_unit_members(e);
    emit_conv_work(e);
    trainer_bit_work(e);
    emit_work(e);
    trainer_line(e, 0, "};");
    trainer_blank(e);
    trainer_line(e, 0, "static struct %s network;", e->model->identifier);
    trainer_blank(e);
}
