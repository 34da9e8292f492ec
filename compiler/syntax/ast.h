/*
 * The syntax tree of one .qnn file: what was written, in the order it was written, with its places.
 *
 * Nothing is looked up, computed or defaulted here: `relu` and `bin` are both calls without arguments, and an expression
 * is still an expression. The parser fills it, ast_print.c prints it in canonical form, compiler/model reads it.
 * All of it lives in the arena of the compilation. Lists are arrays with a count. Absent names are NULL.
 */
#ifndef QNN_SYNTAX_AST_H
#define QNN_SYNTAX_AST_H

#include "base/arena.h"
#include "base/text.h"
#include "diagnostics/diagnostics.h"

#include <stdbool.h>
#include <stdint.h>

/* A name with its place. */
struct ast_name {
    const char *text; /* NULL where it was left out */
    struct span span;
};

enum ast_value_kind {
    AST_NUMBER,
    AST_QUANTITY, /* a number with a unit */
    AST_BOOL,
    AST_STRING,
    AST_LIST,
    AST_CALL,   /* a name with or without arguments */
    AST_NEGATE, /* -operand */
    AST_BINARY, /* left op right */
    AST_VALUE_KIND_COUNT
};

struct ast_value {
    enum ast_value_kind kind;
    struct span span;
    const char *spelling; /* numbers and quantities: the digits as written ("3e-3", "0x10"), what --format prints */
    double number;        /* AST_NUMBER, AST_QUANTITY (as written, before its unit) */
    bool is_integer;      /* AST_NUMBER: written without dot or exponent, and at most 2^53 */
    const char *unit;     /* AST_QUANTITY: "MHz" */
    bool boolean;
    const char *string; /* AST_STRING: escapes resolved, UTF-8, no zero bytes */
    struct ast_value **items;
    size_t item_count; /* AST_LIST */
    struct ast_call *call;
    char operation;                 /* AST_BINARY: one of + - * / */
    struct ast_value *left, *right; /* AST_NEGATE uses left */
};

struct ast_argument {
    struct ast_name name; /* text NULL: positional */
    struct ast_value *value;
    struct span span;
};

struct ast_call {
    struct ast_name name;
    struct ast_argument *arguments;
    size_t argument_count;
    bool has_parentheses;
    struct span span;
};

/* One step of a chain: label: call. */
struct ast_step {
    struct ast_name label;
    struct ast_call *call;
    struct span span;
};

/* input u8[28, 28, 1] scale 1/255 offset 0 */
struct ast_input {
    struct ast_name type; /* u8, i8, f32 as written */
    struct ast_value **dimensions;
    size_t dimension_count;
    struct ast_argument *attributes; /* scale, offset: named arguments in the order written */
    size_t attribute_count;
    struct span span;
};

struct ast_chain {
    struct ast_input *input; /* set, or NULL and then: */
    struct ast_call *source; /* a value name (call without arguments), or a call such as add(a, b) */
    struct ast_step *steps;
    size_t step_count;
    struct span span;
};

struct ast_statement {
    struct ast_name name; /* text NULL: the chain is not bound */
    struct ast_chain chain;
    struct span span;
};

struct ast_setting {
    struct ast_name name;
    struct ast_value *value;
    struct span span;
};

/* A rule: selectors ":" calls. */
struct ast_rule {
    struct ast_name *selectors; /* "h?.*": the text without white space */
    size_t selector_count;
    struct ast_call **calls;
    size_t call_count;
    struct span span;
};

struct ast_parameter {
    struct ast_name name;
    struct ast_value *value; /* the default; NULL where there is none */
};

enum ast_section_kind {
    AST_PARAM,    /* param name = value; */
    AST_DATA,     /* settings */
    AST_SCHEME,   /* name, extends, settings */
    AST_BLOCK,    /* name, parameters, statements */
    AST_NETWORK,  /* name, statements */
    AST_QUANTIZE, /* rules */
    AST_TRAIN,    /* settings */
    AST_COMPRESS, /* rules and settings */
    AST_HARDWARE, /* rules and settings */
    AST_SECTION_KIND_COUNT
};

struct ast_section {
    enum ast_section_kind kind;
    struct ast_name keyword; /* the section word with its place */
    struct ast_name name;    /* param, scheme, block, network */
    struct ast_name extends; /* scheme */
    struct ast_value *value; /* param */
    struct ast_parameter *parameters;
    size_t parameter_count; /* block */
    struct ast_setting *settings;
    size_t setting_count;
    struct ast_rule *rules;
    size_t rule_count;
    struct ast_statement *statements;
    size_t statement_count;
    struct span span;
};

struct ast_file {
    struct source *source;
    struct ast_section **sections;
    size_t section_count;
};

/* Parses a whole source. Syntax errors go to the sink; what could be read around them is returned all the same, so that
 * later checks may add their own errors. Never NULL. Text of at most 16 MiB, nesting of at most 200 levels. */
struct ast_file *ast_parse(struct source *source, struct arena *arena, struct sink *sink);
/* Parses one value alone, as in --define name=value; NULL after an error. */
struct ast_value *ast_parse_value(struct source *source, struct arena *arena, struct sink *sink);

/* Canonical form: parsing it again gives the same tree. Comments stay where they were (--format keeps them). */
void ast_print(const struct ast_file *file, struct text *out);
void ast_print_value(const struct ast_value *value, struct text *out);
/* The tree itself, one node a line, indented: --dump-ast. */
void ast_dump(const struct ast_file *file, struct text *out);
/* Whether two trees say the same, places and spelling of white space aside. */
bool ast_equal(const struct ast_file *a, const struct ast_file *b);

#endif
