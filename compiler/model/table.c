/* The tables of the language, made from the three .def files, and lookups in them. */
#include "model/table.h"

#include "base/require.h"
#include "model/model.h"

#include <string.h>

#define PARAMETERS(...) ((const struct parameter[]){__VA_ARGS__, {.name = NULL}})
/* The runtime's constant for a row. */
#define C(NAME) .constant = #NAME
#define NONE         \
    {                \
        .name = NULL \
    }
#define P(NAME, DOC, ...)                         \
    {                                             \
        .name = (NAME), .doc = (DOC), __VA_ARGS__ \
    }
#define INTEGER(LOW, HIGH) .type = VALUE_INTEGER, .low = (LOW), .high = (HIGH)
#define INTEGER_LIST(LOW, HIGH) .type = VALUE_INTEGER_LIST, .low = (LOW), .high = (HIGH)
#define NUMBER(LOW, HIGH) .type = VALUE_NUMBER, .low = (LOW), .high = (HIGH)
#define ABOVE .above = true
#define BELOW .below = true
#define BOOLEAN .type = VALUE_BOOLEAN
#define STRING .type = VALUE_STRING
#define STEP .type = VALUE_STEP
#define SIZE(LOW, HIGH) .type = VALUE_SIZE, .low = (LOW), .high = (HIGH)
#define VALUE .type = VALUE_NAME
#define CHOICE(GROUP) .type = VALUE_CHOICE, .group = (GROUP)
#define CHOICE_LIST(GROUP) .type = VALUE_CHOICE_LIST, .group = (GROUP)
#define QUANTITY(DIMENSION, LOW, HIGH) .type = VALUE_QUANTITY, .dimension = (DIMENSION), .low = (LOW), .high = (HIGH)
#define DEFAULT(VALUE) .presence = PRESENCE_DEFAULT, .fallback = (VALUE)
#define OPTIONAL(MEANING) .presence = PRESENCE_OPTIONAL, .fallback_doc = (MEANING)
/* A number (whose range comes before it) or a row of the group. A default is then the number. */
#define OR_CHOICE(GROUP) .or_choice = true, .group = (GROUP)

/* Parameters that several rows share. */
#define KERNEL(DOC) P("k", DOC, SIZE(1, 4096))
#define POOL_STRIDE P("stride", "distance of windows: one number, or [rows, columns]", SIZE(1, 4096), OPTIONAL("k"))
#define WINDOW                                                                                              \
    KERNEL("kernel: one number, or [rows, columns]"),                                                       \
        P("stride", "distance of windows: one number, or [rows, columns]", SIZE(1, 4096), DEFAULT(1)),      \
        P("pad", "rows and columns added on every side, or a word", INTEGER(0, 4096), OR_CHOICE(GROUP_PAD), \
          OPTIONAL("valid")),                                                                               \
        P("pad_value", "what the padding reads, a real value; after signs -1 or 1", NUMBER(-1, 1),          \
          OPTIONAL("1 after signs, else 0")),                                                               \
        P("dilation", "distance of a window's taps, in rows and in columns", INTEGER(1, 4096), DEFAULT(1))
#define BIAS P("bias", "adds a trained bias", BOOLEAN, DEFAULT(false))
#define OPERANDS                                                                                   \
    P("a", "the first operand, a value of this body", VALUE), P("b", "the second operand", VALUE), \
        P("q", "the quantizer of both operands in deployment", CHOICE(GROUP_JOIN), OPTIONAL("the scheme's `join`"))
#define LEARNING_RATE P("lr", "learning rate: a number or a schedule", NUMBER(0, 1e9), ABOVE, OR_CHOICE(GROUP_SCHEDULE))
#define WEIGHT_RATE                                                                                          \
    P("weight_lr", "factor on the rate of weights: a number, or by the layer's size", NUMBER(0, 1e9), ABOVE, \
      OR_CHOICE(GROUP_WEIGHT_LR), DEFAULT(1))
