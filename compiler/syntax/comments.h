/*
 * Inside the room: the comments of a source, which the tree does not hold, found again for --format.
 */
#ifndef QNN_SYNTAX_COMMENTS_H
#define QNN_SYNTAX_COMMENTS_H

#include "diagnostics/diagnostics.h"

struct comment {
    size_t begin, end;   /* from the first slash to just after the last character, line end excluded */
    bool first_on_line;  /* nothing but blanks before it */
    bool to_end_of_line; /* a // comment: nothing may follow it on its line */
    bool blank_before;   /* an empty line before it */
};

struct comment_list {
    struct comment *items;
    size_t count, capacity;
};

/* All comments of a source (none where it is NULL), in order, in the arena. */
struct comment_list comments_find(const struct source *source, struct arena *arena);
/* Whether an empty line ends at offset, blanks aside. */
bool blank_line_before(const struct source *source, size_t offset);
/* Whether a line end is between the two offsets. */
bool line_end_between(const struct source *source, size_t begin, size_t end);

#endif
