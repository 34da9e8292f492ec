/* Properties of a target that decide how engines are built; the table is part.def. */
#ifndef QNN_HARDWARE_PART_H
#define QNN_HARDWARE_PART_H

#include "model/model.h"

#include <stdbool.h>

struct hw_part {
    bool lut6, distributed, multiplier;
    double registered_from_hz;
};

const struct hw_part *hw_part(enum target_part target);

#endif
