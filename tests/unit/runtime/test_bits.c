/* Layers whose inputs lie in few bits against plain loops over integers: shapes drawn at random, channels on both sides of a word's
 * edge, signs and codes of up to three planes. */
#include "kernel_test.h"

#include "runtime/ops/bits.h"

struct layer {
    struct qnn_conv conv; /* pad_value: of integers */
    struct qnn_bits bits;
    int batch;
    size_t xs, ws, ys, work;
};

static size_t taps_of(const struct qnn_conv *c)
{
    return (size_t)(c->window.kernel_height * c->window.kernel_width);
}

static struct layer layer_of(int batch, struct qnn_conv conv, struct qnn_bits bits)
{
    const int planes = bits.planes ? bits.planes : 1;
    const struct qnn_window *w = &conv.window;
    const size_t pixels = (size_t)(batch * w->height * w->width);
    return (struct layer){.conv = conv,
                          .bits = bits,
                          .batch = batch,
                          .xs = pixels * (size_t)conv.inputs,
                          .ws = (size_t)conv.outputs * taps_of(&conv) * (size_t)conv.inputs,
                          .ys = (size_t)(batch * w->out_height * w->out_width * conv.outputs),
                          .work = QNN_BIT_WORK(planes, pixels, taps_of(&conv), conv.inputs, conv.outputs)};
}

/* Input channel c that tap (r, s) of output position (i, j) reads. */
static float value(const struct qnn_conv *c, const float *image, int i, int j, int r, int s, int channel)
{
    const struct qnn_window *w = &c->window;
    const int row = i * w->stride_height - w->pad_top + r * w->dilation;
    const int column = j * w->stride_width - w->pad_left + s * w->dilation;
    if (row < 0 || row >= w->height || column < 0 || column >= w->width)
        return c->pad_value;
    return image[(size_t)((row * w->width + column) * c->inputs + channel)];
}

static int32_t sum_at(const struct qnn_conv *c, const float *image, const float *weight, int i, int j)
{
    int32_t sum = 0;
    for (int r = 0; r < c->window.kernel_height; r++)
        for (int s = 0; s < c->window.kernel_width; s++)
            for (int channel = 0; channel < c->inputs; channel++)
                sum += (int32_t)(value(c, image, i, j, r, s, channel) * *weight++);
    return sum;
}

static void reference(const struct layer *l, const float *x, const float *weights, int32_t *acc)
{
    const struct qnn_conv *c = &l->conv;
    const size_t image = l->xs / (size_t)l->batch, products = l->ws / (size_t)c->outputs;
    for (int n = 0; n < l->batch; n++)
        for (int i = 0; i < c->window.out_height; i++)
            for (int j = 0; j < c->window.out_width; j++)
                for (int o = 0; o < c->outputs; o++)
                    *acc++ = sum_at(c, x + (size_t)n * image, weights + (size_t)o * products, i, j);
}

static float *random_signs(uint64_t seed, size_t count)
{
    float *signs = random_integers(seed, count, 0, 1);
    for (size_t i = 0; i < count; i++)
        signs[i] = 2.0f * signs[i] - 1.0f;
    return signs;
}

static uint64_t *dirty_words(size_t count)
{
    uint64_t *words = zeros(count + 1, sizeof *words);
    memset(words, 0xa5, (count + 1) * sizeof *words);
    return words;
}

/* Signs, or codes. */
static float *random_values(uint64_t seed, size_t count, struct qnn_bits bits)
{
    return bits.planes ? random_integers(seed, count, 0, (1 << bits.planes) - 1) : random_signs(seed, count);
}

static float *scaled(const float *values, size_t count, float step)
{
    float *result = copy_floats(values, count);
    for (size_t i = 0; i < count; i++)
        result[i] *= step;
    return result;
}

