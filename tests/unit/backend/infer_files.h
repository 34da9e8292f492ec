/* A folder for generated files, and commands that work in it. */
#ifndef QNN_TESTS_INFER_FILES_H
#define QNN_TESTS_INFER_FILES_H

#include "base/file.h"
#include "base/require.h"
#include "backend/c/infer.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STRICT_C99 "-std=c99 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Werror"

/* A folder of its own, and the commands that work in it. */
static char folder[] = "/tmp/qnn_infer_XXXXXX";

static inline const char *compiler(void)
{
    const char *cc = getenv("CC");
    return cc && *cc ? cc : "cc";
}

static inline bool command(const char *format, ...) __attribute__((format(printf, 1, 2)));
static inline bool command(const char *format, ...)
{
    char line[2048];
    va_list args;
    va_start(args, format);
    const int length = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    REQUIRE(length > 0 && (size_t)length < sizeof line);
    return system(line) == 0;
}

static inline void write_file(const char *name, const char *text, size_t length)
{
    char path[256], error[FILE_ERROR_SIZE];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    REQUIRE(file_write(path, text, length, error));
}

/* Writes the three files of a graph. */
static inline void write_sources(const struct int_graph *graph)
{
    static const char *const names[] = {"net_infer.h", "net_infer.c", "net_infer_main.c"};
    struct text text[3] = {{0}};
    emit_infer(graph, &text[0], &text[1], &text[2]);
    for (int i = 0; i < 3; i++) {
        write_file(names[i], text_cstr(&text[i]), text[i].length);
        text_free(&text[i]);
    }
}

/* main of a test program: the suite inside a folder that is removed afterwards. */
#define MAIN_IN_FOLDER(suite, cases)                                                    \
    int main(void)                                                                      \
    {                                                                                   \
        REQUIRE(mkdtemp(folder));                                                       \
        const int status = unit_main(suite, cases, sizeof(cases) / sizeof((cases)[0])); \
        return command("rm -r %s", folder) ? status : 2;                                \
    }

#endif
