/* Learning-rate schedules: one formula each. */
#include "runtime/schedule.h"

#include "runtime/numeric/error.h"

#include <math.h>
#include <stddef.h>

static const double pi = 3.14159265358979323846;

static double constant_rate(const struct qnn_schedule *s, int epoch, int epochs)
{
    (void)epoch;
    (void)epochs;
    return s->a;
}

static double exponential_rate(const struct qnn_schedule *s, int epoch, int epochs)
{
    return s->a * pow(s->b / s->a, (double)epoch / epochs);
}

static double step_rate(const struct qnn_schedule *s, int epoch, int epochs)
{
    (void)epochs;
    double rate = s->a;
    for (int i = 0; i < s->at_count && s->at[i] <= epoch; i++)
        rate *= s->b;
    return rate;
}

static double cosine_rate(const struct qnn_schedule *s, int epoch, int epochs)
{
    return s->b + (s->a - s->b) * (1.0 + cos(pi * epoch / epochs)) / 2.0;
}

/* Rises in equal steps; the first epoch after the warmup is epoch 0 of what follows. */
static double warmup_rate(const struct qnn_schedule *s, int epoch, int epochs)
{
    const int rest = epochs > s->length ? epochs - s->length : 1;
    if (epoch < s->length)
        return qnn_schedule_rate(s->then, 0, rest) * (epoch + 1) / (s->length + 1);
    return qnn_schedule_rate(s->then, epoch - s->length, rest);
}

double qnn_schedule_rate(const struct qnn_schedule *schedule, int epoch, int epochs)
{
    static double (*const rates[QNN_SCHEDULE_COUNT])(const struct qnn_schedule *, int, int) = {
        [QNN_SCHEDULE_CONSTANT] = constant_rate, [QNN_SCHEDULE_EXPONENTIAL] = exponential_rate,
        [QNN_SCHEDULE_STEP] = step_rate,         [QNN_SCHEDULE_COSINE] = cosine_rate,
        [QNN_SCHEDULE_WARMUP] = warmup_rate,
    };
    QNN_CHECK(epoch >= 0 && epoch < epochs && schedule->kind < QNN_SCHEDULE_COUNT);
    return rates[schedule->kind](schedule, epoch, epochs);
}
