/*
 * Training's convolutions against plain loops in double: both schemes of Winograd's minimal filtering at sizes where tiles
 * stick out everywhere, then what the trainer calls. Errors are relative to the root mean square of the expected
 * values: a tile's results share their rounding errors.
 */
#include "kernel_test.h"

#include "runtime/ops/conv.h"
#include "runtime/ops/conv_winograd.h"

enum { GUARD = 64 };

/* A 3x3 convolution with its tensors, and what they should give. */
struct layer {
    struct qnn_conv conv;
    int batch;
    size_t xs, ws, ys;
    float *x, *weights, *bias, *dy;
    double *y, *dx, *dweights;
};

static const float *pixel(const struct layer *l, int image, int row, int column)
{
    const struct qnn_window *w = &l->conv.window;
    if (row < 0 || row >= w->height || column < 0 || column >= w->width)
        return NULL;
    return l->x + ((size_t)(image * w->height + row) * (size_t)w->width + (size_t)column) * (size_t)l->conv.inputs;
}

/* One tap of one output position: all channels. */
static void add_tap(const struct layer *l, size_t position, const float *x, size_t tap)
{
    const size_t inputs = (size_t)l->conv.inputs, outputs = (size_t)l->conv.outputs;
    for (size_t o = 0; o < outputs; o++) {
        const size_t at = (o * 9 + tap) * inputs;
        const double d = (double)l->dy[position * outputs + o];
        for (size_t c = 0; c < inputs; c++) {
            const double value = (double)(x ? x[c] : l->conv.pad_value), weight = (double)l->weights[at + c];
            l->y[position * outputs + o] += value * weight;
            l->dweights[at + c] += d * value;
            if (x)
                l->dx[(size_t)(x - l->x) + c] += d * weight;
        }
    }
}

static void make_expected(struct layer *l)
{
    const struct qnn_window *w = &l->conv.window;
    l->y = zeros(l->ys, sizeof *l->y);
    l->dx = zeros(l->xs, sizeof *l->dx);
    l->dweights = zeros(l->ws, sizeof *l->dweights);
    for (size_t i = 0; i < l->ys; i++)
        l->y[i] = (double)l->bias[i % (size_t)l->conv.outputs];
    size_t position = 0;
    for (int image = 0; image < l->batch; image++)
        for (int i = 0; i < w->out_height; i++)
            for (int j = 0; j < w->out_width; j++, position++)
                for (int tap = 0; tap < 9; tap++)
                    add_tap(l, position, pixel(l, image, i - w->pad_top + tap / 3, j - w->pad_left + tap % 3),
                            (size_t)tap);
}

/* Kernel 3x3, stride 1; the output has its full size on the far sides too. */
static struct qnn_conv conv_of(int height, int width, int pad_top, int pad_left, int inputs, int outputs)
{
    return (struct qnn_conv){.window = {.height = height,
                                        .width = width,
                                        .kernel_height = 3,
                                        .kernel_width = 3,
                                        .stride_height = 1,
                                        .stride_width = 1,
                                        .pad_top = pad_top,
                                        .pad_left = pad_left,
                                        .dilation = 1,
                                        .out_height = height + 2 * pad_top - 2,
                                        .out_width = width + 2 * pad_left - 2},
                             .inputs = inputs,
                             .outputs = outputs,
                             .groups = 1,
                             .pad_value = (float)((height + width) % 3 - 1)};
}

static struct layer make_layer(int batch, struct qnn_conv conv)
{
    const struct qnn_window *w = &conv.window;
    struct layer l = {.conv = conv,
                      .batch = batch,
                      .xs = (size_t)(batch * w->height * w->width * conv.inputs),
                      .ws = (size_t)(9 * conv.inputs * conv.outputs),
                      .ys = (size_t)(batch * w->out_height * w->out_width * conv.outputs)};
    l.x = random_floats(1, l.xs, -1.0f, 1.0f);
    l.weights = random_floats(2, l.ws, -1.0f, 1.0f);
    l.bias = random_floats(3, (size_t)conv.outputs, -1.0f, 1.0f);
    l.dy = random_floats(4, l.ys, -1.0f, 1.0f);
    make_expected(&l);
    return l;
}

static void free_layer(struct layer *l)
{
    free(l->x);
    free(l->weights);
    free(l->bias);
    free(l->dy);
    free(l->y);
    free(l->dx);
    free(l->dweights);
}

