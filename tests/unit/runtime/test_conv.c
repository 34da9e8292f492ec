/*
 * The convolution against seven loops. Forward and integers are the formula itself; the loss is linear in each of x,
 * weights and bias, so the gradients are the same loops once more, and these are compared with central differences.
 */
#include "kernel_test.h"

#include "runtime/ops/conv.h"

/* One shape with its tensors. */
struct layer {
    struct qnn_conv conv;
    int batch;
    size_t xs, ws, ys;
};

struct taps {
    int image, i, j, output, r, s, channel; /* channel counts within the group */
};

static size_t at(int a, int b, int c, int d, int size_b, int size_c, int size_d)
{
    return (((size_t)a * (size_t)size_b + (size_t)b) * (size_t)size_c + (size_t)c) * (size_t)size_d + (size_t)d;
}

static size_t y_at(const struct layer *l, const struct taps *t)
{
    const struct qnn_window *w = &l->conv.window;
    return at(t->image, t->i, t->j, t->output, w->out_height, w->out_width, l->conv.outputs);
}

static size_t w_at(const struct layer *l, const struct taps *t)
{
    const struct qnn_window *w = &l->conv.window;
    return at(t->output, t->r, t->s, t->channel, w->kernel_height, w->kernel_width, l->conv.inputs / l->conv.groups);
}

/* Where the tap reads x; l->xs where it lies in the padding. */
static size_t x_at(const struct layer *l, const struct taps *t)
{
    const struct qnn_window *w = &l->conv.window;
    const int row = t->i * w->stride_height - w->pad_top + t->r * w->dilation;
    const int column = t->j * w->stride_width - w->pad_left + t->s * w->dilation;
    const int group = t->output / (l->conv.outputs / l->conv.groups), inputs = l->conv.inputs / l->conv.groups;
    if (row < 0 || row >= w->height || column < 0 || column >= w->width)
        return l->xs;
    return at(t->image, row, column, group * inputs + t->channel, w->height, w->width, l->conv.inputs);
}

/* The seven loops, one step: false at the end. */
static bool next(const struct layer *l, struct taps *t)
{
    const struct qnn_window *w = &l->conv.window;
    int *const index[] = {&t->channel, &t->s, &t->r, &t->output, &t->j, &t->i, &t->image};
    const int size[] = {l->conv.inputs / l->conv.groups,
                        w->kernel_width,
                        w->kernel_height,
                        l->conv.outputs,
                        w->out_width,
                        w->out_height,
                        l->batch};
    for (size_t k = 0; k < sizeof size / sizeof size[0]; k++) {
        if (++*index[k] < size[k])
            return true;
        *index[k] = 0;
    }
    return false;
}

static double value(const struct layer *l, const double *x, size_t position)
{
    return position < l->xs ? x[position] : (double)l->conv.pad_value;
}

static void reference(const struct layer *l, const double *x, const double *weights, const double *bias, double *y)
{
    struct taps t = {0};
    for (size_t i = 0; i < l->ys; i++)
        y[i] = bias[i % (size_t)l->conv.outputs];
    do
        y[y_at(l, &t)] += value(l, x, x_at(l, &t)) * weights[w_at(l, &t)];
    while (next(l, &t));
}

/* gradient: x, weights, bias. */
static void reference_gradient(const struct layer *l, const double *x, const double *weights, const float *dy,
                               double *gradient)
{
    struct taps t = {0};
    double *dweights = gradient + l->xs, *dbias = dweights + l->ws;
    do {
        const size_t position = x_at(l, &t);
        const double d = (double)dy[y_at(l, &t)];
        dweights[w_at(l, &t)] += d * value(l, x, position);
        if (position < l->xs)
            gradient[position] += d * weights[w_at(l, &t)];
    } while (next(l, &t));
    for (size_t i = 0; i < l->ys; i++)
        dbias[i % (size_t)l->conv.outputs] += (double)dy[i];
}

/* A layer and r: loss = sum of r * y. Variables: x, weights, bias. */
struct weighted {
    const struct layer *layer;
    const float *r;
};

static double loss(const void *context, const double *x)
{
    const struct weighted *w = context;
    const struct layer *l = w->layer;
    double *y = zeros(l->ys, sizeof *y), sum = 0.0;
    reference(l, x, x + l->xs, x + l->xs + l->ws, y);
    for (size_t i = 0; i < l->ys; i++)
        sum += (double)w->r[i] * y[i];
    free(y);
    return sum;
}

