/* system_property MODE RTL BENCH FOLDER: exit status 0 where the property holds, 77 where a tool is missing. */
#include "property.h"

#include "base/file.h"
#include "subject.h"

#include <stdio.h>
#include <string.h>

static const struct mode {
    const char *name;
    bool (*holds)(const struct places *places);
    const char *tool; /* needed */
} modes[] = {
    {"c", property_c, "cc"},
    {"verilog", property_verilog, "iverilog"},
    {"buffers", property_buffers, "iverilog"},
};
enum { MODE_COUNT = sizeof modes / sizeof modes[0], SKIPPED = 77 };

static int run(const struct mode *mode, const struct places *places)
{
    if (shell("command -v %s >/dev/null", mode->tool))
        return mode->holds(places) ? 0 : 1;
    printf("%s is not installed\n", mode->tool);
    return SKIPPED;
}

int main(int argc, char **argv)
{
    char error[FILE_ERROR_SIZE];
    if (argc != 5) {
        fprintf(stderr, "usage: %s c|verilog|buffers RTL BENCH FOLDER\n", argv[0]);
        return 2;
    }
    const struct places places = {.rtl = argv[2], .bench = argv[3], .folder = argv[4]};
    if (!shell("rm -rf '%s'", places.folder) || !file_make_directory(places.folder, error)) {
        fprintf(stderr, "%s: cannot be made\n", places.folder);
        return 2;
    }
    for (int i = 0; i < MODE_COUNT; i++)
        if (strcmp(modes[i].name, argv[1]) == 0)
            return run(&modes[i], &places);
    fprintf(stderr, "unknown mode '%s'\n", argv[1]);
    return 2;
}
