/* Comments, by the scanner's rules: strings hide them, and a // comment ends with its line. */
#include "syntax/comments.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static bool only_blanks_before(const struct source *source, size_t offset)
{
    while (offset > 0 && is_blank(source->text[offset - 1]))
        offset--;
    return offset == 0 || source->text[offset - 1] == '\n';
}

bool blank_line_before(const struct source *source, size_t offset)
{
    int lines = 0;
    for (; offset > 0 && (is_blank(source->text[offset - 1]) || source->text[offset - 1] == '\n'); offset--)
        lines += source->text[offset - 1] == '\n';
    return lines >= 2;
}

bool line_end_between(const struct source *source, size_t begin, size_t end)
{
    return begin < end && memchr(source->text + begin, '\n', end - begin) != NULL;
}

static size_t string_end(const struct source *source, size_t at)
{
    for (at++; at < source->length && source->text[at] != '\n'; at++) {
        if (source->text[at] == '"')
            return at + 1;
        if (source->text[at] == '\\' && at + 1 < source->length && source->text[at + 1] != '\n')
            at++;
    }
    return at;
}

static size_t comment_end(const struct source *source, size_t at, bool to_end_of_line)
{
    if (to_end_of_line) {
        while (at < source->length && source->text[at] != '\n')
            at++;
        while (is_blank(source->text[at - 1]))
            at--;
        return at;
    }
    for (at += 2; at + 1 < source->length; at++)
        if (source->text[at] == '*' && source->text[at + 1] == '/')
            return at + 2;
    return source->length;
}

struct comment_list comments_find(const struct source *source, struct arena *arena)
{
    struct comment_list list = {0};
    for (size_t at = 0; source && at < source->length;) {
        const char here = source->text[at], next = source->text[at + 1]; /* a zero follows the text */
        if (here == '"') {
            at = string_end(source, at);
        } else if (here == '/' && (next == '/' || next == '*')) {
            const struct comment comment = {at, comment_end(source, at, next == '/'), only_blanks_before(source, at),
                                            next == '/', blank_line_before(source, at)};
            ARENA_PUSH(arena, list.items, list.count, list.capacity, comment);
            at = comment.end;
        } else {
            at++;
        }
    }
    return list;
}
