/* The dense layer: forward against the formula, gradients against central differences of the formula. */
#include "kernel_test.h"

#include "runtime/ops/dense.h"

/* loss = sum of r * (x W^T + bias); one vector of variables: x, weights, bias. */
struct layer {
    int batch, inputs, units;
    const float *r;
};

static double output(const struct layer *l, const double *x, int row, int unit)
{
    const double *weights = x + l->batch * l->inputs, *bias = weights + l->units * l->inputs;
    double sum = bias[unit];
    for (int i = 0; i < l->inputs; i++)
        sum += x[row * l->inputs + i] * weights[unit * l->inputs + i];
    return sum;
}

static double loss(const void *context, const double *x)
{
    const struct layer *l = context;
    double sum = 0.0;
    for (int row = 0; row < l->batch; row++)
        for (int unit = 0; unit < l->units; unit++)
            sum += (double)l->r[row * l->units + unit] * output(l, x, row, unit);
    return sum;
}

static void check_layer(int batch, int inputs, int units)
{
    const size_t xs = (size_t)(batch * inputs), ws = (size_t)(units * inputs), ys = (size_t)(batch * units);
    const size_t count = xs + ws + (size_t)units;
    float *variables = random_floats(1, count, -1.0f, 1.0f), *r = random_floats(2, ys, -1.0f, 1.0f);
    float *y = floats(ys), *gradient = floats(count);
    const float *x = variables, *weights = x + xs, *bias = weights + ws;
    const struct layer layer = {.batch = batch, .inputs = inputs, .units = units, .r = r};
    double *exact = doubles_of(variables, count);
    bool forward = true, backward = true;

    qnn_dense_forward(batch, inputs, units, x, weights, bias, y);
    for (size_t i = 0; i < ys; i++)
        forward &= is_close((double)y[i], output(&layer, exact, (int)i / units, (int)i % units), 1e-5);
    CU_ASSERT(forward);

    qnn_dense_backward(batch, inputs, units, x, weights, r, gradient, gradient + xs, gradient + xs + ws);
    for (size_t i = 0; i < count; i++)
        backward &= is_close((double)gradient[i], difference_quotient(loss, &layer, exact, i), 1e-5);
    CU_ASSERT(backward);

    float *without = floats(count);
    qnn_dense_backward(batch, inputs, units, x, weights, r, NULL, without + xs, NULL);
    CU_ASSERT(same_bits(without + xs, gradient + xs, ws * sizeof *without));
    CU_ASSERT_EQUAL(without[0], 0.0f);
    qnn_dense_forward(batch, inputs, units, x, weights, NULL, without);
    CU_ASSERT(is_close((double)without[0], (double)y[0] - (double)bias[0], 1e-5));
    free(variables);
    free(r);
    free(y);
    free(gradient);
    free(exact);
    free(without);
}

static void check_layers(void)
{
    static const int sizes[][3] = {{1, 1, 1}, {2, 3, 5}, {7, 8, 17}, {5, 17, 3}, {17, 5, 2}, {3, 65, 8}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        check_layer(sizes[i][0], sizes[i][1], sizes[i][2]);
}

static void test_gradients(void)
{
    with_threads(check_layers);
}

static void check_accumulate(void)
{
    enum { BATCH = 17, INPUTS = 784, UNITS = 33 };
    float *x = random_integers(3, BATCH * INPUTS, 0, 255), *w = random_integers(4, UNITS * INPUTS, -1, 1);
    float acc[BATCH * UNITS];
    int32_t exact[BATCH * UNITS];
    bool equal = true;
    qnn_dense_accumulate_float(BATCH, INPUTS, UNITS, 255, x, w, acc);
    qnn_dense_accumulate(BATCH, INPUTS, UNITS, 255, x, w, exact);
    for (int i = 0; i < BATCH * UNITS; i++) {
        int64_t sum = 0;
        for (int k = 0; k < INPUTS; k++)
            sum += (int64_t)x[i / UNITS * INPUTS + k] * (int64_t)w[i % UNITS * INPUTS + k];
        equal &= exact[i] == sum && (double)acc[i] == (double)sum;
    }
    CU_ASSERT(equal);
    free(x);
    free(w);
}

static void test_accumulate(void)
{
    with_threads(check_accumulate);
}

static const struct unit_case cases[] = {
    {"gradients", test_gradients},
    {"integer accumulators", test_accumulate},
};
UNIT_MAIN("dense", cases)
