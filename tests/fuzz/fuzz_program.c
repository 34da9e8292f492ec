/*
 * Any bytes as a program: parsing ends, messages can be rendered, what parses without errors keeps its meaning through the
 * canonical form, which is its own canonical form; and what the model accepts can be cut, dumped and emitted.
 */
#include "base/require.h"
#include "integer/integer.h"
#include "model/model.h"
#include "syntax/ast.h"
#include "backend/c/trainer.h"
#include "transform/transform.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_canonical_form(const struct ast_file *file, struct arena *arena)
{
    struct text printed = {0}, again = {0}, dump = {0};
    ast_print(file, &printed);
    ast_dump(file, &dump);
    struct source source = {.name = "printed", .text = text_cstr(&printed), .length = printed.length};
    struct sink *sink = sink_open(arena, DIAGNOSTICS_TEXT);
    const struct ast_file *reread = ast_parse(&source, arena, sink);
    REQUIRE(sink_errors(sink) == 0);
    REQUIRE(ast_equal(file, reread));
    ast_print(reread, &again);
    REQUIRE(again.length == printed.length && memcmp(text_cstr(&again), text_cstr(&printed), printed.length) == 0);
    text_free(&printed);
    text_free(&again);
    text_free(&dump);
}

/* The way to a training program: every step either ends with a message or gives what the next one takes. */
static void check_model(const struct ast_file *file, struct arena *arena, struct sink *sink)
{
    const struct model *model = transform_program(file, NULL, 0, arena, sink);
    REQUIRE((model != NULL) == (sink_errors(sink) == 0));
    if (!model)
        return;
    struct text text = {0};
    model_verify(model);
    model_print(model, &text);
    const struct int_plan *plan = int_cut(model, arena, sink);
    REQUIRE((plan != NULL) == (sink_errors(sink) == 0));
    if (model->train.present && model->data.kind != DATA_NONE)
        emit_trainer(model, plan, &text);
    text_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* A source ends with a zero byte that does not count. */
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    struct arena arena = {0};
    struct source source = {.name = "fuzz", .text = text, .length = size};
    struct sink *sink = sink_open(&arena, size % 2 ? DIAGNOSTICS_JSON : DIAGNOSTICS_TEXT);
    const struct ast_file *file = ast_parse(&source, &arena, sink);
    if (sink_errors(sink) == 0) {
        check_canonical_form(file, &arena);
        check_model(file, &arena, sink);
    }
    struct text messages = {0};
    sink_render(sink, &messages);
    text_free(&messages);
    arena_free(&arena);
    free(text);
    return 0;
}
