/*
 * Errors of the runtime: one line of text that names the thing, the cause and, where there is one, the remedy.
 *
 * A function that can fail for a reason outside the program returns false and fills an error buffer of QNN_ERROR_SIZE
 * bytes, always zero-terminated, without a newline; the buffer is untouched on success. A broken contract is our own
 * bug and aborts with file and line.
 */
#ifndef QNN_NUMERIC_ERROR_H
#define QNN_NUMERIC_ERROR_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { QNN_ERROR_SIZE = 512 };

/* Formats into error (QNN_ERROR_SIZE bytes), cuts what does not fit, turns control characters into '?' so that the
 * message stays one line. Returns false, so that a failing function can return the call. */
bool qnn_error_set(char *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Checks a contract that only our own code can break; stays active in release builds. */
#define QNN_CHECK(condition)                                                                              \
    do {                                                                                                  \
        if (!(condition)) {                                                                               \
            fprintf(stderr, "%s:%d: internal error: %s does not hold\n", __FILE__, __LINE__, #condition); \
            abort();                                                                                      \
        }                                                                                                 \
    } while (0)

#endif
