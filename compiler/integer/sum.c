/* Start, gain and range of a channel's sum in a datapath's form; see sum.h for the algebra. */
#include "integer/sum.h"

static int64_t floor_divide(int64_t value, int64_t divisor)
{
    const int64_t quotient = value / divisor;
    return quotient * divisor > value ? quotient - 1 : quotient;
}

struct channel_sum int_channel_sum(const struct int_unit *unit, size_t channel, bool negated,
                                   const struct sum_form *form)
{
    int64_t positive = 0, negative = 0, negatives = 0; /* sums of magnitudes; how many are below 0 */
    for (size_t i = 0; i < unit->plan->fan_in; i++) {
        const int weight = int_weight(unit, channel, i, negated);
        positive += weight > 0 ? weight : 0;
        negative += weight < 0 ? -weight : 0;
        negatives += weight < 0;
    }
    const int64_t constant = form->complement * negatives;
    return (struct channel_sum){
        .gain = form->gain,
        .start = form->bias * (positive - negative) - form->gain * constant,
        .least = constant + positive * form->first - negative * form->last,
        .most = constant + positive * form->last - negative * form->first,
    };
}

int64_t channel_sum_within(const struct channel_sum *sum, int64_t acc)
{
    return floor_divide(acc - sum->start, sum->gain);
}

int64_t channel_sum_reaching(const struct channel_sum *sum, int64_t acc)
{
    return -floor_divide(sum->start - acc, sum->gain);
}
