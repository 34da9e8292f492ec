/* All activations: the formulas that the lists of activations.def call. */
#ifndef QNN_QUANTIZERS_ACTIVATIONS_H
#define QNN_QUANTIZERS_ACTIVATIONS_H

#include "runtime/quantizers/activation_form.h"

#define QNN_ACTIVATION_FILES
#include "runtime/quantizers/activations.def"
#undef QNN_ACTIVATION_FILES

#endif
