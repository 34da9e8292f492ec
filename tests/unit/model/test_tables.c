/* The tables are sane, the help lists all of them, and building is quick. */
#include "program.h"

#include "model/table.h"
#include "tests/unit/cunit_main.h"

#include <ctype.h>
#include <time.h>

static bool is_name(const char *name)
{
    for (const char *p = name; *p; p++)
        if (!isalnum((unsigned char)*p) && *p != '_')
            return false;
    return isalpha((unsigned char)name[0]) != 0;
}

static void check_default(const struct parameter *parameter)
{
    if (parameter->presence == PRESENCE_OPTIONAL)
        CU_ASSERT_PTR_NOT_NULL(parameter->fallback_doc);
    if (parameter->presence != PRESENCE_DEFAULT)
        return;
    if (parameter->type == VALUE_CHOICE) {
        const struct callable *row = callable_by_id(parameter->group, (int)parameter->fallback);
        CU_ASSERT_PTR_NOT_NULL_FATAL(row);
        for (const struct parameter *inner = row->parameters; inner->name; inner++)
            CU_ASSERT_NOT_EQUAL(inner->presence, PRESENCE_REQUIRED);
    } else if (parameter->type != VALUE_BOOLEAN) {
        CU_ASSERT_TRUE(parameter->fallback >= parameter->low && parameter->fallback <= parameter->high);
        CU_ASSERT_FALSE(parameter->above && parameter->fallback == parameter->low);
        CU_ASSERT_FALSE(parameter->below && parameter->fallback == parameter->high);
    }
}

static void test_rows(void)
{
    for (size_t i = 0; i < callable_count; i++) {
        const struct callable *row = &callables[i];
        CU_ASSERT_TRUE(is_name(row->name));
        CU_ASSERT_TRUE(strlen(row->doc) > 0);
        CU_ASSERT_PTR_EQUAL(callable_find(row->group, row->name), row);
        CU_ASSERT_PTR_EQUAL(callable_by_id(row->group, row->id), row);
        for (const struct parameter *parameter = row->parameters; parameter->name; parameter++) {
            CU_ASSERT_TRUE(is_name(parameter->name));
            CU_ASSERT_TRUE(strlen(parameter->doc) > 0);
            CU_ASSERT_TRUE(parameter->low <= parameter->high);
            check_default(parameter);
            for (const struct parameter *other = row->parameters; other != parameter; other++)
                CU_ASSERT_STRING_NOT_EQUAL(other->name, parameter->name);
        }
    }
}

/* What traits promise one another: a row that names the wrong ones fails here, not in a room that asks. */
static void test_traits(void)
{
    unsigned seen = 0, inputs = 0;
    for (size_t op = 0; op < OP_KIND_COUNT; op++) {
        const unsigned traits = op_traits[op];
        seen |= traits;
        inputs += (traits & TRAIT_INPUT) != 0;
        CU_ASSERT_TRUE(is_name(op_kind_names[op]));
        if (traits & TRAIT_WEIGHTS)
            CU_ASSERT_EQUAL(traits & (TRAIT_LEARNS | TRAIT_RESIZES | TRAIT_SELECTS), TRAIT_LEARNS | TRAIT_RESIZES);
        if (traits & (TRAIT_INPUT | TRAIT_OUTPUT))
            CU_ASSERT_EQUAL(traits & ~(unsigned)TRAIT_CLASSES, (traits & TRAIT_INPUT) ? TRAIT_INPUT : TRAIT_OUTPUT);
        if (traits & (TRAIT_SELECTS | TRAIT_WEIGHTS))
            CU_ASSERT_FALSE(traits & TRAIT_SUMS);
        if (traits & (TRAIT_JOIN | TRAIT_WINDOW))
            CU_ASSERT_FALSE(traits & TRAIT_GRADIENT_IN_PLACE); /* the gradient has another shape, or two places to go */
    }
    CU_ASSERT_EQUAL(inputs, 1);
    CU_ASSERT_EQUAL(seen, 2 * (unsigned)TRAIT_VALUE_REREAD - 1); /* every trait is somebody's */
}

