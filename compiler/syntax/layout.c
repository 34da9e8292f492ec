/*
 * Lines, comments and columns of the canonical form.
 *
 * Lines are held back as long as they may share columns: until an empty line, a comment on its own line, or another
 * kind of line. A comment that follows something on its line stays after that line; every other one keeps its own line.
 */
#include "syntax/print.h"

#include <stdint.h>
#include <string.h>

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t line_width(const struct layout_line *line, size_t left)
{
    return line->right ? left + 1 + strlen(line->right) : strlen(line->left);
}

/* Writes the lines held back. */
static void flush(struct layout *layout)
{
    size_t left = 0, width = 0;
    for (size_t i = 0; i < layout->line_count; i++)
        if (layout->lines[i].right)
            left = larger(left, strlen(layout->lines[i].left));
    for (size_t i = 0; i < layout->line_count; i++)
        if (layout->lines[i].comment)
            width = larger(width, line_width(&layout->lines[i], left));
    for (size_t i = 0; i < layout->line_count; i++) {
        const struct layout_line *line = &layout->lines[i];
        if (line->right)
            text_printf(layout->out, "%-*s %s", (int)left, line->left, line->right);
        else
            text_add(layout->out, line->left);
        if (line->comment)
            text_printf(layout->out, "%*s  %s", (int)(width - line_width(line, left)), "", line->comment);
        text_add(layout->out, "\n");
    }
    layout->line_count = 0;
}

static void empty_line(struct layout *layout)
{
    flush(layout);
    if (!layout->at_start)
        text_add(layout->out, "\n");
    layout->at_start = true;
}

void layout_open(struct layout *layout, const struct source *source, struct text *out)
{
    *layout = (struct layout){.out = out, .source = source, .at_start = true};
    layout->comments = comments_find(source, &layout->arena);
}

void layout_line(struct layout *layout, const char *left, const char *right)
{
    if (layout->line_count > 0) {
        const char *above = layout->lines[layout->line_count - 1].right;
        if (!above != !right || (above && above[0] != right[0]))
            flush(layout);
    }
    const struct layout_line line = {arena_strdup(&layout->arena, left),
                                     right ? arena_strdup(&layout->arena, right) : NULL, NULL, false};
    ARENA_PUSH(&layout->arena, layout->lines, layout->line_count, layout->line_capacity, line);
    layout->at_start = false;
}

/* The comment's text without the carriage returns of its line ends. */
static const char *comment_text(struct layout *layout, const struct comment *comment)
{
    char *text = arena_strndup(&layout->arena, layout->source->text + comment->begin, comment->end - comment->begin);
    size_t kept = 0;
    for (size_t i = 0; text[i]; i++)
        if (text[i] != '\r' || text[i + 1] != '\n')
            text[kept++] = text[i];
    text[kept] = '\0';
    return text;
}

static void own_line(struct layout *layout, const struct comment *comment, int indent)
{
    flush(layout);
    text_printf(layout->out, "%*s%s\n", indent, "", comment_text(layout, comment));
    layout->at_start = false;
}

/* Puts the comment after the last line; false where it cannot go there. */
static bool attach(struct layout *layout, const struct comment *comment)
{
    if (comment->first_on_line || layout->line_count == 0)
        return false;
    struct layout_line *line = &layout->lines[layout->line_count - 1];
    if (line->closed)
        return false;
    const char *text = comment_text(layout, comment);
    line->comment = line->comment ? arena_printf(&layout->arena, "%s %s", line->comment, text) : text;
    line->closed = comment->to_end_of_line;
    return true;
}

bool layout_comments(struct layout *layout, size_t offset, int indent, struct text *line)
{
    bool any = false;
    for (; layout->next < layout->comments.count; layout->next++) {
        const struct comment *comment = &layout->comments.items[layout->next];
        if (comment->begin >= offset)
            break;
        if (line && line->length > 0) {
            layout_line(layout, text_cstr(line), NULL);
            line->length = 0;
        }
        if (!attach(layout, comment)) {
            if (!line && comment->blank_before)
                empty_line(layout);
            own_line(layout, comment, indent);
        }
        any = true;
    }
    return any;
}

void layout_lead(struct layout *layout, size_t begin, size_t end, int indent, bool blank)
{
    /* What follows the last line on its line belongs to that, and comes before the empty line. */
    while (layout->next < layout->comments.count && layout->comments.items[layout->next].begin < begin &&
           attach(layout, &layout->comments.items[layout->next]))
        layout->next++;
    if (layout->at_start) /* the heading shares no columns with its body */
        flush(layout);
    if (blank)
        empty_line(layout);
    (void)layout_comments(layout, begin, indent, NULL);
    if (layout->source && blank_line_before(layout->source, begin))
        empty_line(layout);
    for (; layout->next < layout->comments.count && layout->comments.items[layout->next].begin < end; layout->next++)
        own_line(layout, &layout->comments.items[layout->next], indent);
}

bool layout_has_comment(const struct layout *layout, size_t begin, size_t end)
{
    for (size_t i = layout->next; i < layout->comments.count && layout->comments.items[i].begin < end; i++)
        if (layout->comments.items[i].begin >= begin)
            return true;
    return false;
}

void layout_close(struct layout *layout)
{
    (void)layout_comments(layout, SIZE_MAX, 0, NULL);
    flush(layout);
    arena_free(&layout->arena);
}
