/*
 * The emitter of training programs: the same text every time, nothing of the folder in it, no line too long, nothing that the
 * network does not use, numbers that follow from the program. That the text compiles, trains and agrees with the
 * interpreter is shown by tests/system/train*.
 */
#include "target/c/trainer.h"
#include "tests/support/random_program.h"
#include "tests/unit/cunit_main.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 120, RANDOM_PROGRAMS = 150 };

struct emitted {
    struct arena arena;
    struct text text;
    bool model, deployed, done;
};

/* Emits a program; `name` is its path. Free with close_emitted. */
static struct emitted emit(const char *name, const char *program)
{
    struct emitted result = {0};
    struct sink *sink = sink_open(&result.arena, DIAGNOSTICS_TEXT);
    struct source *source = ARENA_NEW(&result.arena, struct source);
    *source = (struct source){.name = name, .text = program, .length = strlen(program)};
    struct ast_file *ast = ast_parse(source, &result.arena, sink);
    const struct model *model = model_build(ast, NULL, 0, &result.arena, sink);
    result.model = model && sink_errors(sink) == 0;
    if (!result.model)
        return result;
    const struct int_plan *plan = int_cut(model, &result.arena, sink);
    result.deployed = plan;
    result.done = emit_trainer(model, plan, &result.text);
    return result;
}

static void close_emitted(struct emitted *emitted)
{
    text_free(&emitted->text);
    arena_free(&emitted->arena);
}

static bool says(const struct emitted *emitted, const char *words)
{
    return strstr(text_cstr(&emitted->text), words);
}

/* One network between the same data and train sections. */
static const char *program(char buffer[2048], const char *scheme, const char *body, const char *optimizer)
{
    snprintf(buffer, 2048,
             "data { source = idx(\"mnist\"); validation = 100; }\n"
             "scheme s { %s }\n"
             "network net { input u8[28, 28, 1] scale 1/255 -> flatten %s -> classify; }\n"
             "quantize { * : s; }\n"
             "train { loss = cross_entropy; optimizer = %s; batch = 10; epochs = 1; }\n",
             scheme, body, optimizer);
    return buffer;
}

static const char binary[] = "weights = binary; acts = sign;";
static const char body[] = "-> h1: dense(256) -> batchnorm -> act -> logits: dense(10) -> batchnorm";

static void test_determinism(void)
{
    char buffer[2048];
    struct emitted first = emit("/qqzz/deep/net.qnn", program(buffer, binary, body, "adam(lr = 0.01)"));
    struct emitted second = emit("other/net.qnn", program(buffer, binary, body, "adam(lr = 0.01)"));
    CU_ASSERT_FATAL(first.done && second.done && first.deployed);
    CU_ASSERT_STRING_EQUAL(text_cstr(&first.text), text_cstr(&second.text));
    CU_ASSERT(!says(&first, "qqzz") && says(&first, "net.qnn:3 "));
    close_emitted(&first);
    close_emitted(&second);
}

static size_t longest_line(const char *text)
{
    size_t longest = 0;
    for (const char *end; (end = strchr(text, '\n')); text = end + 1)
        if ((size_t)(end - text) > longest)
            longest = (size_t)(end - text);
    return longest;
}

/* Brackets and strings that do not close would show in every random program sooner or later. */
static void test_random_programs(void)
{
    size_t longest = 0;
    for (uint64_t seed = 0; seed < RANDOM_PROGRAMS; seed++) {
        struct text text = {0};
        random_program(seed, RANDOM_PROGRAM_TRAIN, &text);
        struct emitted emitted = emit("random.qnn", text_cstr(&text));
        CU_ASSERT(emitted.model && emitted.deployed && emitted.done);
        const size_t length = longest_line(text_cstr(&emitted.text));
        longest = length > longest ? length : longest;
        CU_ASSERT(!says(&emitted, "(null)"));
        close_emitted(&emitted);
        text_free(&text);
    }
    CU_ASSERT(longest > 60 && longest <= COLUMNS);
}

