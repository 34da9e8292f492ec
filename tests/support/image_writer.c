/* Values, quantizers, pools and convolutions of random networks on images. */
#include "tests/support/image_writer.h"

#include <stdio.h>

void name_value(struct writer *writer, struct value *value)
{
    value->number = ++writer->value_count;
    text_printf(writer->text, "  v%d = ", value->number);
}

struct value begin(struct writer *writer, const struct value *from)
{
    struct value value = *from;
    name_value(writer, &value);
    text_printf(writer->text, "v%d", from->number);
    return value;
}

void end(struct writer *writer)
{
    text_add(writer->text, ";\n");
}

struct label *add_label(struct writer *writer, char letter, int scheme)
{
    struct label *label = &writer->labels[writer->label_count++];
    *label = (struct label){.scheme = scheme};
    snprintf(label->name, sizeof label->name, "%c%d", letter, writer->label_count);
    text_printf(writer->text, " -> %s: ", label->name);
    return label;
}

/* ---- Activations and batch norms --------------------------------------------------------------------------------- */

void add_act(struct writer *writer, struct value *value, bool few)
{
    const int scheme = pick(writer, 1, SCHEMES);
    enum acts acts = writer->acts[scheme - 1];
    int bits = writer->bits[scheme - 1];
    if (chance(writer, 2) && !(few && acts == RELU)) {
        add_label(writer, 'a', scheme);
        text_add(writer->text, "act");
    } else if (chance(writer, 2)) {
        acts = SIGN;
        text_add(writer->text, " -> sign");
    } else {
        acts = UINT;
        bits = pick(writer, 1, 3);
        text_add(writer->text, " -> quantize(");
        add_uint(&writer->draw, writer->text, bits);
        text_add(writer->text, ")");
    }
    value->content = acts == SIGN ? SIGNS : CODES;
    value->magnitude = acts == SIGN ? 1 : (1 << bits) - 1;
    value->relu = acts == RELU;
    if (chance(writer, 6))
        text_add(writer->text, " -> dropout(0.2)");
}

bool maybe_batchnorm(struct writer *writer, int one_in)
{
    const bool wanted = chance(writer, one_in);
    if (wanted)
        add_batchnorm(&writer->draw, writer->text);
    return wanted;
}

/* ---- Windows ----------------------------------------------------------------------------------------------------- */

static int extent(int taps, int dilation)
{
    return (taps - 1) * dilation + 1;
}

static void lay(struct value *value, const struct window *window)
{
    value->height =
        (value->height + 2 * window->pad_rows - extent(window->rows, window->dilation)) / window->stride_rows + 1;
    value->width =
        (value->width + 2 * window->pad_columns - extent(window->columns, window->dilation)) / window->stride_columns +
        1;
}

static void add_size(struct writer *writer, const char *name, int rows, int columns)
{
    if (rows == columns && !chance(writer, 4))
        text_printf(writer->text, "%s%d", name, rows);
    else
        text_printf(writer->text, "%s[%d, %d]", name, rows, columns);
}

static void draw_stride(struct writer *writer, struct window *window)
{
    window->stride_rows = window->stride_columns = chance(writer, 3) ? 2 : 1;
    if (chance(writer, 5))
        window->stride_columns = pick(writer, 1, 3);
}

struct window draw_pool(struct writer *writer, const struct value *value)
{
    struct window window = {.rows = least(value->height, chance(writer, 6) ? 1 : pick(writer, 2, 3)), .dilation = 1};
    window.columns = chance(writer, 3) ? pick(writer, 1, least(3, value->width)) : least(window.rows, value->width);
    if (chance(writer, 2)) {
        draw_stride(writer, &window);
    } else {
        window.stride_rows = window.rows;
        window.stride_columns = window.columns;
    }
    return window;
}

void add_pool(struct writer *writer, struct value *value, const struct window *window, bool max)
{
    text_add(writer->text, max ? " -> maxpool(" : " -> avgpool(");
    add_size(writer, "", window->rows, window->columns);
    if (window->stride_rows != window->rows || window->stride_columns != window->columns || chance(writer, 4))
        add_size(writer, ", stride = ", window->stride_rows, window->stride_columns);
    text_add(writer->text, ")");
    lay(value, window);
    if (max)
        return;
    value->magnitude *= window->rows * window->columns;
    value->relu = false;
    if (value->content == SIGNS)
        value->content = CODES;
}