/* Results and work memory, each with a guard behind it. */
struct outcome {
    float *y, *dx, *dweights, *dbias, *work;
};

static size_t work_size(const struct layer *l)
{
    return QNN_CONV_WORK(l->conv.inputs, l->conv.outputs);
}

static struct outcome make_outcome(const struct layer *l)
{
    return (struct outcome){random_floats(5, l->ys + GUARD, 5.0f, 6.0f), random_floats(6, l->xs + GUARD, 5.0f, 6.0f),
                            random_floats(7, l->ws + GUARD, 5.0f, 6.0f), floats((size_t)l->conv.outputs),
                            random_floats(8, work_size(l) + GUARD, 5.0f, 6.0f)};
}

static void free_outcome(struct outcome *o)
{
    free(o->y);
    free(o->dx);
    free(o->dweights);
    free(o->dbias);
    free(o->work);
}

static bool is_guarded(const float *values, size_t size, uint64_t seed)
{
    float *before = random_floats(seed, size + GUARD, 5.0f, 6.0f);
    const bool same = same_bits(values + size, before + size, GUARD * sizeof *before);
    free(before);
    return same;
}

static bool all_guarded(const struct layer *l, const struct outcome *o)
{
    return is_guarded(o->y, l->ys, 5) && is_guarded(o->dx, l->xs, 6) && is_guarded(o->dweights, l->ws, 7) &&
           is_guarded(o->work, work_size(l), 8);
}

/* The three passes by one scheme, whether or not the trainer would take it. */
static struct outcome run_scheme(const struct layer *l, const struct winograd *scheme)
{
    const struct qnn_conv *c = &l->conv;
    const struct qnn_window *w = &c->window;
    const size_t inputs = (size_t)c->inputs, outputs = (size_t)c->outputs;
    struct outcome o = make_outcome(l);
    const struct winograd_image x = {l->x, w->height, w->width, inputs, c->pad_value},
                                dy = {l->dy, w->out_height, w->out_width, outputs, 0.0f};
    const struct winograd_product forward = {.batch = (size_t)l->batch,
                                             .image = x,
                                             .pad_top = w->pad_top,
                                             .pad_left = w->pad_left,
                                             .weights = l->weights,
                                             .tap_step = c->inputs,
                                             .output_step = 9 * inputs,
                                             .channel_step = 1,
                                             .bias = l->bias,
                                             .height = w->out_height,
                                             .width = w->out_width,
                                             .outputs = outputs,
                                             .result = o.y,
                                             .work = o.work};
    const struct winograd_product gradient = {.batch = (size_t)l->batch,
                                              .image = dy,
                                              .pad_top = 2 - w->pad_top,
                                              .pad_left = 2 - w->pad_left,
                                              .weights = l->weights + 8 * inputs,
                                              .tap_step = -c->inputs,
                                              .output_step = 1,
                                              .channel_step = 9 * inputs,
                                              .height = w->height,
                                              .width = w->width,
                                              .outputs = inputs,
                                              .result = o.dx,
                                              .work = o.work};
    const struct winograd_weights weights = {.batch = (size_t)l->batch,
                                             .image = x,
                                             .dy = dy,
                                             .pad_top = w->pad_top,
                                             .pad_left = w->pad_left,
                                             .dweights = o.dweights,
                                             .work = o.work};
    qnn_winograd_product(scheme, &forward);
    qnn_winograd_product(scheme, &gradient);
    qnn_winograd_weights(scheme, &weights);
    return o;
}

static struct outcome run_training(const struct layer *l, enum qnn_sums sums, bool work)
{
    struct outcome o = make_outcome(l);
    qnn_conv_train_forward(l->batch, &l->conv, sums, l->x, l->weights, l->bias, o.y, work ? o.work : NULL);
    qnn_conv_train_backward(l->batch, &l->conv, l->x, l->weights, l->dy, o.dx, o.dweights, o.dbias,
                            work ? o.work : NULL);
    return o;
}

static struct outcome run_direct(const struct layer *l)
{
    struct outcome o = make_outcome(l);
    qnn_conv_forward(l->batch, &l->conv, l->x, l->weights, l->bias, o.y);
    qnn_conv_backward(l->batch, &l->conv, l->x, l->weights, l->dy, o.dx, o.dweights, o.dbias);
    return o;
}

