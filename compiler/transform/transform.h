/*
 * Passes: a model becomes another model, before anything is made from it.
 *
 * passes.def lists them in their order; each is one file, and the model is verified after each. A pass that changes what
 * weights fit the model sets its hash anew (model_hash); one that only drops what computes nothing does not, so that weights
 * trained before fit after.
 */
#ifndef QNN_TRANSFORM_TRANSFORM_H
#define QNN_TRANSFORM_TRANSFORM_H

#include "model/model.h"

/* All passes, then the hardware rules against what they have made of the layers; false after an error. */
bool transform_run(struct model *model, struct arena *arena, struct sink *sink);
/* The model of a program as every later stage takes it: model_build, then transform_run; NULL after an error, as there. */
struct model *transform_program(const struct ast_file *file, const struct define *defines, size_t define_count,
                                struct arena *arena, struct sink *sink);

#endif
