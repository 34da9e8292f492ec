/* maxpool and avgpool: a table of the window; a maximum finds its tap again on the way back. */
#include "backend/c/trainer_emit.h"

static void geometry(struct emitter *e, const struct step *step)
{
    trainer_line(e, 0, "static const struct qnn_window %s_window = {", step->member);
    trainer_window(e, 1, &step->node->pool.window, step->in[0]->shape, step->out->shape);
    trainer_line(e, 0, "};");
}

static void members(struct emitter *e, const struct step *step)
{
    trainer_line(e, 1, "struct {");
    trainer_value_member(e, step->out);
    trainer_line(e, 1, "} %s;", step->member);
}

static void forward(struct emitter *e, const struct step *step, const char *kind)
{
    trainer_line(e, 1, "qnn_%spool_forward(BATCH, &%s_window, %s, %s, %s);", kind, step->member,
                 step->out->channels->name, step->in[0]->place, step->out->place);
}

static void max_forward(struct emitter *e, const struct step *step)
{
    forward(e, step, "max");
}

static void max_backward(struct emitter *e, const struct step *step)
{
    trainer_line(e, 1, "qnn_maxpool_backward(BATCH, &%s_window, %s, %s, %s, %s, %s);", step->member,
                 step->out->channels->name, step->in[0]->place, step->out->place, trainer_dy(e, step),
                 trainer_dx(e, step, 0));
}

static void average_forward(struct emitter *e, const struct step *step)
{
    forward(e, step, "avg");
}

static void average_backward(struct emitter *e, const struct step *step)
{
    trainer_line(e, 1, "qnn_avgpool_backward(BATCH, &%s_window, %s, %s, %s);", step->member, step->out->channels->name,
                 trainer_dy(e, step), trainer_dx(e, step, 0));
}

const struct trainer_op trainer_maxpool = {
    .geometry = geometry, .members = members, .forward = max_forward, .backward = max_backward};
const struct trainer_op trainer_avgpool = {
    .geometry = geometry, .members = members, .forward = average_forward, .backward = average_backward};
