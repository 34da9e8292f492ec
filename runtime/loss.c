/* Losses: a row at a time, in double; batches are small beside the layers, so one thread does it all. */
#include "runtime/loss.h"

#include <math.h>
#include <stddef.h>

int qnn_argmax(int count, const float *y)
{
    int best = 0;
    for (int i = 1; i < count; i++)
        if (y[i] > y[best])
            best = i;
    return best;
}

static double hinge_row(int classes, const float *y, int32_t label, double scale, float *dy)
{
    double sum = 0.0;
    for (int i = 0; i < classes; i++) {
        const double target = i == label ? 1.0 : -1.0;
        const double short_by = 1.0 - target * (double)y[i];
        const double loss = short_by > 0.0 ? short_by : 0.0;
        sum += loss * loss;
        if (dy)
            dy[i] = (float)(-2.0 * target * loss * scale);
    }
    return sum * scale;
}

struct qnn_loss qnn_square_hinge(int batch, int classes, enum qnn_reduction reduction, const float *y,
                                 const int32_t *label, float *dy)
{
    struct qnn_loss loss = {0.0, 0};
    const double scale = 1.0 / ((double)batch * (reduction == QNN_REDUCTION_MEAN ? classes : 1));
    for (int row = 0; row < batch; row++) {
        const size_t at = (size_t)row * (size_t)classes;
        loss.correct += qnn_argmax(classes, y + at) == label[row];
        loss.value += hinge_row(classes, y + at, label[row], scale, dy ? dy + at : NULL);
    }
    return loss;
}

/* -log softmax by its largest output, so that no exponential overflows. */
static double entropy_row(int classes, const float *y, int32_t label, double scale, float *dy)
{
    const double largest = (double)y[qnn_argmax(classes, y)], wanted = (double)y[label];
    double sum = 0.0;
    for (int i = 0; i < classes; i++)
        sum += exp((double)y[i] - largest);
    if (dy)
        for (int i = 0; i < classes; i++)
            dy[i] = (float)((exp((double)y[i] - largest) / sum - (i == label)) * scale);
    return (log(sum) + largest - wanted) * scale;
}

struct qnn_loss qnn_cross_entropy(int batch, int classes, const float *y, const int32_t *label, float *dy)
{
    struct qnn_loss loss = {0.0, 0};
    for (int row = 0; row < batch; row++) {
        const size_t at = (size_t)row * (size_t)classes;
        loss.correct += qnn_argmax(classes, y + at) == label[row];
        loss.value += entropy_row(classes, y + at, label[row], 1.0 / batch, dy ? dy + at : NULL);
    }
    return loss;
}

struct qnn_loss qnn_mse(int batch, int outputs, const float *y, const float *target, float *dy)
{
    const size_t count = (size_t)batch * (size_t)outputs;
    double sum = 0.0;
    for (size_t i = 0; i < count; i++) {
        const double difference = (double)y[i] - (double)target[i];
        sum += difference * difference;
        if (dy)
            dy[i] = (float)(2.0 * difference / (double)count);
    }
    return (struct qnn_loss){count > 0 ? sum / (double)count : 0.0, 0};
}

void qnn_one_hot(int batch, int classes, const int32_t *label, float *target)
{
    for (int row = 0; row < batch; row++)
        for (int i = 0; i < classes; i++)
            target[(size_t)row * (size_t)classes + (size_t)i] = i == label[row] ? 1.0f : 0.0f;
}
