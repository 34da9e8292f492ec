/* The constants that take an engine's sum to the accumulator of the integer graph. */
#include "hardware/channel.h"

struct hw_channel hw_channel(const struct hw_engine *engine, size_t channel, bool negated)
{
    const struct int_unit *unit = engine->unit;
    const int16_t *row = unit->weights + channel * unit->plan->fan_in;
    int64_t positive = 0, negative = 0;
    for (size_t i = 0; i < unit->plan->fan_in; i++) {
        positive += row[i] > 0;
        negative += row[i] < 0;
    }
    if (negated) {
        const int64_t swap = positive;
        positive = negative;
        negative = swap;
    }
    const int64_t nonzero = positive + negative, top = ((int64_t)1 << engine->in_bits) - 1;
    if (unit->input.type.encoding == QNN_ENCODING_SIGN)
        return (struct hw_channel){.start = -nonzero, .gain = 2, .most = nonzero};
    const int64_t half = (top + 1) / 2, bias = engine->signed_input ? half * (positive - negative) : 0;
    return (struct hw_channel){.start = -top * negative - bias, .gain = 1, .most = top * nonzero};
}

int64_t hw_channel_threshold(const struct hw_channel *channel, int64_t threshold)
{
    const int64_t distance = threshold - channel->start;
    const int64_t sum = distance <= 0 ? 0 : (distance + channel->gain - 1) / channel->gain;
    return sum > channel->most ? channel->most + 1 : sum;
}

bool hw_channel_negated(const struct hw_engine *engine, size_t channel, int64_t *threshold)
{
    const struct int_thresholds *thresholds = &engine->unit->thresholds;
    *threshold = thresholds->values[channel];
    if (!thresholds->flip[channel])
        return false;
    /* code = not (acc >= T) = (acc <= T - 1) = (-acc >= 1 - T) */
    *threshold = 1 - *threshold;
    return true;
}