#define ADAM_MOMENTS                                                                   \
    P("beta1", "decay of the first moment", NUMBER(0, 1), BELOW, DEFAULT(0.9)),        \
        P("beta2", "decay of the second moment", NUMBER(0, 1), BELOW, DEFAULT(0.999)), \
        P("eps", "added to the root of the second moment", NUMBER(0, 1), ABOVE, DEFAULT(1e-8))

#define FORM(SYMBOL) .weight_form = &SYMBOL, .constant = #SYMBOL
#define NO_FORM .weight_form = NULL
#define ENTRY(GROUP, ID, NAME, DOC, ...) \
    {.group = (GROUP), .id = (int)(ID), .name = (NAME), .doc = (DOC), .parameters = __VA_ARGS__},

const struct callable callables[] = {
#define OPERATOR(ID, KIND, NAME, DOC, LIST) ENTRY(GROUP_OPERATOR, OPERATOR_##ID, NAME, DOC, LIST)
#include "model/ops.def"
#define ROW(GROUP, ID, NAME, DOC, ...) ENTRY(GROUP_##GROUP, ID, NAME, DOC, __VA_ARGS__)
#define WEIGHTS(ID, FORM_OF, NAME, DOC, LIST) ENTRY(GROUP_WEIGHTS, WEIGHT_##ID, NAME, DOC, LIST, FORM_OF)
#include "model/quantizers.def"
#include "model/settings.def"
#undef WEIGHTS
#undef ROW
};
const size_t callable_count = sizeof callables / sizeof callables[0];

const struct group_row group_rows[] = {
#define GROUP(ID, noun, heading) [GROUP_##ID] = {noun, heading},
#include "model/groups.def"
#undef GROUP
};

const char *const dimension_nouns[DIMENSION_COUNT] = {
    [DIMENSION_NONE] = "a plain number",
    [DIMENSION_FREQUENCY] = "a frequency, as in 100 MHz",
    [DIMENSION_RATE] = "a rate of frames, as in 10 kfps",
    [DIMENSION_TIME] = "a time, as in 10 us",
};
const char *const dimension_units[DIMENSION_COUNT] = {
    [DIMENSION_NONE] = "",
    [DIMENSION_FREQUENCY] = "Hz",
    [DIMENSION_RATE] = "fps",
    [DIMENSION_TIME] = "s",
};

static const struct {
    const char *name;
    enum dimension dimension;
    double factor;
} units[] = {
    {"Hz", DIMENSION_FREQUENCY, 1},    {"kHz", DIMENSION_FREQUENCY, 1e3}, {"MHz", DIMENSION_FREQUENCY, 1e6},
    {"GHz", DIMENSION_FREQUENCY, 1e9}, {"fps", DIMENSION_RATE, 1},        {"kfps", DIMENSION_RATE, 1e3},
    {"Mfps", DIMENSION_RATE, 1e6},     {"s", DIMENSION_TIME, 1},          {"ms", DIMENSION_TIME, 1e-3},
    {"us", DIMENSION_TIME, 1e-6},      {"ns", DIMENSION_TIME, 1e-9},
};

bool unit_find(const char *unit, enum dimension *dimension, double *factor)
{
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(units[i].name, unit) != 0)
            continue;
        *dimension = units[i].dimension;
        *factor = units[i].factor;
        return true;
    }
    return false;
}

const struct callable *callable_find(enum group group, const char *name)
{
    for (size_t i = 0; i < callable_count; i++)
        if (callables[i].group == group && strcmp(callables[i].name, name) == 0)
            return &callables[i];
    return NULL;
}

const struct callable *callable_by_id(enum group group, int id)
{
    for (size_t i = 0; i < callable_count; i++)
        if (callables[i].group == group && callables[i].id == id)
            return &callables[i];
    return NULL;
}

const char *row_name(enum group group, int id)
{
    const struct callable *row = callable_by_id(group, id);
    REQUIRE(row);
    return row->name;
}

const char *row_constant(enum group group, int id)
{
    const struct callable *row = callable_by_id(group, id);
    REQUIRE(row && row->constant);
    return row->constant;
}

size_t parameter_count(const struct callable *callable)
{
    size_t count = 0;
    while (callable->parameters[count].name)
        count++;
    return count;
}
