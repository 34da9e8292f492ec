/* Lines, comments, numbers and strings of the generated trainer. */
#include "backend/c/trainer_emit.h"

#include "model/table.h"

#include "base/require.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { COLUMNS = 120, INDENT = 4, COMMENT_PLACE_COLUMN = 88, ALIGNED_BYTES = 256 };

const char *trainer_format(struct emitter *e, const char *text, ...)
{
    va_list args;
    va_start(args, text);
    const char *result = arena_vprintf(&e->arena, text, args);
    va_end(args);
    return result;
}

/* The last ", " at which a line of `width` columns can be broken, outside a string; NULL where there is none. */
static const char *break_point(const char *text, size_t width)
{
    const char *found = NULL;
    bool quoted = false;
    for (size_t i = 0; text[i] && i < width; i++) {
        if (text[i] == '"' && (i == 0 || text[i - 1] != '\\'))
            quoted = !quoted;
        if (!quoted && text[i] == ',' && text[i + 1] == ' ')
            found = text + i + 2;
    }
    return found;
}

/* How far to the right of the start of a piece of a line its continuations go: after the bracket that is open at the
 * break, as clang-format puts it; else INDENT, once for a line. */
static size_t continuation_column(const char *text, const char *end, bool continued)
{
    size_t open[16], depth = 0;
    for (const char *at = text; at < end; at++) {
        if ((*at == '(' || *at == '{') && depth < sizeof open / sizeof open[0])
            open[depth++] = (size_t)(at - text) + 1;
        if ((*at == ')' || *at == '}') && depth)
            depth--;
    }
    return depth ? open[depth - 1] : continued ? 0 : INDENT;
}

void trainer_line(struct emitter *e, int level, const char *text, ...)
{
    va_list args;
    va_start(args, text);
    const char *line = arena_vprintf(&e->arena, text, args), *rest = line;
    va_end(args);
    size_t indent = (size_t)level * INDENT;
    while (indent + strlen(rest) > COLUMNS && indent < COLUMNS / 2) {
        const char *end = break_point(rest, COLUMNS - indent);
        if (!end)
            break;
        text_printf(e->out, "%*s%.*s\n", (int)indent, "", (int)(end - rest) - 1, rest);
        indent += continuation_column(rest, end, rest != line);
        rest = end;
    }
    text_printf(e->out, "%*s%s\n", (int)indent, "", rest);
}

void trainer_blank(struct emitter *e)
{
    text_add(e->out, "\n");
}

void trainer_member(struct emitter *e, int level, const char *type, const char *names, const char *count,
                    size_t elements, size_t element_size)
{
    const size_t bytes = elements * element_size;
    REQUIRE(bytes / element_size == elements);
    struct text declarators = {0};
    for (const char *at = names; *at;) {
        const size_t length = strcspn(at, " ");
        text_printf(&declarators, "%s%.*s[%s]", at == names ? "" : ", ", (int)length, at, count);
        at += length + strspn(at + length, " ");
        e->bytes += bytes;
    }
    trainer_line(e, level, "%s%s %s;", bytes >= ALIGNED_BYTES ? "alignas(64) " : "", type, text_cstr(&declarators));
    text_free(&declarators);
}

void trainer_value_member(struct emitter *e, const struct value *value)
{
    trainer_member(e, 2, "float", "y", trainer_format(e, "BATCH * %s", value->size->name),
                   (size_t)e->model->train.batch * value->size->value, sizeof(float));
}

/* ", weights = binary" of a layer with weights; empty for float weights. */
static const char *weight_note(struct emitter *e, const struct model_node *node)
{
    const struct weight_scheme *weights = &node->scheme->weights;
    if (!node_has_weights(node) || !weights->quantizer.form)
        return "";
    return trainer_format(e, ", weights = %s%s", weights->row->name,
                          qnn_weight_draws(&weights->quantizer) ? ", stochastic" : "");
}

void trainer_layer_comment(struct emitter *e, int level, const struct step *step)
{
    const struct model_node *node = step->node, *fused = step->activation;
    const char *what = fused ? trainer_format(e, "%s + %s: one pass", node->name, fused->name)
                             : trainer_format(e, "%s: %s%s", node->name, node->written, weight_note(e, node));
    const size_t place = model_line(e->model, node->span);
    const int width = COMMENT_PLACE_COLUMN - level * INDENT;
    trainer_line(e, level, "/* %-*s %s:%zu */", width, what, e->file, place);
}

const char *trainer_float(struct emitter *e, double value)
{
    struct text text = {0};
    text_float(&text, (float)value);
    const char *result = arena_strdup(&e->arena, text_cstr(&text));
    text_free(&text);
    return result;
}

const char *trainer_double(struct emitter *e, double value)
{
    struct text text = {0};
    text_double(&text, value);
    const char *result = arena_strdup(&e->arena, text_cstr(&text));
    text_free(&text);
    return result;
}

const char *trainer_string(struct emitter *e, const char *bytes)
{
    struct text text = {0};
    text_string(&text, bytes);
    const char *result = arena_strdup(&e->arena, text_cstr(&text));
    text_free(&text);
    return result;
}

void trainer_window(struct emitter *e, int level, const struct model_window *window, struct shape in, struct shape out)
{
    const struct model_window *w = window;
    const char *padding =
        w->pad_top || w->pad_left ? trainer_format(e, " .pad_top = %d, .pad_left = %d,", w->pad_top, w->pad_left) : "";
    trainer_line(e, level, ".height = %d, .width = %d, .kernel_height = %d, .kernel_width = %d,", in.height, in.width,
                 w->kernel_height, w->kernel_width);
    trainer_line(e, level, ".stride_height = %d, .stride_width = %d,%s .dilation = %d,", w->stride_height,
                 w->stride_width, padding, w->dilation);
    trainer_line(e, level, ".out_height = %d, .out_width = %d,", out.height, out.width);
}
