/* Random programs down to engines, for the tests of this folder. */
#ifndef QNN_TESTS_UNIT_HARDWARE_COMPILE_H
#define QNN_TESTS_UNIT_HARDWARE_COMPILE_H

#include "base/require.h"
#include "hardware/hardware.h"
#include "syntax/ast.h"
#include "transform/transform.h"
#include "tests/support/frozen.h"
#include "tests/support/random_program.h"

#include <string.h>

/* The integer graph of a program with random frozen weights; aborts where the program is refused. */
static inline struct int_graph *compile_integer(const char *program, size_t length, uint64_t seed, struct arena *arena,
                                                struct sink *sink)
{
    struct source *source = ARENA_NEW(arena, struct source);
    *source = (struct source){.name = "test.qnn", .text = arena_strndup(arena, program, length), .length = length};
    const struct model *model = transform_program(ast_parse(source, arena, sink), NULL, 0, arena, sink);
    const struct int_plan *plan = model ? int_cut(model, arena, sink) : NULL;
    REQUIRE(plan);
    struct int_graph *graph = int_lower(plan, &frozen_random(plan, seed, arena)->file, arena, sink);
    REQUIRE(graph);
    return graph;
}

/* Engines of a random program, dense or on images; NULL where it cannot be built (no exact requantizer for many bits). */
static inline struct hw_graph *compile_random(uint64_t seed, bool images, const char *target, struct arena *arena)
{
    struct text text = {0};
    struct sink *sink = sink_open(arena, DIAGNOSTICS_TEXT);
    (images ? random_image_program : random_program)(seed, RANDOM_PROGRAM_HARDWARE, &text);
    const char *program = text_cstr(&text), *section = strstr(program, "hardware {");
    REQUIRE(section);
    const size_t before = (size_t)(section - program) + strlen("hardware {");
    const char *with_target =
        arena_printf(arena, "%.*s target = %s;%s", (int)before, program, target, program + before);
    struct int_graph *graph = compile_integer(with_target, strlen(with_target), seed, arena, sink);
    text_free(&text);
    return hw_build(graph, arena, sink);
}

#endif
