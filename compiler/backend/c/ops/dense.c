/* dense: both products; forward, inputs of few bits are counted. */
#include "backend/c/trainer_emit.h"

static void forward(struct emitter *e, const struct step *step)
{
    const char *bits = trainer_bits(e, step->node, false);
    if (bits) {
        trainer_line(e, 1, "qnn_dense_bits_forward(BATCH, %s, %s, %s, %s, %s, %s, net->bit_work);",
                     step->in[0]->size->name, step->out->size->name, bits, step->in[0]->place,
                     trainer_linear_weights(e, step), step->out->place);
        return;
    }
    trainer_line(e, 1, "qnn_dense_forward(BATCH, %s, %s, %s, %s, %s, %s);", step->in[0]->size->name,
                 step->out->size->name, step->in[0]->place, trainer_linear_weights(e, step),
                 trainer_linear_bias(e, step), step->out->place);
}

static void backward(struct emitter *e, const struct step *step)
{
    trainer_line(e, 1, "qnn_dense_backward(BATCH, %s, %s, %s, %s, %s, %s, net->%s.dweight, %s);",
                 step->in[0]->size->name, step->out->size->name, step->in[0]->place, trainer_linear_weights(e, step),
                 trainer_dy(e, step), trainer_dx(e, step, 0), step->member, trainer_linear_dbias(e, step));
}

const struct trainer_op trainer_dense = {TRAINER_LINEAR_PARTS, .forward = forward, .backward = backward};
