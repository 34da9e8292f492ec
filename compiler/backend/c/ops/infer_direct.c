/*
 * A convolution with one input channel per group (depthwise): a window has so few products that counting bits does not
 * pay. Sums are added up tap by tap, all channels side by side, which the compiler vectorises.
 */
#include "backend/c/infer_kernels.h"
#include "backend/c/infer_layer.h"

#include <inttypes.h>

static void emit_weights(const struct infer_layer *layer, struct arena *arena, struct text *out)
{
    const size_t taps = layer->unit->plan->fan_in;
    int64_t *weights = ARENA_NEW_ARRAY(arena, taps * layer->channels, int64_t);
    for (size_t tap = 0; tap < taps; tap++)
        for (size_t c = 0; c < layer->channels; c++)
            weights[tap * layer->channels + c] = infer_weight(layer, c, tap);
    infer_emit_array(out, layer->name, "weights", weights, 1, taps * layer->channels);
}

/* `from[c]`, or what an output channel reads where a group has several. */
static const char *element(const struct infer_layer *layer, struct arena *arena)
{
    const size_t outputs = layer->channels / (size_t)layer->unit->plan->in_shape[0].channels;
    return outputs > 1 ? arena_printf(arena, "from[c / %zu]", outputs) : "from[c]";
}

static unsigned emit_taps(const struct infer_layer *layer, int depth, struct arena *arena, struct text *out)
{
    const struct unit_plan *plan = layer->unit->plan;
    const int inside = infer_open_taps(plan, depth, out);
    const bool pads = plan->window->pads;
    unsigned needs = 0;
    infer_line(out, inside, "const int8_t *weight = %s_weights + (r * %d + s) * %zu;", layer->name,
               plan->window->kernel_width, layer->channels);
    if (pads) {
        infer_line(out, inside, "if (row >= %d || column >= %d) {", plan->in_shape[0].height, plan->in_shape[0].width);
        infer_line(out, inside + 1, "for (size_t c = 0; c < %zu; c++)", layer->channels);
        infer_line(out, inside + 2, "sum[c] += weight[c] * %" PRId32 ";", infer_outside(layer));
        infer_line(out, inside + 1, "continue;");
        infer_line(out, inside, "}");
    }
    needs |= infer_emit_load(layer->inputs[0], inside, "input", "from", infer_tap_position(plan, arena), out);
    infer_line(out, inside, "for (size_t c = 0; c < %zu; c++)", layer->channels);
    infer_line(out, inside + 1, "sum[c] += weight[c] * %s;", element(layer, arena));
    infer_line(out, inside - 1, "}");
    return needs;
}

unsigned infer_emit_direct(const struct infer_layer *layer, struct text *out)
{
    struct arena arena = {0};
    emit_weights(layer, &arena, out);
    infer_emit_end_constants(layer, out);
    infer_emit_head(layer, out);
    const struct infer_place place = infer_open_loops(layer, true, &arena, out);
    infer_line(out, place.depth, "int32_t sum[%zu] = {0};", layer->channels);
    unsigned needs = emit_taps(layer, place.depth, &arena, out);
    infer_open_codes(layer, place, out);
    infer_emit_codes(layer, place.depth, "sum[c]", out);
    needs |= infer_close_codes(layer, place, out);
    infer_close_loops(place, out);
    arena_free(&arena);
    return needs;
}
