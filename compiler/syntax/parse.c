/* What scanner, grammar and the helpers around them all call: messages and pieces of the text. */
#include "syntax/parse.h"

void parse_report(struct parse *parse, enum diagnostic_id id, struct span span, const char *message)
{
    sink_report(parse->sink, id, span, "%s", message);
}

const char *parse_text(struct parse *parse, struct span span)
{
    return arena_strndup(parse->arena, parse->source->text + span.begin, span.end - span.begin);
}