/* The largest error over the root mean square of what is expected; infinite for NaN. */
static double error_of(const float *values, const double *expected, size_t count)
{
    double largest = 0.0, squares = 0.0;
    for (size_t i = 0; i < count; i++) {
        const double error = fabs((double)values[i] - expected[i]);
        largest = error <= largest ? largest : isnan(error) ? INFINITY : error;
        squares += expected[i] * expected[i];
    }
    return largest > 0.0 ? largest / sqrt(squares / (double)count) : 0.0;
}

static bool is_accurate(const struct layer *l, const struct outcome *o, double tolerance)
{
    return error_of(o->y, l->y, l->ys) <= tolerance && error_of(o->dx, l->dx, l->xs) <= tolerance &&
           error_of(o->dweights, l->dweights, l->ws) <= tolerance;
}

static bool are_same(const struct layer *l, const struct outcome *a, const struct outcome *b)
{
    return same_bits(a->y, b->y, l->ys * sizeof(float)) && same_bits(a->dx, b->dx, l->xs * sizeof(float)) &&
           same_bits(a->dweights, b->dweights, l->ws * sizeof(float)) &&
           same_bits(a->dbias, b->dbias, (size_t)l->conv.outputs * sizeof(float));
}

struct scheme {
    const struct winograd *scheme;
    double tolerance; /* sums of a few hundred terms, rounded at 6e-8, amplified by the maps */
};
static const struct scheme schemes[] = {{&qnn_winograd_2, 1e-5}, {&qnn_winograd_4, 6e-5}};
enum { SCHEMES = sizeof schemes / sizeof schemes[0], THREADS = 3 };

static void check_schemes(int batch, struct qnn_conv conv)
{
    struct layer l = make_layer(batch, conv);
    for (int s = 0; s < SCHEMES; s++) {
        struct outcome first = {0};
        for (int threads = 1; threads <= THREADS; threads++) {
            CU_ASSERT_FATAL(qnn_threads_start(threads));
            struct outcome o = run_scheme(&l, schemes[s].scheme);
            qnn_threads_stop();
            if (threads == 1) {
                CU_ASSERT(is_accurate(&l, &o, schemes[s].tolerance));
                CU_ASSERT(all_guarded(&l, &o));
                first = o;
                continue;
            }
            CU_ASSERT(are_same(&l, &first, &o));
            free_outcome(&o);
        }
        free_outcome(&first);
    }
    free_layer(&l);
}

/* Channels around whole panels and vectors. */
static const int channels[] = {32, 33, 47, 64, 65, 70};
enum { CHANNELS = sizeof channels / sizeof channels[0] };

static void test_shapes(void)
{
    int n = 0;
    for (int height = 1; height <= 9; height++)
        for (int width = 1; width <= 9; width++, n++) {
            const int top = n % 3, left = n / 3 % 3;
            if (height + 2 * top > 2 && width + 2 * left > 2)
                check_schemes(1 + n % 2, conv_of(height, width, top, left, channels[n % CHANNELS],
                                                 channels[n * 5 / 3 % CHANNELS]));
        }
}

/* Sizes that cross the boundaries of every block: tiles, depth, outputs. */
static void test_blocks(void)
{
    check_schemes(1, conv_of(32, 31, 1, 1, 33, 40));
    check_schemes(2, conv_of(5, 6, 1, 0, 300, 34));
    check_schemes(3, conv_of(4, 7, 0, 2, 35, 300));
    check_schemes(1, conv_of(3, 3, 1, 1, 520, 97));
}

/* Taps above, below and beside an image that a larger output reads, and pads that are larger than the kernel. */
static void test_far_padding(void)
{
    struct qnn_conv conv = conv_of(6, 5, 3, 4, 32, 37);
    check_schemes(2, conv);
    conv.window.pad_top = conv.window.pad_left = 0;
    check_schemes(1, conv);
}

static bool any_differs(const struct layer *l, const struct outcome *a, const struct outcome *b)
{
    return !same_bits(a->y, b->y, l->ys * sizeof(float)) || !same_bits(a->dx, b->dx, l->xs * sizeof(float));
}

