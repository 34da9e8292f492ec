/*
 * Pools. The largest of single bits is an OR of their words, and where a channel takes the smallest, its bits are turned
 * round before and after. Wider codes are compared element by element, which the compiler vectorises; turned round here is
 * ~code, which reverses the order of signed and unsigned codes alike.
 */
#include "backend/c/infer_kernels.h"
#include "backend/c/infer_layer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool takes_minima(const struct infer_layer *layer)
{
    for (size_t c = 0; c < layer->channels; c++)
        if (layer->unit->minimum[c])
            return true;
    return false;
}

/* ---- Single bits ------------------------------------------------------------------------------------------------- */

static bool by_words(const struct infer_layer *layer)
{
    return layer->inputs[0]->form == FORM_PLANES && layer->inputs[0]->planes == 1 && layer->output->form == FORM_PLANES;
}

static void emit_masks(const struct infer_layer *layer, struct text *out)
{
    const size_t words = layer->output->words;
    text_printf(out, "static const uint64_t %s_smallest[%zu] = {", layer->name, words);
    for (size_t word = 0; word < words; word++) {
        uint64_t mask = 0;
        for (size_t c = word * INFER_WORD; c < layer->channels && c < (word + 1) * INFER_WORD; c++)
            mask |= (uint64_t)layer->unit->minimum[c] << c % INFER_WORD;
        text_printf(out, "%s0x%016" PRIx64 ",", word % 4 == 0 ? "\n    " : " ", mask);
    }
    text_add(out, "\n};\n");
}

static void pool_words(const struct infer_layer *layer, struct infer_place place, struct arena *arena, struct text *out)
{
    const struct unit_plan *plan = layer->unit->plan;
    const size_t words = layer->output->words;
    const char *turned = takes_minima(layer) ? arena_printf(arena, " ^ %s_smallest[i]", layer->name) : "";
    struct text to = {0}, from = {0};
    infer_add_at("output", place.position, words, &to);
    infer_add_at("input", infer_tap_position(plan, arena), words, &from);
    infer_line(out, place.depth, "uint64_t *to = %s;", text_cstr(&to));
    infer_line(out, place.depth, "uint64_t any[%zu] = {0};", words);
    const int depth = infer_open_taps(plan, place.depth, out);
    infer_line(out, depth, "const uint64_t *from = %s;", text_cstr(&from));
    infer_line(out, depth, "for (size_t i = 0; i < %zu; i++)", words);
    infer_line(out, depth + 1, "any[i] |= from[i]%s;", turned);
    infer_line(out, depth - 1, "}");
    infer_line(out, place.depth, "for (size_t i = 0; i < %zu; i++)", words);
    infer_line(out, place.depth + 1, "to[i] = any[i]%s;", turned);
    text_free(&to);
    text_free(&from);
}

/* ---- Codes ------------------------------------------------------------------------------------------------------- */

/* All bits set where the smallest is taken. */
static void emit_turns(const struct infer_layer *layer, struct text *out)
{
    text_printf(out, "static const int8_t %s_smallest[%zu] = {", layer->name, layer->channels);
    for (size_t c = 0; c < layer->channels; c++)
        text_printf(out, "%s%d,", c % 32 == 0 ? "\n    " : " ", layer->unit->minimum[c] ? -1 : 0);
    text_add(out, "\n};\n");
}

/* The array of the largest so far, which begins with the least number of its type. */
static void emit_best(const struct infer_layer *layer, int depth, const char *type, struct text *out)
{
    static const char *const least[][2] = {{"int8_t", "INT8_MIN"}, {"int16_t", "INT16_MIN"}, {"int32_t", "INT32_MIN"}};
    for (size_t i = 0; i < sizeof least / sizeof least[0]; i++)
        if (strcmp(type, least[i][0]) == 0) {
            infer_line(out, depth, "%s best[%zu];", type, layer->channels);
            infer_line(out, depth, "for (size_t c = 0; c < %zu; c++)", layer->channels);
            infer_line(out, depth + 1, "best[c] = %s;", least[i][1]);
            return;
        }
    infer_line(out, depth, "%s best[%zu] = {0};", type, layer->channels);
}

static unsigned pool_codes(const struct infer_layer *layer, struct infer_place place, struct arena *arena,
                           struct text *out)
{
    const struct unit_plan *plan = layer->unit->plan;
    const struct infer_tensor *input = layer->inputs[0];
    const int32_t lift = layer->output->offset - input->offset;
    const char *type = infer_type(input);
    const char *turned = takes_minima(layer) ? arena_printf(arena, " ^ %s_smallest[c]", layer->name) : "";
    emit_best(layer, place.depth, type, out);
    const int depth = infer_open_taps(plan, place.depth, out);
    unsigned needs = infer_emit_load(input, depth, "input", "from", infer_tap_position(plan, arena), out);
    infer_line(out, depth, "for (size_t c = 0; c < %zu; c++) {", layer->channels);
    infer_line(out, depth + 1, "const %s code = (%s)(from[c]%s);", type, type, turned);
    infer_line(out, depth + 1, "best[c] = code > best[c] ? code : best[c];");
    infer_line(out, depth, "}");
    infer_line(out, depth - 1, "}");
    infer_open_codes(layer, place, out);
    infer_line(out, place.depth, "for (size_t c = 0; c < %zu; c++)", layer->channels);
    if (lift)
        infer_line(out, place.depth + 1, "code[c] = (%s)((%s)(best[c]%s) %c %d);", infer_type(layer->output), type,
                   turned, lift < 0 ? '-' : '+', abs(lift));
    else
        infer_line(out, place.depth + 1, "code[c] = (%s)(best[c]%s);", infer_type(layer->output), turned);
    return needs | infer_close_codes(layer, place, out);
}

unsigned infer_emit_maxpool(const struct infer_layer *layer, struct text *out)
{
    struct arena arena = {0};
    const bool words = by_words(layer);
    unsigned needs = 0;
    if (takes_minima(layer) && words)
        emit_masks(layer, out);
    else if (takes_minima(layer))
        emit_turns(layer, out);
    infer_emit_head(layer, out);
    const struct infer_place place = infer_open_loops(layer, true, &arena, out);
    if (words)
        pool_words(layer, place, &arena, out);
    else
        needs = pool_codes(layer, place, &arena, out);
    infer_close_loops(place, out);
    arena_free(&arena);
    return needs;
}

/* ---- Sums -------------------------------------------------------------------------------------------------------- */

unsigned infer_emit_sumpool(const struct infer_layer *layer, struct text *out)
{
    const struct unit_plan *plan = layer->unit->plan;
    struct arena arena = {0};
    infer_emit_end_constants(layer, out);
    infer_emit_head(layer, out);
    const struct infer_place place = infer_open_loops(layer, true, &arena, out);
    infer_line(out, place.depth, "int32_t sum[%zu] = {0};", layer->channels);
    const int depth = infer_open_taps(plan, place.depth, out);
    unsigned needs = infer_emit_load(layer->inputs[0], depth, "input", "from", infer_tap_position(plan, &arena), out);
    infer_line(out, depth, "for (size_t c = 0; c < %zu; c++)", layer->channels);
    infer_line(out, depth + 1, "sum[c] += from[c];");
    infer_line(out, depth - 1, "}");
    infer_open_codes(layer, place, out);
    infer_emit_codes(layer, place.depth, "sum[c]", out);
    needs |= infer_close_codes(layer, place, out);
    infer_close_loops(place, out);
    arena_free(&arena);
    return needs;
}
