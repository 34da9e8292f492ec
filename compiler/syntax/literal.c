/*
 * Literals: numbers, quantities and strings from their spelling, and the bytes that comments and strings may hold.
 * A malformed literal is reported and still gives a token, so that the parser does not stumble over it again.
 */
#include "base/utf8.h"
#include "syntax/parse.h"

#include "qnn_parser.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const units[] = {"Hz", "kHz", "MHz", "GHz", "fps", "kfps", "Mfps", "s", "ms", "us", "ns", NULL};

enum { LARGEST_EXACT_BITS = 53 };

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Length of the number at the start of text, as the scanner's NUMBER has it. */
static size_t number_length(const char *text, size_t length)
{
    size_t i = 0;
    if (length > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X') && isxdigit((unsigned char)text[2])) {
        for (i = 2; i < length && isxdigit((unsigned char)text[i]);)
            i++;
        return i;
    }
    while (i < length && is_digit(text[i]))
        i++;
    if (i + 1 < length && text[i] == '.' && is_digit(text[i + 1]))
        for (i++; i < length && is_digit(text[i]);)
            i++;
    if (i < length && (text[i] == 'e' || text[i] == 'E')) {
        size_t k = i + 1;
        k += k < length && (text[k] == '+' || text[k] == '-');
        if (k < length && is_digit(text[k])) {
            while (k < length && is_digit(text[k]))
                k++;
            i = k;
        }
    }
    return i;
}

/* A number node from a spelling that strtod reads to its end. */
static struct ast_value *number_node(struct parse *parse, const char *spelling, struct span span)
{
    struct ast_value *node = ARENA_NEW(parse->arena, struct ast_value);
    node->kind = AST_NUMBER;
    node->span = span;
    node->spelling = spelling;
    node->number = strtod(spelling, NULL);
    const bool hexadecimal = strpbrk(spelling, "xX") != NULL;
    node->is_integer = (hexadecimal || !strpbrk(spelling, ".eE")) && node->number <= ldexp(1.0, LARGEST_EXACT_BITS);
    if (isinf(node->number)) {
        parse_report(parse, DIAGNOSTIC_BAD_NUMBER, span, "this number is too large");
        node->number = 0;
    }
    return node;
}

/* A word that touches a number but is not a unit: "0x" and "1e" are meant as numbers, the rest as units. */
static void report_suffix(struct parse *parse, struct span span, const char *word)
{
    if (strcmp(word, "x") == 0 || strcmp(word, "X") == 0 || strcmp(word, "e") == 0 || strcmp(word, "E") == 0) {
        parse_report(parse, DIAGNOSTIC_BAD_NUMBER, span, "this number has no digits after its last letter");
        return;
    }
    sink_report(parse->sink, DIAGNOSTIC_BAD_UNIT, span, "'%.40s' is not a unit", word);
    if (!sink_suggest(parse->sink, word, units))
        sink_hint(parse->sink, "units are Hz kHz MHz GHz fps kfps Mfps s ms us ns");
}

int literal_number(struct parse *parse, struct span span, size_t *used, struct parsed_value *value)
{
    const char *text = parse->source->text + span.begin;
    const size_t length = span.end - span.begin, digits = number_length(text, length);
    size_t word = digits;
    while (word < length && is_blank(text[word]))
        word++;
    const char *unit = word < length ? arena_strndup(parse->arena, text + word, length - word) : NULL;
    bool known = false;
    for (size_t i = 0; unit && !known && units[i]; i++)
        known = strcmp(units[i], unit) == 0;

    const struct span number = {span.source, span.begin, span.begin + digits};
    *value = (struct parsed_value){number_node(parse, arena_strndup(parse->arena, text, digits), number), 1};
    *used = digits;
    if (unit && word == digits) {
        *used = length;
        if (!known)
            report_suffix(parse, (struct span){span.source, span.begin + word, span.end}, unit);
    }
    if (!known)
        return QNN_NUMBER;
    *used = length;
    value->node->kind = AST_QUANTITY;
    value->node->is_integer = false;
    value->node->unit = unit;
    return QNN_QUANTITY;
}

void literal_bare_dot(struct parse *parse, struct span span, struct parsed_value *value)
{
    const char *text = parse_text(parse, span);
    const char *corrected = arena_printf(parse->arena, text[0] == '.' ? "0%s" : "%s0", text);
    sink_report(parse->sink, DIAGNOSTIC_BAD_NUMBER, span, "a number has a digit on both sides of its dot");
    sink_hint(parse->sink, "write %.40s", corrected);
    *value = (struct parsed_value){number_node(parse, corrected, span), 1};
}

/* ---- strings ----------------------------------------------------------------------------------------------------- */

/* The value of the digits hexadecimal digits at text, or -1 where one of them is none. */
static long hexadecimal(const char *text, const char *end, int digits)
{
    long code = 0;
    for (int i = 0; i < digits; i++) {
        if (text + i >= end || !isxdigit((unsigned char)text[i]))
            return -1;
        const int c = tolower((unsigned char)text[i]);
        code = 16 * code + (is_digit((char)c) ? c - '0' : c - 'a' + 10);
    }
    return code;
}

