/* The loud end of a broken promise inside the program. */
#include "base/require.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void require_failed(const char *file, int line, const char *condition)
{
    (void)fprintf(stderr, "%s:%d: internal error: %s\n", file, line, condition);
    abort();
}
