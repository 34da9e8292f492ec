/* A tensor that learns: its memory, its descriptor, its update, its rows in the tables. */
#include "backend/c/trainer_emit.h"

enum { MOST_MOMENTS = 2 };
static const char *const moment_names[MOST_MOMENTS] = {"m", "v"};

void trainer_parameter_members(struct emitter *e, const struct parameter_text *p)
{
    const char *names = p->idle_use ? p->name : trainer_format(e, "%s d%s", p->name, p->name);
    for (int i = 0; i < e->moments && i < MOST_MOMENTS; i++)
        names = trainer_format(e, "%s %s_%s", names, p->name, moment_names[i]);
    trainer_line(e, 2, "struct qnn_parameter %s_learner;", p->name);
    trainer_member(e, 2, "float", names, p->count, p->elements, sizeof(float));
    if (p->idle_use) {
        trainer_line(e, 2, "union {");
        trainer_member(e, 3, "float", trainer_format(e, "d%s", p->name), p->count, p->elements, sizeof(float));
        trainer_line(e, 3, "float %s[%s]; /* between training steps */", p->idle_use, p->count);
        trainer_line(e, 2, "};");
    }
}

void trainer_parameter_setup(struct emitter *e, const struct step *step, const struct parameter_text *p)
{
    const char *member = step->member;
    trainer_line(e, 1, "net->%s.%s_learner = (struct qnn_parameter){", member, p->name);
    trainer_line(e, 2, ".units = %s, .inputs = %s, .layer = %u,", p->units, p->inputs, step->layer);
    trainer_line(e, 2, ".latent = net->%s.%s, .gradient = net->%s.d%s,", member, p->name, member, p->name);
    if (e->moments == 1)
        trainer_line(e, 2, ".m = net->%s.%s_m,", member, p->name);
    if (e->moments == 2)
        trainer_line(e, 2, ".m = net->%s.%s_m, .v = net->%s.%s_v,", member, p->name, member, p->name);
    if (p->effective) {
        trainer_line(e, 2, ".effective = %s,", p->effective);
        trainer_line(e, 2, ".quantizer = %s,", p->quantizer);
    }
    trainer_line(e, 2, ".lr_scale = %s, .bound = %s, .decay = %s,", trainer_float(e, p->lr_scale),
                 trainer_float(e, p->bound), p->decay ? "true" : "false");
    trainer_line(e, 1, "};");
}

void trainer_parameter_update(struct emitter *e, const struct step *step, const char *name)
{
    trainer_line(e, 1, "qnn_optimizer_update(&net->optimizer, &net->%s.%s_learner);", step->member, name);
}

void trainer_tensor_row(struct emitter *e, const char *layer, const char *name, const char *member, const char *dtype,
                        const char *shape, const char *place, const char *limits)
{
    int rank = 1;
    for (const char *at = shape; *at; at++)
        rank += *at == ',';
    trainer_line(e, 1, "{\"%s.%s\", AT(%s), QNN_DTYPE_%s, %d, {%s}, QNN_IN_%s%s},", layer, name, member, dtype, rank,
                 shape, place, *limits ? limits : ", 0, 0");
}

void trainer_parameter_tensors(struct emitter *e, const struct step *step, const struct parameter_text *p)
{
    const char *limits =
        p->bound > 0 ? trainer_format(e, ", -%s, %s", trainer_float(e, p->bound), trainer_float(e, p->bound)) : "";
    trainer_tensor_row(e, step->node->name, p->name, trainer_format(e, "%s.%s", step->member, p->name), "F32", p->shape,
                       "BOTH", limits);
    for (int i = 0; i < e->moments && i < MOST_MOMENTS; i++)
        trainer_tensor_row(e, step->node->name, trainer_format(e, "%s.%s", p->name, moment_names[i]),
                           trainer_format(e, "%s.%s_%s", step->member, p->name, moment_names[i]), "F32", p->shape,
                           "CHECKPOINT", i == 1 ? ", 0, INFINITY" : "");
}

void trainer_parameter_learner(struct emitter *e, const struct step *step, const char *name)
{
    trainer_line(e, 1, "{\"%s\", \"%s\", AT(%s.%s_learner)},", step->node->name, name, step->member, name);
}