/* Resolves the escape after the backslash at *text, moves *text past it, adds its bytes to out; false if bad. */
static bool resolve_escape(const char **text, const char *end, struct text *out)
{
    static const char letters[] = "ntr\\\"'", meanings[] = "\n\t\r\\\"'";
    const char letter = (*text)[1];
    const char *found = letter ? strchr(letters, letter) : NULL;
    if (found) {
        text_add_bytes(out, &meanings[found - letters], 1);
        *text += 2;
        return true;
    }
    const int digits = letter == 'x' ? 2 : letter == 'u' ? 4 : 0;
    const long code = digits ? hexadecimal(*text + 2, end, digits) : -1;
    *text += 2;
    /* Zero would end the string, a lone byte above 0x7f or a surrogate would not be UTF-8. */
    if (code <= 0 || (digits == 2 && code > 0x7f) || (code >= 0xd800 && code <= 0xdfff))
        return false;
    char bytes[4];
    text_add_bytes(out, bytes, utf8_encode((unsigned long)code, bytes));
    *text += digits;
    return true;
}

struct parsed_value literal_string(struct parse *parse, struct span span)
{
    parse_check_text(parse, span);
    const char *text = parse->source->text + span.begin + 1, *end = parse->source->text + span.end;
    if (end > text && end[-1] == '"')
        end--;
    struct text resolved = {0};
    while (text < end) {
        if (*text != '\\') {
            if (*text != '\0') /* reported by parse_check_text */
                text_add_bytes(&resolved, text, 1);
            text++;
            continue;
        }
        const size_t begin = (size_t)(text - parse->source->text);
        if (!resolve_escape(&text, end, &resolved)) {
            sink_report(parse->sink, DIAGNOSTIC_BAD_ESCAPE, (struct span){span.source, begin, begin + 2},
                        "this escape does not exist or names no character");
            sink_hint(parse->sink, "escapes are \\n \\t \\r \\\\ \\\" \\' \\x01..\\x7f \\uXXXX");
        }
    }
    struct ast_value *node = ARENA_NEW(parse->arena, struct ast_value);
    node->kind = AST_STRING;
    node->span = span;
    node->string = arena_strndup(parse->arena, text_cstr(&resolved), resolved.length);
    text_free(&resolved);
    return (struct parsed_value){node, 1};
}

size_t literal_unterminated(struct parse *parse, struct span span)
{
    /* What ends the line most likely ends the setting, not the string. */
    const char *text = parse->source->text + span.begin;
    size_t length = span.end - span.begin;
    while (length > 1 && strchr(" \t\r;,)]}", text[length - 1]) && text[length - 1] != '\0')
        length--;
    parse_report(parse, DIAGNOSTIC_UNTERMINATED_STRING, (struct span){span.source, span.begin, span.begin + length},
                 "this string does not end on its line");
    return length;
}

/* ---- bytes ------------------------------------------------------------------------------------------------------- */

void parse_check_text(struct parse *parse, struct span span)
{
    const char *text = parse->source->text;
    for (size_t i = span.begin; i < span.end;) {
        const size_t size = utf8_length(text + i, span.end - i);
        const struct span byte = {span.source, i, i + 1};
        if (size == 0 || text[i] == '\0') {
            if (size == 0)
                parse_report(parse, DIAGNOSTIC_BAD_UTF8, byte, "this byte is not UTF-8");
            else
                parse_report(parse, DIAGNOSTIC_BAD_CHARACTER, byte, "a zero byte is not allowed here");
            return;
        }
        i += size;
    }
}

size_t parse_bad_character(struct parse *parse, struct span span)
{
    const char *text = parse->source->text + span.begin;
    const size_t left = parse->source->length - span.begin, size = utf8_length(text, left);
    size_t run = size ? size : 1;
    /* The same character again is the same mistake. */
    while (run < left && text[run] == text[0])
        run++;
    const struct span place = {span.source, span.begin, span.begin + run};
    const unsigned byte = (unsigned char)text[0];
    if (size == 0)
        sink_report(parse->sink, DIAGNOSTIC_BAD_CHARACTER, place, "byte 0x%02x is not UTF-8 and has no place here",
                    byte);
    else if (byte < 0x20 || byte == 0x7f)
        sink_report(parse->sink, DIAGNOSTIC_BAD_CHARACTER, place, "byte 0x%02x has no meaning here", byte);
    else
        sink_report(parse->sink, DIAGNOSTIC_BAD_CHARACTER, place, "the character '%.*s' has no meaning here", (int)size,
                    text);
    return run;
}

bool parse_foreign_word(struct parse *parse, struct span span)
{
    while (!(parse->source->text[span.begin] & 0x80))
        span.begin++;
    (void)parse_bad_character(parse, span);
    return utf8_length(parse->source->text + span.begin, span.end - span.begin) > 0;
}
