/*
 * Random programs of networks on images for tests of the integer C, as text: convolutions with strides, padding, dilation
 * and groups, depthwise ones, pools before and behind quantizers, sums of raw accumulators, residual additions, concats;
 * every kind of code. The same seed gives the same text.
 */
#ifndef QNN_TESTS_INFER_IMAGES_H
#define QNN_TESTS_INFER_IMAGES_H

#include "base/require.h"
#include "base/text.h"
#include "integer/integer.h"
#include "syntax/ast.h"
#include "transform/transform.h"
#include "tests/support/draw.h"
#include "tests/support/frozen.h"

#include <string.h>

struct images {
    struct draw draw;
    struct text body; /* statements of the network */
    int height, width, channels;
    int value;  /* the current value is called vN */
    bool sign;  /* its codes are signs */
    bool raw;   /* it needs a quantizer, or is sums: only some readers may follow */
    int budget; /* of the range of sums: the largest code times products so far */
};

static inline int one_of(struct images *images, const int *values, int count)
{
    return values[draw_int(&images->draw, 0, count - 1)];
}

static inline int draw_channels(struct images *images)
{
    static const int sizes[] = {1, 2, 3, 5, 7, 8, 17, 24, 63, 64, 65, 128, 130};
    return one_of(images, sizes, draw_int(&images->draw, 0, 3) ? 8 : 13);
}

static inline void add_activation(struct images *images, struct text *out)
{
    const int kind = draw_int(&images->draw, 0, 3);
    images->sign = kind < 2;
    if (kind < 2)
        text_add(out, " -> sign");
    else if (kind == 2)
        text_printf(out, " -> quantize(uint(%d, clip = fixed(%d.0)))", draw_int(&images->draw, 1, 5),
                    draw_int(&images->draw, 1, 3));
    else
        text_add(out, " -> relu");
}

static inline int window_size(int input, int kernel, int stride, int pad, int dilation)
{
    return (input + 2 * pad - (dilation * (kernel - 1) + 1)) / stride + 1;
}

/* " -> conv(...)" of a size that fits; same: neither rows nor columns change. */
static inline void add_conv(struct images *images, bool same, int channels, struct text *out)
{
    static const int kernels[] = {1, 2, 3, 3, 5};
    struct draw *draw = &images->draw;
    const int smaller = images->height < images->width ? images->height : images->width;
    int kernel = one_of(images, kernels, 5), dilation = draw_int(draw, 0, 3) ? 1 : 2;
    kernel = same ? kernel | 1 : kernel;
    while (dilation * (kernel - 1) + 1 > smaller) {
        kernel = kernel > 2 ? kernel - 2 : 1;
        dilation = 1;
    }
    const int pad = same ? dilation * (kernel - 1) / 2 : kernel > 1 ? draw_int(draw, 0, 2) * draw_int(draw, 0, 1) : 0;
    const int stride = same || smaller < 4 ? 1 : draw_int(draw, 1, 4) % 3 + (draw_int(draw, 0, 1) ? 0 : 1);
    const int step = stride < 1 ? 1 : stride;
    const bool depthwise = channels == images->channels && draw_int(draw, 0, 2) == 0;
    text_printf(out, depthwise ? " -> depthwise(%d" : " -> conv(%d, ", depthwise ? kernel : channels);
    if (!depthwise)
        text_printf(out, "%d", kernel);
    if (step > 1)
        text_printf(out, ", stride = %d", step);
    if (pad > 0)
        text_printf(out, ", pad = %d", pad);
    if (pad > 0 && images->sign && draw_int(draw, 0, 1))
        text_add(out, ", pad_value = -1");
    if (dilation > 1)
        text_printf(out, ", dilation = %d", dilation);
    for (int groups = 5; !depthwise && groups > 1 && draw_int(draw, 0, 1); groups--)
        if (channels % groups == 0 && images->channels % groups == 0) {
            text_printf(out, ", groups = %d", groups);
            break;
        }
    text_add(out, ")");
    images->height = window_size(images->height, kernel, step, pad, dilation);
    images->width = window_size(images->width, kernel, step, pad, dilation);
    images->channels = channels;
}

static inline void add_pool(struct images *images, const char *kind, struct text *out)
{
    const int rows = images->height > 1 ? 2 : 1, columns = images->width > 2 ? draw_int(&images->draw, 2, 3) : 1;
    const int stride = draw_int(&images->draw, 0, 2) ? rows : 1;
    text_printf(out, " -> %s([%d, %d], stride = [%d, %d])", kind, rows, columns, stride, columns);
    images->height = (images->height - rows) / stride + 1;
    images->width = (images->width - columns) / columns + 1;
}

static inline void add_norm(struct images *images, struct text *out)
{
    if (draw_int(&images->draw, 0, 3))
        text_add(out, " -> batchnorm");
}

/* One step: codes to codes. */
static inline void add_step(struct images *images, struct text *out)
{
    struct draw *draw = &images->draw;
    switch (draw_int(draw, 0, 6)) {
    case 0: /* a pool of codes */
        add_pool(images, "maxpool", out);
        return;
    case 1: /* raw accumulators summed */
        add_conv(images, false, draw_channels(images), out);
        add_pool(images, "avgpool", out);
        text_add(out, " -> batchnorm");
        break;
    case 2: /* a pool before the quantizer */
        add_conv(images, false, draw_channels(images), out);
        add_norm(images, out);
        add_pool(images, "maxpool", out);
        break;
    case 3: /* sums of codes */
        add_pool(images, "avgpool", out);
        if (draw_int(draw, 0, 1)) {
            images->sign = false;
            add_conv(images, false, draw_channels(images), out);
        }
        break;
    default:
        add_conv(images, false, draw_int(draw, 0, 2) ? draw_channels(images) : images->channels, out);
        add_norm(images, out);
    }
    add_activation(images, out);
}

