/*
 * The convolution in terms of products.
 *
 * Forward it is the product of the image's patches with the weights. The gradient of the image is gathered: position i
 * of x was read by tap r at output (i + pad - r * dilation) / stride where that is a whole number, so the positions with
 * the same remainder modulo the stride - one phase - are the patches of dy under the taps that meet them, read backwards:
 * again a product, and every element is written once. The gradient of the weights is conv_weights.c.
 */
#include "runtime/ops/conv.h"

#include "runtime/numeric/error.h"
#include "runtime/ops/columns.h"
#include "runtime/ops/conv_depthwise.h"
#include "runtime/ops/conv_product.h"
#include "runtime/ops/conv_weights.h"
#include "runtime/ops/dense.h"

#include <stdbool.h>

/* Sizes of one group as the products count them. */
struct sizes {
    size_t inputs, outputs; /* all channels */
    size_t group_inputs, group_outputs;
    size_t taps;
};

static struct sizes sizes_of(int batch, const struct qnn_conv *c)
{
    const struct qnn_window *w = &c->window;
    QNN_CHECK(batch >= 0 && c->groups > 0 && c->inputs % c->groups == 0 && c->outputs % c->groups == 0);
    QNN_CHECK(c->inputs > 0 && c->outputs > 0 && w->kernel_height > 0 && w->kernel_width > 0 && w->dilation > 0);
    QNN_CHECK(w->stride_height > 0 && w->stride_width > 0 && w->out_height > 0 && w->out_width > 0);
    return (struct sizes){.inputs = (size_t)c->inputs,
                          .outputs = (size_t)c->outputs,
                          .group_inputs = (size_t)(c->inputs / c->groups),
                          .group_outputs = (size_t)(c->outputs / c->groups),
                          .taps = (size_t)w->kernel_height * (size_t)w->kernel_width};
}

/* Whether vectors should run over groups, not within one. */
static bool is_depthwise(const struct qnn_conv *c, const struct sizes *s)
{
    return c->groups > 1 && c->groups == c->inputs && c->groups == c->outputs && s->taps <= DEPTHWISE_TAPS;
}

/* Whether each output position reads just the input position at its own place: a dense layer
 * over positions, which has its products in one piece. */
static bool is_pointwise(const struct qnn_conv *c)
{
    const struct qnn_window *w = &c->window;
    return c->groups == 1 && w->kernel_height == 1 && w->kernel_width == 1 && w->stride_height == 1 &&
           w->stride_width == 1 && w->pad_top == 0 && w->pad_left == 0 && w->out_height == w->height &&
           w->out_width == w->width;
}

static int positions_of(int batch, const struct qnn_window *w)
{
    return batch * w->out_height * w->out_width;
}

/* Groups that are run one after the other, each with the channels that follow the last one's; a depthwise convolution is
 * one run. */
static int runs_of(const struct qnn_conv *c, const struct sizes *s)
{
    return is_depthwise(c, s) ? 1 : c->groups;
}

static struct patches patches_of(int batch, const struct qnn_conv *c, const struct sizes *s, const float *x)
{
    const struct qnn_window *w = &c->window;
    const struct axis rows = {.size = w->height,
                              .count = w->out_height,
                              .step = w->stride_height,
                              .first = -w->pad_top,
                              .taps = w->kernel_height,
                              .tap_step = w->dilation};
    const struct axis columns = {.size = w->width,
                                 .count = w->out_width,
                                 .step = w->stride_width,
                                 .first = -w->pad_left,
                                 .taps = w->kernel_width,
                                 .tap_step = w->dilation};
    return (struct patches){.data = x,
                            .pixel = s->inputs,
                            .batch = (size_t)batch,
                            .rows = rows,
                            .columns = columns,
                            .channels = is_depthwise(c, s) ? s->inputs : s->group_inputs,
                            .outside = c->pad_value};
}