static void check_layer(int batch, struct qnn_conv conv, struct qnn_bits bits, int threads)
{
    const struct layer l = layer_of(batch, conv, bits);
    float *n = random_values(1, l.xs, bits), *weights = random_signs(2, l.ws);
    float *x = scaled(n, l.xs, bits.step), *y = random_floats(3, l.ys + 1, 1e6f, 2e6f);
    int32_t *expected = zeros(l.ys, sizeof *expected), *acc = zeros(l.ys + 1, sizeof *acc);
    uint64_t *work = dirty_words(l.work);
    struct qnn_conv real = conv;
    real.pad_value *= bits.step;
    bool equal = true;
    CU_ASSERT_FATAL(qnn_threads_start(threads));
    qnn_conv_bits_forward(batch, &real, bits, x, weights, y, work);
    memset(work, 0x5a, l.work * sizeof *work);
    qnn_conv_bits_accumulate(batch, &conv, (struct qnn_bits){bits.planes, 1.0f}, n, weights, acc, work);
    qnn_threads_stop();
    reference(&l, n, weights, expected);
    for (size_t i = 0; i < l.ys; i++)
        equal &= acc[i] == expected[i] && y[i] == bits.step * (float)expected[i];
    CU_ASSERT(equal);
    CU_ASSERT(y[l.ys] >= 1e6f && acc[l.ys] == 0 && work[l.work] == UINT64_C(0xa5a5a5a5a5a5a5a5));
    free(n);
    free(x);
    free(weights);
    free(y);
    free(expected);
    free(acc);
    free(work);
}

static int draw(uint64_t seed, uint64_t index, int low, int high)
{
    const struct qnn_stream stream = {.seed = seed, .purpose = QNN_RANDOM_TEST, .index = 7};
    float value;
    qnn_random_fill_uniform(&stream, index, 1, &value);
    return low + (int)(value * (float)(high - low + 1));
}

static struct qnn_conv random_conv(uint64_t seed)
{
    static const int channels[] = {1, 2, 3, 7, 8, 9, 17, 63, 64, 65, 127, 128, 130};
    enum { CHANNELS = sizeof channels / sizeof channels[0] };
    struct qnn_window w = {.height = draw(seed, 0, 1, 9),
                           .width = draw(seed, 1, 1, 9),
                           .kernel_height = draw(seed, 2, 1, 4),
                           .kernel_width = draw(seed, 3, 1, 4),
                           .stride_height = draw(seed, 4, 1, 3),
                           .stride_width = draw(seed, 5, 1, 3),
                           .dilation = draw(seed, 6, 1, 2)};
    const int reach_down = (w.kernel_height - 1) * w.dilation, reach_right = (w.kernel_width - 1) * w.dilation;
    w.pad_top = draw(seed, 7, 0, reach_down);
    w.pad_left = draw(seed, 8, 0, reach_right);
    w.out_height = (w.height + w.pad_top - 1) / w.stride_height + 1; /* windows may end below the image */
    w.out_width = (w.width + w.pad_left - 1) / w.stride_width + 1;
    return (struct qnn_conv){.window = w,
                             .inputs = channels[draw(seed, 9, 0, CHANNELS - 1)],
                             .outputs = channels[draw(seed, 10, 0, CHANNELS - 1)],
                             .groups = 1};
}

static void test_random(void)
{
    static const float steps[] = {1.0f, 0.5f, 1.0f / 3.0f, 0.7f};
    for (uint64_t seed = 1; seed <= 500; seed++) {
        const int planes = draw(seed, 14, 0, 3), last = (1 << planes) - 1;
        struct qnn_conv conv = random_conv(seed);
        conv.pad_value = (float)(planes ? draw(seed, 11, 0, last) : 2 * draw(seed, 11, 0, 1) - 1);
        const struct qnn_bits bits = planes ? QNN_CODES(planes, steps[draw(seed, 15, 0, 3)]) : QNN_SIGNS;
        check_layer(draw(seed, 12, 1, 4), conv, bits, draw(seed, 13, 1, 3));
    }
}

