/*
 * Text: a growing byte string, what printers and emitters write into before a file is made from it.
 * Numbers are printed in the C locale (the program never calls setlocale).
 */
#ifndef QNN_BASE_TEXT_H
#define QNN_BASE_TEXT_H

#include <stdarg.h>
#include <stddef.h>

struct text {
    char *data; /* zero-terminated once anything was added; NULL before */
    size_t length;
    size_t capacity;
};

void text_add(struct text *text, const char *bytes);
void text_add_bytes(struct text *text, const char *bytes, size_t length);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_vprintf(struct text *text, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
/* Shortest decimal form that reads back as the same float (at most %.9g) or double (at most %.17g). text_float appends
 * ".0" and "f" as C needs them ("0.5f", "1.0f"); text_double appends nothing: an integer value prints as "3". */
void text_float(struct text *text, float value);
void text_double(struct text *text, double value);
/* A string literal of C, without trigraphs; NULL where bytes is NULL. */
void text_string(struct text *text, const char *bytes);
/* The bytes, "" where nothing was added. Valid until the next change. */
const char *text_cstr(const struct text *text);
void text_free(struct text *text);

#endif
