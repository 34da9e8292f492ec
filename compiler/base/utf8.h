/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef QNN_BASE_UTF8_H
#define QNN_BASE_UTF8_H

#include <stddef.h>

/* Length of the sequence at bytes, of which left remain: 1..4, or 0 where there is none. */
size_t utf8_length(const char *bytes, size_t left);
/* Writes the sequence of a code point (not a surrogate, at most U+10FFFF) to out; returns its length, 1..4. */
size_t utf8_encode(unsigned long code, char out[4]);

#endif