/* ---- Convolutions ------------------------------------------------------------------------------------------------ */

void pad_same(struct conv *conv)
{
    conv->padding = SAME;
    conv->window.pad_rows = (extent(conv->window.rows, conv->window.dilation) - 1) / 2;
    conv->window.pad_columns = (extent(conv->window.columns, conv->window.dilation) - 1) / 2;
}

/* `same` of odd kernels, a number, or nothing where the kernel fits without. */
static void draw_padding(struct writer *writer, const struct value *value, struct conv *conv)
{
    struct window *window = &conv->window;
    const int rows = extent(window->rows, window->dilation), columns = extent(window->columns, window->dilation);
    const int missing = greatest(rows - value->height, columns - value->width);
    const int needed = missing > 0 ? (missing + 1) / 2 : 0;
    if (rows % 2 == 1 && columns % 2 == 1 && chance(writer, 2)) {
        pad_same(conv);
    } else if (needed > 0 || chance(writer, 2)) {
        conv->padding = NUMBER;
        window->pad_rows = window->pad_columns = needed + pick(writer, 0, 1);
    }
}

static void draw_channels(struct writer *writer, const struct value *value, struct conv *conv)
{
    conv->groups = 1;
    conv->depthwise = chance(writer, 5);
    if (conv->depthwise) {
        conv->channels = conv->groups = value->channels;
        return;
    }
    if (chance(writer, 3)) {
        conv->groups = pick(writer, 1, value->channels);
        while (value->channels % conv->groups != 0)
            conv->groups--;
    }
    conv->channels = conv->groups * pick(writer, 1, conv->groups > 3 ? 1 : 5 - conv->groups);
}

struct conv draw_conv(struct writer *writer, const struct value *value)
{
    struct conv conv = {.window = {.rows = pick(writer, 1, 3), .dilation = chance(writer, 5) ? 2 : 1}};
    conv.window.columns = chance(writer, 3) ? pick(writer, 1, 5) : conv.window.rows;
    draw_stride(writer, &conv.window);
    draw_padding(writer, value, &conv);
    draw_channels(writer, value, &conv);
    return conv;
}

/* Left out where 0, or 1 behind signs, will do; the padding of the input is a value that has a code. */
static void add_pad_value(struct writer *writer, const struct value *value)
{
    const struct input *input = writer->input;
    if (value->content == SIGNS && chance(writer, 2))
        text_add(writer->text, chance(writer, 2) ? ", pad_value = -1" : ", pad_value = 1");
    else if (value->content == CODES && chance(writer, 3))
        text_add(writer->text, ", pad_value = 0");
    else if (value->content == ELEMENTS && (!input->zero || chance(writer, 2)))
        text_printf(writer->text, ", pad_value = %s", input->pads[pick(writer, 0, 2)]);
}

void add_conv(struct writer *writer, struct value *value, const struct conv *conv)
{
    const struct window *window = &conv->window;
    struct label *label = add_label(writer, 'l', pick(writer, 1, SCHEMES));
    label->pe = conv->channels / conv->groups;
    label->simd = window->rows * window->columns * (value->channels / conv->groups);
    struct text *text = writer->text;
    if (conv->depthwise)
        text_add(text, "depthwise(");
    else
        text_printf(text, "conv(%d, ", conv->channels);
    add_size(writer, "", window->rows, window->columns);
    if (window->stride_rows > 1 || window->stride_columns > 1)
        add_size(writer, ", stride = ", window->stride_rows, window->stride_columns);
    if (conv->padding == SAME)
        text_add(text, ", pad = same");
    else if (conv->padding == NUMBER)
        text_printf(text, ", pad = %d", window->pad_rows);
    add_pad_value(writer, value);
    if (window->dilation > 1)
        text_printf(text, ", dilation = %d", window->dilation);
    if (conv->groups > 1 && !conv->depthwise)
        text_printf(text, ", groups = %d", conv->groups);
    text_add(text, chance(writer, 4) ? ", bias = true)" : ")");
    lay(value, window);
    writer->keeps_widths |= value->fixed && conv->groups > 1 && !conv->depthwise;
    value->fixed &= conv->depthwise;
    value->channels = conv->channels;
    value->content = CODES;
    value->relu = false;
}
