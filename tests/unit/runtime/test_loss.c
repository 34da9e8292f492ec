/* Losses against their formulas, gradients against central differences, and the count of right answers. */
#include "kernel_test.h"

#include "runtime/loss.h"

struct problem {
    int batch, classes;
    const int32_t *label;
    const float *target;
};

typedef double formula(const void *context, const double *y);

static double hinge_sum(const void *context, const double *y)
{
    const struct problem *p = context;
    double sum = 0.0;
    for (int row = 0; row < p->batch; row++)
        for (int c = 0; c < p->classes; c++)
            sum += pow(fmax(0.0, 1.0 - (c == p->label[row] ? 1.0 : -1.0) * y[row * p->classes + c]), 2.0) / p->batch;
    return sum;
}

static double hinge_mean(const void *context, const double *y)
{
    return hinge_sum(context, y) / ((const struct problem *)context)->classes;
}

static double entropy(const void *context, const double *y)
{
    const struct problem *p = context;
    double sum = 0.0;
    for (int row = 0; row < p->batch; row++) {
        double total = 0.0;
        for (int c = 0; c < p->classes; c++)
            total += exp(y[row * p->classes + c]);
        sum -= log(exp(y[row * p->classes + p->label[row]]) / total) / p->batch;
    }
    return sum;
}

static double mse(const void *context, const double *y)
{
    const struct problem *p = context;
    double sum = 0.0;
    for (int i = 0; i < p->batch * p->classes; i++)
        sum += pow(y[i] - (double)p->target[i], 2.0) / (p->batch * p->classes);
    return sum;
}

static struct qnn_loss run_hinge_mean(const struct problem *p, const float *y, float *dy)
{
    return qnn_square_hinge(p->batch, p->classes, QNN_REDUCTION_MEAN, y, p->label, dy);
}

static struct qnn_loss run_hinge_sum(const struct problem *p, const float *y, float *dy)
{
    return qnn_square_hinge(p->batch, p->classes, QNN_REDUCTION_SUM, y, p->label, dy);
}

static struct qnn_loss run_entropy(const struct problem *p, const float *y, float *dy)
{
    return qnn_cross_entropy(p->batch, p->classes, y, p->label, dy);
}

static struct qnn_loss run_mse(const struct problem *p, const float *y, float *dy)
{
    return qnn_mse(p->batch, p->classes, y, p->target, dy);
}

static const struct {
    struct qnn_loss (*run)(const struct problem *p, const float *y, float *dy);
    formula *reference;
} losses[] = {{run_hinge_mean, hinge_mean}, {run_hinge_sum, hinge_sum}, {run_entropy, entropy}, {run_mse, mse}};

static void check_losses(int batch, int classes)
{
    const size_t count = (size_t)(batch * classes);
    float *y = random_floats(1, count, -2.0f, 2.0f), *target = random_floats(2, count, -1.0f, 1.0f),
          *dy = floats(count);
    int32_t *label = zeros((size_t)batch, sizeof *label);
    double *exact = doubles_of(y, count);
    for (int row = 0; row < batch; row++)
        label[row] = (row * 7 + 3) % classes;
    const struct problem p = {.batch = batch, .classes = classes, .label = label, .target = target};
    for (size_t l = 0; l < sizeof losses / sizeof losses[0]; l++) {
        const struct qnn_loss loss = losses[l].run(&p, y, dy), without = losses[l].run(&p, y, NULL);
        bool close = true;
        CU_ASSERT(is_close(loss.value, losses[l].reference(&p, exact), 1e-9));
        CU_ASSERT(without.value == loss.value && without.correct == loss.correct);
        for (size_t i = 0; i < count; i++)
            close &= is_close((double)dy[i], difference_quotient(losses[l].reference, &p, exact, i), 1e-6);
        CU_ASSERT(close);
        float *in_place = copy_floats(y, count);
        losses[l].run(&p, in_place, in_place);
        CU_ASSERT(same_bits(in_place, dy, count * sizeof *dy));
        free(in_place);
    }
    free(y);
    free(target);
    free(dy);
    free(label);
    free(exact);
}

static void test_losses(void)
{
    static const int sizes[][2] = {{1, 1}, {1, 2}, {2, 10}, {7, 3}, {17, 10}, {5, 65}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        check_losses(sizes[i][0], sizes[i][1]);
}

static void test_large_outputs(void)
{
    const float y[4] = {1000.0f, -1000.0f, -3e38f, 3e38f};
    const int32_t label[2] = {1, 1};
    float dy[4];
    const struct qnn_loss loss = qnn_cross_entropy(2, 2, y, label, dy);
    CU_ASSERT_DOUBLE_EQUAL(loss.value, 1000.0, 1e-9);
    CU_ASSERT(dy[0] == 0.5f && dy[1] == -0.5f && dy[2] == 0.0f && dy[3] == 0.0f);
    CU_ASSERT_EQUAL(loss.correct, 1);
}

static void test_correct(void)
{
    const float y[12] = {1, 3, 3, 0, -5, -4, 2, 2, 2, 0, 0, 9};
    const int32_t label[4] = {1, 2, 0, 1}; /* a tie goes to the lowest index: rows 0 and 2 are right, 1 and 3 are not */
    CU_ASSERT_EQUAL(qnn_square_hinge(4, 3, QNN_REDUCTION_MEAN, y, label, NULL).correct, 2);
    CU_ASSERT_EQUAL(qnn_cross_entropy(4, 3, y, label, NULL).correct, 2);
    CU_ASSERT_EQUAL(qnn_argmax(3, y + 6), 0);
    CU_ASSERT_EQUAL(qnn_argmax(3, y + 9), 2);
    float target[12];
    qnn_one_hot(4, 3, label, target);
    for (int i = 0; i < 12; i++)
        CU_ASSERT_EQUAL(target[i], i % 3 == label[i / 3] ? 1.0f : 0.0f);
}

static const struct unit_case cases[] = {
    {"values and gradients", test_losses},
    {"large outputs", test_large_outputs},
    {"right answers", test_correct},
};
UNIT_MAIN("loss", cases)
