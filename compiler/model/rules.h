/* Rules pick layers by selector: the sections quantize, hardware and compress. */
#ifndef QNN_MODEL_RULES_H
#define QNN_MODEL_RULES_H

#include "model/context.h"

/* Every node gets its scheme, and what depends on it is resolved. */
void assign_schemes(struct build *build);
void assign_hardware(struct build *build);
/* The width rules of the section compress, for transform/. */
void read_compression(struct build *build);

#endif
