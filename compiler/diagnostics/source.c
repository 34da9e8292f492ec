/* Source text: from byte offsets to lines and columns. */
#include "diagnostics/source.h"

#include "base/require.h"

#include <string.h>

struct span span_join(struct span first, struct span last)
{
    if (!first.source)
        return last;
    if (!last.source)
        return first;
    REQUIRE(first.source == last.source);
    return (struct span){first.source, first.begin < last.begin ? first.begin : last.begin,
                         first.end > last.end ? first.end : last.end};
}

void source_index(struct source *source, struct arena *arena)
{
    if (source->line_starts)
        return;
    size_t count = 1;
    for (size_t i = 0; i < source->length; i++)
        count += source->text[i] == '\n';
    size_t *starts = ARENA_NEW_ARRAY(arena, count, size_t);
    size_t line = 1;
    for (size_t i = 0; i < source->length; i++)
        if (source->text[i] == '\n')
            starts[line++] = i + 1;
    source->line_starts = starts;
    source->line_count = count;
}

/* Without a line table the newlines before offset are counted; with one the line is found by bisection. */
static size_t line_start(const struct source *source, size_t offset, size_t *line)
{
    size_t low = 0, high = source->line_count;
    if (!source->line_starts) {
        size_t start = 0;
        *line = 1;
        for (size_t i = 0; i < offset; i++)
            if (source->text[i] == '\n') {
                start = i + 1;
                ++*line;
            }
        return start;
    }
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (source->line_starts[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    *line = low + 1;
    return source->line_starts[low];
}

void source_position(struct source *source, size_t offset, size_t *line, size_t *column)
{
    if (offset > source->length)
        offset = source->length;
    *column = offset - line_start(source, offset, line) + 1;
}

void source_line(struct source *source, size_t offset, size_t *begin, size_t *end)
{
    size_t line;
    if (offset > source->length)
        offset = source->length;
    *begin = line_start(source, offset, &line);
    const char *newline = memchr(source->text + *begin, '\n', source->length - *begin);
    *end = newline ? (size_t)(newline - source->text) : source->length;
    if (*end > *begin && source->text[*end - 1] == '\r')
        --*end;
}
