/* The cheapest cut of a memory into a target's cells. */
#include "hardware/estimate_memory.h"

#include "hardware/bits.h"

#include <stddef.h>

static const struct cell_shape {
    enum target_part target;
    enum memory_style style;
    int width, depth, cost, scaled, units;
} shapes[] = {
#define SHAPE(target_, style_, width_, depth_, cost_, scaled_, units_) \
    {TARGET_##target_, MEMORY_##style_, width_, depth_, cost_, scaled_, units_},
#include "hardware/estimate_memory.def"
#undef SHAPE
};

/* memory_libmap weighs a two-to-one multiplexer of a bit, and the write enable of a row, with this beside the cells. */
static const double mux_cost = 0.5;

static double cut_cost(const struct cell_shape *shape, int width, int depth)
{
    const int rows = ceil_div(depth, shape->depth), columns = ceil_div(width, shape->width);
    const double whole = (double)columns * (shape->cost - shape->scaled);
    const double used = (double)width / shape->width * shape->scaled;
    return rows * (whole + used) + (rows > 1 ? mux_cost * (width * (rows - 1) + rows) : 0);
}

static struct memory_place cut(const struct cell_shape *shape, int width, int depth)
{
    const int rows = ceil_div(depth, shape->depth);
    const int64_t units = (int64_t)rows * ceil_div(width, shape->width) * shape->units;
    struct memory_place place = {.mux_bits = (int64_t)width * (rows - 1), .enables = rows > 1 ? rows : 0};
    if (shape->style == MEMORY_BLOCK) {
        place.blocks = units;
    } else {
        place.lutram_sites = units;
        place.register_bits = width;
    }
    return place;
}

struct memory_place memory_place(int width, int depth, enum memory_style style, enum target_part target)
{
    const struct cell_shape *best = NULL;
    double best_cost = (double)width * depth;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        const struct cell_shape *shape = &shapes[i];
        if (shape->target != target || (style != MEMORY_AUTO && style != shape->style))
            continue;
        const double cost = cut_cost(shape, width, depth);
        const bool forced = style != MEMORY_AUTO && !best;
        if (forced || cost < best_cost) {
            best = shape;
            best_cost = cost;
        }
    }
    if (best)
        return cut(best, width, depth);
    return (struct memory_place){.soft_bits = (int64_t)width * depth,
                                 .register_bits = width,
                                 .mux_bits = (int64_t)width * (depth - 1),
                                 .enables = depth > 1 ? depth : 0};
}
