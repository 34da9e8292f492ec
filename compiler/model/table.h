/*
 * The tables of the language: every operator, quantizer, rule and setting is a row, and every row lists its parameters.
 *
 * Rows come from ops.def, quantizers.def and settings.def. The argument checker (arguments.h), did-you-mean and
 * --help-language read nothing else, so they cannot disagree. A section's settings are a row as well: a setting is an
 * argument given by name.
 */
#ifndef QNN_MODEL_TABLE_H
#define QNN_MODEL_TABLE_H

#include <stdbool.h>
#include <stddef.h>

enum dimension { DIMENSION_NONE, DIMENSION_FREQUENCY, DIMENSION_RATE, DIMENSION_TIME, DIMENSION_COUNT };

enum value_type {
    VALUE_INTEGER,      /* a whole number in [low, high] */
    VALUE_NUMBER,       /* a number in [low, high], or (low, high] with above, or [low, high) with below */
    VALUE_BOOLEAN,      /* true or false */
    VALUE_STRING,       /* "text" */
    VALUE_INTEGER_LIST, /* [1, 2]: rising whole numbers in [low, high] */
    VALUE_CHOICE,       /* a row of a group: relu, uint(2) */
    VALUE_CHOICE_LIST,  /* [flip, crop(4)]: different rows of a group, whose first has the id 0 */
    VALUE_QUANTITY,     /* a number with a unit of one dimension */
    VALUE_STEP,         /* an operator or block call, not checked here */
    VALUE_SIZE,         /* a whole number in [low, high], or two: [rows, columns] */
    VALUE_NAME,         /* the name of a value of the body, not looked up here */
    VALUE_TYPE_COUNT
};

/* What a choice is made from. Order is the order of --help-language. */
enum group {
#define GROUP(ID, noun, heading) GROUP_##ID,
#include "model/groups.def"
#undef GROUP
    GROUP_COUNT
};

enum presence { PRESENCE_REQUIRED, PRESENCE_DEFAULT, PRESENCE_OPTIONAL };

struct parameter {
    const char *name; /* NULL ends a list */
    const char *doc;
    enum value_type type;
    bool or_choice;           /* VALUE_NUMBER, VALUE_INTEGER: or a row of the group */
    enum group group;         /* choices */
    enum dimension dimension; /* quantities; low and high are then in Hz, fps, s */
    double low, high;
    bool above, below; /* low, high themselves are not allowed */
    enum presence presence;
    double fallback;          /* default: a number, 0 or 1 for a boolean, a row's id for a choice */
    const char *fallback_doc; /* what leaving it out means where that is not a constant; NULL elsewhere */
};

struct callable {
    enum group group;
    int id; /* an enum constant of model.h, or one of the enums below */
    const char *name;
    const char *doc;
    const struct parameter *parameters;
    const struct qnn_weight_form *weight_form; /* GROUP_WEIGHTS; NULL: float weights, as in other groups */
    const char *constant; /* what generated C calls it: "QNN_STE_CLIPPED", "qnn_weight_binary"; NULL: nothing */
};

/* Ids of GROUP_OPERATOR. */
enum operator_id {
#define OPERATOR(ID, KIND, name, doc, parameters) OPERATOR_##ID,
#include "model/ops.def"
    OPERATOR_COUNT
};

/* Ids of GROUP_WEIGHTS. */
enum weight_id {
#define ROW(...)
#define WEIGHTS(ID, ...) WEIGHT_##ID,
#include "model/quantizers.def"
#undef WEIGHTS
#undef ROW
    WEIGHT_COUNT
};

/* Ids of the groups that model.h has no enum for. */
enum compression_id { COMPRESSION_WIDTH, COMPRESSION_WIDEN };
enum rule_id { RULE_FOLD, RULE_MEMORY, RULE_OPERANDS };
enum reduction_id { REDUCTION_MEAN, REDUCTION_SUM };
enum h_id { H_GLOROT };
enum clip_id { CLIP_FIXED };
enum pad_id { PAD_VALID, PAD_SAME };
enum section_id {
    SECTION_PARAM,
    SECTION_BLOCK,
    SECTION_NETWORK,
    SECTION_QUANTIZE,
    SECTION_DATA,
    SECTION_SCHEME,
    SECTION_TRAIN,
    SECTION_COMPRESS,
    SECTION_HARDWARE,
    SECTION_COUNT
};

/* What the rows of a group are called in messages: "weight quantizer". */
struct group_row {
    const char *noun;
    const char *title; /* heading in --help-language */
};
extern const struct group_row group_rows[GROUP_COUNT];

extern const struct callable callables[];
extern const size_t callable_count;

/* The row of a group with this name, or with this id; NULL where there is none. */
const struct callable *callable_find(enum group group, const char *name);
const struct callable *callable_by_id(enum group group, int id);
/* The name in the language, and the runtime's constant, of a row that must be there and have one. */
const char *row_name(enum group group, int id);
const char *row_constant(enum group group, int id);
size_t parameter_count(const struct callable *callable);

/* Units: the dimension and the factor to its base unit (Hz, fps, s); false for an unknown one. */
bool unit_find(const char *unit, enum dimension *dimension, double *factor);
/* "a frequency (Hz, kHz, MHz, GHz)" and the base unit "Hz". */
extern const char *const dimension_nouns[DIMENSION_COUNT];
extern const char *const dimension_units[DIMENSION_COUNT];

#endif