static void test_only_what_is_used(void)
{
    static const char *const absent[] = {"dropout", "calibrat", "relu", "use_real", "QNN_WEIGHT_TERNARY", "weight_v"};
    char buffer[2048];
    struct emitted lean = emit("net.qnn", program(buffer, binary, body, "sgd(lr = 0.01)"));
    CU_ASSERT_FATAL(lean.done);
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++)
        CU_ASSERT(!says(&lean, absent[i]));
    CU_ASSERT(!says(&lean, "weight_m"));
    close_emitted(&lean);

    struct emitted rich = emit(
        "net.qnn", program(buffer, "weights = binary(sampling = stochastic); acts = relu; deploy = uint(4);",
                           "-> h1: dense(256) -> batchnorm -> act -> dropout(0.5) -> logits: dense(10) -> batchnorm",
                           "adam(lr = 0.01)"));
    CU_ASSERT_FATAL(rich.done);
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++)
        CU_ASSERT(says(&rich, absent[i]) == (i != 4));
    close_emitted(&rich);
}

static void test_not_deployed(void)
{
    char buffer[2048];
    struct emitted real = emit("net.qnn", program(buffer, "weights = float; acts = relu;", body, "adam(lr = 0.01)"));
    CU_ASSERT_FATAL(real.done && !real.deployed);
    CU_ASSERT(!says(&real, "deploy") && !says(&real, "code") && !says(&real, "fold"));
    close_emitted(&real);
}

/* The number behind the last place that `key` stands before the parameter of that layer ends. */
static double number_after(const struct emitted *emitted, const char *layer, const char *key)
{
    const char *at = strstr(text_cstr(&emitted->text), layer);
    at = at ? strstr(at, key) : NULL;
    return at ? strtod(at + strlen(key), NULL) : NAN;
}

static void test_numbers(void)
{
    char buffer[2048];
    const double g = sqrt(1.5 / (784 + 256));
    struct emitted one = emit("net.qnn", program(buffer, binary, body, "adam(lr = 0.01, weight_lr = glorot)"));
    struct emitted two = emit("net.qnn", program(buffer, "weights = binary(h = glorot); acts = sign;", body,
                                                 "adam(lr = 0.01, weight_lr = glorot2)"));
    struct emitted three = emit("net.qnn", program(buffer, "weights = ternary; acts = sign; bound = 0.2;", body,
                                                   "adam(lr = 0.01, weight_lr = 7)"));
    const char *layer = "net->h1_dense.weight_learner = ", *plain = "net->h1.weight_learner = ";
    layer = says(&one, layer) ? layer : plain;
    CU_ASSERT_DOUBLE_EQUAL(number_after(&one, layer, ".lr_scale = "), 1 / g, 1e-4);
    CU_ASSERT_DOUBLE_EQUAL(number_after(&one, layer, ".bound = "), 1.0, 0.0);
    CU_ASSERT_DOUBLE_EQUAL(number_after(&two, layer, ".lr_scale = "), 1 / (g * g), 1e-2);
    CU_ASSERT_DOUBLE_EQUAL(number_after(&two, layer, ".bound = "), g, 1e-7);
    CU_ASSERT_DOUBLE_EQUAL(number_after(&two, layer, ".h = "), g, 1e-7);
    CU_ASSERT_DOUBLE_EQUAL(number_after(&three, layer, ".lr_scale = "), 7.0, 0.0);
    CU_ASSERT_DOUBLE_EQUAL(number_after(&three, layer, ".bound = "), 0.2, 1e-7);
    close_emitted(&one);
    close_emitted(&two);
    close_emitted(&three);
}

static void test_too_large(void)
{
    char buffer[2048];
    struct emitted large = emit("net.qnn", program(buffer, binary,
                                                   "-> h1: dense(20000) -> batchnorm -> act -> h2: dense(20000) -> "
                                                   "batchnorm -> act -> logits: dense(10) -> batchnorm",
                                                   "adam(lr = 0.01)"));
    CU_ASSERT(large.model && !large.done && large.text.length == 0);
    close_emitted(&large);
}

static const struct unit_case cases[] = {
    {"the same text, whatever the folder", test_determinism},
    {"random programs: lines fit", test_random_programs},
    {"only what is used", test_only_what_is_used},
    {"what is not deployed does not speak of it", test_not_deployed},
    {"learning-rate scales and bounds", test_numbers},
    {"a network too large for one block", test_too_large},
};
UNIT_MAIN("trainer emitter", cases)
