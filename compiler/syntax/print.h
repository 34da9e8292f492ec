/*
 * Inside the room: the parts of the canonical form.
 *
 * print_value.c writes values and calls, layout.c keeps lines, comments and their columns, ast_print.c knows sections.
 */
#ifndef QNN_SYNTAX_PRINT_H
#define QNN_SYNTAX_PRINT_H

#include "syntax/ast.h"
#include "syntax/comments.h"

enum { PRINT_COLUMNS = 100, PRINT_INDENT = 2 };

void print_values(struct ast_value *const *values, size_t count, struct text *out);
void print_call(const struct ast_call *call, struct text *out);
void print_input(const struct ast_input *input, struct text *out);

/* One line to come. Lines next to each other with a right part have those in one column, and so their comments. */
struct layout_line {
    const char *left;    /* with its indentation */
    const char *right;   /* "= value;" or ": calls;", NULL where there is none */
    const char *comment; /* after the line, NULL where there is none */
    bool closed;         /* the comment runs to the end of the line: nothing can be added */
};

struct layout {
    struct text *out;
    struct arena arena;
    const struct source *source; /* NULL: a tree without a text */
    struct comment_list comments;
    size_t next; /* the first comment that has not been written */
    struct layout_line *lines;
    size_t line_count, line_capacity;
    bool at_start; /* of the file or of a body: no empty line here */
};

void layout_open(struct layout *layout, const struct source *source, struct text *out);
/* Writes the comments that are left, and everything else. */
void layout_close(struct layout *layout);
/* Adds a line; the texts are copied. */
void layout_line(struct layout *layout, const char *left, const char *right);
/* Writes the comments before an item that spans the text from begin to end, and an empty line where the text has one or
 * blank asks for it. Comments inside the item go above it. */
void layout_lead(struct layout *layout, size_t begin, size_t end, int indent, bool blank);
/* Writes the comments before offset, which are inside a chain or before a '}'; returns whether there were any. Where
 * line is not NULL it is the line of the chain so far: it is added, and emptied, before the first of them. */
bool layout_comments(struct layout *layout, size_t offset, int indent, struct text *line);
/* Whether a comment is between the two offsets. */
bool layout_has_comment(const struct layout *layout, size_t begin, size_t end);

#endif
