/* One random network with everything that the property tests make of it. */
#include "subject.h"

#include "base/require.h"
#include "syntax/ast.h"
#include "transform/transform.h"
#include "tests/support/draw.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LINE = 8192 };

/* Replaces the first mark in the text; aborts where there is none. */
static void replace(struct text *text, const char *mark, const char *by)
{
    const char *at = strstr(text_cstr(text), mark);
    REQUIRE(at);
    struct text result = {0};
    text_add_bytes(&result, text->data, (size_t)(at - text->data));
    text_add(&result, by);
    text_add(&result, at + strlen(mark));
    text_free(text);
    *text = result;
}

/* A target for every program, logits for some, and where no rule folds often a throughput. */
static void add_hardware(struct draw *draw, bool rules, struct text *out)
{
    static const char *const targets[] = {"generic", "xc7", "ice40_hx8k", "ice40_up5k", "ecp5"};
    text_printf(out, "hardware {\n  target = %s;\n  clock = %s;\n", targets[draw_int(draw, 0, 4)],
                draw_int(draw, 0, 1) ? "100 MHz" : "12 MHz");
    if (draw_int(draw, 0, 1))
        text_add(out, "  logits = true;\n");
    if (draw_int(draw, 0, 2) == 0)
        text_printf(out, "  input_elements = %d;\n", draw_int(draw, 1, 9));
    if (!rules && draw_int(draw, 0, 3))
        text_printf(out, "  throughput = %d fps;\n", 12000000 / draw_int(draw, 20, 4000));
}

typedef struct random_program program_writer(uint64_t seed, unsigned sections, struct text *text);

static struct random_program write_program(uint64_t seed, program_writer *writer, struct text *text)
{
    struct draw draw = draw_open(seed, 11);
    struct text hardware = {0};
    char name[48];
    const bool rules = draw_int(&draw, 0, 1);
    const unsigned sections = RANDOM_PROGRAM_TRAIN | (rules ? RANDOM_PROGRAM_HARDWARE : 0u);
    const struct random_program shape = writer(seed, sections, text);
    snprintf(name, sizeof name, "network p%llu", (unsigned long long)seed);
    replace(text, "network random", name);
    add_hardware(&draw, rules, &hardware);
    if (rules)
        replace(text, "hardware {\n", text_cstr(&hardware));
    else
        text_printf(text, "%s}\n", text_cstr(&hardware));
    text_free(&hardware);
    return shape;
}

/* Frozen tensors of every kind, or what --random-weights gives. */
static struct int_graph *weigh(struct subject *subject, const struct int_plan *plan, bool frozen)
{
    if (!frozen)
        return int_random(plan, subject->seed, &subject->arena, subject->sink);
    subject->frozen = frozen_random(plan, subject->seed, &subject->arena);
    return int_lower(plan, &subject->frozen->file, &subject->arena, subject->sink);
}

static void compile(struct subject *subject, bool frozen, bool hardware)
{
    struct arena *arena = &subject->arena;
    struct source *source = ARENA_NEW(arena, struct source);
    *source = (struct source){.name = "random.qnn", .text = text_cstr(&subject->text), .length = subject->text.length};
    const struct ast_file *file = ast_parse(source, arena, subject->sink);
    const struct model *model = transform_program(file, NULL, 0, arena, subject->sink);
    const struct int_plan *plan = model ? int_cut(model, arena, subject->sink) : NULL;
    if (!plan)
        return;
    subject->graph = weigh(subject, plan, frozen);
    if (!subject->graph)
        return;
    int_verify(subject->graph);
    subject->hardware = hardware ? hw_build(subject->graph, arena, subject->sink) : NULL;
    if (!subject->hardware)
        return;
    hw_verify(subject->hardware);
    hw_fill_memories(subject->hardware, arena);
}

static struct subject *open_random(uint64_t seed, program_writer *writer, bool frozen, bool hardware)
{
    struct subject *subject = calloc(1, sizeof *subject);
    REQUIRE(subject);
    subject->seed = seed;
    subject->sink = sink_open(&subject->arena, DIAGNOSTICS_TEXT);
    subject->name = arena_printf(&subject->arena, "p%llu", (unsigned long long)seed);
    subject->shape = write_program(seed, writer, &subject->text);
    compile(subject, frozen, hardware);
    return subject;
}

struct subject *subject_open(uint64_t seed, bool hardware)
{
    return open_random(seed, random_program, true, hardware);
}

struct subject *subject_open_image(uint64_t seed, bool hardware)
{
    return open_random(seed, random_image_program, true, hardware);
}

struct subject *subject_open_text(const char *name, const char *program)
{
    struct subject *subject = calloc(1, sizeof *subject);
    REQUIRE(subject);
    subject->seed = 1;
    subject->sink = sink_open(&subject->arena, DIAGNOSTICS_TEXT);
    subject->name = name;
    text_add(&subject->text, program);
    compile(subject, false, true);
    return subject;
}

void subject_close(struct subject *subject)
{
    text_free(&subject->text);
    arena_free(&subject->arena);
    free(subject);
}

void subject_print(const struct subject *subject, const char *what)
{
    struct text messages = {0};
    sink_render(subject->sink, &messages);
    printf("failed: %s: seed %llu\n%s%s\n", what, (unsigned long long)subject->seed, text_cstr(&subject->text),
           text_cstr(&messages));
    text_free(&messages);
}

size_t subject_inputs(const struct subject *subject)
{
    return shape_count(subject->graph->input.shape);
}

void subject_sample(const struct subject *subject, uint64_t index, int32_t *values, uint8_t *bytes)
{
    const struct int_tensor *edge = &subject->graph->input;
    struct draw draw = draw_open(subject->seed * 1000 + index, 12);
    const int last = (1 << edge->type.bits) - 1;
    for (size_t i = 0; i < subject_inputs(subject); i++) {
        const int raw = index < 2 ? (index ? last : 0) : draw_int(&draw, 0, last);
        bytes[i] = (uint8_t)raw;
        values[i] = edge->type.encoding == QNN_ENCODING_TWOS ? (int8_t)raw : int_tensor_value(edge, raw);
    }
}

bool shell(const char *format, ...)
{
    char line[MAX_LINE];
    va_list args;
    va_start(args, format);
    const int length = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    REQUIRE(length > 0 && (size_t)length < sizeof line);
    fflush(stdout);
    return system(line) == 0;
}
