/*
 * Taps, and the function `window_NAME` that gathers the bits of a window in the order of the weights: what a layer that
 * multiplies bit by bit counts over.
 */
#include "backend/c/infer_kernels.h"
#include "backend/c/infer_layer.h"

#include "base/require.h"

#include <inttypes.h>
#include <string.h>

/* ---- Taps -------------------------------------------------------------------------------------------------------- */

/* "y * 2 + r * 3 - 1", factors of 1 and a pad of 0 left out. */
static void add_coordinate(const char *output, int stride, const char *tap, int dilation, int pad, struct text *out)
{
    text_add(out, output);
    if (stride != 1)
        text_printf(out, " * %d", stride);
    if (tap)
        text_printf(out, " + %s", tap);
    if (tap && dilation != 1)
        text_printf(out, " * %d", dilation);
    if (pad)
        text_printf(out, " - %d", pad);
}

int infer_open_taps(const struct unit_plan *plan, int depth, struct text *out)
{
    const struct model_window *window = plan->window;
    infer_line(out, depth, "for (size_t r = 0; r < %d; r++)", window->kernel_height);
    infer_line(out, depth + 1, "for (size_t s = 0; s < %d; s++) {", window->kernel_width);
    text_printf(out, "%*sconst size_t row = ", 4 * (depth + 2), "");
    add_coordinate("y", window->stride_height, "r", window->dilation, window->pad_top, out);
    text_add(out, ", column = ");
    add_coordinate("x", window->stride_width, "s", window->dilation, window->pad_left, out);
    text_printf(out, ";%s\n", window->pads ? " /* above 0 they wrap round */" : "");
    return depth + 2;
}

void infer_add_inside(const struct unit_plan *plan, struct text *out)
{
    if (plan->window->pads)
        text_printf(out, "row < %d && column < %d ? ", plan->in_shape[0].height, plan->in_shape[0].width);
}

const char *infer_tap_position(const struct unit_plan *plan, struct arena *arena)
{
    return arena_printf(arena, "(row * %d + column)", plan->in_shape[0].width);
}

int32_t infer_outside(const struct infer_layer *layer)
{
    const struct infer_tensor *input = layer->inputs[0];
    const int32_t n = layer->unit->plan->pad_code;
    if (input->edge.type.encoding == QNN_ENCODING_SIGN)
        return n > 0;
    return n + input->offset;
}

/* ---- What the gathers share -------------------------------------------------------------------------------------- */

struct gather {
    const struct infer_layer *layer;
    const struct unit_plan *plan;
    const struct infer_tensor *input;
    const struct infer_window *window;
    bool dense;
    bool rows; /* the taps of a kernel row lie one after the other, all inside */
    struct arena *arena;
    struct text *out;
};

/* "plane * 900 + " where there are several planes. */
static const char *plane_offset(const struct gather *gather)
{
    if (gather->input->planes == 1)
        return "";
    return arena_printf(gather->arena, "plane * %zu + ", infer_stride(gather->input));
}

/* Position of the first tap of kernel row r. */
static const char *row_position(const struct gather *gather)
{
    const struct model_window *window = gather->plan->window;
    struct text text = {0};
    text_add(&text, "((");
    add_coordinate("y", window->stride_height, "r", 1, 0, &text);
    text_printf(&text, ") * %d + ", gather->plan->in_shape[0].width);
    add_coordinate("x", window->stride_width, NULL, 1, 0, &text);
    text_add(&text, ")");
    const char *position = arena_strdup(gather->arena, text_cstr(&text));
    text_free(&text);
    return position;
}

static int open_planes(const struct gather *gather, struct text *out)
{
    if (gather->input->planes == 1)
        return 1;
    infer_line(out, 1, "for (size_t plane = 0; plane < %zu; plane++) {", gather->input->planes);
    return 2;
}

static void close_planes(int depth, struct text *out)
{
    if (depth > 1)
        infer_line(out, 1, "}");
}

