/*
 * Inside the room: what scanner, grammar and the helpers around them share.
 *
 * tokens.c   context: section words, braces, places of selectors, injected tokens
 * literal.c  numbers, quantities, strings, and what may be in comments
 * expect.c   the words of a syntax error
 * build.c    nodes: what the grammar's actions call
 * parse.c    messages and pieces of the text
 * ast_parse.c  the two entries (ast.h)
 */
#ifndef QNN_SYNTAX_PARSE_H
#define QNN_SYNTAX_PARSE_H

#include "base/arena.h"
#include "diagnostics/diagnostics.h"
#include "syntax/ast.h"

enum { AST_DEEPEST = 200, AST_LONGEST_TEXT = 16 << 20 };

/* An expression or call with the height of its tree, which AST_DEEPEST bounds: later passes may recurse. */
struct parsed_value {
    struct ast_value *node;
    int depth;
};
struct parsed_call {
    struct ast_call *node;
    int depth;
};
struct parsed_argument {
    struct ast_argument argument;
    int depth;
};

/* Growing lists of the grammar; the finished node keeps items and count. */
struct value_list {
    struct ast_value **items;
    size_t count, capacity;
    int depth; /* of the deepest item */
};
struct argument_list {
    struct ast_argument *items;
    size_t count, capacity;
    int depth;
};
struct call_list {
    struct ast_call **items;
    size_t count, capacity;
};
struct name_list {
    struct ast_name *items;
    size_t count, capacity;
};
struct step_list {
    struct ast_step *items;
    size_t count, capacity;
};
struct statement_list {
    struct ast_statement *items;
    size_t count, capacity;
};
struct parameter_list {
    struct ast_parameter *items;
    size_t count, capacity;
};

struct parse {
    struct source *source;
    struct arena *arena;
    struct sink *sink;
    struct ast_file *file;
    size_t section_capacity, setting_capacity, rule_capacity; /* of the lists that grow now */
    struct ast_value *value;                                  /* ast_parse_value: the result */
    void *scanner;
    size_t offset;  /* where the scanner is */
    bool too_deep;  /* reported once */
    bool one_value; /* ast_parse_value: the text is one value, no section words */

    /* Context, kept by tokens.c. */
    bool started;              /* the token that says file or value was handed out */
    bool ended;                /* the scanner is at the end of its buffer */
    bool semicolon;            /* the next token is a ';' that the text lacks */
    bool at_section;           /* the next token begins a section */
    int section;               /* the token of the section word read last, 0 where there was none */
    bool in_braces;            /* inside the body of a section */
    struct span open_brace;    /* of that body */
    bool selector_place;       /* a rule may begin here, or its selectors go on */
    bool after_colon;          /* this item of the body has had its ':' */
    int previous;              /* kind of the token handed out last, 0 at the start */
    struct span previous_span; /* and its place */
    struct span before_span;   /* the place of the one before that */
    int item_section;          /* section and after_colon as they were before the token handed out last */
    bool item_colon;
};

/* ---- for the scanner --------------------------------------------------------------------------------------------- */

void parse_report(struct parse *parse, enum diagnostic_id id, struct span span, const char *message);
const char *parse_text(struct parse *parse, struct span span);
/* Comments and strings: UTF-8 without zero bytes. */
void parse_check_text(struct parse *parse, struct span span);
/* Reports the character at the span's begin; returns how many bytes it and its like after it take, at least 1. */
size_t parse_bad_character(struct parse *parse, struct span span);
/* Reports the first byte above ASCII in a word; returns whether the word may pass for a name. */
bool parse_foreign_word(struct parse *parse, struct span span);

/* A number with perhaps blanks and a word after it. *used: how many bytes belong to the token. Returns its kind. */
int literal_number(struct parse *parse, struct span span, size_t *used, struct parsed_value *value);
/* ".5" and "5.": reported, and read as if the zero were there. */
void literal_bare_dot(struct parse *parse, struct span span, struct parsed_value *value);
struct parsed_value literal_string(struct parse *parse, struct span span);
/* A string without its closing quote: reported; returns how many bytes of the span to take for it. */
size_t literal_unterminated(struct parse *parse, struct span span);

/* ---- for the grammar --------------------------------------------------------------------------------------------- */

struct parsed_value value_list(struct parse *parse, const struct value_list *list, struct span span);
void value_add(struct parse *parse, struct value_list *list, struct parsed_value value);
struct parsed_value value_binary(struct parse *parse, char operation, struct parsed_value left,
                                 struct parsed_value right, struct span span);
struct parsed_value value_negate(struct parse *parse, struct parsed_value operand, struct span span);
struct parsed_value value_parenthesised(struct parse *parse, struct parsed_value inner, struct span span);
struct parsed_value value_call(struct parse *parse, struct parsed_call call);
struct parsed_argument argument_of(struct ast_name name, struct parsed_value value, struct span span);
void argument_add(struct parse *parse, struct argument_list *list, struct parsed_argument argument);
/* arguments NULL: a name without parentheses. */
struct parsed_call call_new(struct parse *parse, struct ast_name name, const struct argument_list *arguments,
                            struct span span);
struct ast_input *input_new(struct parse *parse, struct ast_name type, const struct value_list *dimensions,
                            const struct argument_list *attributes, struct span span);
struct ast_statement statement_of(struct ast_input *input, struct ast_call *source, const struct step_list *steps,
                                  struct span span);
struct ast_section *section_new(struct parse *parse, enum ast_section_kind kind);
struct ast_section *section_as(struct ast_section *section, enum ast_section_kind kind);
struct ast_section *section_body(struct parse *parse, enum ast_section_kind kind,
                                 const struct statement_list *statements);
void section_setting(struct parse *parse, struct ast_section *section, struct ast_name name, struct ast_value *value,
                     struct span span);
void section_rule(struct parse *parse, struct ast_section *section, const struct name_list *selectors,
                  const struct call_list *calls, struct span span);
/* Adds the section to the file; NULL (nothing could be read) is left out. */
void parse_section(struct parse *parse, struct ast_section *section, struct span span);

/* ---- syntax errors ----------------------------------------------------------------------------------------------- */

void parse_too_deep(struct parse *parse, struct span span);
/* found is NULL where there is no token; expected are the grammar's names of the tokens that would do. */
void parse_unexpected(struct parse *parse, struct span place, const char *found, const char *const *expected,
                      size_t count);
/* Hands out ';' and then the last token, read once more: the item that lacked its ';' is dropped, the next one is not. */
void parse_insert_semicolon(struct parse *parse);
/* The words that begin a section, ended by NULL. */
extern const char *const section_words[];
/* "setting", "rule", "statement", "parameter": what the parser is inside of. */
const char *parse_item(const struct parse *parse);

#endif
