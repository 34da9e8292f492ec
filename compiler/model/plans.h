/* The plans: what the sections data, train and hardware say. */
#ifndef QNN_MODEL_PLANS_H
#define QNN_MODEL_PLANS_H

#include "model/context.h"

void build_data(struct build *build);
void build_train(struct build *build);
void build_hardware_plan(struct build *build);

#endif