/* The words that taps outside read: the pad's code in every channel. */
static void emit_outside(const struct gather *gather)
{
    const struct infer_tensor *input = gather->input;
    if (gather->dense || !gather->plan->window->pads)
        return;
    text_printf(gather->out, "static const uint64_t %s_outside[%zu] = {", gather->layer->name,
                input->planes * input->words);
    for (size_t i = 0; i < input->planes * input->words; i++) {
        const size_t rest = input->channels - i % input->words * INFER_WORD;
        const uint64_t mask = rest < INFER_WORD ? (UINT64_C(1) << rest) - 1 : UINT64_MAX;
        const bool set = (uint32_t)infer_outside(gather->layer) >> (i / input->words) & 1;
        text_printf(gather->out, "%s0x%016" PRIx64 ",", i % 4 == 0 ? "\n    " : " ", set ? mask : 0);
    }
    text_add(gather->out, "\n};\n");
}

void infer_declare_window(const struct infer_layer *layer, struct text *out)
{
    if (layer->window.bytes)
        text_printf(out, "uint8_t window[%zu]", layer->window.bytes);
    else if (layer->inputs[0]->planes > 1)
        text_printf(out, "uint64_t window[%zu * %zu]", layer->inputs[0]->planes, layer->window.words);
    else
        text_printf(out, "uint64_t window[%zu]", layer->window.words);
}

static void emit_gather_head(const struct gather *gather)
{
    text_printf(gather->out, "static inline void window_%s(", gather->layer->name);
    infer_declare(gather->input, "const ", "input", gather->out);
    text_printf(gather->out, ", %s%s", gather->dense ? "" : "size_t y, size_t x, ",
                gather->layer->groups > 1 ? "size_t group, " : "");
    infer_declare_window(gather->layer, gather->out);
    text_add(gather->out, ")\n{\n");
}

/* `from`: the words of a tap in this plane. */
static void emit_tap_words(const struct gather *gather, int depth)
{
    const char *plane = plane_offset(gather);
    text_printf(gather->out, "%*sconst uint64_t *from = ", 4 * depth, "");
    infer_add_inside(gather->plan, gather->out);
    infer_add_at(arena_printf(gather->arena, "input + %s", *plane ? plane : ""), NULL, 1, gather->out);
    text_printf(gather->out, "%s", infer_tap_position(gather->plan, gather->arena));
    if (gather->input->words > 1)
        text_printf(gather->out, " * %zu", gather->input->words);
    if (gather->plan->window->pads && gather->input->planes > 1)
        text_printf(gather->out, " : %s_outside + plane * %zu", gather->layer->name, gather->input->words);
    else if (gather->plan->window->pads)
        text_printf(gather->out, " : %s_outside", gather->layer->name);
    text_add(gather->out, ";\n");
}

/* ---- Words ------------------------------------------------------------------------------------------------------- */

static void emit_words(const struct gather *gather)
{
    struct text *out = gather->out;
    const size_t words = gather->window->tap_bits / INFER_WORD;
    const int depth = open_planes(gather, out);
    if (gather->rows) {
        infer_line(out, depth, "for (size_t r = 0; r < %d; r++) {", gather->plan->window->kernel_height);
        text_printf(out, "%*sconst uint64_t *from = input + %s%s", 4 * depth + 4, "", plane_offset(gather),
                    row_position(gather));
        text_add(out, words > 1 ? arena_printf(gather->arena, " * %zu;\n", words) : ";\n");
        infer_line(out, depth + 1, "for (size_t i = 0; i < %zu; i++)",
                   (size_t)gather->plan->window->kernel_width * words);
        infer_line(out, depth + 2, "*window++ = from[i];");
        infer_line(out, depth, "}");
        close_planes(depth, out);
        return;
    }
    const int inside = infer_open_taps(gather->plan, depth, out);
    emit_tap_words(gather, inside);
    infer_line(out, inside, "for (size_t i = 0; i < %zu; i++)", words);
    if (gather->layer->groups > 1)
        infer_line(out, inside + 1, "*window++ = from[group * %zu + i];", words);
    else
        infer_line(out, inside + 1, "*window++ = from[i];");
    infer_line(out, inside - 1, "}");
    close_planes(depth, out);
}

