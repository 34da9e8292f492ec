/* A network's command line, compiled with sanitizers and linked with the runtime below QNNC_PREFIX, and what it prints. */
#ifndef QNN_TESTS_INFER_COMMANDS_H
#define QNN_TESTS_INFER_COMMANDS_H

#include "infer_files.h"
#include "tests/unit/cunit_main.h"

#include <sys/wait.h>

static inline void compile_program(const struct int_graph *graph)
{
    write_sources(graph);
    CU_ASSERT_FATAL(command("cd %s && %s " STRICT_C99 " -O1 -fsanitize=address,undefined -fno-sanitize-recover -o "
                            "net_infer -I%s/share/qnnc/include net_infer.c net_infer_main.c -L%s/lib/qnnc "
                            "$(cat %s/lib/qnnc/libraries)",
                            folder, compiler(), QNNC_PREFIX, QNNC_PREFIX, QNNC_PREFIX));
}

/* The exit status of `net_infer ARGUMENTS` in the folder. */
static inline int run(const char *arguments)
{
    char line[512];
    snprintf(line, sizeof line, "cd %s && rm -f predictions && ./net_infer %s > out 2> err", folder, arguments);
    const int status = system(line);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static inline char *read_back(const char *name)
{
    char path[256], error[FILE_ERROR_SIZE], *data;
    size_t length;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return file_read(path, 1 << 20, &data, &length, error) ? data : NULL;
}

/* The interpreter's line for one sample. */
static inline void expect(const struct int_graph *graph, const int32_t *values, struct int_state *state,
                          struct text *out)
{
    int_run(graph, values, state);
    if (graph->units[graph->unit_count - 1].plan->kind == UNIT_CLASS) {
        text_printf(out, "%d\n", int_class(state));
        return;
    }
    for (size_t c = 0; c < graph->units[graph->unit_count - 1].plan->channels; c++)
        text_printf(out, "%s%lld", c ? " " : "", (long long)int_values(state)[c]);
    text_add(out, "\n");
}

static inline void check_predictions(struct text *expected)
{
    char *got = read_back("predictions");
    CU_ASSERT_FATAL(got != NULL);
    CU_ASSERT_STRING_EQUAL(got, text_cstr(expected));
    free(got);
    text_free(expected);
}

#endif
