/* The one way in which an error line is made. */
#include "runtime/numeric/error.h"

#include <stdarg.h>

bool qnn_error_set(char *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(error, QNN_ERROR_SIZE, format, arguments);
    va_end(arguments);
    QNN_CHECK(length >= 0);
    for (char *c = error; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
    return false;
}
