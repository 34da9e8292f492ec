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

static int draw_weight(struct draw *draw, const struct qnn_code_type *type)
{
    int weight = 0;
    do
        weight = draw_int(draw, type->low, type->high);
    while (weight == 0 && !type->has_zero);
    return weight;
}

static void open_fixture(struct fixture *fixture, struct draw *draw, enum qnn_encoding kind, int bits,
                         struct qnn_code_type weights)
{
    *fixture = (struct fixture){.plan = {.fan_in = (size_t)draw_int(draw, 1, MOST_INPUTS), .channels = 1}};
    fixture->plan.weight_type = weights;
    for (size_t i = 0; i < fixture->plan.fan_in; i++)
        fixture->weights[i] = (int16_t)draw_weight(draw, &weights);
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

/* What the adders see: the bits of |w| * x, all of as many as the largest product has turned where w is negative. */
static int64_t datapath_sum(const struct fixture *fixture, const int *raw, bool negated)
{
    const int largest = qnn_code_magnitude(&fixture->plan.weight_type) * ((1 << fixture->engine.in_bits) - 1);
    int mask = 1;
    while (mask < largest)
        mask = 2 * mask + 1;
    int64_t sum = 0;
    for (size_t i = 0; i < fixture->plan.fan_in; i++) {
        const int weight = negated ? -fixture->weights[i] : fixture->weights[i];
        sum += weight < 0 ? (-weight * raw[i]) ^ mask : weight * raw[i];
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
        for (int64_t sum = 0; sum <= channel.most; sum += 1 + channel.most / 5000)
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
    const struct qnn_code_type weights[] = {qnn_code_sign(), qnn_code_sign_zero(), qnn_code_twos(2, -1, 1),
                                            qnn_code_twos(4, -7, 7), qnn_code_twos(8, -127, 127)};
    for (uint64_t seed = 1; seed <= 40; seed++)
        for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++)
            for (size_t w = 0; w < sizeof weights / sizeof weights[0]; w++) {
                struct draw draw = draw_open(seed, 30 + i);
                struct fixture fixture;
                open_fixture(&fixture, &draw, inputs[i].kind, inputs[i].bits, weights[w]);
                check_sums(&fixture, &draw);
                check_thresholds(&fixture);
                check_falling(&fixture);
            }
}

/* Codes of integer weights: sign and magnitude, and the least of a full grid as the negative zero. */
static void test_int_codes(void)
{
    for (int bits = 2; bits <= 8; bits++) {
        struct draw draw = draw_open(1, 1);
        struct fixture fixture;
        const int least = -(1 << (bits - 1)), mask = (1 << bits) - 1;
        open_fixture(&fixture, &draw, QNN_ENCODING_UNSIGNED, 2, qnn_code_twos(bits, least, -least - 1));
        for (int weight = least; weight < -least; weight++) {
            const int code = (int)fixture.engine.form->code(weight) & mask, magnitude = code >> 1;
            const int value = code == 1 ? least : code & 1 ? -magnitude : magnitude;
            CU_ASSERT_EQUAL_FATAL(value, weight);
        }
    }
}

static const struct unit_case cases[] = {{"sums and thresholds", test_channels},
                                         {"codes of integer weights", test_int_codes}};
UNIT_MAIN("channels of an engine", cases)
