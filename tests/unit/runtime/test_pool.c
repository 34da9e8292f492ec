/* Pools against loops over windows; gradients against central differences of those, ties against the rule. */
#include "kernel_test.h"

#include "runtime/ops/pool.h"

struct shape {
    int batch, channels;
    struct qnn_window window;
    size_t xs, ys;
};

static struct shape shape_of(int batch, int channels, const int size[2], const int kernel[2], const int stride[2])
{
    const struct qnn_window w = {.height = size[0],
                                 .width = size[1],
                                 .kernel_height = kernel[0],
                                 .kernel_width = kernel[1],
                                 .stride_height = stride[0],
                                 .stride_width = stride[1],
                                 .dilation = 1,
                                 .out_height = (size[0] - kernel[0]) / stride[0] + 1,
                                 .out_width = (size[1] - kernel[1]) / stride[1] + 1};
    return (struct shape){.batch = batch,
                          .channels = channels,
                          .window = w,
                          .xs = (size_t)(batch * size[0] * size[1] * channels),
                          .ys = (size_t)(batch * w.out_height * w.out_width * channels)};
}

/* Index in x of tap `tap` of output element y. */
static size_t tap_of(const struct shape *s, size_t y, int tap)
{
    const struct qnn_window *w = &s->window;
    const int c = (int)y % s->channels, position = (int)y / s->channels;
    const int j = position % w->out_width, i = position / w->out_width % w->out_height;
    const int image = position / w->out_width / w->out_height;
    const int row = i * w->stride_height + tap / w->kernel_width, column = j * w->stride_width + tap % w->kernel_width;
    const int input = (image * w->height + row) * w->width + column;
    return (size_t)input * (size_t)s->channels + (size_t)c;
}

static int taps_of(const struct shape *s)
{
    return s->window.kernel_height * s->window.kernel_width;
}

/* The first tap that holds the largest value. */
static int largest_tap(const struct shape *s, const double *x, size_t y)
{
    int best = 0;
    for (int tap = 1; tap < taps_of(s); tap++)
        if (x[tap_of(s, y, tap)] > x[tap_of(s, y, best)])
            best = tap;
    return best;
}

static double sum_of(const struct shape *s, const double *x, size_t y)
{
    double sum = 0.0;
    for (int tap = 0; tap < taps_of(s); tap++)
        sum += x[tap_of(s, y, tap)];
    return sum;
}

/* loss = sum of r * pool(x) */
struct pooled {
    const struct shape *shape;
    const float *r;
    bool average;
};

static double loss(const void *context, const double *x)
{
    const struct pooled *p = context;
    const struct shape *s = p->shape;
    double sum = 0.0;
    for (size_t y = 0; y < s->ys; y++)
        sum += (double)p->r[y] * (p->average ? sum_of(s, x, y) / taps_of(s) : x[tap_of(s, y, largest_tap(s, x, y))]);
    return sum;
}

static void check_gradient(const struct pooled *p, double *exact, const float *dx)
{
    bool close = true;
    for (size_t i = 0; i < p->shape->xs; i++)
        close &= is_close((double)dx[i], difference_quotient(loss, p, exact, i), 1e-5);
    CU_ASSERT(close && dx[p->shape->xs] >= 5.0f);
}

/* Values of x are distinct enough for a difference quotient of the maximum: multiples of 1e-3, shuffled. */
static float *distinct_floats(size_t count)
{
    float *values = floats(count);
    for (size_t i = 0; i < count; i++)
        values[i] = (float)((i * 7919 + 13) % 10007) * 1e-3f;
    return values;
}

