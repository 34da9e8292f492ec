/*
 * Where gradients go: found when the program is compiled, so that training allocates nothing and keeps no more than it
 * needs at a time.
 *
 * The backward pass visits the steps from the last to the first. The gradient of a value lives from the first reader that
 * writes it to the step that made the value. Elementwise steps work in place; an add hands the gradient of the sum to both
 * operands, in the same buffer; who finds the gradient of its operand already begun by another reader adds to it. A buffer
 * that several values hold is never written: the sum then goes to where only one holds it.
 */
#include "backend/c/trainer_emit.h"

#include "base/require.h"

/* ---- Buffers ----------------------------------------------------------------------------------------------------- */

/* Whether a buffer of that size serves better than the other: the smallest that is large enough, else the largest. */
static bool serves_better(size_t size, size_t other, size_t wanted)
{
    if (size >= wanted)
        return other < wanted || size < other;
    return other < wanted && size > other;
}

int trainer_take_buffer(struct emitter *e, struct buffers *buffers, size_t features, const char *size)
{
    struct buffer *best = NULL;
    for (size_t i = 0; i < buffers->count; i++) {
        struct buffer *buffer = &buffers->list[i];
        if (buffer->holders == 0 && (!best || serves_better(buffer->features, best->features, features)))
            best = buffer;
    }
    if (!best) {
        ARENA_PUSH(&e->arena, buffers->list, buffers->count, buffers->capacity, (struct buffer){0});
        best = &buffers->list[buffers->count - 1];
    }
    if (features > best->features) {
        best->features = features;
        best->size = size;
    }
    best->holders = 1;
    return (int)(best - buffers->list);
}

/* ---- The plan ---------------------------------------------------------------------------------------------------- */

bool trainer_goes_backward(const struct step *step)
{
    return step->learns || step->learns_below;
}

static struct step *maker_of(struct emitter *e, const struct value *value)
{
    return value->step < 0 ? NULL : &e->steps[value->step];
}

static bool wants_gradient(struct emitter *e, const struct value *value)
{
    const struct step *maker = maker_of(e, value);
    return maker && trainer_goes_backward(maker);
}

static void find_learning(struct emitter *e)
{
    for (size_t i = 0; i < e->step_count; i++)
        for (int k = 0; k < e->steps[i].in_count; k++)
            e->steps[i].learns_below |= wants_gradient(e, e->steps[i].in[k]);
}

static int take_for(struct emitter *e, const struct value *value)
{
    return trainer_take_buffer(e, &e->gradients, value->size->value, value->size->name);
}

static int *holders_of(struct emitter *e, int buffer)
{
    return &e->gradients.list[buffer].holders;
}

/* Where a step writes the gradient of an operand; `last`: no later operand could need the step's own. */
static int place_contribution(struct emitter *e, const struct step *step, const struct value *operand, bool last,
                              bool *handed_on)
{
    const int dy = step->gradient_out;
    const bool adds = node_has(step->node, TRAIT_GRADIENT_SHARED), alone = *holders_of(e, dy) == 1;
    if (adds && !last) {
        ++*holders_of(e, dy);
        return dy;
    }
    if (adds || (node_has(step->node, TRAIT_GRADIENT_IN_PLACE) && alone)) {
        *handed_on = true;
        return dy;
    }
    return take_for(e, operand);
}

/* The gradient of a value that had one before this step: both are added up in a buffer that nobody else holds. */
static void add_up(struct emitter *e, struct step *maker, struct operand_gradient *gradient)
{
    const int earlier = maker->gradient_out, latest = gradient->buffer;
    gradient->earlier = earlier;
    gradient->latest = latest;
    if (*holders_of(e, earlier) == 1)
        gradient->total = earlier;
    else if (*holders_of(e, latest) == 1)
        gradient->total = latest;
    else
        gradient->total = take_for(e, maker->out);
    if (gradient->total != earlier)
        --*holders_of(e, earlier);
    if (gradient->total != latest)
        --*holders_of(e, latest);
    maker->gradient_out = gradient->total;
}

static int last_wanting(struct emitter *e, const struct step *step)
{
    int last = -1;
    for (int k = 0; k < step->in_count; k++)
        if (wants_gradient(e, step->in[k]))
            last = k;
    return last;
}

static void place_step(struct emitter *e, struct step *step)
{
    const int last = last_wanting(e, step);
    bool handed_on = false;
    REQUIRE(step->gradient_out >= 0);
    for (int k = 0; k < step->in_count; k++)
        if (wants_gradient(e, step->in[k]))
            step->gradient_in[k].buffer = place_contribution(e, step, step->in[k], k == last, &handed_on);
    if (!handed_on)
        --*holders_of(e, step->gradient_out);
    for (int k = 0; k < step->in_count; k++) {
        struct step *maker = maker_of(e, step->in[k]);
        if (step->gradient_in[k].buffer < 0)
            continue;
        if (maker->gradient_out < 0)
            maker->gradient_out = step->gradient_in[k].buffer;
        else
            add_up(e, maker, &step->gradient_in[k]);
    }
}

void trainer_plan_gradients(struct emitter *e)
{
    static const struct operand_gradient nowhere = {-1, -1, -1, -1};
    const struct value *output = e->values[output_of(e)->id];
    find_learning(e);
    for (size_t i = 0; i < e->step_count; i++) {
        e->steps[i].gradient_out = -1;
        e->steps[i].gradient_in[0] = e->steps[i].gradient_in[1] = nowhere;
    }
    const int loss = take_for(e, output);
    if (output->step >= 0)
        e->steps[output->step].gradient_out = loss;
    for (size_t i = e->step_count; i-- > 0;)
        if (trainer_goes_backward(&e->steps[i]))
            place_step(e, &e->steps[i]);
}

/* ---- Text -------------------------------------------------------------------------------------------------------- */

static const char *gradient(struct emitter *e, int buffer)
{
    return trainer_format(e, "net->work.gradient%d", buffer);
}

const char *trainer_dy(struct emitter *e, const struct step *step)
{
    return gradient(e, step->gradient_out);
}

const char *trainer_dx(struct emitter *e, const struct step *step, int operand)
{
    const int buffer = step->gradient_in[operand].buffer;
    return buffer < 0 ? "NULL" : gradient(e, buffer);
}

void trainer_gradient_sums(struct emitter *e, const struct step *step)
{
    for (int k = 0; k < step->in_count; k++) {
        const struct operand_gradient *g = &step->gradient_in[k];
        const char *size = step->in[k]->size->name;
        if (g->total < 0)
            continue;
        if (g->total == g->earlier || g->total == g->latest) {
            const int more = g->total == g->earlier ? g->latest : g->earlier;
            trainer_line(e, 1, "qnn_gradient_add(BATCH * %s, %s, %s);", size, gradient(e, more), gradient(e, g->total));
        } else {
            trainer_line(e, 1, "qnn_add_forward(BATCH * %s, %s, %s, %s);", size, gradient(e, g->earlier),
                         gradient(e, g->latest), gradient(e, g->total));
        }
    }
}
