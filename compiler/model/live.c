/* Liveness and identifiers: what of the expanded network stays. */
#include "model/live.h"

#include "model/names.h"

void keep_live(struct build *build)
{
    struct model *model = build->model;
    bool *live = ARENA_NEW_ARRAY(build->arena, model->node_count, bool);
    live[build->output->id] = true;
    for (size_t i = model->node_count; i-- > 0;)
        for (int j = 0; live[i] && j < model->nodes[i]->input_count; j++)
            live[model->nodes[i]->inputs[j]->id] = true;
    size_t kept = 0;
    for (size_t i = 0; i < model->node_count; i++) {
        if (!live[i])
            continue;
        build->origins[kept] = build->origins[i];
        model->nodes[kept++] = model->nodes[i];
    }
    model->node_count = kept;
    for (size_t i = 0; i < kept; i++) {
        model->nodes[i]->id = (int)i;
        for (int j = 0; j < model->nodes[i]->input_count; j++)
            model->nodes[i]->inputs[j]->user_count++;
    }
}

void name_nodes(struct build *build)
{
    struct model *model = build->model;
    const char **taken = ARENA_NEW_ARRAY(build->arena, model->node_count, const char *);
    for (size_t i = 0; i < model->node_count; i++) {
        taken[i] = identifier_make(build->arena, model->nodes[i]->name, taken, i);
        model->nodes[i]->identifier = taken[i];
    }
}
