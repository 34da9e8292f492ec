/*
 * Tokens in context: what the scanner cannot know alone.
 *
 * - A section word is a keyword only where a section may begin, `extends` only after the name of a scheme.
 * - Braces do not nest: an inner { ... } reaches the parser as one GROUP, so that its '}' and ';' cannot mislead recovery.
 * - A section that begins inside the braces of another one shows that a '}' is missing: it is put in.
 * - Where a ';' is missing before an item, it is put in, and the item is scanned once more in its proper place.
 */
#include "base/require.h"
#include "syntax/parse.h"

#include "qnn_parser.h"
#include "syntax/tokens.h"

/* flex knows the types of the bridge by these names. */
#define YYSTYPE QNN_STYPE
#define YYLTYPE QNN_LTYPE
#include "qnn_scanner.h"

#include <ctype.h>
#include <string.h>

const char *const section_words[AST_SECTION_KIND_COUNT + 1] = {
    [AST_PARAM] = "param",           [AST_DATA] = "data",         [AST_SCHEME] = "scheme",
    [AST_BLOCK] = "block",           [AST_NETWORK] = "network",   [AST_QUANTIZE] = "quantize",
    [AST_TRAIN] = "train",           [AST_COMPRESS] = "compress", [AST_HARDWARE] = "hardware",
    [AST_SECTION_KIND_COUNT] = NULL,
};

/* For each section word: its token, whether a name follows, and the sign after both. */
static const struct heading {
    int token;
    bool named;
    char sign;
} headings[AST_SECTION_KIND_COUNT] = {
    [AST_PARAM] = {QNN_PARAM, true, '='},        [AST_DATA] = {QNN_DATA, false, '{'},
    [AST_SCHEME] = {QNN_SCHEME, true, '{'},      [AST_BLOCK] = {QNN_BLOCK, true, '('},
    [AST_NETWORK] = {QNN_NETWORK, true, '{'},    [AST_QUANTIZE] = {QNN_QUANTIZE, false, '{'},
    [AST_TRAIN] = {QNN_TRAIN, false, '{'},       [AST_COMPRESS] = {QNN_COMPRESS, false, '{'},
    [AST_HARDWARE] = {QNN_HARDWARE, false, '{'},
};

/* ---- the scanner's buffer ---------------------------------------------------------------------------------------- */

void tokens_open(struct parse *parse, size_t offset)
{
    REQUIRE(qnn_scan_lex_init_extra(parse, &parse->scanner) == 0);
    tokens_seek(parse, offset);
    parse->at_section = !parse->one_value;
}

void tokens_close(struct parse *parse)
{
    (void)qnn_scan_lex_destroy(parse->scanner);
}

void tokens_seek(struct parse *parse, size_t offset)
{
    qnn_scan_pop_buffer_state(parse->scanner);
    (void)qnn_scan__scan_bytes(parse->source->text + offset, (int)(parse->source->length - offset), parse->scanner);
    parse->offset = offset;
    parse->ended = false;
}

/* ---- context ----------------------------------------------------------------------------------------------------- */

static bool has_rules(int section)
{
    return section == QNN_QUANTIZE || section == QNN_COMPRESS || section == QNN_HARDWARE;
}

/* Where the token leads: what may begin after it. */
static void follow(struct parse *parse, int token, struct span span)
{
    parse->at_section = false;
    for (int kind = 0; kind < AST_SECTION_KIND_COUNT; kind++)
        if (headings[kind].token == token)
            parse->section = token;
    if (token == '{') {
        parse->in_braces = true;
        parse->open_brace = span;
    } else if (token == '}') {
        parse->in_braces = false;
    } else if (token == ':') {
        parse->after_colon = true;
    }
    if (token == '{' || token == ';' || token == '}' || (token == QNN_GROUP && !parse->in_braces)) {
        parse->after_colon = false;
        parse->selector_place = parse->in_braces && has_rules(parse->section);
        parse->at_section = !parse->in_braces && !parse->one_value;
        if (!parse->in_braces)
            parse->section = 0;
    } else if (token == ':' || token == '=') {
        parse->selector_place = false;
    }
    parse->previous = token;
    parse->previous_span = span;
}

static int section_kind(const char *word)
{
    int kind = 0;
    while (section_words[kind] && strcmp(section_words[kind], word) != 0)
        kind++;
    return kind;
}

static size_t skip(const struct source *source, size_t at, bool word)
{
    while (at < source->length) {
        const unsigned char c = (unsigned char)source->text[at];
        if (word ? !(isalnum(c) || c == '_') : !(c == ' ' || (c >= '\t' && c <= '\r')))
            break;
        at++;
    }
    return at;
}

