/* build/Makefile: the commands of the program as targets, so that nobody has to remember them. */
#include "driver/session.h"

#include <string.h>

/* Single-quoted for the shell, with make's dollar doubled. */
static void add_quoted(struct text *out, const char *word)
{
    text_add(out, "'");
    for (const char *at = word; *at; at++) {
        if (*at == '\'')
            text_add(out, "'\\''");
        else if (*at == '$')
            text_add(out, "$$");
        else
            text_add_bytes(out, at, 1);
    }
    text_add(out, "'");
}

static void add_command(const struct session *session, struct text *out)
{
    text_add(out, "QNNC ?= qnnc\nPROGRAM = ");
    add_quoted(out, session->options.program);
    text_add(out, "\nOPTIONS = -o ");
    add_quoted(out, session->out);
    for (size_t i = 0; i < session->options.define_count; i++) {
        const struct define *define = &session->options.defines[i];
        text_add(out, " --define ");
        add_quoted(out, define->name);
        text_add(out, "=");
        add_quoted(out, define->value);
    }
    text_add(out, "\n\n");
}

enum status write_makefile(struct session *session)
{
    static const struct {
        const char *target, *option;
    } rules[] = {{"trainer", ""},
                 {"infer", " --emit-infer"},
                 {"rtl", " --emit-verilog"},
                 {"evaluate", " --evaluate all"},
                 {"simulate", " --simulate"},
                 {"report", " --report"}};
    struct text out = {0};
    text_printf(&out, "# Commands of %s, run from the folder that qnnc was run in.\n", session->model->name);
    add_command(session, &out);
    text_add(&out, ".PHONY: train clean");
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        text_printf(&out, " %s", rules[i].target);
    text_printf(&out, "\ntrain: trainer\n\t");
    add_quoted(&out, session_path(session, ""));
    text_add(&out, " train\n");
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        text_printf(&out, "%s:\n\t$(QNNC) $(PROGRAM) $(OPTIONS)%s\n", rules[i].target, rules[i].option);
    /* Weights, checkpoints and logs stay: they are what training cost. */
    text_add(&out, "clean:\n\trm -rf");
    static const char *const made[] = {"", ".c", "_infer", "_infer.c", "_infer.h", "_infer_main.c", ".cc.log"};
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
        text_add(&out, " ");
        add_quoted(&out, session_path(session, made[i]));
    }
    static const char *const folders[] = {"rtl", "sim", "area"};
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        text_add(&out, " ");
        add_quoted(&out, arena_printf(&session->arena, "%s/%s", session->out, folders[i]));
    }
    text_add(&out, "\n");
    const enum status status = session_write(session, arena_printf(&session->arena, "%s/Makefile", session->out), &out);
    text_free(&out);
    return status;
}
