/* Schedules against values worked out by hand. */
#include "tests/unit/cunit_main.h"

#include "runtime/schedule.h"

#include <math.h>

static void check(const struct qnn_schedule *schedule, int epoch, int epochs, double expected)
{
    CU_ASSERT_DOUBLE_EQUAL(qnn_schedule_rate(schedule, epoch, epochs), expected, 1e-12 * expected);
}

static void test_constant(void)
{
    const struct qnn_schedule schedule = {.kind = QNN_SCHEDULE_CONSTANT, .a = 0.3};
    check(&schedule, 0, 1, 0.3);
    check(&schedule, 9, 10, 0.3);
}

/* 1 to 1/1000 in three epochs: a factor of ten each. */
static void test_exponential(void)
{
    const struct qnn_schedule schedule = {.kind = QNN_SCHEDULE_EXPONENTIAL, .a = 1.0, .b = 1e-3};
    check(&schedule, 0, 3, 1.0);
    check(&schedule, 1, 3, 0.1);
    check(&schedule, 2, 3, 0.01);
}

static void test_step(void)
{
    static const int at[] = {2, 5};
    const struct qnn_schedule schedule = {.kind = QNN_SCHEDULE_STEP, .a = 8.0, .b = 0.5, .at = at, .at_count = 2};
    static const double expected[] = {8, 8, 4, 4, 4, 2, 2};
    for (int epoch = 0; epoch < 7; epoch++)
        check(&schedule, epoch, 7, expected[epoch]);
}

static void test_cosine(void)
{
    const struct qnn_schedule schedule = {.kind = QNN_SCHEDULE_COSINE, .a = 3.0, .b = 1.0};
    check(&schedule, 0, 4, 3.0);
    check(&schedule, 1, 4, 2.0 + sqrt(0.5));
    check(&schedule, 2, 4, 2.0);
    check(&schedule, 3, 4, 2.0 - sqrt(0.5));
}

static void test_warmup(void)
{
    const struct qnn_schedule then = {.kind = QNN_SCHEDULE_EXPONENTIAL, .a = 1.0, .b = 1e-3};
    const struct qnn_schedule schedule = {.kind = QNN_SCHEDULE_WARMUP, .length = 3, .then = &then};
    static const double expected[] = {0.25, 0.5, 0.75, 1.0, 0.1, 0.01};
    for (int epoch = 0; epoch < 6; epoch++)
        check(&schedule, epoch, 6, expected[epoch]);
    check(&schedule, 1, 2, 0.5); /* the run ends within the warmup */
    const struct qnn_schedule none = {.kind = QNN_SCHEDULE_WARMUP, .length = 0, .then = &then};
    check(&none, 1, 3, 0.1);
}

static const struct unit_case cases[] = {
    {"constant", test_constant}, {"exponential", test_exponential}, {"step", test_step},
    {"cosine", test_cosine},     {"warmup", test_warmup},
};
UNIT_MAIN("schedule", cases)
