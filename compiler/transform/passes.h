/* The passes, one function each, for transform.c to run and tests to call alone. */
#ifndef QNN_TRANSFORM_PASSES_H
#define QNN_TRANSFORM_PASSES_H

#include "model/model.h"

/* Each false after an error. */
#define PASS(name, doc) bool transform_##name(struct model *model, struct arena *arena, struct sink *sink);
#include "transform/passes.def"
#undef PASS

#endif
