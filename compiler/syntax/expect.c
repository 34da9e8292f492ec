/*
 * Syntax errors in the user's words: which of the tokens that would do are worth naming, and where to point.
 *
 * The parser's exact list (LAC makes it exact) names every sign that could continue an expression. Sets that together
 * mean one thing get one word; signs that merely continue what could as well end are left out.
 */
#include "syntax/parse.h"

#include "qnn_parser.h"

#include <string.h>

enum { MOST_NAMED = 4, LONGEST_SHOWN = 40, MOST_EXPECTED = 64 };

static bool holds(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* Takes the members of set (ended by NULL) out of the names; returns the new count. */
static size_t without(const char **names, size_t count, const char *const *set)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        bool member = false;
        for (size_t k = 0; set[k] && !member; k++)
            member = strcmp(names[i], set[k]) == 0;
        if (!member)
            names[kept++] = names[i];
    }
    return kept;
}

/* Sets with one name, larger ones first; a set counts where all its members are expected. */
static const struct expected_group {
    const char *word;
    const char *members[10];
} groups[] = {
    {"a section",
     {"'param'", "'data'", "'scheme'", "'block'", "'network'", "'quantize'", "'train'", "'compress'", "'hardware'",
      NULL}},
    {"a value", {"a string", "'['", "a name", "a number", "a quantity", "'-'", "'('", NULL}},
    {"an expression", {"a name", "a number", "a quantity", "'-'", "'('", NULL}},
    {"a name", {"a name", "a selector", NULL}},
    {"a layer", {"a name", "'input'", NULL}},
};

static const char *const operators[] = {"'+'", "'-'", "'*'", "'/'", NULL};
static const char *const ending[] = {"the end of the file", NULL};
static const char *const parenthesis[] = {"'('", NULL};
/* What ends something: where one of these would do, an opening parenthesis is not what was forgotten. */
static const char *const enders[] = {"';'", "')'", "']'", "','", "'->'"};

static size_t simplify(const char **names, size_t count)
{
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        bool all = true;
        for (size_t k = 0; groups[i].members[k] && all; k++)
            all = holds(names, count, groups[i].members[k]);
        if (all) { /* appended, so that punctuation, which ends things, is named first */
            count = without(names, count, groups[i].members);
            names[count++] = groups[i].word;
        }
    }
    if (holds(names, count, "a section")) /* the file may end there too; nobody meant that */
        count = without(names, count, ending);
    if (holds(names, count, "'*'")) {
        const size_t kept = without(names, count, operators);
        if (kept == 0)
            names[0] = "an operator";
        count = kept ? kept : 1;
    }
    for (size_t i = 0; i < sizeof enders / sizeof *enders; i++)
        if (holds(names, count, enders[i]))
            return without(names, count, parenthesis);
    return count;
}

const char *parse_item(const struct parse *parse)
{
    static const struct {
        int section;
        const char *plain, *after_colon;
    } items[] = {
        {QNN_PARAM, "parameter", "parameter"}, {QNN_DATA, "setting", "setting"},
        {QNN_SCHEME, "setting", "setting"},    {QNN_TRAIN, "setting", "setting"},
        {QNN_BLOCK, "statement", "statement"}, {QNN_NETWORK, "statement", "statement"},
        {QNN_QUANTIZE, "setting", "rule"},     {QNN_COMPRESS, "setting", "rule"},
        {QNN_HARDWARE, "setting", "rule"},
    };
    for (size_t i = 0; i < sizeof items / sizeof *items; i++)
        if (items[i].section == parse->item_section)
            return parse->item_colon ? items[i].after_colon : items[i].plain;
    return "value";
}

/* "';', ')' or ','", the first MOST_NAMED of them. */
static const char *join(struct parse *parse, const char *const *names, size_t count)
{
    struct text words = {0};
    if (count > MOST_NAMED)
        count = MOST_NAMED;
    for (size_t i = 0; i < count; i++) {
        text_add(&words, i == 0 ? "" : i + 1 == count ? " or " : ", ");
        text_add(&words, names[i]);
    }
    const char *joined = arena_strdup(parse->arena, text_cstr(&words));
    text_free(&words);
    return joined;
}

/* What is at place, as the message shows it. */
static const char *found_words(struct parse *parse, struct span place, const char *found)
{
    if (strcmp(found, "the end of the file") == 0)
        return parse->one_value ? "the end of the value" : found;
    if (strcmp(found, "a string") == 0 || strcmp(found, "'{ ... }'") == 0)
        return found;
    const char *text = parse->source->text + place.begin;
    size_t length = place.end - place.begin;
    if (length == 0)
        return "the next section"; /* the '}' that tokens.c put in before it */
    const bool cut = length > LONGEST_SHOWN;
    length = cut ? LONGEST_SHOWN : length;
    return arena_printf(parse->arena, "'%.*s%s'", (int)length, text, cut ? "..." : "");
}

static bool line_between(const struct source *source, size_t begin, size_t end)
{
    return begin < end && memchr(source->text + begin, '\n', end - begin) != NULL;
}

static bool is_first_on_line_or_ending(const struct parse *parse, struct span place, int token)
{
    return token == QNN_END || token == '}' || line_between(parse->source, parse->before_span.end, place.begin);
}

void parse_unexpected(struct parse *parse, struct span place, const char *found, const char *const *expected,
                      size_t count)
{
    const char *names[MOST_EXPECTED];
    if (count > MOST_EXPECTED - 1)
        count = MOST_EXPECTED - 1;
    memcpy(names, expected, count * sizeof *names);
    count = simplify(names, count);
    const int token = found ? parse->previous : QNN_END;
    const bool breaks_off = is_first_on_line_or_ending(parse, place, token);
    /* What is missing at the end of a line is missing there, not where the next line begins. */
    const struct span end_of_last = {place.source, parse->before_span.end, parse->before_span.end};
    const struct span shown = token == QNN_END ? end_of_last : place;
    const char *what = found ? found_words(parse, place, found) : "nothing";

    if (breaks_off && holds(names, count, "';'")) {
        sink_report(parse->sink, DIAGNOSTIC_SYNTAX_ERROR, end_of_last, "expected ';' after the %s", parse_item(parse));
        if ((token == QNN_ID || token == QNN_SELECTOR) && sink_errors(parse->sink) < DIAGNOSTICS_MAX_ERRORS)
            parse_insert_semicolon(parse);
    } else {
        sink_report(parse->sink, DIAGNOSTIC_SYNTAX_ERROR, shown, "expected %s, found %s", join(parse, names, count),
                    what);
        if (token == QNN_ID && holds(names, count, "a section"))
            (void)sink_suggest(parse->sink, parse_text(parse, place), section_words);
        else if (token == QNN_INPUT)
            sink_hint(parse->sink, "'input' is reserved");
    }
    if (token == QNN_END && parse->in_braces)
        sink_note(parse->sink, parse->open_brace, "this '{' is still open");
}

void parse_too_deep(struct parse *parse, struct span span)
{
    if (!parse->too_deep)
        sink_report(parse->sink, DIAGNOSTIC_NESTING_TOO_DEEP, span, "this nests more than %d levels deep", AST_DEEPEST);
    parse->too_deep = true;
}
