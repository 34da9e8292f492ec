/* Quantizers with their arguments as plain numbers (runtime/quantizers/arguments.h). Internal to this room. */
#ifndef QNN_MODEL_QUANTIZER_H
#define QNN_MODEL_QUANTIZER_H

#include "model/arguments.h"
#include "model/model.h"

/* The arguments of a quantizer as plain numbers, and how its row prints them: "uint(2, clip = fixed(1))". */
struct qnn_arguments quantizer_arguments(const struct arguments *arguments);
void quantizer_print(const struct callable *row, const struct qnn_arguments *arguments, struct text *out);
/* Whether codes of the quantizer carry a real activation: they have its signs. */
bool quantizer_deploys(const struct qnn_activation_form *quantizer, const struct qnn_activation_form *form);

#endif
