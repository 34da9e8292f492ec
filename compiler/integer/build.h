/*
 * Inside the room: building the graph from constants, wherever they come from: a file (lower.c) or a generator
 * (random.c). The source answers two questions per unit, in execution order; everything derived is made here.
 */
#ifndef QNN_INTEGER_BUILD_H
#define QNN_INTEGER_BUILD_H

#include "integer/integer.h"

struct constant_source {
    void *context;
    /* Fills the weights of a unit with a linear part; its input is set. */
    bool (*weights)(void *context, struct int_unit *unit);
    /* Fills, bounds being set: function (UNIT_CODES), else multiplier, addend and shift. Values are checked to be in
     * range; a requantized unit's function is its quantizer alone. Both return false after an error in the sink. */
    bool (*constants)(void *context, struct int_unit *unit);
};

/* NULL after an error in the sink. */
struct int_graph *build_graph(const struct int_plan *plan, const struct constant_source *source, struct arena *arena,
                              struct sink *sink);

/* The quantizer of a staircase (not requantized); clip where it has one. */
struct qnn_quantizer build_quantizer(const struct unit_plan *plan, float clip);

/* Puts the stages of the plan into unit->function, with arrays a and b, one element per channel, for each affine stage; they are
 * returned in affine[] in order. Returns how many there are. */
struct affine_stage {
    float *a, *b;
};
size_t build_stages(struct int_unit *unit, struct affine_stage affine[QNN_UNIT_MAX_STAGES], struct arena *arena);

#endif
