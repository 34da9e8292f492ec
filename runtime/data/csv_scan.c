/* Fields and numbers of a CSV text, one character at a time, with the line and column of each. */
#include "runtime/data/csv_scan.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/numeric/error.h"

enum { NUMBER_SIZE = 64 }; /* bytes of the longest number that is read, with its zero */

struct csv_scanner csv_scanner_start(const char *name, const char *text, size_t length)
{
    static const char mark[] = "\xef\xbb\xbf";
    const size_t skip = length >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0;
    return (struct csv_scanner){.name = name, .at = text + skip, .end = text + length};
}

void csv_scanner_free(struct csv_scanner *scanner)
{
    free(scanner->fields);
    scanner->fields = NULL;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool add_field(struct csv_scanner *scanner, struct csv_field field, char *error)
{
    if (scanner->field_count == scanner->capacity) {
        const size_t capacity = 2 * scanner->capacity + 16;
        struct csv_field *grown = realloc(scanner->fields, capacity * sizeof *grown);
        if (!grown)
            return qnn_error_set(error, "%s:%zu: no memory for its fields", scanner->name, scanner->line);
        scanner->fields = grown;
        scanner->capacity = capacity;
    }
    scanner->fields[scanner->field_count++] = field;
    return true;
}

/* The closing quotation mark of a field whose text begins at `at`; NULL where there is none. */
static const char *closing_quote(const char *at, const char *end)
{
    while ((at = memchr(at, '"', (size_t)(end - at)))) {
        if (at + 1 == end || at[1] != '"')
            return at;
        at += 2;
    }
    return NULL;
}

/* Scans the field that begins at `at` of the line [line, end); returns where it ends: at a comma or at end. */
static const char *scan_field(struct csv_scanner *scanner, const char *line, const char *at, const char *end,
                              char *error)
{
    while (at < end && is_blank(*at))
        at++;
    struct csv_field field = {.text = at, .column = (size_t)(at - line) + 1};
    const char *stop = at;
    if (at < end && *at == '"') {
        const char *close = closing_quote(at + 1, end);
        if (!close) {
            qnn_error_set(error, "%s:%zu:%zu: the quotation mark is not closed on its line", scanner->name,
                          scanner->line, field.column);
            return NULL;
        }
        field.text = at + 1;
        field.length = (size_t)(close - field.text);
        for (stop = close + 1; stop < end && is_blank(*stop);)
            stop++;
    } else {
        while (stop < end && *stop != ',' && *stop != '"')
            stop++;
        field.length = (size_t)(stop - at);
        while (field.length > 0 && is_blank(at[field.length - 1]))
            field.length--;
    }
    if (stop < end && *stop != ',') {
        qnn_error_set(error, "%s:%zu:%zu: expected a comma (a field with quotation marks is quoted as a whole)",
                      scanner->name, scanner->line, (size_t)(stop - line) + 1);
        return NULL;
    }
    return add_field(scanner, field, error) ? stop : NULL;
}

static bool scan_line(struct csv_scanner *scanner, const char *line, const char *end, char *error)
{
    const char *at = line;
    const char *zero = memchr(line, '\0', (size_t)(end - line));
    if (zero)
        return qnn_error_set(error, "%s:%zu:%zu: a zero byte: this is not a text file", scanner->name, scanner->line,
                             (size_t)(zero - line) + 1);
    for (;;) {
        at = scan_field(scanner, line, at, end, error);
        if (!at)
            return false;
        if (at == end)
            return true;
        at++;
    }
}

bool csv_scanner_next(struct csv_scanner *scanner, char *error)
{
    scanner->field_count = 0;
    while (scanner->at < scanner->end) {
        const char *line = scanner->at;
        const char *feed = memchr(line, '\n', (size_t)(scanner->end - line));
        const char *end = feed ? feed : scanner->end;
        scanner->at = feed ? feed + 1 : scanner->end;
        scanner->line++;
        if (end > line && end[-1] == '\r')
            end--;
        const char *first = line;
        while (first < end && is_blank(*first))
            first++;
        if (first < end)
            return scan_line(scanner, line, end, error);
    }
    return true;
}

bool csv_number(const struct csv_field *field, float *value)
{
    char text[NUMBER_SIZE];
    char *end;
    if (field->length == 0 || field->length >= sizeof text)
        return false;
    memcpy(text, field->text, field->length);
    text[field->length] = '\0';
    /* strtof would also take inf, nan and hexadecimal forms. */
    if (strspn(text, "0123456789+-.eE") != field->length)
        return false;
    *value = strtof(text, &end);
    return end == text + field->length;
}

bool csv_index(const struct csv_field *field, int limit, int *value)
{
    int index = 0;
    for (size_t i = 0; i < field->length; i++) {
        const char digit = field->text[i];
        if (digit < '0' || digit > '9' || index >= limit)
            return false;
        index = 10 * index + (digit - '0');
    }
    *value = index;
    return field->length > 0 && index < limit;
}
