/*
 * The scanner of the CSV reader: a text as lines of fields, with the place of each. Private to this room.
 */
#ifndef QNN_DATA_CSV_SCAN_H
#define QNN_DATA_CSV_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/* A field without surrounding blanks and quotation marks. Doubled quotation marks inside stay doubled: fields are
 * compared, not printed, and that form is unique. Points into the text. */
struct csv_field {
    const char *text;
    size_t length;
    size_t column; /* in bytes, from 1 */
};

struct csv_scanner {
    const char *name; /* for messages */
    const char *at;
    const char *end;
    size_t line; /* of the fields, from 1 */
    struct csv_field *fields;
    size_t field_count; /* 0 at the end of the text */
    size_t capacity;
};

/* Begins at the top; skips a byte order mark. Free with csv_scanner_free. */
struct csv_scanner csv_scanner_start(const char *name, const char *text, size_t length);
void csv_scanner_free(struct csv_scanner *scanner);

/* Moves on to the next line that is not blank. */
bool csv_scanner_next(struct csv_scanner *scanner, char *error);

/* A decimal number (digits, sign, point, exponent); the thread's locale is C. False where the field is none, without a
 * message. A number beyond the range of float gives an infinity. */
bool csv_number(const struct csv_field *field, float *value);

/* A whole number 0 .. limit - 1 in plain digits. */
bool csv_index(const struct csv_field *field, int limit, int *value);

#endif
