/* The constants that take an engine's sum to the accumulator of the integer graph. */
#include "hardware/channel.h"

#include "hardware/mvu_forms.h"

/* A code x of the input represents the integer gain * x + bias. */
static struct sum_form datapath_form(const struct hw_engine *engine)
{
    const enum qnn_encoding encoding = engine->unit->input.type.encoding;
    const int64_t last = ((int64_t)1 << engine->in_bits) - 1;
    return (struct sum_form){
        .gain = encoding == QNN_ENCODING_SIGN ? 2 : 1,
        .bias = encoding == QNN_ENCODING_SIGN ? -1
                : engine->signed_input        ? -((last + 1) / 2)
                                              : 0,
        .complement = ((int64_t)1 << mvu_product_bits(engine)) - 1,
        .last = last,
    };
}

struct channel_sum hw_channel(const struct hw_engine *engine, size_t channel, bool negated)
{
    const struct sum_form form = datapath_form(engine);
    return int_channel_sum(engine->unit, channel, negated, &form);
}

int64_t hw_channel_threshold(const struct channel_sum *sum, int64_t threshold)
{
    const int64_t reaching = channel_sum_reaching(sum, threshold);
    return reaching < 0 ? 0 : reaching > sum->most ? sum->most + 1 : reaching;
}

bool hw_channel_negated(const struct hw_engine *engine, size_t channel, int64_t *threshold)
{
    const struct int_thresholds *thresholds = &engine->unit->thresholds;
    const bool negated = thresholds->flip[channel];
    *threshold = thresholds->values[channel];
    if (negated)
        *threshold = int_negated_threshold(*threshold);
    return negated;
}
