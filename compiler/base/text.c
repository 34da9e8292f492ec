/* Text: one malloc'ed buffer that doubles. Always zero-terminated once it holds anything. */
#include "base/text.h"

#include "base/require.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for extra more bytes and the terminating zero. */
static void reserve(struct text *text, size_t extra)
{
    REQUIRE(extra < (size_t)-1 / 4 && text->length < (size_t)-1 / 4);
    const size_t needed = text->length + extra + 1;
    if (needed <= text->capacity)
        return;
    size_t capacity = text->capacity ? text->capacity : 64;
    while (capacity < needed)
        capacity *= 2;
    char *data = realloc(text->data, capacity);
    if (!data) {
        (void)fprintf(stderr, "out of memory (%zu bytes asked for)\n", capacity);
        abort();
    }
    text->data = data;
    text->capacity = capacity;
}

void text_add_bytes(struct text *text, const char *bytes, size_t length)
{
    reserve(text, length);
    if (length)
        memcpy(text->data + text->length, bytes, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void text_add(struct text *text, const char *bytes)
{
    text_add_bytes(text, bytes, strlen(bytes));
}

void text_vprintf(struct text *text, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    const int length = vsnprintf(NULL, 0, format, args);
    REQUIRE(length >= 0);
    reserve(text, (size_t)length);
    (void)vsnprintf(text->data + text->length, (size_t)length + 1, format, again);
    va_end(again);
    text->length += (size_t)length;
}

void text_printf(struct text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    text_vprintf(text, format, args);
    va_end(args);
}

enum { NUMBER_SIZE = 40 };

/* Whole numbers below 2^53 are written out in full: "200" and not the shorter-to-find "2e+02". */
static bool is_plain_integer(double value)
{
    return value == floor(value) && fabs(value) < 9007199254740992.0;
}

void text_float(struct text *text, float value)
{
    if (isnan(value) || isinf(value)) {
        text_add(text, isnan(value) ? "NAN" : value < 0 ? "-INFINITY" : "INFINITY");
        return;
    }
    char digits[NUMBER_SIZE];
    if (is_plain_integer((double)value) && fabsf(value) < 1e7F) {
        (void)snprintf(digits, sizeof digits, "%.0f", (double)value);
    } else {
        for (int precision = 1; precision <= 9; precision++) {
            (void)snprintf(digits, sizeof digits, "%.*g", precision, (double)value);
            if (strtof(digits, NULL) == value)
                break;
        }
    }
    text_add(text, digits);
    text_add(text, strpbrk(digits, ".e") ? "f" : ".0f");
}

void text_double(struct text *text, double value)
{
    char digits[NUMBER_SIZE];
    if (is_plain_integer(value)) {
        (void)snprintf(digits, sizeof digits, "%.0f", value);
    } else {
        for (int precision = 1; precision <= 17; precision++) {
            (void)snprintf(digits, sizeof digits, "%.*g", precision, value);
            if (strtod(digits, NULL) == value)
                break;
        }
    }
    text_add(text, digits);
}

void text_string(struct text *text, const char *bytes)
{
    if (!bytes) {
        text_add(text, "NULL");
        return;
    }
    text_add(text, "\"");
    for (const char *at = bytes; *at; at++) {
        const unsigned char byte = (unsigned char)*at;
        if (byte == '"' || byte == '\\' || byte == '?')
            text_printf(text, "\\%c", byte);
        else if (byte < ' ' || byte > '~')
            text_printf(text, "\\%03o", byte);
        else
            text_add_bytes(text, at, 1);
    }
    text_add(text, "\"");
}

const char *text_cstr(const struct text *text)
{
    return text->data ? text->data : "";
}

void text_free(struct text *text)
{
    free(text->data);
    *text = (struct text){0};
}
