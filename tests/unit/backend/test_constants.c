/* The constants that rows of the language name in generated C are the runtime's: a misspelt one does not compile here. */
#include "model/model.h"
#include "model/table.h"
#include "runtime/data/source.h"
#include "runtime/loss.h"
#include "runtime/ops/augment.h"
#include "runtime/ops/calibrate.h"
#include "runtime/ops/mode.h"
#include "runtime/optimizer.h"
#include "runtime/quantizers/activations.h"
#include "runtime/schedule.h"
#include "tests/unit/cunit_main.h"

#include <string.h>

static const struct {
    enum group group;
    int id;
    int parameters; /* not looked at */
    const char *constant;
    int value; /* the runtime's */
} rows[] = {
#define PARAMETERS(...) 0
#define C(NAME) .constant = #NAME, .value = (int)NAME
#define ROW(GROUP, ID, NAME, DOC, ...) {.group = GROUP_##GROUP, .id = ID, .parameters = __VA_ARGS__},
#define WEIGHTS(ID, FORM_OF, NAME, DOC, LIST) /* a form is linked: a misspelt one is seen */
#include "model/quantizers.def"
#include "model/settings.def"
#undef ROW
};
enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

static void test_names(void)
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (rows[i].constant)
            CU_ASSERT_STRING_EQUAL(row_constant(rows[i].group, rows[i].id), rows[i].constant);
}

/* A group that has constants has one for every row, and no two share one. */
static void test_groups(void)
{
    int named = 0;
    for (size_t i = 0; i < ROW_COUNT; i++)
        for (size_t j = 0; j < i; j++) {
            if (rows[i].group != rows[j].group)
                continue;
            CU_ASSERT_EQUAL(rows[i].constant != NULL, rows[j].constant != NULL);
            CU_ASSERT_FALSE(rows[i].constant && rows[i].value == rows[j].value);
            named += rows[i].constant != NULL;
        }
    CU_ASSERT_TRUE(named > 20);
}

static const struct unit_case cases[] = {
    {"names", test_names},
    {"groups", test_groups},
};

UNIT_MAIN("constants", cases)