static struct layer layer_of(int batch, struct qnn_conv conv)
{
    const struct qnn_window *w = &conv.window;
    return (struct layer){.conv = conv,
                          .batch = batch,
                          .xs = (size_t)(batch * w->height * w->width * conv.inputs),
                          .ws = (size_t)(conv.outputs * w->kernel_height * w->kernel_width) *
                                (size_t)(conv.inputs / conv.groups),
                          .ys = (size_t)(batch * w->out_height * w->out_width * conv.outputs)};
}

static bool all_close(const float *values, const double *expected, size_t count, double tolerance)
{
    bool close = true;
    for (size_t i = 0; i < count; i++)
        close &= is_close((double)values[i], expected[i], tolerance);
    return close;
}

static double tolerance_of(size_t terms)
{
    return 1e-6 * (2.0 + sqrt((double)terms)); /* rounding errors add up like a random walk */
}

/* What one number of threads gives: y with and without bias, the gradients with and without dx and dbias. */
struct outcome {
    float *y, *plain, *gradient, *partly;
};

static struct outcome run(const struct layer *l, const float *variables, const float *r, int threads)
{
    const size_t count = l->xs + l->ws + (size_t)l->conv.outputs;
    struct outcome o = {random_floats(3, l->ys + 1, 5.0f, 6.0f), floats(l->ys), random_floats(4, count + 1, 5.0f, 6.0f),
                        floats(count)};
    const float *weights = variables + l->xs;
    CU_ASSERT_FATAL(qnn_threads_start(threads));
    qnn_conv_forward(l->batch, &l->conv, variables, weights, weights + l->ws, o.y);
    qnn_conv_forward(l->batch, &l->conv, variables, weights, NULL, o.plain);
    qnn_conv_backward(l->batch, &l->conv, variables, weights, r, o.gradient, o.gradient + l->xs,
                      o.gradient + l->xs + l->ws);
    qnn_conv_backward(l->batch, &l->conv, variables, weights, r, NULL, o.partly + l->xs, NULL);
    qnn_threads_stop();
    return o;
}

static void release(struct outcome *o)
{
    free(o->y);
    free(o->plain);
    free(o->gradient);
    free(o->partly);
}

static void check_values(const struct layer *l, const float *variables, const float *r, const struct outcome *o)
{
    const size_t outputs = (size_t)l->conv.outputs, count = l->xs + l->ws + outputs;
    const size_t terms = l->ws / outputs + l->ys / outputs;
    double *exact = doubles_of(variables, count), *y = zeros(l->ys, sizeof *y), *none = zeros(outputs, sizeof *none);
    double *gradient = zeros(count, sizeof *gradient);
    reference(l, exact, exact + l->xs, exact + l->xs + l->ws, y);
    CU_ASSERT(all_close(o->y, y, l->ys, tolerance_of(terms)));
    reference(l, exact, exact + l->xs, none, y);
    CU_ASSERT(all_close(o->plain, y, l->ys, tolerance_of(terms)));
    reference_gradient(l, exact, exact + l->xs, r, gradient);
    CU_ASSERT(all_close(o->gradient, gradient, count, tolerance_of(terms)));
    CU_ASSERT(same_bits(o->partly + l->xs, o->gradient + l->xs, l->ws * sizeof *o->partly));
    CU_ASSERT_EQUAL(o->partly[0], 0.0f);
    CU_ASSERT(o->y[l->ys] >= 5.0f && o->gradient[count] >= 5.0f);
    free(exact);
    free(y);
    free(none);
    free(gradient);
}

static void check_layer(int batch, struct qnn_conv conv)
{
    const struct layer l = layer_of(batch, conv);
    const size_t count = l.xs + l.ws + (size_t)conv.outputs;
    float *variables = random_floats(1, count, -1.0f, 1.0f), *r = random_floats(2, l.ys, -1.0f, 1.0f);
    struct outcome one = run(&l, variables, r, 1);
    check_values(&l, variables, r, &one);
    for (int threads = 2; threads <= 3; threads++) {
        struct outcome more = run(&l, variables, r, threads);
        CU_ASSERT(same_bits(one.y, more.y, l.ys * sizeof *one.y));
        CU_ASSERT(same_bits(one.plain, more.plain, l.ys * sizeof *one.y));
        CU_ASSERT(same_bits(one.gradient, more.gradient, count * sizeof *one.y));
        release(&more);
    }
    release(&one);
    free(variables);
    free(r);
}

