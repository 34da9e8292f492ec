/* A program text taken to its model, for the tests of this room. */
#ifndef QNN_TESTS_MODEL_PROGRAM_H
#define QNN_TESTS_MODEL_PROGRAM_H

#include "model/model.h"

#include <stdio.h>
#include <string.h>

struct program {
    struct arena arena;
    struct source source;
    struct sink *sink;
    const struct ast_file *file;
    struct model *model; /* NULL after an error */
    struct text owned;   /* the program, where it was put together: freed with the rest */
};

static inline void program_open_with(struct program *program, const char *text, const struct define *defines,
                                     size_t define_count)
{
    *program = (struct program){.source = {.name = "test.qnn", .text = text, .length = strlen(text)}};
    program->sink = sink_open(&program->arena, DIAGNOSTICS_TEXT);
    program->file = ast_parse(&program->source, &program->arena, program->sink);
    program->model = model_build(program->file, defines, define_count, &program->arena, program->sink);
}

static inline void program_open(struct program *program, const char *text)
{
    program_open_with(program, text, NULL, 0);
}

/* As program_open; shows the messages where there are any. */
static inline bool program_is_clean(struct program *program, const char *text)
{
    program_open(program, text);
    struct text rendered = {0};
    sink_render(program->sink, &rendered);
    fputs(text_cstr(&rendered), stdout);
    const bool clean = program->model && rendered.length == 0;
    text_free(&rendered);
    return clean;
}

static inline const struct model_node *program_node(const struct program *program, const char *name)
{
    for (size_t i = 0; program->model && i < program->model->node_count; i++)
        if (strcmp(program->model->nodes[i]->name, name) == 0)
            return program->model->nodes[i];
    return NULL;
}

static inline void program_close(struct program *program)
{
    arena_free(&program->arena);
    text_free(&program->owned);
}

#endif