static void check_differences(const struct shape *s)
{
    float *x = distinct_floats(s->xs), *r = random_floats(2, s->ys, -1.0f, 1.0f), *y = floats(s->ys);
    float *dx = random_floats(3, s->xs + 1, 5.0f, 6.0f);
    double *exact = doubles_of(x, s->xs);
    struct pooled p = {.shape = s, .r = r, .average = false};
    qnn_maxpool_forward(s->batch, &s->window, s->channels, x, y);
    qnn_maxpool_backward(s->batch, &s->window, s->channels, x, y, r, dx);
    check_gradient(&p, exact, dx);
    p.average = true;
    qnn_avgpool_backward(s->batch, &s->window, s->channels, r, dx);
    check_gradient(&p, exact, dx);
    free(x);
    free(r);
    free(y);
    free(dx);
    free(exact);
}

static bool is_one_of(const struct shape *s, const float *x, const float *y, const uint8_t *minimum)
{
    double *exact = doubles_of(x, s->xs), *negative = doubles_of(x, s->xs);
    bool equal = true;
    for (size_t i = 0; i < s->xs; i++)
        negative[i] = -negative[i];
    for (size_t i = 0; i < s->ys; i++) {
        const bool falls = minimum && minimum[i % (size_t)s->channels];
        equal &= (double)y[i] == exact[tap_of(s, i, largest_tap(s, falls ? negative : exact, i))];
    }
    free(exact);
    free(negative);
    return equal;
}

/* Sums that float32 does not hold, of codes up to 2^23 and of integers that float32 does not hold either. */
static void check_wide_sums(const struct shape *s)
{
    float *codes = random_integers(3, s->xs, -(1 << 23), 1 << 23);
    int32_t *sums = zeros(s->xs, sizeof *sums), *y = zeros(s->ys, sizeof *y);
    double *exact = doubles_of(codes, s->xs);
    bool of_codes = true, of_sums = true;
    qnn_pool_sums_wide(s->batch, &s->window, s->channels, codes, y);
    for (size_t i = 0; i < s->ys; i++)
        of_codes &= (double)y[i] == sum_of(s, exact, i);
    for (size_t i = 0; i < s->xs; i++) {
        sums[i] = 2 * (int32_t)codes[i] + 1;
        exact[i] = (double)sums[i];
    }
    qnn_pool_sums_of_sums(s->batch, &s->window, s->channels, sums, y);
    for (size_t i = 0; i < s->ys; i++)
        of_sums &= (double)y[i] == sum_of(s, exact, i);
    CU_ASSERT(of_codes && of_sums);
    free(codes);
    free(sums);
    free(y);
    free(exact);
}

static void check_forward(const struct shape *s)
{
    float *x = random_integers(1, s->xs, -9, 9), *y = random_floats(2, s->ys + 1, 50.0f, 60.0f);
    double *exact = doubles_of(x, s->xs);
    uint8_t *minimum = zeros((size_t)s->channels, 1);
    bool sums = true, averages = true;
    for (int c = 0; c < s->channels; c++)
        minimum[c] = (uint8_t)(c % 3 == 1 ? 1 + c % 2 : 0);
    qnn_maxpool_forward(s->batch, &s->window, s->channels, x, y);
    CU_ASSERT(is_one_of(s, x, y, NULL));
    qnn_pool_codes(s->batch, &s->window, s->channels, minimum, x, y);
    CU_ASSERT(is_one_of(s, x, y, minimum));
    qnn_pool_codes(s->batch, &s->window, s->channels, NULL, x, y);
    CU_ASSERT(is_one_of(s, x, y, NULL));
    qnn_pool_sums(s->batch, &s->window, s->channels, x, y);
    for (size_t i = 0; i < s->ys; i++)
        sums &= (double)y[i] == sum_of(s, exact, i);
    CU_ASSERT(sums);
    check_wide_sums(s);
    qnn_avgpool_forward(s->batch, &s->window, s->channels, x, y);
    for (size_t i = 0; i < s->ys; i++)
        averages &= is_close((double)y[i], sum_of(s, exact, i) / taps_of(s), 1e-6);
    CU_ASSERT(averages);
    CU_ASSERT(y[s->ys] >= 50.0f);
    free(x);
    free(y);
    free(exact);
    free(minimum);
}

