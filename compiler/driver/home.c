/* Finds qnnc's own files from the place of the running program. */
#include "driver/home.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The folder above the folder of the running program; NULL where the system does not tell. */
static const char *prefix_of_program(struct arena *arena)
{
    char path[4096];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0)
        return NULL;
    path[length] = '\0';
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(path, '/');
        if (!slash)
            return NULL;
        *slash = '\0';
    }
    return arena_strdup(arena, path);
}

bool home_find(struct home *home, struct arena *arena, char *error)
{
    const char *prefix = getenv("QNNC_HOME");
    if (!prefix || !*prefix)
        prefix = prefix_of_program(arena);
    if (!prefix)
        prefix = ".";
    home->include = arena_printf(arena, "%s/share/qnnc/include", prefix);
    home->library = arena_printf(arena, "%s/lib/qnnc", prefix);
    home->rtl = arena_printf(arena, "%s/share/qnnc/rtl", prefix);
    if (file_exists(home->include) && file_exists(home->library))
        return true;
    snprintf(error, FILE_ERROR_SIZE,
             "qnnc's runtime is not below '%.300s'; set QNNC_HOME to the prefix it was installed to", prefix);
    return false;
}