static inline void finish_value(struct images *images, struct text *line)
{
    images->value++;
    text_printf(&images->body, "  v%d = %s;\n", images->value, text_cstr(line));
    text_free(line);
}

/* Two branches of the current value, joined. */
static inline void add_branches(struct images *images)
{
    struct draw *draw = &images->draw;
    const int from = images->value;
    const bool add = draw_int(draw, 0, 1), quantized = draw_int(draw, 0, 1), skip = add && draw_int(draw, 0, 1);
    struct images start = *images;
    struct text a = {0}, b = {0}, line = {0};
    const int channels = skip ? images->channels : draw_channels(images);
    text_printf(&a, "v%d", from);
    add_conv(images, true, channels, &a);
    add_norm(images, &a);
    if (quantized)
        add_activation(images, &a);
    finish_value(images, &a);
    const int first = images->value;
    images->channels = start.channels;
    images->sign = start.sign;
    if (!skip) {
        text_printf(&b, "v%d", from);
        add_conv(images, true, add ? channels : draw_channels(images), &b);
        if (quantized && draw_int(draw, 0, 1))
            add_activation(images, &b);
        finish_value(images, &b);
    }
    text_printf(&line, "%s(v%d, v%d%s)", add ? "add" : "concat", first, skip ? from : images->value,
                draw_int(draw, 0, 2) ? "" : ", q = int(3)");
    images->channels = add ? channels : channels + images->channels;
    images->sign = false;
    if (draw_int(draw, 0, 3)) {
        add_norm(images, &line);
        add_activation(images, &line);
    } else {
        add_conv(images, false, draw_channels(images), &line);
        add_activation(images, &line);
    }
    finish_value(images, &line);
}

/* How the network ends in a vector. */
static inline void add_end(struct images *images)
{
    struct draw *draw = &images->draw;
    const int kind = draw_int(draw, 0, 3);
    text_printf(&images->body, "  v%d", images->value);
    if (kind == 0) {
        text_add(&images->body, " -> conv(4, 1) -> global_avgpool -> classify;\n");
        return;
    }
    text_add(&images->body, kind == 1 ? " -> global_avgpool" : " -> flatten");
    if (kind == 2) {
        text_add(&images->body, " -> dense(20) -> batchnorm");
        add_activation(images, &images->body);
    }
    text_printf(&images->body, " -> dense(5) -> %s;\n", draw_int(draw, 0, 1) ? "classify" : "regress");
}

static inline void add_input(struct images *images)
{
    static const char *const elements[] = {"u8", "i8", "f32", "u8"};
    static const char *const first[] = {"", "", " -> sign", ""};
    struct draw *draw = &images->draw;
    static const int sizes[] = {5, 7, 8, 9, 12};
    static const int channels[] = {1, 2, 3, 3, 17, 65};
    const int element = draw_int(draw, 0, 3);
    images->height = one_of(images, sizes, 5);
    images->width = one_of(images, sizes, 5);
    images->channels = one_of(images, channels, 6);
    images->sign = element == 2;
    text_printf(&images->body, "  v0 = input %s[%d, %d, %d]%s", elements[element], images->height, images->width,
                images->channels, first[element]);
    if (element == 2)
        text_add(&images->body, "");
    else if (draw_int(draw, 0, 2) == 0)
        add_activation(images, &images->body);
    text_add(&images->body, ";\n");
}

static inline void write_images(uint64_t seed, struct text *out)
{
    static const char *const weights[] = {"binary", "ternary", "binary(scale = layer)", "ternary(scale = channel)"};
    struct images images = {.draw = draw_open(seed, 21)};
    add_input(&images);
    const int steps = draw_int(&images.draw, 1, 4);
    for (int i = 0; i < steps; i++)
        if (draw_int(&images.draw, 0, 2) == 0) {
            add_branches(&images);
        } else {
            struct text line = {0};
            text_printf(&line, "v%d", images.value);
            add_step(&images, &line);
            finish_value(&images, &line);
        }
    add_end(&images);
    text_printf(out,
                "scheme s {\n  weights = %s;\n  deploy = uint(%d, calibrate = max);\n  join = int(%d);\n}\n"
                "network net {\n%s}\nquantize { * : s; }\n",
                weights[draw_int(&images.draw, 0, 3)], draw_int(&images.draw, 2, 6), draw_int(&images.draw, 2, 8),
                text_cstr(&images.body));
    text_free(&images.body);
}

/* The graph of a program with random frozen tensors; NULL where it is refused, with the messages on stderr. */
static inline struct int_graph *build_program(const char *program, uint64_t seed, struct arena *arena)
{
    struct sink *sink = sink_open(arena, DIAGNOSTICS_TEXT);
    struct source *source = ARENA_NEW(arena, struct source);
    *source = (struct source){.name = "images.qnn", .text = program, .length = strlen(program)};
    const struct ast_file *file = ast_parse(source, arena, sink);
    const struct model *model = file ? transform_program(file, NULL, 0, arena, sink) : NULL;
    const struct int_plan *plan = model ? int_cut(model, arena, sink) : NULL;
    struct int_graph *graph = NULL;
    if (plan) {
        struct frozen *frozen = frozen_random(plan, seed, arena);
        graph = int_lower(plan, &frozen->file, arena, sink);
    }
    if (graph) {
        int_verify(graph);
        return graph;
    }
    struct text messages = {0};
    sink_render(sink, &messages);
    fprintf(stderr, "%s\n%s\n", program, text_cstr(&messages));
    text_free(&messages);
    return NULL;
}

#endif
