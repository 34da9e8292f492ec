/* What qnnc writes as C: the trainer, the integer inference, and the Makefile that repeats the commands. */
#include "driver/session.h"

#include "base/file.h"
#include "report/tool.h"
#include "backend/c/infer.h"
#include "backend/c/trainer.h"

#include <stdlib.h>
#include <string.h>

enum { LIBRARIES_LIMIT = 64 * 1024 };

/* Appends the words of a variable such as CC="ccache gcc"; the first word is returned, later ones become arguments. */
static const char *split_words(struct session *session, const char *words, struct tool_arguments *arguments)
{
    const char *first = NULL;
    for (const char *at = words + strspn(words, " "); *at; at += strspn(at, " ")) {
        const size_t length = strcspn(at, " ");
        const char *word = arena_strndup(&session->arena, at, length);
        if (first)
            tool_argument(arguments, "%s", word);
        else
            first = word;
        at += length;
    }
    return first;
}

/* Appends what the build of qnnc found generated programs to need: the lines of a file beside the runtime's archives. */
static bool add_libraries(struct session *session, struct tool_arguments *arguments)
{
    char *lines;
    size_t length;
    const char *path = arena_printf(&session->arena, "%s/libraries", session->home.library);
    if (!file_read(path, LIBRARIES_LIMIT, &lines, &length, session->error))
        return false;
    for (const char *line = lines; *line; line += strspn(line, "\n")) {
        const size_t width = strcspn(line, "\n");
        tool_argument(arguments, "%s", arena_strndup(&session->arena, line, width));
        line += width;
    }
    free(lines);
    return true;
}

/* Compiles files of the output folder, two at most, with the runtime: by $CC, default cc. */
static enum status compile(struct session *session, const char *standard, const char *const sources[2],
                           const char *program)
{
    if (!home_find(&session->home, &session->arena, session->error))
        return STATUS_SYSTEM;
    struct tool_arguments arguments = {.arena = &session->arena};
    const char *cc = getenv("CC");
    const char *tool = split_words(session, cc && *cc ? cc : tool_program(TOOL_CC), &arguments);
    static const char *const flags[] = {"-D_POSIX_C_SOURCE=200809L", "-O3", "-march=native", "-ffp-contract=off"};
    tool_argument(&arguments, "-std=%s", standard);
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        tool_argument(&arguments, "%s", flags[i]);
    tool_argument(&arguments, "-I%s", session->home.include);
    for (size_t i = 0; i < 2 && sources[i]; i++)
        tool_argument(&arguments, "%s", session_path(session, sources[i]));
    tool_argument(&arguments, "-L%s", session->home.library);
    if (!add_libraries(session, &arguments))
        return STATUS_SYSTEM;
    tool_argument(&arguments, "-o");
    tool_argument(&arguments, "%s", session_path(session, program));
    double seconds = 0;
    const struct tool_run run = {
        .tool = TOOL_CC,
        .program = tool,
        .arguments = arguments.items,
        .log = session_path(session, ".cc.log"),
    };
    if (!tool_run(&run, &seconds, session->error))
        return STATUS_SYSTEM;
    session_say(session, "compiled in %.1f s", seconds);
    return STATUS_OK;
}

/* The plan for a trainer that may stay undeployable: what prevents deployment is not an error while training is all
 * that is asked, so it goes to a separate sink and becomes one note with -v. */
static const struct int_plan *plan_if_any(struct session *session)
{
    struct sink *quiet = sink_open(&session->arena, DIAGNOSTICS_TEXT);
    const struct int_plan *plan = int_cut(session->model, &session->arena, quiet);
    if (!plan)
        session_say(session, "the network trains, but cannot be deployed as it is; --emit-infer says why");
    return plan;
}

enum status action_trainer(struct session *session)
{
    enum status status = session_model(session);
    if (status != STATUS_OK)
        return status;
    if (!session->model->train.present || session->model->data.kind == DATA_NONE)
        return session_fail(session, "%s: a training program needs a train and a data section",
                            session->model->source->name);
    struct text text = {0};
    if (!emit_trainer(session->model, plan_if_any(session), &text))
        return session_fail(session,
                            "%s: training needs more than 1.5 GiB of memory; use fewer units or a smaller batch",
                            session->model->source->name);
    status = session_write(session, session_path(session, ".c"), &text);
    text_free(&text);
    if (status == STATUS_OK)
        status = write_makefile(session);
    if (status == STATUS_OK && !session->options.given[OPTION_EMIT_C])
        status = compile(session, "c11", (const char *const[]){".c", NULL}, "");
    return status;
}

enum status action_infer(struct session *session)
{
    if (session->infer_written)
        return STATUS_OK;
    enum status status = session_graph(session);
    if (status != STATUS_OK)
        return status;
    enum { HEADER, SOURCE, COMMAND_LINE, FILE_COUNT };
    static const char *const suffixes[FILE_COUNT] = {"_infer.h", "_infer.c", "_infer_main.c"};
    struct text text[FILE_COUNT] = {{0}};
    emit_infer(session->graph, &text[HEADER], &text[SOURCE], &text[COMMAND_LINE]);
    for (int i = 0; i < FILE_COUNT; i++) {
        if (status == STATUS_OK)
            status = session_write(session, session_path(session, suffixes[i]), &text[i]);
        text_free(&text[i]);
    }
    if (status == STATUS_OK)
        status = compile(session, "c99", (const char *const[]){"_infer.c", "_infer_main.c"}, "_infer");
    session->infer_written = status == STATUS_OK;
    return status;
}