/* Small integers: many taps are equally large, and the first one alone gets the gradient. */
static void check_ties(const struct shape *s)
{
    float *x = random_integers(1, s->xs, 0, 1), *dy = random_integers(2, s->ys, 1, 9), *y = floats(s->ys);
    float *dx = floats(s->xs), *expected = floats(s->xs);
    double *exact = doubles_of(x, s->xs);
    for (size_t i = 0; i < s->ys; i++)
        expected[tap_of(s, i, largest_tap(s, exact, i))] += dy[i];
    qnn_maxpool_forward(s->batch, &s->window, s->channels, x, y);
    qnn_maxpool_backward(s->batch, &s->window, s->channels, x, y, dy, dx);
    CU_ASSERT(same_bits(dx, expected, s->xs * sizeof *dx));
    free(x);
    free(dy);
    free(y);
    free(dx);
    free(expected);
    free(exact);
}

static const int geometries[][6] = {
    /* size, kernel, stride */
    {1, 1, 1, 1, 1, 1}, {2, 2, 2, 2, 2, 2}, {7, 5, 2, 2, 2, 2}, {8, 8, 3, 3, 2, 2}, {5, 7, 3, 2, 1, 1},
    {7, 7, 7, 7, 1, 1}, {9, 8, 2, 3, 3, 4}, {1, 8, 1, 2, 1, 2}, {6, 3, 2, 3, 1, 2},
};
enum { GEOMETRIES = sizeof geometries / sizeof geometries[0] };

static void check_shapes(void)
{
    for (int g = 0; g < GEOMETRIES; g++) {
        const int *n = geometries[g];
        const struct shape small = shape_of(1 + g % 3, 1 + 2 * (g % 3), n, n + 2, n + 4);
        check_differences(&small);
        for (int i = 0; i < ODD_SIZE_COUNT; i++) {
            const struct shape shape = shape_of(1 + (g + i) % 5, odd_sizes[i], n, n + 2, n + 4);
            check_forward(&shape);
            check_ties(&shape);
        }
    }
    const struct shape large = shape_of(9, 300, (int[]){13, 11}, (int[]){3, 3}, (int[]){2, 1});
    check_forward(&large);
    check_ties(&large);
}

static void test_shapes(void)
{
    with_threads(check_shapes);
}

/* The same bits for any number of threads where windows overlap. */
static void test_determinism(void)
{
    const struct shape s = shape_of(11, 33, (int[]){17, 15}, (int[]){3, 4}, (int[]){1, 2});
    float *x = random_floats(1, s.xs, -1.0f, 1.0f), *dy = random_floats(2, s.ys, -1.0f, 1.0f), *y = floats(s.ys);
    float *dx[4], *average[4];
    for (int threads = 1; threads <= 4; threads++) {
        float *largest = dx[threads - 1] = floats(s.xs), *mean = average[threads - 1] = floats(s.xs);
        CU_ASSERT_FATAL(qnn_threads_start(threads));
        qnn_maxpool_forward(s.batch, &s.window, s.channels, x, y);
        qnn_maxpool_backward(s.batch, &s.window, s.channels, x, y, dy, largest);
        qnn_avgpool_backward(s.batch, &s.window, s.channels, dy, mean);
        qnn_threads_stop();
        CU_ASSERT(same_bits(dx[0], largest, s.xs * sizeof *largest));
        CU_ASSERT(same_bits(average[0], mean, s.xs * sizeof *mean));
    }
    for (int i = 0; i < 4; i++) {
        free(dx[i]);
        free(average[i]);
    }
    free(x);
    free(dy);
    free(y);
}

static const struct unit_case cases[] = {
    {"shapes", test_shapes},
    {"determinism", test_determinism},
};
UNIT_MAIN("pool", cases)
