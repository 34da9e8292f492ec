/* Changes of a model's graph: insert, replace, remove. */
#include "transform/rewrite.h"

#include "base/require.h"
#include "model/names.h"

#include <string.h>

/* Ids and users, after nodes came or went. */
static void renumber(struct model *model)
{
    for (size_t i = 0; i < model->node_count; i++) {
        model->nodes[i]->id = (int)i;
        model->nodes[i]->user_count = 0;
    }
    for (size_t i = 0; i < model->node_count; i++)
        for (int j = 0; j < model->nodes[i]->input_count; j++)
            model->nodes[i]->inputs[j]->user_count++;
}

static void read_instead(struct model_node *reader, const struct model_node *before, struct model_node *after)
{
    for (int i = 0; i < reader->input_count; i++)
        if (reader->inputs[i] == before)
            reader->inputs[i] = after;
}

static bool is_member(const struct model *model, const struct model_node *node)
{
    return node->id >= 0 && (size_t)node->id < model->node_count && model->nodes[node->id] == node;
}

static const char *new_identifier(const struct model *model, struct arena *arena, const char *name)
{
    const char **taken = ARENA_NEW_ARRAY(arena, model->node_count, const char *);
    for (size_t i = 0; i < model->node_count; i++)
        taken[i] = model->nodes[i]->identifier;
    return identifier_make(arena, name, taken, model->node_count);
}

struct model_node *model_insert(struct model *model, struct arena *arena, struct model_node *operand,
                                struct model_node *reader, const char *suffix)
{
    REQUIRE(is_member(model, operand) && operand->user_count > 0 && (!reader || is_member(model, reader)));
    struct model_node *node = ARENA_NEW(arena, struct model_node);
    *node = (struct model_node){.name = arena_printf(arena, "%s.%s", operand->name, suffix),
                                .span = operand->span,
                                .shape = operand->shape,
                                .scheme = operand->scheme};
    node->identifier = new_identifier(model, arena, node->name);
    struct model_node **nodes = ARENA_NEW_ARRAY(arena, model->node_count + 1, struct model_node *);
    const size_t place = (size_t)operand->id + 1;
    for (size_t i = 0; i < model->node_count; i++) {
        nodes[i < place ? i : i + 1] = model->nodes[i];
        if (!reader || model->nodes[i] == reader)
            read_instead(model->nodes[i], operand, node);
    }
    node->inputs[node->input_count++] = operand;
    nodes[place] = node;
    model->nodes = nodes;
    model->node_count++;
    renumber(model);
    REQUIRE(node->user_count > 0); /* reader did read operand */
    return node;
}

void model_replace(struct model *model, struct model_node *old, struct model_node *node)
{
    REQUIRE(is_member(model, old));
    node->name = old->name;
    node->identifier = old->identifier;
    node->span = old->span;
    node->scheme = old->scheme;
    node->input_count = old->input_count;
    memcpy(node->inputs, old->inputs, sizeof node->inputs);
    for (size_t i = 0; i < model->node_count; i++)
        read_instead(model->nodes[i], old, node);
    model->nodes[old->id] = node;
    renumber(model);
}

void model_remove(struct model *model, struct model_node *node)
{
    REQUIRE(is_member(model, node) && node->input_count == 1 && node->user_count > 0);
    for (size_t i = 0; i < model->node_count; i++)
        read_instead(model->nodes[i], node, node->inputs[0]);
    model->node_count--;
    for (size_t i = (size_t)node->id; i < model->node_count; i++)
        model->nodes[i] = model->nodes[i + 1];
    renumber(model);
}