/* Whether the text after a section word is what its heading needs. */
static bool heads_section(const struct parse *parse, int kind, size_t behind)
{
    const struct source *source = parse->source;
    size_t at = skip(source, behind, false);
    if (headings[kind].named) {
        const size_t name = at;
        at = skip(source, at, true);
        if (at == name)
            return false;
        /* For a scheme perhaps `extends` and another name; a word too many does no harm here. */
        for (int words = kind == AST_SCHEME ? 2 : 0; words > 0; words--)
            at = skip(source, skip(source, at, false), true);
        at = skip(source, at, false);
    }
    /* `block x(` alone could be an attribute of `input`; the others cannot be anything else. */
    const bool fresh = parse->previous == ';' || parse->previous == '{';
    return at < source->length && source->text[at] == headings[kind].sign && (fresh || kind != AST_BLOCK);
}

/* The kind of a word here; sets *close where a '}' has to come first (as long as errors are counted: going back costs). */
static int word_kind(const struct parse *parse, const char *word, struct span span, bool *close)
{
    const int kind = section_kind(word);
    *close = kind < AST_SECTION_KIND_COUNT && parse->in_braces && sink_errors(parse->sink) < DIAGNOSTICS_MAX_ERRORS &&
             heads_section(parse, kind, span.end);
    if (kind < AST_SECTION_KIND_COUNT && parse->at_section)
        return headings[kind].token;
    if (parse->section == QNN_SCHEME && !parse->in_braces && parse->previous == QNN_ID && strcmp(word, "extends") == 0)
        return QNN_EXTENDS;
    return QNN_ID;
}

static int scan(struct parse *parse, QNN_STYPE *value, struct span *span)
{
    if (!parse->ended) {
        const int token = qnn_scan_lex(value, span, parse->scanner);
        if (token != 0)
            return token;
        parse->ended = true;
    }
    *span = (struct span){parse->source, parse->source->length, parse->source->length};
    return QNN_END;
}

/* Reads on to the '}' that matches the '{' at *span, or to the end of the text. */
static void swallow_group(struct parse *parse, struct span *span)
{
    QNN_STYPE ignored;
    struct span place = *span;
    parse->selector_place = false;
    for (size_t depth = 1; depth > 0;) {
        const int token = scan(parse, &ignored, &place);
        if (token == QNN_END)
            break;
        depth += token == '{';
        depth -= token == '}';
    }
    span->end = place.end;
}

/* A '}' put in before a section that begins too early. Where the item before it is unfinished the parser reports. */
static int close_brace(struct parse *parse, struct span *span)
{
    if (parse->previous == ';' || parse->previous == '{') {
        sink_report(parse->sink, DIAGNOSTIC_SYNTAX_ERROR, *span, "expected '}' before this section");
        sink_note(parse->sink, parse->open_brace, "this '{' is still open");
    }
    tokens_seek(parse, span->begin);
    span->end = span->begin;
    return '}';
}

void parse_insert_semicolon(struct parse *parse)
{
    tokens_seek(parse, parse->previous_span.begin);
    parse->semicolon = true;
}

int qnn_lex(QNN_STYPE *value, struct span *span, struct parse *parse);

int qnn_lex(QNN_STYPE *value, struct span *span, struct parse *parse)
{
    if (!parse->started) {
        parse->started = true;
        *span = (struct span){parse->source, 0, 0};
        return parse->one_value ? QNN_START_VALUE : QNN_START_FILE;
    }
    if (parse->semicolon) {
        parse->semicolon = false;
        *span = (struct span){parse->source, parse->offset, parse->offset};
        follow(parse, ';', *span);
        return ';';
    }
    int token = scan(parse, value, span);
    while (token == '}' && !parse->in_braces) {
        parse_report(parse, DIAGNOSTIC_SYNTAX_ERROR, *span, "this '}' closes nothing");
        token = scan(parse, value, span);
    }
    bool close = false;
    if (token == QNN_ID)
        token = word_kind(parse, value->name, *span, &close);
    if (close)
        token = close_brace(parse, span);
    if (token == '{' && (parse->in_braces || parse->section == 0 || parse->section == QNN_PARAM)) {
        swallow_group(parse, span);
        token = QNN_GROUP;
        parse->selector_place = parse->in_braces && has_rules(parse->section);
    }
    parse->before_span = parse->previous_span;
    parse->item_section = parse->section;
    parse->item_colon = parse->after_colon;
    follow(parse, token, *span);
    return token;
}
