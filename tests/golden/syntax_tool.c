/*
 * The parser as a command, for the golden tests: syntax_tool MODE FILE writes the canonical form (format), the tree (dump)
 * or the messages (err) of FILE to standard output. NAME in messages is the last part of the path. Exit status 0 where
 * the file has no errors, 1 where it has some, 2 where it cannot be read.
 */
#include "base/file.h"
#include "syntax/ast.h"

#include <stdlib.h>
#include <string.h>

static void print_messages(const struct sink *sink, const struct ast_file *file, struct text *out)
{
    (void)file;
    sink_render(sink, out);
}

static void print_format(const struct sink *sink, const struct ast_file *file, struct text *out)
{
    (void)sink;
    ast_print(file, out);
}

static void print_dump(const struct sink *sink, const struct ast_file *file, struct text *out)
{
    (void)sink;
    ast_dump(file, out);
}

static const struct mode {
    const char *name;
    void (*print)(const struct sink *sink, const struct ast_file *file, struct text *out);
} modes[] = {{"format", print_format}, {"dump", print_dump}, {"err", print_messages}};

int main(int argc, char **argv)
{
    const struct mode *mode = NULL;
    for (size_t i = 0; argc == 3 && i < sizeof modes / sizeof *modes; i++)
        if (strcmp(modes[i].name, argv[1]) == 0)
            mode = &modes[i];
    char error[FILE_ERROR_SIZE] = "usage: syntax_tool format|dump|err FILE";
    char *data = NULL;
    size_t length = 0;
    if (!mode || !file_read(argv[2], (size_t)32 << 20, &data, &length, error)) {
        (void)fprintf(stderr, "%s\n", error);
        return 2;
    }
    struct arena arena = {0};
    const char *slash = strrchr(argv[2], '/');
    struct source source = {.name = slash ? slash + 1 : argv[2], .text = data, .length = length};
    struct sink *sink = sink_open(&arena, DIAGNOSTICS_TEXT);
    const struct ast_file *file = ast_parse(&source, &arena, sink);
    struct text out = {0};
    mode->print(sink, file, &out);
    (void)fwrite(text_cstr(&out), 1, out.length, stdout);
    const int status = sink_errors(sink) > 0;
    text_free(&out);
    arena_free(&arena);
    free(data);
    return status;
}