static void test_enums_have_rows(void)
{
    static const struct {
        enum group group;
        int first, count;
    } expected[] = {
        {GROUP_OPERATOR, 0, OPERATOR_COUNT},
        {GROUP_ELEMENT, 0, ELEMENT_TYPE_COUNT},
        {GROUP_WEIGHTS, 0, WEIGHT_COUNT},
        {GROUP_SCALE, 0, QNN_WEIGHT_SCALE_COUNT},
        {GROUP_STE, 0, STE_KIND_COUNT},
        {GROUP_CALIBRATE, 0, CALIBRATE_KIND_COUNT},
        {GROUP_SOURCE, DATA_NONE + 1, DATA_KIND_COUNT},
        {GROUP_NORMALIZE, NORMALIZE_NONE + 1, NORMALIZE_KIND_COUNT},
        {GROUP_AUGMENT, 0, AUGMENT_KIND_COUNT},
        {GROUP_LOSS, 0, LOSS_KIND_COUNT},
        {GROUP_OPTIMIZER, 0, OPTIMIZER_KIND_COUNT},
        {GROUP_SCHEDULE, SCHEDULE_CONSTANT + 1, SCHEDULE_KIND_COUNT},
        {GROUP_WEIGHT_LR, LR_FACTOR_NUMBER + 1, LR_FACTOR_KIND_COUNT},
        {GROUP_TARGET, 0, TARGET_PART_COUNT},
        {GROUP_MEMORY, MEMORY_AUTO + 1, MEMORY_STYLE_COUNT},
        {GROUP_OPERANDS, OPERANDS_AUTO + 1, OPERAND_STYLE_COUNT},
        {GROUP_SECTION, 0, SECTION_COUNT},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        for (int id = expected[i].first; id < expected[i].count; id++)
            CU_ASSERT_PTR_NOT_NULL(callable_by_id(expected[i].group, id));
    for (int i = 0; i < TARGET_PART_COUNT; i++)
        CU_ASSERT_STRING_EQUAL(part_of((enum target_part)i)->name, callable_by_id(GROUP_TARGET, i)->name);
    for (size_t i = 0; i < callable_count; i++) {
        const enum group group = callables[i].group;
        if (group == GROUP_ACTS || group == GROUP_DEPLOY || group == GROUP_JOIN)
            CU_ASSERT_STRING_EQUAL(qnn_activation_forms[callables[i].id]->name, callables[i].name);
    }
    for (int i = 0; i < WEIGHT_COUNT; i++) {
        const struct callable *row = callable_by_id(GROUP_WEIGHTS, i);
        CU_ASSERT_EQUAL(row->weight_form == NULL, i == WEIGHT_FLOAT);
        CU_ASSERT_EQUAL(row->constant == NULL, i == WEIGHT_FLOAT);
    }
}

/* Letters and digits only: what wrapping and escaping leave alone. */
static void bare(const char *from, struct text *to)
{
    to->length = 0;
    for (const char *p = from; *p; p++)
        if (isalnum((unsigned char)*p))
            text_add_bytes(to, p, 1);
}

static void check_help(bool markdown)
{
    struct text help = {0}, all = {0}, wanted = {0};
    model_help(&help, markdown);
    bare(text_cstr(&help), &all);
    for (size_t i = 0; i < callable_count; i++) {
        struct text row = {0};
        text_printf(&row, "%s%s", callables[i].name, callables[i].doc);
        bare(text_cstr(&row), &wanted);
        text_free(&row);
        CU_ASSERT_PTR_NOT_NULL(strstr(text_cstr(&all), text_cstr(&wanted)));
        for (const struct parameter *parameter = callables[i].parameters; parameter->name; parameter++) {
            bare(parameter->doc, &wanted);
            CU_ASSERT_PTR_NOT_NULL(strstr(text_cstr(&all), text_cstr(&wanted)));
        }
    }
    for (int i = 0; i < GROUP_COUNT; i++)
        CU_ASSERT_PTR_NOT_NULL(strstr(text_cstr(&help), group_rows[i].title));
    help.length = 0;
    diagnostics_help(&help, markdown);
    for (int i = 0; i < DIAGNOSTIC_COUNT; i++)
        CU_ASSERT_PTR_NOT_NULL(strstr(text_cstr(&help), diagnostic_rows[i].meaning));
    text_free(&help);
    text_free(&all);
    text_free(&wanted);
}

static void test_help(void)
{
    check_help(false);
    check_help(true);
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* The quickest of many, so that a busy machine does not decide. */
static void test_speed(void)
{
    double best = 1;
    for (int i = 0; i < 100; i++) {
        struct program program;
        const double start = seconds();
        program_open(&program, "scheme b { weights = binary; acts = sign; }\n"
                               "block fc(n) { out = in -> dense(n) -> batchnorm -> act; }\n"
                               "network n { input u8[28, 28, 1] -> flatten -> repeat(3, fc(1024)) -> dense(10)\n"
                               "  -> batchnorm -> classify; }\n"
                               "quantize { * : b; }\n");
        const double taken = seconds() - start;
        best = taken < best ? taken : best;
        CU_ASSERT_PTR_NOT_NULL(program.model);
        program_close(&program);
    }
    printf("parse and build: %.0f us ", 1e6 * best);
    CU_ASSERT_TRUE(best < 1e-3);
}

static const struct unit_case cases[] = {
    {"rows", test_rows}, {"traits", test_traits}, {"enums have rows", test_enums_have_rows},
    {"help", test_help}, {"speed", test_speed},
};

UNIT_MAIN("tables", cases)
