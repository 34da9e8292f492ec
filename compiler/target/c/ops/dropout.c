/* dropout: in place on its operand's value, in training only; the mask is drawn again on the way back. */
#include "target/c/trainer_emit.h"

static void members(struct emitter *e, const struct step *step)
{
    trainer_line(e, 1, "struct qnn_dropout %s;", step->member);
}

static void setup(struct emitter *e, const struct step *step)
{
    trainer_line(e, 1, "net->%s = (struct qnn_dropout){.p = %s, .seed = seed, .layer = %u};", step->member,
                 trainer_double(e, step->node->dropout.p), step->layer);
}

static void forward(struct emitter *e, const struct step *step)
{
    trainer_line(e, 1, "if (mode == QNN_TRAIN)");
    trainer_line(e, 2, "qnn_dropout_forward(BATCH * %s, &net->%s, net->optimizer.step, %s, %s);", step->size,
                 step->member, step->in, step->out);
}

static void backward(struct emitter *e, const struct step *step)
{
    trainer_line(e, 1,
                 "qnn_dropout_backward(BATCH * %s, &net->%s, net->optimizer.step, net->work.gradient[%d], "
                 "net->work.gradient[%d]);",
                 step->size, step->member, step->gradient_out, step->gradient_in);
}

const struct trainer_op trainer_dropout = {
    .members = members,
    .setup = setup,
    .forward = forward,
    .backward = backward,
};