static void check_differences(int batch, struct qnn_conv conv)
{
    const struct layer l = layer_of(batch, conv);
    const size_t count = l.xs + l.ws + (size_t)conv.outputs;
    float *variables = random_floats(1, count, -1.0f, 1.0f), *r = random_floats(2, l.ys, -1.0f, 1.0f);
    const struct weighted context = {.layer = &l, .r = r};
    struct outcome o = run(&l, variables, r, 2);
    double *exact = doubles_of(variables, count);
    bool close = true;
    for (size_t i = 0; i < count; i++)
        close &= is_close((double)o.gradient[i], difference_quotient(loss, &context, exact, i), 1e-5);
    CU_ASSERT(close);
    release(&o);
    free(variables);
    free(r);
    free(exact);
}

/* height, width, kernel, stride, padding, dilation; "same" padding on the far sides follows. */
static struct qnn_window window(const int size[2], const int kernel[2], const int stride[2], const int pad[2],
                                int dilation)
{
    struct qnn_window w = {.height = size[0],
                           .width = size[1],
                           .kernel_height = kernel[0],
                           .kernel_width = kernel[1],
                           .stride_height = stride[0],
                           .stride_width = stride[1],
                           .pad_top = pad[0],
                           .pad_left = pad[1],
                           .dilation = dilation};
    w.out_height = (size[0] + 2 * pad[0] - (kernel[0] - 1) * dilation - 1) / stride[0] + 1;
    w.out_width = (size[1] + 2 * pad[1] - (kernel[1] - 1) * dilation - 1) / stride[1] + 1;
    return w;
}

/* Channels of a layer. */
struct width {
    int inputs, outputs, groups;
};

static const struct width widths[] = {
    {1, 1, 1},  {3, 5, 1},   {2, 17, 1}, {17, 3, 1},   {16, 16, 1},  {33, 20, 1}, {4, 6, 2},       {6, 3, 3},
    {34, 2, 2}, {48, 96, 3}, {7, 7, 7},  {32, 32, 32}, {41, 41, 41}, {3, 6, 3},   {130, 130, 130},
};
enum { WIDTHS = sizeof widths / sizeof widths[0] };

struct shape {
    int size[2], kernel[2], stride[2], pad[2], dilation;
};

static const struct shape shapes[] = {
    {{1, 1}, {1, 1}, {1, 1}, {0, 0}, 1}, {{5, 7}, {1, 1}, {1, 1}, {0, 0}, 1}, {{5, 4}, {1, 1}, {2, 3}, {0, 0}, 1},
    {{8, 8}, {3, 3}, {1, 1}, {1, 1}, 1}, {{7, 5}, {3, 3}, {2, 2}, {1, 1}, 1}, {{7, 8}, {2, 5}, {1, 2}, {0, 2}, 1},
    {{9, 6}, {5, 1}, {3, 1}, {2, 0}, 1}, {{8, 9}, {3, 2}, {1, 1}, {2, 2}, 2}, {{9, 8}, {3, 3}, {2, 2}, {2, 3}, 2},
    {{9, 9}, {2, 3}, {3, 2}, {1, 3}, 3}, {{7, 7}, {2, 2}, {3, 3}, {0, 0}, 1}, {{2, 3}, {3, 3}, {1, 1}, {1, 1}, 1},
    {{6, 7}, {3, 3}, {3, 2}, {2, 2}, 4}, {{1, 9}, {1, 4}, {1, 2}, {0, 3}, 1}, {{4, 4}, {4, 4}, {1, 1}, {0, 0}, 1},
    {{3, 3}, {1, 1}, {1, 1}, {1, 1}, 1}, {{5, 5}, {5, 5}, {4, 4}, {2, 2}, 1},
};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

static struct qnn_conv conv_of(const struct shape *s, const struct width *width, float pad_value)
{
    return (struct qnn_conv){.window = window(s->size, s->kernel, s->stride, s->pad, s->dilation),
                             .inputs = width->inputs,
                             .outputs = width->outputs,
                             .groups = width->groups,
                             .pad_value = pad_value};
}

static void test_shapes(void)
{
    static const float pads[] = {0.0f, 1.0f, -1.0f};
    int n = 0;
    for (int s = 0; s < SHAPES; s++)
        for (int w = 0; w < WIDTHS; w++, n++)
            check_layer(1 + n % 3, conv_of(&shapes[s], &widths[w], pads[n % 4 % 3]));
}

