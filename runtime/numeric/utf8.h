/*
 * UTF-8: whether bytes are well formed (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF).
 */
#ifndef QNN_NUMERIC_UTF8_H
#define QNN_NUMERIC_UTF8_H

#include <stdbool.h>
#include <stddef.h>

bool qnn_utf8_valid(const char *text, size_t length);

#endif
