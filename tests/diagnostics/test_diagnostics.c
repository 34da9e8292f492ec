/*
 * Every message has a program that triggers it, and one near it that does not.
 *
 *     ID.qnn      a wrong program: exactly one message, with this id, rendered exactly as ID.txt says
 *     ID.ok.qnn   the smallest change that makes it right: no message at all, and a model
 *     elsewhere.txt   ids that no program text can trigger: "id path", the test that does; it must mention the id
 *
 * A program may begin with lines "// define: name=value" (as --define), "// deploy" (the integer plan is asked for) and
 * "// build" (hardware is, with random weights).
 * Usage: test_diagnostics FOLDER [--rewrite]. The second form writes the .txt files anew; look at the difference.
 */
#include "base/file.h"
#include "base/text.h"
#include "hardware/hardware.h"
#include "integer/integer.h"
#include "model/model.h"
#include "transform/transform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEFINES = 4, MAX_PROGRAM = 1 << 20 };

enum stage { STAGE_MODEL, STAGE_PLAN, STAGE_HARDWARE };

struct outcome {
    char *rendered; /* malloc'ed */
    size_t messages;
    bool has_id;
    bool built;
};

static size_t failures;
static struct arena paths;

static void fail(const char *id, const char *what)
{
    fprintf(stderr, "%s: %s\n", id, what);
    failures++;
}

static char *read_text(const char *path)
{
    char *data = NULL, error[FILE_ERROR_SIZE];
    size_t length;
    return file_read(path, MAX_PROGRAM, &data, &length, error) ? data : NULL;
}

/* The directives at the head of a program. Returns how many definitions; they point into head, which is changed. */
static size_t read_directives(char *head, struct define *defines, enum stage *stage)
{
    static const char define[] = "// define: ";
    size_t count = 0;
    for (char *line = strtok(head, "\n"); line && strncmp(line, "// ", 3) == 0; line = strtok(NULL, "\n")) {
        if (strcmp(line, "// deploy") == 0)
            *stage = STAGE_PLAN;
        if (strcmp(line, "// build") == 0)
            *stage = STAGE_HARDWARE;
        char *equals = strchr(line, '=');
        if (strncmp(line, define, sizeof define - 1) != 0 || !equals || count == MAX_DEFINES)
            continue;
        *equals = '\0';
        defines[count++] = (struct define){line + sizeof define - 1, equals + 1};
    }
    return count;
}

static bool run(const char *path, const char *name, enum diagnostic_id id, struct outcome *outcome)
{
    char *program = read_text(path);
    if (!program)
        return false;
    char *head = strdup(program);
    struct define defines[MAX_DEFINES];
    enum stage stage = STAGE_MODEL;
    const size_t define_count = head ? read_directives(head, defines, &stage) : 0;

    struct arena arena = {0};
    struct sink *sink = sink_open(&arena, DIAGNOSTICS_TEXT);
    struct source source = {.name = name, .text = program, .length = strlen(program)};
    const struct ast_file *file = ast_parse(&source, &arena, sink);
    const struct model *model = transform_program(file, defines, define_count, &arena, sink);
    const struct int_plan *plan = model && stage >= STAGE_PLAN ? int_cut(model, &arena, sink) : NULL;
    const struct int_graph *graph = plan && stage >= STAGE_HARDWARE ? int_random(plan, 1, &arena, sink) : NULL;
    if (graph)
        (void)hw_build(graph, &arena, sink);
    struct text rendered = {0};
    sink_render(sink, &rendered);
    *outcome = (struct outcome){.rendered = strdup(text_cstr(&rendered)),
                                .messages = sink_errors(sink) + sink_warnings(sink),
                                .has_id = sink_has(sink, id),
                                .built = model != NULL};
    text_free(&rendered);
    arena_free(&arena);
    free(head);
    free(program);
    return outcome->rendered != NULL;
}

static void check_wrong(const char *folder, const char *id, enum diagnostic_id number, bool rewrite)
{
    char error[FILE_ERROR_SIZE];
    struct outcome outcome;
    const char *name = arena_printf(&paths, "%s.qnn", id);
    if (!run(arena_printf(&paths, "%s/%s", folder, name), name, number, &outcome)) {
        fail(id, "no program triggers it");
        return;
    }
    if (!outcome.has_id)
        fail(id, "its program does not trigger it");
    if (outcome.messages != 1)
        fail(id, "its program gives more than one message");
    const char *path = arena_printf(&paths, "%s/%s.txt", folder, id);
    if (rewrite && !file_write(path, outcome.rendered, strlen(outcome.rendered), error))
        fail(id, error);
    char *expected = read_text(path);
    if (!expected || strcmp(expected, outcome.rendered) != 0) {
        fail(id, "the message is not the expected one:");
        fputs(outcome.rendered, stderr);
    }
    free(expected);
    free(outcome.rendered);
}

static void check_right(const char *folder, const char *id, enum diagnostic_id number)
{
    struct outcome outcome;
    if (!run(arena_printf(&paths, "%s/%s.ok.qnn", folder, id), "ok.qnn", number, &outcome)) {
        fail(id, "no program is near it without triggering it");
        return;
    }
    if (outcome.messages != 0 || !outcome.built) {
        fail(id, "the program near it is not accepted:");
        fputs(outcome.rendered, stderr);
    }
    free(outcome.rendered);
}

/* Whether elsewhere.txt names a test for the id that mentions it. Its paths are relative to the root of the sources. */
static bool tested_elsewhere(const char *folder, const char *list, const char *id, const char *constant)
{
    for (const char *line = list; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        const size_t length = strlen(id);
        if (strncmp(line, id, length) != 0 || line[length] != ' ')
            continue;
        const char *file = line + length + 1;
        char *test = read_text(arena_printf(&paths, "%s/../../%.*s", folder, (int)strcspn(file, "\n"), file));
        const bool found = test && strstr(test, constant);
        free(test);
        if (!found)
            fail(id, "the test named in elsewhere.txt does not mention it");
        return true;
    }
    return false;
}

int main(int argc, char **argv)
{
    static const char *const constants[] = {
#define DIAGNOSTIC(ID, name, severity, meaning) "DIAGNOSTIC_" #ID,
#include "diagnostics/diagnostics.def"
#undef DIAGNOSTIC
    };
    if (argc < 2)
        return 2;
    char *elsewhere = read_text(arena_printf(&paths, "%s/elsewhere.txt", argv[1]));
    const bool rewrite = argc > 2 && strcmp(argv[2], "--rewrite") == 0;
    for (int i = 0; i < DIAGNOSTIC_COUNT; i++) {
        const char *id = diagnostic_rows[i].name;
        if (tested_elsewhere(argv[1], elsewhere, id, constants[i]))
            continue;
        check_wrong(argv[1], id, (enum diagnostic_id)i, rewrite);
        check_right(argv[1], id, (enum diagnostic_id)i);
    }
    free(elsewhere);
    arena_free(&paths);
    printf("%d messages, %zu failures\n", (int)DIAGNOSTIC_COUNT, failures);
    return failures != 0;
}
