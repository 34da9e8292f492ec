/*
 * Convolutions of training steps: by Winograd's minimal filtering where that is faster, else the direct ones.
 *
 * Tiles of 2 x 2 are exact on integers: a network with quantized weights and activations sees the same sums forward, ties with
 * a threshold among them, in training and deployed. Real inputs and gradients take the faster tiles of 4 x 4.
 */
#include "runtime/ops/columns.h"
#include "runtime/ops/conv.h"
#include "runtime/ops/conv_winograd.h"

/* When a scheme is faster than the direct convolution; measured (tests/bench/conv_step.sh). */
struct rule {
    const struct winograd *scheme;
    int least_channels; /* inputs and outputs */
    int least_saving;   /* direct products / the scheme's, in percent: tiles that stick out cost as much as others */
    size_t least_tiles; /* the transformation of the weights is shared by all tiles of the batch */
};
static const struct rule exact_rule = {&qnn_winograd_2, 64, 160, 64};
static const struct rule rounded_rule = {&qnn_winograd_4, 32, 200, 32};

static bool is_plain_3x3(const struct qnn_conv *c)
{
    const struct qnn_window *w = &c->window;
    return c->groups == 1 && w->kernel_height == 3 && w->kernel_width == 3 && w->stride_height == 1 &&
           w->stride_width == 1 && w->dilation == 1;
}

/* Results of height x width. */
static bool is_faster(const struct rule *rule, int batch, const struct qnn_conv *c, int height, int width)
{
    const size_t m = (size_t)rule->scheme->results, rows = (size_t)height, columns = (size_t)width;
    const size_t tiles = (rows + m - 1) / m * ((columns + m - 1) / m);
    return is_plain_3x3(c) && c->inputs >= rule->least_channels && c->outputs >= rule->least_channels &&
           100 * WINOGRAD_TAPS * rows * columns >= (size_t)rule->least_saving * rule->scheme->positions * tiles &&
           batch > 0 && (size_t)batch * tiles >= rule->least_tiles &&
           qnn_winograd_fits(rule->scheme, (size_t)c->inputs, (size_t)c->outputs);
}

static struct winograd_image input_of(const struct qnn_conv *c, const float *x)
{
    return (struct winograd_image){.data = x,
                                   .height = c->window.height,
                                   .width = c->window.width,
                                   .channels = (size_t)c->inputs,
                                   .outside = c->pad_value};
}

static struct winograd_image gradient_of(const struct qnn_conv *c, const float *dy)
{
    return (struct winograd_image){
        .data = dy, .height = c->window.out_height, .width = c->window.out_width, .channels = (size_t)c->outputs};
}

void qnn_conv_train_forward(int batch, const struct qnn_conv *conv, enum qnn_sums sums, const float *x,
                            const float *weights, const float *bias, float *y, float *work)
{
    const struct rule *rule = sums == QNN_SUMS_EXACT ? &exact_rule : &rounded_rule;
    const struct qnn_window *w = &conv->window;
    if (!work || !is_faster(rule, batch, conv, w->out_height, w->out_width)) {
        qnn_conv_forward(batch, conv, x, weights, bias, y);
        return;
    }
    const struct winograd_product p = {.batch = (size_t)batch,
                                       .image = input_of(conv, x),
                                       .pad_top = w->pad_top,
                                       .pad_left = w->pad_left,
                                       .weights = weights,
                                       .tap_step = conv->inputs,
                                       .output_step = WINOGRAD_TAPS * (size_t)conv->inputs,
                                       .channel_step = 1,
                                       .bias = bias,
                                       .height = w->out_height,
                                       .width = w->out_width,
                                       .outputs = (size_t)conv->outputs,
                                       .result = y,
                                       .work = work};
    qnn_winograd_product(rule->scheme, &p);
}

/* dx is the convolution of dy with the kernel turned around: position i of x was read by tap r at output i + pad - r. */
static void input_gradient(int batch, const struct qnn_conv *c, const float *weights, const float *dy, float *dx,
                           float *work)
{
    const struct qnn_window *w = &c->window;
    const size_t inputs = (size_t)c->inputs;
    const struct winograd_product p = {.batch = (size_t)batch,
                                       .image = gradient_of(c, dy),
                                       .pad_top = WINOGRAD_KERNEL - 1 - w->pad_top,
                                       .pad_left = WINOGRAD_KERNEL - 1 - w->pad_left,
                                       .weights = weights + (WINOGRAD_TAPS - 1) * inputs,
                                       .tap_step = -c->inputs,
                                       .output_step = 1,
                                       .channel_step = WINOGRAD_TAPS * inputs,
                                       .height = w->height,
                                       .width = w->width,
                                       .outputs = inputs,
                                       .result = dx,
                                       .work = work};
    qnn_winograd_product(rounded_rule.scheme, &p);
}

static void weight_gradient(int batch, const struct qnn_conv *c, const float *x, const float *dy, float *dweights,
                            float *work)
{
    const struct winograd_weights w = {.batch = (size_t)batch,
                                       .image = input_of(c, x),
                                       .dy = gradient_of(c, dy),
                                       .pad_top = c->window.pad_top,
                                       .pad_left = c->window.pad_left,
                                       .dweights = dweights,
                                       .work = work};
    qnn_winograd_weights(rounded_rule.scheme, &w);
}

void qnn_conv_train_backward(int batch, const struct qnn_conv *conv, const float *x, const float *weights,
                             const float *dy, float *dx, float *dweights, float *dbias, float *work)
{
    const struct qnn_window *w = &conv->window;
    if (!work || !is_faster(&rounded_rule, batch, conv, w->out_height, w->out_width) ||
        !is_faster(&rounded_rule, batch, conv, w->height, w->width)) {
        qnn_conv_backward(batch, conv, x, weights, dy, dx, dweights, dbias);
        return;
    }
    weight_gradient(batch, conv, x, dy, dweights, work);
    if (dx)
        input_gradient(batch, conv, weights, dy, dx, work);
    if (dbias)
        qnn_column_sums(batch * w->out_height * w->out_width, conv->outputs, dy, dbias);
}