/* The forward product of the first group; result, exact and bias are the caller's. */
static struct conv_product forward_product(int batch, const struct qnn_conv *c, const struct sizes *s, const float *x,
                                           const float *weights)
{
    const struct qnn_window *w = &c->window;
    const size_t line = (size_t)w->out_width * s->outputs;
    return (struct conv_product){.patches = patches_of(batch, c, s, x),
                                 .weights = {.data = weights,
                                             .row_step = (ptrdiff_t)((size_t)w->kernel_width * s->group_inputs),
                                             .column_step = (ptrdiff_t)s->group_inputs,
                                             .output_step = s->taps * s->group_inputs,
                                             .channel_step = 1},
                                 .outputs = is_depthwise(c, s) ? s->outputs : s->group_outputs,
                                 .image_step = (size_t)w->out_height * line,
                                 .row_step = line,
                                 .column_step = s->outputs};
}

void qnn_conv_forward(int batch, const struct qnn_conv *conv, const float *x, const float *weights, const float *bias,
                      float *y)
{
    const struct sizes s = sizes_of(batch, conv);
    if (is_pointwise(conv)) {
        qnn_dense_forward(positions_of(batch, &conv->window), conv->inputs, conv->outputs, x, weights, bias, y);
        return;
    }
    for (int group = 0; group < runs_of(conv, &s); group++) {
        const size_t output = (size_t)group * s.group_outputs, input = (size_t)group * s.group_inputs;
        struct conv_product p = forward_product(batch, conv, &s, x + input, weights + output * s.taps * s.group_inputs);
        p.bias = bias ? bias + output : NULL;
        p.result = y + output;
        if (is_depthwise(conv, &s))
            qnn_conv_depthwise(&p);
        else
            qnn_conv_product(&p);
    }
}

void qnn_conv_accumulate(int batch, const struct qnn_conv *conv, int32_t max_product, const float *x,
                         const float *weights, int32_t *acc)
{
    const struct sizes s = sizes_of(batch, conv);
    QNN_CHECK(max_product >= 1 && s.taps * s.group_inputs <= (size_t)INT32_MAX / (size_t)max_product);
    if (is_pointwise(conv)) {
        qnn_dense_accumulate(positions_of(batch, &conv->window), conv->inputs, conv->outputs, max_product, x, weights,
                             acc);
        return;
    }
    for (int group = 0; group < runs_of(conv, &s); group++) {
        const size_t output = (size_t)group * s.group_outputs, input = (size_t)group * s.group_inputs;
        struct conv_product p = forward_product(batch, conv, &s, x + input, weights + output * s.taps * s.group_inputs);
        p.exact = acc + output;
        if (is_depthwise(conv, &s))
            qnn_conv_depthwise(&p);
        else
            qnn_conv_product_exact(&p, max_product);
    }
}

/* One direction of a phase: the positions phase, phase + stride, ... of x, and the taps that meet them. */
struct phase {
    struct axis axis; /* of dy */
    int first_tap;    /* of the kernel, for tap 0 of the axis */
    int tap_step;     /* of the kernel, from one tap of the axis to the next; negative */
};

static struct phase phase_of(int phase, int size, int out_size, int kernel, int stride, int pad, int dilation)
{
    int first = 0, step = 1; /* the lowest tap that meets the phase; how far the next one is */
    while (first < kernel && (phase + pad - first * dilation) % stride != 0)
        first++;
    while (step * dilation % stride != 0)
        step++;
    const int taps = first < kernel ? (kernel - 1 - first) / step + 1 : 0, last = first + (taps - 1) * step;
    const struct axis axis = {.size = out_size,
                              .count = (size - phase + stride - 1) / stride,
                              .step = 1,
                              .first = taps > 0 ? (phase + pad - last * dilation) / stride : 0,
                              .taps = taps,
                              .tap_step = step * dilation / stride};
    return (struct phase){.axis = axis, .first_tap = taps > 0 ? last : 0, .tap_step = -step};
}

