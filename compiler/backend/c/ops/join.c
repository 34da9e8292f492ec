/* add and concat. The gradient of a sum is that of both operands: it is handed on as it is, by whoever planned the buffers. */
#include "backend/c/trainer_emit.h"

static void members(struct emitter *e, const struct step *step)
{
    trainer_line(e, 1, "struct {");
    trainer_value_member(e, step->out);
    trainer_line(e, 1, "} %s;", step->member);
}

static void add_forward(struct emitter *e, const struct step *step)
{
    trainer_line(e, 1, "qnn_add_forward(BATCH * %s, %s, %s, %s);", step->out->size->name, step->in[0]->place,
                 step->in[1]->place, step->out->place);
}

static void add_backward(struct emitter *e, const struct step *step)
{
    trainer_line(e, 1, "/* the gradient of the sum is that of each operand: %s */", trainer_dy(e, step));
}

static void concat_forward(struct emitter *e, const struct step *step)
{
    trainer_line(e, 1, "qnn_concat_forward(%s, %s, %s, %s, %s, %s);", trainer_rows(e, step->out->shape),
                 step->in[0]->channels->name, step->in[1]->channels->name, step->in[0]->place, step->in[1]->place,
                 step->out->place);
}

static void concat_backward(struct emitter *e, const struct step *step)
{
    trainer_line(e, 1, "qnn_concat_backward(%s, %s, %s, %s, %s, %s);", trainer_rows(e, step->out->shape),
                 step->in[0]->channels->name, step->in[1]->channels->name, trainer_dy(e, step), trainer_dx(e, step, 0),
                 trainer_dx(e, step, 1));
}

const struct trainer_op trainer_add = {.members = members, .forward = add_forward, .backward = add_backward};
const struct trainer_op trainer_concat = {.members = members, .forward = concat_forward, .backward = concat_backward};
