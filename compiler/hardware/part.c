/* The table of targets. */
#include "hardware/part.h"

static const struct hw_part parts[] = {
#define PART(ID, lut6_, distributed_, multiplier_, registered_) \
    [TARGET_##ID] = {                                           \
        .lut6 = lut6_, .distributed = distributed_, .multiplier = multiplier_, .registered_from_hz = registered_},
#include "hardware/part.def"
#undef PART
};
_Static_assert(sizeof parts / sizeof parts[0] == TARGET_PART_COUNT, "every target has its row");

const struct hw_part *hw_part(enum target_part target)
{
    return &parts[target];
}