static void check_fast(const struct layer *l, const struct outcome *direct, const struct outcome *fast, bool other)
{
    CU_ASSERT(is_accurate(l, fast, schemes[SCHEMES - 1].tolerance));
    CU_ASSERT(same_bits(direct->dbias, fast->dbias, (size_t)l->conv.outputs * sizeof(float)));
    CU_ASSERT(all_guarded(l, fast));
    CU_ASSERT(any_differs(l, direct, fast) == other);
}

/* What the trainer calls: `other` where the layer goes through Winograd's filtering. */
static void check_training(int batch, struct qnn_conv conv, bool other)
{
    struct layer l = make_layer(batch, conv);
    CU_ASSERT_FATAL(qnn_threads_start(2));
    struct outcome direct = run_direct(&l), plain = run_training(&l, QNN_SUMS_EXACT, false);
    struct outcome exact = run_training(&l, QNN_SUMS_EXACT, true), rounded = run_training(&l, QNN_SUMS_ROUNDED, true);
    qnn_threads_stop();
    CU_ASSERT(are_same(&l, &direct, &plain));
    check_fast(&l, &direct, &exact, other);
    check_fast(&l, &direct, &rounded, other);
    free_outcome(&direct);
    free_outcome(&plain);
    free_outcome(&exact);
    free_outcome(&rounded);
    free_layer(&l);
}

static void test_training(void)
{
    static const int widths[] = {1, 2, 5, 17, 31, 32, 63, 64, 70};
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        check_training(8, conv_of(12, 16, 1, 1, widths[i], 70), widths[i] >= 32);
        check_training(8, conv_of(12, 16, 1, 1, 70, widths[i]), widths[i] >= 32);
    }
    check_training(40, conv_of(4, 4, 1, 1, 64, 64), true);
    check_training(20, conv_of(5, 5, 1, 1, 64, 64), false);    /* too much of the tiles sticks out */
    check_training(2, conv_of(4, 4, 1, 1, 64, 64), false);     /* too few tiles for their weights */
    check_training(1, conv_of(16, 32, 1, 1, 2000, 32), false); /* too wide for the scratch memory */
}

static void test_no_dx(void)
{
    struct layer l = make_layer(8, conv_of(8, 9, 1, 1, 65, 66));
    CU_ASSERT_FATAL(qnn_threads_start(2));
    struct outcome all = run_training(&l, QNN_SUMS_EXACT, true), some = make_outcome(&l);
    qnn_conv_train_backward(l.batch, &l.conv, l.x, l.weights, l.dy, NULL, some.dweights, NULL, some.work);
    qnn_threads_stop();
    CU_ASSERT(same_bits(all.dweights, some.dweights, l.ws * sizeof(float)));
    free_outcome(&all);
    free_outcome(&some);
    free_layer(&l);
}

/* On integers the forward pass of training is what will be deployed, to the last tie. */
static void check_integers(struct qnn_conv conv, int x_limit, int weight_limit)
{
    conv.pad_value = (float)-x_limit;
    struct layer l = make_layer(4, conv);
    struct outcome o = make_outcome(&l);
    float *x = random_integers(9, l.xs, -x_limit, x_limit);
    float *weights = random_integers(10, l.ws, -weight_limit, weight_limit);
    int32_t *acc = zeros(l.ys, sizeof *acc);
    qnn_conv_accumulate(l.batch, &l.conv, x_limit * weight_limit, x, weights, acc);
    qnn_conv_train_forward(l.batch, &l.conv, QNN_SUMS_EXACT, x, weights, NULL, o.y, o.work);
    bool equal = true;
    for (size_t i = 0; i < l.ys; i++)
        equal &= o.y[i] == (float)acc[i];
    CU_ASSERT(equal);
    free(x);
    free(weights);
    free(acc);
    free_outcome(&o);
    free_layer(&l);
}

static void check_all_integers(void)
{
    check_integers(conv_of(8, 9, 1, 1, 65, 70), 1, 1);
    check_integers(conv_of(9, 16, 0, 2, 70, 64), 127, 7);
    check_integers(conv_of(16, 16, 1, 1, 300, 64), 15, 15);
}

static void test_integers(void)
{
    with_threads(check_all_integers);
}

static const struct unit_case cases[] = {
    {"shapes", test_shapes},     {"block boundaries", test_blocks},     {"far padding", test_far_padding},
    {"training", test_training}, {"without gradient of x", test_no_dx}, {"integers", test_integers},
};
UNIT_MAIN("conv_train", cases)