/* dx of one group at one phase. */
static void phase_gradient(int batch, const struct qnn_conv *c, const struct sizes *s, const struct phase *rows,
                           const struct phase *columns, const float *weights, const float *dy, float *dx)
{
    const struct qnn_window *w = &c->window;
    const ptrdiff_t width = w->kernel_width, inputs = (ptrdiff_t)s->group_inputs;
    const bool depthwise = is_depthwise(c, s);
    const struct conv_product p = {
        .patches = {.data = dy,
                    .pixel = s->outputs,
                    .batch = (size_t)batch,
                    .rows = rows->axis,
                    .columns = columns->axis,
                    .channels = depthwise ? s->outputs : s->group_outputs},
        .weights = {.data = weights + (rows->first_tap * width + columns->first_tap) * inputs,
                    .row_step = rows->tap_step * width * inputs,
                    .column_step = columns->tap_step * inputs,
                    .output_step = depthwise ? s->taps : 1,
                    .channel_step = s->taps * s->group_inputs},
        .outputs = depthwise ? s->inputs : s->group_inputs,
        .result = dx,
        .image_step = (size_t)w->height * (size_t)w->width * s->inputs,
        .row_step = (size_t)w->stride_height * (size_t)w->width * s->inputs,
        .column_step = (size_t)w->stride_width * s->inputs,
    };
    if (depthwise)
        qnn_conv_depthwise(&p);
    else
        qnn_conv_product(&p);
}

static void input_gradient(int batch, const struct qnn_conv *c, const struct sizes *s, const float *weights,
                           const float *dy, float *dx)
{
    const struct qnn_window *w = &c->window;
    for (int i = 0; i < w->stride_height && i < w->height; i++) {
        const struct phase rows =
            phase_of(i, w->height, w->out_height, w->kernel_height, w->stride_height, w->pad_top, w->dilation);
        for (int j = 0; j < w->stride_width && j < w->width; j++) {
            const struct phase columns =
                phase_of(j, w->width, w->out_width, w->kernel_width, w->stride_width, w->pad_left, w->dilation);
            float *start = dx + ((size_t)i * (size_t)w->width + (size_t)j) * s->inputs;
            for (int group = 0; group < runs_of(c, s); group++) {
                const size_t output = (size_t)group * s->group_outputs, input = (size_t)group * s->group_inputs;
                phase_gradient(batch, c, s, &rows, &columns, weights + output * s->taps * s->group_inputs, dy + output,
                               start + input);
            }
        }
    }
}

static void weight_gradient(int batch, const struct qnn_conv *c, const struct sizes *s, const float *x, const float *dy,
                            float *dweights)
{
    for (int group = 0; group < runs_of(c, s); group++) {
        const size_t output = (size_t)group * s->group_outputs, input = (size_t)group * s->group_inputs;
        const struct conv_weights w = {.patches = patches_of(batch, c, s, x + input),
                                       .dy = dy + output,
                                       .lane_step = s->outputs,
                                       .outputs = is_depthwise(c, s) ? s->outputs : s->group_outputs,
                                       .dweights = dweights + output * s->taps * s->group_inputs};
        if (is_depthwise(c, s))
            qnn_conv_depthwise_weights(&w);
        else
            qnn_conv_weights(&w);
    }
}

void qnn_conv_backward(int batch, const struct qnn_conv *conv, const float *x, const float *weights, const float *dy,
                       float *dx, float *dweights, float *dbias)
{
    const struct sizes s = sizes_of(batch, conv);
    if (is_pointwise(conv)) {
        qnn_dense_backward(positions_of(batch, &conv->window), conv->inputs, conv->outputs, x, weights, dy, dx,
                           dweights, dbias);
        return;
    }
    weight_gradient(batch, conv, &s, x, dy, dweights);
    if (dx)
        input_gradient(batch, conv, &s, weights, dy, dx);
    if (dbias)
        qnn_column_sums(positions_of(batch, &conv->window), conv->outputs, dy, dbias);
}
