/* What the functions of all layers have in common: their heads, loops over positions, reading and writing of tensors. */
#include "backend/c/infer_kernels.h"
#include "backend/c/infer_layer.h"

#include <stdarg.h>

void infer_line(struct text *out, int depth, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    text_printf(out, "%*s", 4 * depth, "");
    text_vprintf(out, format, args);
    text_add(out, "\n");
    va_end(args);
}

void infer_emit_head(const struct infer_layer *layer, struct text *out)
{
    static const char *const names[] = {"input", "other"};
    text_printf(out, "static void infer_%s(", layer->name);
    for (size_t k = 0; k < 2 && layer->inputs[k]; k++) {
        infer_declare(layer->inputs[k], "const ", names[k], out);
        text_add(out, ", ");
    }
    if (layer->output)
        infer_declare(layer->output, "", "output", out);
    else
        text_printf(out, "int64_t values[%zu]", layer->channels);
    text_add(out, ")\n{\n");
}

/* ---- Positions --------------------------------------------------------------------------------------------------- */

struct infer_place infer_open_loops(const struct infer_layer *layer, bool taps, struct arena *arena, struct text *out)
{
    const struct shape shape = layer->unit->plan->shape;
    if (taps) {
        infer_line(out, 1, "for (size_t y = 0; y < %d; y++)", shape.height);
        infer_line(out, 2, "for (size_t x = 0; x < %d; x++) {", shape.width);
        return (struct infer_place){arena_printf(arena, "(y * %d + x)", shape.width), 3};
    }
    if (layer->positions == 1)
        return (struct infer_place){NULL, 1};
    infer_line(out, 1, "for (size_t position = 0; position < %zu; position++) {", layer->positions);
    return (struct infer_place){"position", 2};
}

void infer_close_loops(struct infer_place place, struct text *out)
{
    if (place.depth > 1)
        infer_line(out, place.depth - 1, "}");
    text_add(out, "}\n\n");
}

void infer_add_at(const char *base, const char *position, size_t factor, struct text *out)
{
    text_add(out, base);
    if (position)
        text_printf(out, " + %s", position);
    if (position && factor > 1)
        text_printf(out, " * %zu", factor);
}

const char *infer_read_position(const struct infer_layer *layer, const struct infer_tensor *tensor,
                                struct infer_place place)
{
    return layer->positions == tensor->positions ? place.position : NULL;
}

/* ---- Reading and writing ----------------------------------------------------------------------------------------- */

static unsigned emit_unpack(const struct infer_tensor *tensor, int depth, const char *from, const char *name,
                            const char *position, struct text *out)
{
    const bool wide = tensor->planes > 8, all = !position && tensor->positions > 1;
    infer_line(out, depth, "%s %s[%zu];", infer_type(tensor), name, (all ? tensor->positions : 1) * tensor->channels);
    if (all)
        infer_line(out, depth, "for (size_t i = 0; i < %zu; i++)", tensor->positions);
    text_printf(out, "%*s%s(", 4 * (all ? depth + 1 : depth), "", wide ? "unpack_wide" : "unpack");
    infer_add_at(from, all ? "i" : position, tensor->words, out);
    text_printf(out, ", %zu, %zu, %zu, ", infer_stride(tensor), tensor->planes, tensor->channels);
    infer_add_at(name, all ? "i" : NULL, tensor->channels, out);
    text_add(out, ");\n");
    return wide ? NEED_UNPACK_WIDE : NEED_UNPACK;
}

unsigned infer_emit_load(const struct infer_tensor *tensor, int depth, const char *from, const char *name,
                         const char *position, struct text *out)
{
    if (tensor->form == FORM_PLANES)
        return emit_unpack(tensor, depth, from, name, position, out);
    text_printf(out, "%*sconst %s *%s = ", 4 * depth, "", infer_type(tensor), name);
    infer_add_at(from, position, tensor->channels, out);
    text_add(out, ";\n");
    return 0;
}

void infer_open_codes(const struct infer_layer *layer, struct infer_place place, struct text *out)
{
    const struct infer_tensor *output = layer->output;
    if (!output)
        return;
    if (output->form == FORM_PLANES) {
        infer_line(out, place.depth, "%s code[%zu];", infer_type(output), output->channels);
        return;
    }
    text_printf(out, "%*s%s *code = ", 4 * place.depth, "", infer_type(output));
    infer_add_at("output", place.position, output->channels, out);
    text_add(out, ";\n");
}

unsigned infer_close_codes(const struct infer_layer *layer, struct infer_place place, struct text *out)
{
    const struct infer_tensor *output = layer->output;
    if (!output || output->form == FORM_ARRAY)
        return 0;
    const bool wide = output->planes > 8;
    text_printf(out, "%*s%s(code, %zu, %zu, %zu, ", 4 * place.depth, "", wide ? "pack_wide" : "pack", output->channels,
                output->planes, infer_stride(output));
    infer_add_at("output", place.position, output->words, out);
    text_add(out, ");\n");
    return wide ? NEED_PACK_WIDE : NEED_PACK;
}
