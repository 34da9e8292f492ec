/* The entries of the parser: a source becomes a file or one value. */
#include "syntax/parse.h"

#include "qnn_parser.h"
#include "syntax/tokens.h"

#include <string.h>

/* Editors of one system put a byte order mark before UTF-8; it says nothing. */
static size_t mark_length(const struct source *source)
{
    return source->length >= 3 && memcmp(source->text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

static void run(struct parse *parse)
{
    parse->file = ARENA_NEW(parse->arena, struct ast_file);
    parse->file->source = parse->source;
    if (parse->source->length > AST_LONGEST_TEXT) {
        const struct span start = {parse->source, 0, 0};
        parse_report(parse, DIAGNOSTIC_TEXT_TOO_LONG, start, "this program text is longer than 16 MiB");
        return;
    }
    tokens_open(parse, mark_length(parse->source));
    (void)qnn_parse(parse); /* what it could not read is in the sink */
    tokens_close(parse);
}

struct ast_file *ast_parse(struct source *source, struct arena *arena, struct sink *sink)
{
    struct parse parse = {.source = source, .arena = arena, .sink = sink};
    run(&parse);
    return parse.file;
}

struct ast_value *ast_parse_value(struct source *source, struct arena *arena, struct sink *sink)
{
    struct parse parse = {.source = source, .arena = arena, .sink = sink, .one_value = true};
    const size_t errors = sink_errors(sink);
    run(&parse);
    return sink_errors(sink) == errors ? parse.value : NULL;
}
