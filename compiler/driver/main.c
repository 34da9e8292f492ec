/* qnnc: reads the command line, runs the asked actions in order, and is the only place that exits. */
#include "driver/session.h"

#include "syntax/ast.h"

#include <stdio.h>
#include <string.h>

/* Prints what a --dump- or --format option asks and stops; the first one given wins. */
struct printer {
    enum option_id option;
    enum status (*prepare)(struct session *session);
    void (*print)(struct session *session, struct text *out);
};

static void print_nothing(struct session *session, struct text *out)
{
    (void)session;
    (void)out;
}

static void print_format(struct session *session, struct text *out)
{
    ast_print(session->ast, out);
}

static void print_ast(struct session *session, struct text *out)
{
    ast_dump(session->ast, out);
}

static void print_model(struct session *session, struct text *out)
{
    model_print(session->model, out);
}

static void print_integer(struct session *session, struct text *out)
{
    int_print(session->graph, out);
}

static void print_hardware(struct session *session, struct text *out)
{
    hw_print(session->hardware, out);
}

static const struct printer printers[] = {
    {OPTION_FORMAT, session_read, print_format},         {OPTION_DUMP_AST, session_read, print_ast},
    {OPTION_CHECK, session_model, print_nothing},        {OPTION_DUMP_MODEL, session_model, print_model},
    {OPTION_DUMP_INTEGER, session_graph, print_integer}, {OPTION_DUMP_HARDWARE, session_hardware, print_hardware},
};

/* What qnnc makes, in the order in which it is made. */
static const struct action {
    enum option_id option;
    enum status (*run)(struct session *session);
} actions[] = {
    {OPTION_EMIT_C, action_trainer},    {OPTION_EMIT_INFER, action_infer},  {OPTION_EMIT_VERILOG, action_verilog},
    {OPTION_EVALUATE, action_evaluate}, {OPTION_SIMULATE, action_simulate}, {OPTION_REPORT, action_report},
};

enum { PRINTER_COUNT = sizeof printers / sizeof printers[0], ACTION_COUNT = sizeof actions / sizeof actions[0] };

static enum status print_text(struct text *text)
{
    const bool written = fwrite(text_cstr(text), 1, text->length, stdout) == text->length && fflush(stdout) == 0;
    text_free(text);
    return written ? STATUS_OK : STATUS_SYSTEM;
}

static enum status run_printer(struct session *session, const struct printer *printer)
{
    const enum status status = printer->prepare(session);
    if (status != STATUS_OK)
        return status;
    struct text text = {0};
    printer->print(session, &text);
    if (print_text(&text) == STATUS_OK)
        return STATUS_OK;
    return session_fail(session, "cannot write to standard output");
}

static enum status run_actions(struct session *session)
{
    bool any = false;
    for (int i = 0; i < ACTION_COUNT; i++) {
        if (!session->options.given[actions[i].option])
            continue;
        any = true;
        const enum status status = actions[i].run(session);
        if (status != STATUS_OK)
            return status;
    }
    return any ? STATUS_OK : action_trainer(session);
}

static enum status run(struct session *session)
{
    for (int i = 0; i < PRINTER_COUNT; i++)
        if (session->options.given[printers[i].option])
            return run_printer(session, &printers[i]);
    return run_actions(session);
}

/* Options that need no program. True where one was given and is done. */
static bool run_information(const struct options *options, enum status *status)
{
    struct text text = {0};
    if (options->given[OPTION_HELP])
        options_help(&text);
    else if (options->given[OPTION_VERSION])
        text_add(&text, "qnnc " QNN_VERSION "\n");
    else if (options->given[OPTION_HELP_LANGUAGE])
        model_help(&text, options->value[OPTION_HELP_LANGUAGE] != NULL);
    else if (options->given[OPTION_HELP_MESSAGES])
        diagnostics_help(&text, options->value[OPTION_HELP_MESSAGES] != NULL);
    else
        return false;
    *status = print_text(&text);
    return true;
}

static bool open_sink(struct session *session)
{
    const char *form = session->options.value[OPTION_DIAGNOSTICS];
    session->sink = sink_open(&session->arena, form && strcmp(form, "json") == 0 ? DIAGNOSTICS_JSON : DIAGNOSTICS_TEXT);
    for (size_t i = 0; i < session->options.warning_count; i++)
        if (!sink_option(session->sink, session->options.warnings[i])) {
            session_fail(session, "unknown warning in '-W%s'; see qnnc --help-messages", session->options.warnings[i]);
            return false;
        }
    return true;
}

/* Messages about the program, then the one about the system. */
static void print_messages(struct session *session, enum status status)
{
    struct text text = {0};
    if (session->sink)
        sink_render(session->sink, &text);
    fwrite(text_cstr(&text), 1, text.length, stderr);
    text_free(&text);
    if (status == STATUS_SYSTEM || status == STATUS_COMMAND_LINE)
        fprintf(stderr, "qnnc: error: %s\n", session->error);
}

int main(int argc, char **argv)
{
    struct session session = {0};
    enum status status = STATUS_COMMAND_LINE;
    if (options_parse(argc, argv, &session.options, &session.arena, session.error)) {
        if (run_information(&session.options, &status)) {
            arena_free(&session.arena);
            return (int)status;
        }
        session.out = session.options.value[OPTION_OUTPUT] ? session.options.value[OPTION_OUTPUT] : "build";
        if (!session.options.program)
            session_fail(&session, "no program given; usage: qnnc PROGRAM.qnn [options], see qnnc --help");
        else if (open_sink(&session))
            status = run(&session);
    }
    print_messages(&session, status);
    session_close(&session);
    return (int)status;
}