/* Sizes that cross the boundaries of every block: lanes, channels of a tap, taps, outputs. */
static void test_blocks(void)
{
    static const struct shape small = {{9, 13}, {3, 3}, {1, 1}, {1, 1}, 1},
                              large = {{33, 35}, {3, 3}, {1, 1}, {1, 1}, 1},
                              wide = {{17, 19}, {17, 17}, {1, 1}, {8, 8}, 1};
    static const struct width deep = {300, 9, 1}, broad = {20, 270, 1}, thin = {3, 8, 1}, one = {2, 3, 1},
                              depthwise = {17, 17, 17}, many = {5, 2, 1};
    check_layer(2, conv_of(&small, &deep, 1.0f));
    check_layer(1, conv_of(&small, &broad, -1.0f));
    check_layer(3, conv_of(&large, &thin, 1.0f));
    check_layer(1, conv_of(&wide, &one, 1.0f));
    check_layer(2, conv_of(&large, &depthwise, -1.0f));
    check_layer(1, conv_of(&wide, &(struct width){2, 2, 2}, -1.0f)); /* too many taps for the depthwise kernel */
    check_layer(1, conv_of(&wide, &many, 0.0f));
}

static void test_differences(void)
{
    static const struct width few[] = {{3, 2, 1}, {4, 2, 2}, {3, 3, 3}};
    for (int s = 0; s < SHAPES; s++)
        check_differences(2, conv_of(&shapes[s], &few[s % 3], (float)(s % 3 - 1)));
}

/* Taps below and to the right of the image that a larger output reads. */
static void test_far_padding(void)
{
    struct qnn_conv conv = conv_of(&shapes[3], &widths[1], 1.0f);
    conv.window.pad_top = conv.window.pad_left = 0;
    check_layer(2, conv);
    conv.window.out_height = conv.window.out_width = 13;
    check_layer(1, conv);
    conv.window.stride_height = conv.window.stride_width = 2;
    check_layer(1, conv);
}

static bool integers_match(const struct layer *l, const float *x, const float *weights, const int32_t *acc)
{
    int64_t *sum = zeros(l->ys, sizeof *sum);
    struct taps t = {0};
    bool equal = true;
    do {
        const size_t position = x_at(l, &t);
        const float tap = position < l->xs ? x[position] : l->conv.pad_value;
        sum[y_at(l, &t)] += (int64_t)tap * (int64_t)weights[w_at(l, &t)];
    } while (next(l, &t));
    for (size_t i = 0; i < l->ys; i++)
        equal &= sum[i] == acc[i];
    free(sum);
    return equal;
}

/* Operands -limit .. limit, or all +limit where `extreme`. */
static void check_integers(int batch, struct qnn_conv conv, int x_limit, int weight_limit, bool extreme)
{
    conv.pad_value = extreme ? (float)x_limit : (float)-x_limit;
    const struct layer l = layer_of(batch, conv);
    float *x = random_integers(5, l.xs, extreme ? x_limit : -x_limit, x_limit);
    float *weights = random_integers(6, l.ws, extreme ? weight_limit : -weight_limit, weight_limit);
    int32_t *acc = zeros(l.ys, sizeof *acc);
    qnn_conv_accumulate(batch, &conv, x_limit * weight_limit, x, weights, acc);
    CU_ASSERT(integers_match(&l, x, weights, acc));
    free(x);
    free(weights);
    free(acc);
}

static void check_all_integers(void)
{
    static const int limits[][2] = {{1, 1}, {255, 1}, {255, 127}, {4095, 4095}};
    int n = 0;
    for (int w = 0; w < WIDTHS; w++) {
        for (int s = 0; s < SHAPES; s++, n++) {
            const struct qnn_conv conv = conv_of(&shapes[s], &widths[w], 0.0f);
            const int taps = conv.window.kernel_height * conv.window.kernel_width * conv.inputs / conv.groups;
            const int *limit = limits[n % 4];
            if ((int64_t)limit[0] * limit[1] * taps <= INT32_MAX)
                check_integers(2, conv, limit[0], limit[1], n % 3 == 0);
        }
    }
    const struct shape wide = {{9, 9}, {9, 9}, {1, 1}, {4, 4}, 1};
    check_integers(1, conv_of(&wide, &(struct width){300, 3, 1}, 0.0f), 255, 127, true); /* 37 % of int32, in blocks */
    check_integers(1, conv_of(&wide, &(struct width){40, 40, 40}, 0.0f), 4095, 4095, true);
}

static void test_integers(void)
{
    with_threads(check_all_integers);
}

static const struct unit_case cases[] = {
    {"shapes", test_shapes},           {"block boundaries", test_blocks}, {"central differences", test_differences},
    {"far padding", test_far_padding}, {"integers", test_integers},
};
UNIT_MAIN("conv", cases)
