/* dropout, in training only: in place on its operand's value where nobody else reads that. The mask is drawn again on the
 * way back. */
#include "backend/c/trainer_emit.h"

static bool is_in_place(const struct step *step)
{
    return step->out->place == step->in[0]->place;
}

static const char *mask(struct emitter *e, const struct step *step)
{
    return trainer_format(e, is_in_place(step) ? "net->%s" : "net->%s.mask", step->member);
}

static void members(struct emitter *e, const struct step *step)
{
    if (is_in_place(step)) {
        trainer_line(e, 1, "struct qnn_dropout %s;", step->member);
        return;
    }
    trainer_line(e, 1, "struct {");
    trainer_line(e, 2, "struct qnn_dropout mask;");
    trainer_value_member(e, step->out);
    trainer_line(e, 1, "} %s;", step->member);
}

static void setup(struct emitter *e, const struct step *step)
{
    trainer_line(e, 1, "%s = (struct qnn_dropout){.p = %s, .seed = seed, .layer = %u};", mask(e, step),
                 trainer_double(e, step->node->dropout.p), step->layer);
}

static void forward(struct emitter *e, const struct step *step)
{
    trainer_line(e, 1, "if (mode == QNN_TRAIN)");
    trainer_line(e, 2, "qnn_dropout_forward(BATCH * %s, &%s, net->optimizer.step, %s, %s);", step->out->size->name,
                 mask(e, step), step->in[0]->place, step->out->place);
    if (is_in_place(step))
        return;
    trainer_line(e, 1, "else");
    trainer_line(e, 2, "memcpy(%s, %s, sizeof %s);", step->out->place, step->in[0]->place, step->out->place);
}

static void backward(struct emitter *e, const struct step *step)
{
    trainer_line(e, 1, "qnn_dropout_backward(BATCH * %s, &%s, net->optimizer.step, %s, %s);", step->out->size->name,
                 mask(e, step), trainer_dy(e, step), trainer_dx(e, step, 0));
}

static bool uses_mode(struct emitter *e, const struct step *step)
{
    (void)e;
    (void)step;
    return true;
}

const struct trainer_op trainer_dropout = {
    .members = members,
    .setup = setup,
    .uses_mode = uses_mode,
    .forward = forward,
    .backward = backward,
};