/* ---- Bits -------------------------------------------------------------------------------------------------------- */

static void emit_bits(const struct gather *gather)
{
    struct text *out = gather->out;
    const size_t words = gather->window->words, run = gather->window->run;
    const char *window =
        gather->input->planes > 1 ? arena_printf(gather->arena, "window + plane * %zu", words) : "window";
    infer_line(out, 1, "for (size_t i = 0; i < %zu; i++)", gather->input->planes * words);
    infer_line(out, 2, "window[i] = 0;");
    const int depth = open_planes(gather, out);
    if (gather->dense) {
        infer_line(out, depth, "for (size_t i = 0; i < %zu; i++)", gather->window->taps);
        infer_line(out, depth + 1, "append(%s, i * %zu, input + %si * %zu, 0, %zu);", window, run, plane_offset(gather),
                   gather->input->words, run);
        close_planes(depth, out);
        return;
    }
    infer_line(out, depth, "size_t at = 0;");
    const int inside = infer_open_taps(gather->plan, depth, out);
    emit_tap_words(gather, inside);
    const char *first = gather->layer->groups > 1 ? arena_printf(gather->arena, "group * %zu", run) : "0";
    infer_line(out, inside, "append(%s, at, from, %s, %zu);", window, first, run);
    infer_line(out, inside, "at += %zu;", run);
    infer_line(out, inside - 1, "}");
    close_planes(depth, out);
}

/* ---- Codes ------------------------------------------------------------------------------------------------------- */

/* Signed codes of an array are lifted to start at 0. */
static int32_t lift_of(const struct infer_tensor *input)
{
    return input->edge.type.encoding == QNN_ENCODING_TWOS ? 1 << (input->edge.type.bits - 1) : 0;
}

static void emit_copy(const struct gather *gather, const char *type, int depth, size_t count)
{
    const int32_t lift = lift_of(gather->input);
    infer_line(gather->out, depth, "for (size_t i = 0; i < %zu; i++)", count);
    if (lift)
        infer_line(gather->out, depth + 1, "*to++ = (%s)(from[i] + %" PRId32 ");", type, lift);
    else
        infer_line(gather->out, depth + 1, "*to++ = from[i];");
}

static void emit_code_rows(const struct gather *gather, const char *type)
{
    const struct unit_plan *plan = gather->plan;
    infer_line(gather->out, 1, "for (size_t r = 0; r < %d; r++) {", plan->window->kernel_height);
    infer_line(gather->out, 2, "const %s *from = input + %s * %d;", infer_type(gather->input), row_position(gather),
               plan->in_shape[0].channels);
    emit_copy(gather, type, 2, (size_t)plan->window->kernel_width * gather->window->run);
    infer_line(gather->out, 1, "}");
}

static void emit_code_taps(const struct gather *gather, const char *type)
{
    const struct unit_plan *plan = gather->plan;
    struct text *out = gather->out;
    const int depth = infer_open_taps(plan, 1, out);
    const char *group =
        gather->layer->groups > 1 ? arena_printf(gather->arena, " + group * %zu", gather->window->run) : "";
    const bool pads = plan->window->pads;
    if (pads)
        infer_line(out, depth, "if (row < %d && column < %d) {", plan->in_shape[0].height, plan->in_shape[0].width);
    infer_line(out, depth + pads, "const %s *from = input + %s * %d%s;", infer_type(gather->input),
               infer_tap_position(plan, gather->arena), plan->in_shape[0].channels, group);
    emit_copy(gather, type, depth + pads, gather->window->run);
    if (pads) {
        infer_line(out, depth, "} else {");
        infer_line(out, depth + 1, "for (size_t i = 0; i < %zu; i++)", gather->window->run);
        infer_line(out, depth + 2, "*to++ = %" PRId32 ";", infer_outside(gather->layer) + lift_of(gather->input));
        infer_line(out, depth, "}");
    }
    infer_line(out, depth - 1, "}");
}

