/* Rules pick layers by selector: the sections quantize, hardware and compress. */
#ifndef QNN_MODEL_RULES_H
#define QNN_MODEL_RULES_H

#include "model/context.h"

/* Every node gets its scheme, and what depends on it is resolved. */
void assign_schemes(struct build *build);
void assign_hardware(struct build *build);
/* Whether the target has what the hardware rules ask for; false after an error. */
bool check_hardware(const struct model *model, struct sink *sink);
void refuse_compression(struct build *build);

#endif
