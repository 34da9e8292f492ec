/*
 * A layer without weights: each element's code on its own. Where all channels have the same thresholds (nothing but the
 * quantizer is in the unit) one bit is a comparison with a number and more bits are a table; otherwise every channel
 * has its own constants.
 */
#include "backend/c/infer_kernels.h"
#include "backend/c/infer_layer.h"

#include <inttypes.h>

/* What a code of the input is lifted by to be an index: signed codes of an array. */
static int32_t index_lift(const struct infer_tensor *input)
{
    return input->form == FORM_ARRAY && input->edge.type.encoding == QNN_ENCODING_TWOS
               ? 1 << (input->edge.type.bits - 1)
               : 0;
}

static bool by_table(const struct infer_layer *layer)
{
    return layer->end == END_THRESHOLDS && layer->inputs[0]->planes <= 8 && infer_same_for_all(layer);
}

/* What is stored, by what is stored of the input. */
static void emit_table(const struct infer_layer *layer, struct text *out)
{
    const struct infer_tensor *input = layer->inputs[0];
    const size_t count = (size_t)1 << input->planes;
    text_printf(out, "static const %s %s_code[%zu] = {", infer_type(layer->output), layer->name, count);
    for (size_t i = 0; i < count; i++) {
        const int64_t n = infer_gain(input) * ((int64_t)i - index_lift(input)) + infer_bias(input);
        text_printf(out, "%s%" PRId32 ",", i % 16 == 0 ? "\n    " : " ",
                    int_threshold_code(&layer->unit->thresholds, 0, n) + layer->output->offset);
    }
    text_add(out, "\n};\n");
}

static void emit_shared(const struct infer_layer *layer, int depth, struct text *out)
{
    const int32_t lift = index_lift(layer->inputs[0]);
    if (layer->levels == 1) {
        infer_line(out, depth, "for (size_t c = 0; c < %zu; c++) {", layer->channels);
        /* Signed, so that a comparison that always holds does not compare an unsigned number with 0. */
        infer_line(out, depth + 1, "const int32_t value = from[c];");
        infer_line(out, depth + 1, "code[c] = value %s %" PRId64 ";", layer->flip ? "<" : ">=", layer->thresholds[0]);
        infer_line(out, depth, "}");
        return;
    }
    infer_line(out, depth, "for (size_t c = 0; c < %zu; c++)", layer->channels);
    if (lift)
        infer_line(out, depth + 1, "code[c] = %s_code[from[c] + %" PRId32 "];", layer->name, lift);
    else
        infer_line(out, depth + 1, "code[c] = %s_code[from[c]];", layer->name);
}

unsigned infer_emit_copy(const struct infer_layer *layer, struct text *out)
{
    struct arena arena = {0};
    const bool table = by_table(layer);
    if (!table)
        infer_emit_end_constants(layer, out);
    else if (layer->levels > 1)
        emit_table(layer, out);
    infer_emit_head(layer, out);
    const struct infer_place place = infer_open_loops(layer, false, &arena, out);
    unsigned needs = infer_emit_load(layer->inputs[0], place.depth, "input", "from",
                                     infer_read_position(layer, layer->inputs[0], place), out);
    infer_open_codes(layer, place, out);
    if (table)
        emit_shared(layer, place.depth, out);
    else
        infer_emit_codes(layer, place.depth, "from[c]", out);
    needs |= infer_close_codes(layer, place, out);
    infer_close_loops(place, out);
    arena_free(&arena);
    return needs;
}
