/* The table of parts. */
#include "base/part.h"

#include "base/require.h"

static const struct part parts[] = {
#define ENGINES(lut6_, distributed_, multiplier_, registered_)                                                   \
    {                                                                                                            \
        .lut6 = lut6_, .distributed = distributed_, .multiplier = multiplier_, .registered_from_hz = registered_ \
    }
#define FLOW(library_, synth_, first_, memory_label_, rom_macro_)                                                     \
    {                                                                                                                 \
        .library = library_, .synth = synth_, .first = first_, .memory_label = memory_label_, .rom_macro = rom_macro_ \
    }
#define CHIP(name_, luts_, flip_flops_, memories_, memory_bits_, fixed_)                                             \
    {                                                                                                                \
        .name = name_, .luts = luts_, .flip_flops = flip_flops_, .memories = memories_, .memory_bits = memory_bits_, \
        .fixed = fixed_                                                                                              \
    }
#define PART(ID, name_, meaning_, fit, engines_, flow_, chip_) \
    [TARGET_##ID] = {.name = name_, .meaning = meaning_, .engines = engines_, .flow = flow_, .chip = chip_},
#include "base/parts.def"
#undef PART
};

const struct part *part_of(enum target_part target)
{
    REQUIRE(target >= 0 && target < TARGET_PART_COUNT);
    return &parts[target];
}
