/*
 * The sum that a datapath computes: for weights of every width, in every form, acc = gain * S + start holds for every input, S
 * stays within the bounds, which are reached, and a threshold moved to S gives the same answer for every accumulator.
 */
#include "integer/sum.h"
#include "tests/unit/cunit_main.h"

enum { FAN_IN = 2, CODES = 4, FORMS = 4, WEIGHT_LIMIT = 9 };

/* Codes x = first .. first + 3 each; n = gain * x + bias. */
static const struct sum_form forms[FORMS] = {
    {.gain = 1, .last = CODES - 1},                               /* the plain sum */
    {.gain = 1, .bias = -2, .complement = 63, .last = CODES - 1}, /* lifted signed codes, complements */
    {.gain = 2, .bias = -1, .complement = WEIGHT_LIMIT * (CODES - 1), .last = CODES - 1}, /* two n a code */
    {.gain = 1, .first = -2, .last = 1},                                                  /* signed codes as they are */
};

/* One product as the datapath adds it. */
static int64_t term(const struct sum_form *form, int64_t weight, int64_t x)
{
    return weight < 0 ? form->complement + weight * x : weight * x;
}

static void check_form(const struct int_unit *unit, const struct sum_form *form, bool negated)
{
    const struct channel_sum sum = int_channel_sum(unit, 0, negated, form);
    int64_t least = INT64_MAX, most = INT64_MIN;
    for (int input = 0; input < CODES * CODES; input++) {
        const int64_t x[FAN_IN] = {form->first + input % CODES, form->first + input / CODES};
        int64_t s = 0, acc = 0;
        for (size_t i = 0; i < FAN_IN; i++) {
            const int64_t weight = negated ? -unit->weights[i] : unit->weights[i];
            s += term(form, weight, x[i]);
            acc += weight * (form->gain * x[i] + form->bias);
        }
        CU_ASSERT_EQUAL_FATAL(sum.gain * s + sum.start, acc);
        least = s < least ? s : least;
        most = s > most ? s : most;
        for (int64_t threshold = acc - 3; threshold <= acc + 3; threshold++) {
            CU_ASSERT_EQUAL_FATAL(s >= channel_sum_reaching(&sum, threshold), acc >= threshold);
            CU_ASSERT_EQUAL_FATAL(s <= channel_sum_within(&sum, threshold), acc <= threshold);
        }
    }
    CU_ASSERT_EQUAL_FATAL(least, sum.least);
    CU_ASSERT_EQUAL_FATAL(most, sum.most);
    CU_ASSERT_TRUE_FATAL(form->complement == 0 || least >= 0);
}

static void test_sums(void)
{
    const struct unit_plan plan = {.fan_in = FAN_IN, .channels = 1};
    for (int first = -WEIGHT_LIMIT; first <= WEIGHT_LIMIT; first++)
        for (int second = -WEIGHT_LIMIT; second <= WEIGHT_LIMIT; second++) {
            int16_t weights[FAN_IN] = {(int16_t)first, (int16_t)second};
            const struct int_unit unit = {.plan = &plan, .weights = weights};
            for (int form = 0; form < FORMS; form++)
                for (int negated = 0; negated < 2; negated++)
                    check_form(&unit, &forms[form], negated);
        }
}

static void test_negated_threshold(void)
{
    for (int64_t threshold = -20; threshold <= 20; threshold++)
        for (int64_t acc = -25; acc <= 25; acc++)
            CU_ASSERT_EQUAL_FATAL(-acc >= int_negated_threshold(threshold), !(acc >= threshold));
}

static const struct unit_case cases[] = {{"sums in every form", test_sums},
                                         {"threshold of a negated channel", test_negated_threshold}};
UNIT_MAIN("sum of a channel", cases)