/* Square windows without padding, side by side. */
static struct qnn_conv plain_conv(int kernel, int columns, int inputs, int outputs)
{
    const struct qnn_window window = {.height = kernel,
                                      .width = kernel + columns - 1,
                                      .kernel_height = kernel,
                                      .kernel_width = kernel,
                                      .stride_height = 1,
                                      .stride_width = 1,
                                      .dilation = 1,
                                      .out_height = 1,
                                      .out_width = columns};
    return (struct qnn_conv){.window = window, .inputs = inputs, .outputs = outputs, .groups = 1};
}

/* More words than a byte's count holds: 31 words, and sums of several thousands. */
static void test_deep(void)
{
    static const int inputs[] = {31 * 64, 31 * 64 + 1, 32 * 64, 62 * 64 + 3};
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        const struct qnn_conv conv = plain_conv(2, 2, inputs[i], 11);
        check_layer(2, conv, QNN_SIGNS, 2);
        check_layer(2, conv, QNN_CODES(2, 0.5f), 2);
    }
}

/* All bits differ, or none: the extremes of a count. */
static void test_extremes(void)
{
    const struct qnn_conv conv = plain_conv(3, 1, 1024, 2);
    const struct layer l = layer_of(1, conv, QNN_SIGNS);
    float *x = floats(l.xs), *weights = floats(l.ws), y[2];
    uint64_t *work = dirty_words(l.work);
    for (size_t i = 0; i < l.xs; i++)
        x[i] = -1.0f;
    for (size_t i = 0; i < l.ws; i++)
        weights[i] = i < l.ws / 2 ? -1.0f : 1.0f;
    CU_ASSERT_FATAL(qnn_threads_start(1));
    qnn_conv_bits_forward(1, &conv, QNN_SIGNS, x, weights, y, work);
    qnn_threads_stop();
    CU_ASSERT_EQUAL(y[0], 9216.0f);
    CU_ASSERT_EQUAL(y[1], -9216.0f);
    free(x);
    free(weights);
    free(work);
}

static void check_dense(int batch, int inputs, int units, struct qnn_bits bits)
{
    const size_t xs = (size_t)(batch * inputs), ws = (size_t)(units * inputs), ys = (size_t)(batch * units);
    float *n = random_values(4, xs, bits), *x = scaled(n, xs, bits.step), *weights = random_signs(5, ws),
          *y = floats(ys);
    int32_t *acc = zeros(ys, sizeof *acc);
    uint64_t *work = dirty_words(QNN_BIT_WORK(bits.planes ? bits.planes : 1, batch, 1, inputs, units));
    bool equal = true;
    qnn_dense_bits_forward(batch, inputs, units, bits, x, weights, y, work);
    qnn_dense_bits_accumulate(batch, inputs, units, (struct qnn_bits){bits.planes, 1.0f}, n, weights, acc, work);
    for (size_t i = 0; i < ys; i++) {
        const float *row = n + i / (size_t)units * (size_t)inputs,
                    *weight = weights + i % (size_t)units * (size_t)inputs;
        int32_t sum = 0;
        for (size_t k = 0; k < (size_t)inputs; k++)
            sum += (int32_t)(row[k] * weight[k]);
        equal &= acc[i] == sum && y[i] == bits.step * (float)sum;
    }
    CU_ASSERT(equal);
    free(n);
    free(x);
    free(weights);
    free(y);
    free(acc);
    free(work);
}

static void test_dense(void)
{
    CU_ASSERT_FATAL(qnn_threads_start(2));
    for (int i = 0; i < ODD_SIZE_COUNT; i++)
        for (int j = 0; j < ODD_SIZE_COUNT; j++)
            check_dense(1 + (i + j) % 5, odd_sizes[i], odd_sizes[j], (i + j) % 2 ? QNN_SIGNS : QNN_CODES(2, 0.5f));
    check_dense(3, 2048 * 3 + 1, 10, QNN_SIGNS);
    check_dense(3, 2048 * 3 + 1, 10, QNN_CODES(1, 1.0f / 3.0f));
    qnn_threads_stop();
}

static const struct unit_case cases[] = {
    {"random", test_random},
    {"more words than a byte counts", test_deep},
    {"extremes", test_extremes},
    {"dense", test_dense},
};
UNIT_MAIN("bits", cases)