static unsigned emit_codes(const struct gather *gather)
{
    struct text *out = gather->out;
    const struct infer_window *window = gather->window;
    const bool wide = gather->input->planes > 8;
    const char *type = wide ? "int32_t" : "uint8_t", *codes = window->bytes ? "window" : "code";
    const size_t room = window->bytes ? window->bytes : window->words * INFER_WORD;
    if (!window->bytes)
        infer_line(out, 1, "%s code[%zu];", type, room);
    infer_line(out, 1, "%s *to = %s;", type, codes);
    if (gather->dense) {
        infer_line(out, 1, "const %s *from = input;", infer_type(gather->input));
        emit_copy(gather, type, 1, window->taps * window->run);
    } else if (gather->rows) {
        emit_code_rows(gather, type);
    } else {
        emit_code_taps(gather, type);
    }
    if (window->taps * window->run < room) {
        infer_line(out, 1, "while (to < %s + %zu)", codes, room);
        infer_line(out, 2, "*to++ = 0;");
    }
    if (window->bytes)
        return 0;
    infer_line(out, 1, "%s(code, %zu, %zu, %zu, window);", wide ? "pack_wide" : "pack", room, gather->input->planes,
               window->words);
    return wide ? NEED_PACK_WIDE : NEED_PACK;
}

/* ---- The kernel that gathers ------------------------------------------------------------------------------------- */

bool infer_gathers_bytes(const struct infer_layer *layer)
{
    const struct unit_plan *plan = layer->unit->plan;
    return layer->window.bytes && plan->source == UNIT_CONV && plan->window->pads && layer->groups == 1;
}

static void emit_taps(const struct infer_layer *layer, struct text *out)
{
    const struct model_window *window = layer->unit->plan->window;
    const struct shape shape = layer->unit->plan->in_shape[0];
    infer_line(out, 0, "static const struct taps %s_taps = {", layer->name);
    infer_line(out, 1, ".height = %d, .width = %d, .channels = %d,", shape.height, shape.width, shape.channels);
    infer_line(out, 1, ".kernel_height = %d, .kernel_width = %d, .stride_height = %d, .stride_width = %d,",
               window->kernel_height, window->kernel_width, window->stride_height, window->stride_width);
    infer_line(out, 1, ".dilation = %d, .pad_top = %d, .pad_left = %d,", window->dilation, window->pad_top,
               window->pad_left);
    infer_line(out, 0, "};");
    text_add(out, "\n");
}

void infer_emit_gather_bytes(const struct infer_layer *layer, int depth, struct text *out)
{
    const int32_t lift = lift_of(layer->inputs[0]);
    const char *input = strcmp(infer_type(layer->inputs[0]), "uint8_t") == 0 ? "input" : "(const uint8_t *)input";
    infer_line(out, depth, "gather_bytes(%s, &%s_taps, y, x, %" PRId32 ", %" PRId32 ", window, sizeof window);", input,
               layer->name, lift, infer_outside(layer) + lift);
}

unsigned infer_emit_window(const struct infer_layer *layer, struct text *out)
{
    if (infer_gathers_bytes(layer)) {
        emit_taps(layer, out);
        return NEED_GATHER_BYTES;
    }
    const struct unit_plan *plan = layer->unit->plan;
    struct arena arena = {0};
    struct gather gather = {.layer = layer,
                            .plan = plan,
                            .input = layer->inputs[0],
                            .window = &layer->window,
                            .dense = !plan->window,
                            .arena = &arena,
                            .out = out};
    unsigned needs = 0;
    if (layer->window.gather == GATHER_NOTHING)
        return 0;
    gather.rows = !gather.dense && !plan->window->pads && plan->window->dilation == 1 && layer->groups == 1;
    if (layer->window.gather != GATHER_CODES)
        emit_outside(&gather);
    emit_gather_head(&gather);
    if (layer->window.gather == GATHER_CODES)
        needs = emit_codes(&gather);
    else if (layer->window.gather == GATHER_WORDS)
        emit_words(&gather);
    else
        emit_bits(&gather);
    text_add(out, "}\n\n");
    arena_free(&arena);
    return layer->window.gather == GATHER_BITS ? NEED_APPEND : needs;
}
