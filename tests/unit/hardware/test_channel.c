/*
 * The domain that the datapath counts in: acc = gain * S + start for every input, and a threshold moved there gives the same
 * code for every sum there can be.
 */
#include "hardware/channel.h"
#include "hardware/mvu_forms.h"
#include "tests/support/draw.h"
#include "tests/unit/cunit_main.h"

#include <string.h>

enum { MOST_INPUTS = 9 };

struct fixture {
    struct unit_plan plan;
    struct int_unit unit;
    struct hw_engine engine;
    int16_t weights[MOST_INPUTS];
    int64_t threshold;
    uint8_t flip;
};

static void open_fixture(struct fixture *fixture, struct draw *draw, enum qnn_encoding kind, int bits, bool ternary)
{
    *fixture = (struct fixture){.plan = {.fan_in = (size_t)draw_int(draw, 1, MOST_INPUTS), .channels = 1}};
    fixture->plan.weight_type = ternary ? qnn_code_sign_zero() : qnn_code_sign();
    for (size_t i = 0; i < fixture->plan.fan_in; i++)
        fixture->weights[i] = (int16_t)(ternary ? draw_int(draw, -1, 1) : 2 * draw_int(draw, 0, 1) - 1);
    fixture->unit = (struct int_unit){
        .plan = &fixture->plan,
        .input = {.type = {.encoding = kind, .bits = bits}},
        .weights = fixture->weights,
        .thresholds = {.levels = 1, .values = &fixture->threshold, .flip = &fixture->flip},
    };
    fixture->engine =
        (struct hw_engine){.unit = &fixture->unit, .in_bits = bits, .signed_input = kind == QNN_ENCODING_TWOS};
    fixture->engine.form = mvu_form_of(&fixture->engine, part_of(TARGET_GENERIC));
}

/* What the adders see: the input's bits, all turned where the weight is -1, nothing where it is 0. */
static int64_t datapath_sum(const struct fixture *fixture, const int *raw, bool negated)
{
    const int mask = (1 << fixture->engine.in_bits) - 1;
    int64_t sum = 0;
    for (size_t i = 0; i < fixture->plan.fan_in; i++) {
        const int weight = negated ? -fixture->weights[i] : fixture->weights[i];
        if (weight)
            sum += raw[i] ^ (weight < 0 ? mask : 0);
    }
    return sum;
}

/* The accumulator of the integer graph; raw of an i8 input is n + 128, as the engines take it. */
static int64_t accumulator(const struct fixture *fixture, const int *raw)
{
    int64_t acc = 0;
    for (size_t i = 0; i < fixture->plan.fan_in; i++) {
        int n = raw[i];
        if (fixture->unit.input.type.encoding == QNN_ENCODING_SIGN)
            n = 2 * raw[i] - 1;
        else if (fixture->engine.signed_input)
            n = raw[i] - 128;
        acc += fixture->weights[i] * n;
    }
    return acc;
}

static void check_sums(const struct fixture *fixture, struct draw *draw)
{
    int raw[MOST_INPUTS];
    for (int sample = 0; sample < 20; sample++) {
        for (size_t i = 0; i < fixture->plan.fan_in; i++)
            raw[i] = draw_int(draw, 0, (1 << fixture->engine.in_bits) - 1);
        for (int negated = 0; negated < 2; negated++) {
            const struct channel_sum channel = hw_channel(&fixture->engine, 0, negated);
            const int64_t sum = datapath_sum(fixture, raw, negated);
            const int64_t acc = negated ? -accumulator(fixture, raw) : accumulator(fixture, raw);
            CU_ASSERT_EQUAL_FATAL(channel.gain * sum + channel.start, acc);
            CU_ASSERT_TRUE_FATAL(sum >= 0 && sum <= channel.most);
        }
    }
}

/* Every threshold around the range, for every sum. */
static void check_thresholds(const struct fixture *fixture)
{
    const struct channel_sum channel = hw_channel(&fixture->engine, 0, false);
    const int64_t lo = channel.start, hi = channel.start + channel.gain * channel.most;
    for (int64_t threshold = lo - 3; threshold <= hi + 3; threshold += 1 + (hi - lo) / 60) {
        const int64_t moved = hw_channel_threshold(&channel, threshold);
        CU_ASSERT_TRUE_FATAL(moved >= 0 && moved <= channel.most + 1);
        for (int64_t sum = 0; sum <= channel.most; sum++)
            CU_ASSERT_EQUAL_FATAL(sum >= moved, channel.gain * sum + channel.start >= threshold);
    }
}

/* A falling channel stored as its negated row: the code is the same for every accumulator. */
static void check_falling(struct fixture *fixture)
{
    for (int64_t threshold = -40; threshold <= 40; threshold++) {
        int64_t moved;
        fixture->threshold = threshold;
        fixture->flip = 0;
        CU_ASSERT_FALSE_FATAL(hw_channel_negated(&fixture->engine, 0, &moved));
        CU_ASSERT_EQUAL_FATAL(moved, threshold);
        fixture->flip = 1;
        CU_ASSERT_TRUE_FATAL(hw_channel_negated(&fixture->engine, 0, &moved));
        for (int64_t acc = -45; acc <= 45; acc++)
            CU_ASSERT_EQUAL_FATAL(-acc >= moved, !(acc >= threshold));
    }
}

static void test_channels(void)
{
    static const struct {
        enum qnn_encoding kind;
        int bits;
    } inputs[] = {{QNN_ENCODING_SIGN, 1},     {QNN_ENCODING_UNSIGNED, 1}, {QNN_ENCODING_UNSIGNED, 2},
                  {QNN_ENCODING_UNSIGNED, 5}, {QNN_ENCODING_UNSIGNED, 8}, {QNN_ENCODING_TWOS, 8}};
    for (uint64_t seed = 1; seed <= 40; seed++)
        for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++)
            for (int ternary = 0; ternary < 2; ternary++) {
                struct draw draw = draw_open(seed, 30 + i);
                struct fixture fixture;
                open_fixture(&fixture, &draw, inputs[i].kind, inputs[i].bits, ternary);
                check_sums(&fixture, &draw);
                check_thresholds(&fixture);
                check_falling(&fixture);
            }
}

static const struct unit_case cases[] = {{"sums and thresholds", test_channels}};
UNIT_MAIN("channels of an engine", cases)
