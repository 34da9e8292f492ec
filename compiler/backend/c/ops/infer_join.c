/* Two tensors into one: added, or side by side. */
#include "backend/c/infer_kernels.h"
#include "backend/c/infer_layer.h"

#include <inttypes.h>
#include <stdlib.h>

static unsigned load_both(const struct infer_layer *layer, struct infer_place place, struct text *out)
{
    unsigned needs = infer_emit_load(layer->inputs[0], place.depth, "input", "first",
                                     infer_read_position(layer, layer->inputs[0], place), out);
    return needs | infer_emit_load(layer->inputs[1], place.depth, "other", "second",
                                   infer_read_position(layer, layer->inputs[1], place), out);
}

unsigned infer_emit_add(const struct infer_layer *layer, struct text *out)
{
    struct arena arena = {0};
    infer_emit_end_constants(layer, out);
    infer_emit_head(layer, out);
    const struct infer_place place = infer_open_loops(layer, false, &arena, out);
    unsigned needs = load_both(layer, place, out);
    infer_open_codes(layer, place, out);
    infer_emit_codes(layer, place.depth, "first[c] + second[c]", out);
    needs |= infer_close_codes(layer, place, out);
    infer_close_loops(place, out);
    arena_free(&arena);
    return needs;
}

/* ---- Concat ------------------------------------------------------------------------------------------------------ */

/* Channels of one operand after those before it; what is stored moves by the difference of the offsets. */
static void emit_part(const struct infer_layer *layer, int k, size_t first, int depth, struct text *out)
{
    static const char *const names[] = {"first", "second"};
    const int32_t lift = layer->output->offset - layer->inputs[k]->offset;
    const size_t count = (size_t)layer->unit->plan->in_shape[k].channels;
    infer_line(out, depth, "for (size_t c = 0; c < %zu; c++)", count);
    text_printf(out, "%*scode[", 4 * (depth + 1), "");
    if (first)
        text_printf(out, "%zu + ", first);
    if (lift)
        text_printf(out, "c] = (%s)(%s[c] %c %d);\n", infer_type(layer->output), names[k], lift < 0 ? '-' : '+',
                    abs(lift));
    else
        text_printf(out, "c] = %s[c];\n", names[k]);
}

static unsigned concat_codes(const struct infer_layer *layer, struct infer_place place, struct text *out)
{
    unsigned needs = load_both(layer, place, out);
    infer_open_codes(layer, place, out);
    emit_part(layer, 0, 0, place.depth, out);
    emit_part(layer, 1, (size_t)layer->unit->plan->in_shape[0].channels, place.depth, out);
    return needs | infer_close_codes(layer, place, out);
}

/* All three are planes, position by position: the bits of the second go after those of the first. */
static bool by_bits(const struct infer_layer *layer)
{
    for (int k = 0; k < 2; k++)
        if (layer->inputs[k]->form != FORM_PLANES || layer->inputs[k]->positions != layer->positions)
            return false;
    return layer->output->form == FORM_PLANES;
}

static void emit_append(const struct infer_layer *layer, int k, struct infer_place place, int depth, struct text *out)
{
    static const char *const names[] = {"input", "other"};
    const struct infer_tensor *tensor = layer->inputs[k];
    struct text from = {0};
    infer_add_at(names[k], place.position, tensor->words, &from);
    infer_line(out, depth, "append(to, %zu, %s + plane * %zu, 0, %zu);", k ? layer->inputs[0]->channels : 0,
               text_cstr(&from), infer_stride(tensor), tensor->channels);
    text_free(&from);
}

static unsigned concat_bits(const struct infer_layer *layer, struct infer_place place, struct text *out)
{
    const struct infer_tensor *output = layer->output;
    const int depth = place.depth + 1;
    struct text to = {0};
    infer_add_at("output", place.position, output->words, &to);
    infer_line(out, place.depth, "for (size_t plane = 0; plane < %zu; plane++) {", output->planes);
    infer_line(out, depth, "uint64_t *to = %s + plane * %zu;", text_cstr(&to), infer_stride(output));
    infer_line(out, depth, "for (size_t i = 0; i < %zu; i++)", output->words);
    infer_line(out, depth + 1, "to[i] = 0;");
    emit_append(layer, 0, place, depth, out);
    emit_append(layer, 1, place, depth, out);
    infer_line(out, place.depth, "}");
    text_free(&to);
    return NEED_APPEND;
}

unsigned infer_emit_concat(const struct infer_layer *layer, struct text *out)
{
    struct arena arena = {0};
    infer_emit_head(layer, out);
    const struct infer_place place = infer_open_loops(layer, false, &arena, out);
    const unsigned needs = by_bits(layer) ? concat_bits(layer, place, out) : concat_codes(layer, place, out);
    infer_close_loops(place, out);
    arena_free(&arena);
    return needs;
}
