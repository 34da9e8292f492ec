/*
 * The emitter of training programs: the same text every time, nothing of the folder in it, no line too long, nothing that the
 * network does not use, numbers that follow from the program. That the text compiles, trains and agrees with the
 * interpreter is shown by tests/system/train*.
 */
#include "backend/c/trainer.h"
#include "transform/transform.h"
#include "tests/support/random_program.h"
#include "tests/unit/cunit_main.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 120, RANDOM_PROGRAMS = 300 };

struct emitted {
    struct arena arena;
    struct text text;
    bool model, deployed, done;
};

/* Emits a program; `name` is its path; of its activations `change`, if any, may make what it likes. Free with close_emitted. */
static struct emitted emit_changed(const char *name, const char *program,
                                   void (*change)(struct activation_scheme *function))
{
    struct emitted result = {0};
    struct sink *sink = sink_open(&result.arena, DIAGNOSTICS_TEXT);
    struct source *source = ARENA_NEW(&result.arena, struct source);
    *source = (struct source){.name = name, .text = program, .length = strlen(program)};
    struct ast_file *ast = ast_parse(source, &result.arena, sink);
    const struct model *model = transform_program(ast, NULL, 0, &result.arena, sink);
    result.model = model && sink_errors(sink) == 0;
    if (!result.model)
        return result;
    for (size_t i = 0; change && i < model->node_count; i++)
        if (model->nodes[i]->op == OP_ACTIVATION)
            change(&model->nodes[i]->activation.function);
    const struct int_plan *plan = int_cut(model, &result.arena, sink);
    result.deployed = plan;
    result.done = emit_trainer(model, plan, &result.text);
    return result;
}

static struct emitted emit(const char *name, const char *program)
{
    return emit_changed(name, program, NULL);
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
        if (seed % 2)
            random_image_program(seed, RANDOM_PROGRAM_TRAIN, &text);
        else
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
    static const char *const absent[] = {"dropout", "calibrat", "relu", "use_real", "qnn_weight_ternary", "weight_v"};
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

static float start_clip(const struct qnn_arguments *arguments)
{
    return (float)arguments->number[2] / 2;
}

/* Gives a uint a scalar that it learns; form and list are of this test alone. */
static void learn_clip(struct activation_scheme *function)
{
    static const struct qnn_learned clip = {.name = "clip", .start = start_clip};
    static struct qnn_activation_form form;
    form = *function->form;
    form.learned = &clip;
    form.learned_count = 1;
    function->form = &form;
}

/* A learned scalar is a parameter as any other; its activation stands alone and needs a gradient in the first layer too. */
static void test_learned(void)
{
    char buffer[2048];
    static const char first[] = "-> quantize(uint(2, clip = fixed(3))) -> dense(5) -> batchnorm";
    struct emitted emitted =
        emit_changed("net.qnn", program(buffer, "weights = binary;", first, "adam(lr = 0.01)"), learn_clip);
    CU_ASSERT_FATAL(emitted.model && emitted.done);
    static const char *const lines[] = {
        "float clip[1], dclip[1], clip_m[1], clip_v[1];",
        "net->quantize.clip[0] = 1.5f;",
        ".latent = net->quantize.clip, .gradient = net->quantize.dclip,",
        ".lr_scale = 1.5f, .bound = 0.0f, .decay = false,",
        "qnn_learned_gradient(BATCH * INPUT, &qnn_activation_forms[QNN_ACTIVATION_UINT]->learned[0], "
        "&net->quantize.function,",
        "qnn_optimizer_update(&net->optimizer, &net->quantize.clip_learner);",
        "qnn_activation_forms[QNN_ACTIVATION_UINT]->learned[0].set(&net->quantize.function, net->quantize.clip[0]);",
        "{\"quantize.clip\", AT(quantize.clip), QNN_DTYPE_F32, 1, {1}, QNN_IN_BOTH, 0, 0},",
        "{\"quantize.clip.v\", AT(quantize.clip_v)",
        "{\"quantize\", \"clip\", AT(quantize.clip_learner)},",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        CU_ASSERT(says(&emitted, lines[i]));
    CU_ASSERT(!says(&emitted, "qnn_uint_backward")); /* nothing before it learns */
    close_emitted(&emitted);
    emitted = emit_changed("net.qnn",
                           program(buffer, "weights = binary; acts = uint(2);",
                                   "-> dense(5) -> batchnorm -> act -> dense(2)", "sgd(lr = 0.01)"),
                           learn_clip);
    CU_ASSERT(says(&emitted, "qnn_batchnorm_forward") && says(&emitted, "qnn_uint_backward"));
    CU_ASSERT(says(&emitted, "net->act.clip[0] = 0.5f;") && !says(&emitted, "lr_scale = 0.5f"));
    close_emitted(&emitted);
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
    CU_ASSERT_DOUBLE_EQUAL(number_after(&two, layer, "qnn_weight_binary, {{0, 0, "), g, 1e-7);
    CU_ASSERT_DOUBLE_EQUAL(number_after(&three, layer, ".lr_scale = "), 7.0, 0.0);
    CU_ASSERT_DOUBLE_EQUAL(number_after(&three, layer, ".bound = "), 0.2, 1e-7);
    close_emitted(&one);
    close_emitted(&two);
    close_emitted(&three);
}

/* ---- Images ------------------------------------------------------------------------------------------------------ */

/* A network on images, written whole, between the same data and train sections. */
static struct emitted emit_image(const char *scheme, const char *statements)
{
    char buffer[4096];
    snprintf(
        buffer, sizeof buffer,
        "data { source = idx(\"mnist\"); validation = 100; }\n"
        "scheme s { %s }\n"
        "network net { %s }\n"
        "quantize { * : s; }\n"
        "train { loss = cross_entropy; optimizer = adam(lr = 0.01, weight_lr = glorot); batch = 10; epochs = 1; }\n",
        scheme, statements);
    return emit("net.qnn", buffer);
}

static void test_image_sizes(void)
{
    struct emitted e =
        emit_image("weights = binary; acts = sign;",
                   "input u8[28, 28, 3] scale 1/128 offset -1 -> c1: conv(64, [3, 5], pad = same, pad_value = 0)"
                   " -> batchnorm -> act -> c2: conv(32, 3, groups = 4, pad = 1) -> maxpool(2) -> batchnorm -> act"
                   " -> c3: depthwise(3, stride = 2) -> batchnorm -> act -> c4: conv(10, 1)"
                   " -> global_avgpool -> batchnorm -> classify;");
    static const char *const said[] = {
        "INPUT_CHANNELS = 3, INPUT = 28 * 28 * INPUT_CHANNELS,",
        "C1_CHANNELS = 64, C1 = 28 * 28 * C1_CHANNELS,",
        "C1_WEIGHTS = C1_CHANNELS * 3 * 5 * INPUT_CHANNELS,",
        "C2_WEIGHTS = C2_CHANNELS * 3 * 3 * C1_CHANNELS / 4,",
        "MAXPOOL = 14 * 14 * C2_CHANNELS,",
        "C3_WEIGHTS = C3_CHANNELS * 3 * 3,",
        "CLASSES = 10, C4 = 6 * 6 * CLASSES,",
        "C4_WEIGHTS = CLASSES * C3_CHANNELS,",
        "{\"c2.code\", AT(c2.code), QNN_DTYPE_I8, 4, {C2_CHANNELS, 3, 3, C1_CHANNELS / 4}, QNN_IN_FROZEN, -1, 1},",
        "{\"c3.code\", AT(c3.code), QNN_DTYPE_I8, 4, {C3_CHANNELS, 3, 3, 1}, QNN_IN_FROZEN, -1, 1},",
        /* The code of the real value 0 is 128, that of +1 is +1. */
        "static const struct qnn_conv c1_geometry_codes = {",
        ".pad_value = 128.0f,",
        "qnn_conv_accumulate(BATCH, &c1_geometry_codes, 255, net->x, net->c1.integer, net->work.acc);",
        "qnn_conv_accumulate(BATCH, &c2_geometry, 1, ",
        "qnn_batchnorm_sign_forward(BATCH * 28 * 28, C1_CHANNELS, ",
        "qnn_batchnorm_forward(BATCH, CLASSES, ",
    };
    CU_ASSERT_FATAL(e.done && e.deployed);
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        CU_ASSERT(says(&e, said[i]));
        if (!says(&e, said[i]))
            printf("missing: %s\n", said[i]);
    }
    CU_ASSERT(!says(&e, "c2_geometry_codes"));
    /* Fans of c2: 9 * 16 products in, 9 * 8 out. */
    const double g = sqrt(1.5 / (9.0 * 16 + 9.0 * 8));
    CU_ASSERT_DOUBLE_EQUAL(number_after(&e, "net->c2.weight_learner = ", ".lr_scale = "), 1 / g, 1e-4);
    close_emitted(&e);
}

static size_t occurrences(const struct emitted *emitted, const char *words)
{
    size_t count = 0;
    for (const char *at = text_cstr(&emitted->text); (at = strstr(at, words)); at++)
        count++;
    return count;
}

/* Which product a convolution takes forward, behind an activation of the scheme. */
static void check_product(const char *scheme, const char *second, const char *product)
{
    char network[512];
    snprintf(network, sizeof network,
             "input u8[8, 8, 3] -> c1: conv(32, 3) -> batchnorm -> act -> c2: %s -> batchnorm -> act"
             " -> flatten -> dense(10, bias = true) -> batchnorm -> classify;",
             second);
    struct emitted e = emit_image(scheme, network);
    CU_ASSERT(e.done && says(&e, product));
    CU_ASSERT_EQUAL(occurrences(&e, "qnn_conv_bits_forward("), strstr(product, "bits") != NULL);
    close_emitted(&e);
}

static void test_products(void)
{
    static const char conv[] = "conv(32, 3, pad = same)";
    static const char relu[] = "weights = binary; acts = relu; deploy = uint(4);";
    const char *const exact = "qnn_conv_train_forward(BATCH, &c2_geometry, QNN_SUMS_EXACT, ";
    check_product(binary, conv, "qnn_conv_bits_forward(BATCH, &c2_geometry, QNN_SIGNS, ");
    check_product("weights = binary; acts = uint(2, clip = fixed(1.5));", conv,
                  "qnn_conv_bits_forward(BATCH, &c2_geometry, QNN_CODES(2, qnn_step(1.5f, 3)), ");
    check_product(relu, conv, "qnn_conv_train_forward(BATCH, &c2_geometry, QNN_SUMS_ROUNDED, ");
    check_product("weights = binary; acts = uint(3, clip = fixed(1.5));", conv, exact);
    check_product("weights = binary(scale = layer); acts = sign;", conv, exact);
    check_product("weights = binary(sampling = stochastic); acts = sign;", conv, exact);
    check_product("weights = ternary; acts = sign;", conv, exact);
    check_product(binary, "conv(32, 3, pad = same, bias = true)", exact);
    check_product(binary, "conv(32, 3, groups = 2)", "qnn_conv_forward(BATCH, &c2_geometry, ");
}

/* Signs side by side are signs, unless the concatenation has a quantizer of its own in deployment. */
static void test_concat_of_signs(void)
{
    for (int asked = 0; asked <= 1; asked++) {
        char network[512];
        snprintf(
            network, sizeof network,
            "a = input u8[8, 8, 3] -> c1: conv(32, 3) -> batchnorm -> act;"
            "b = a -> c2: conv(32, 3, pad = same) -> batchnorm -> act;"
            "concat(a, b%s) -> c3: conv(32, 3) -> batchnorm -> act -> flatten -> dense(10) -> batchnorm -> classify;",
            asked ? ", q = int(4)" : "");
        struct emitted e = emit_image(binary, network);
        CU_ASSERT(e.done && e.deployed);
        CU_ASSERT_EQUAL(occurrences(&e, "qnn_conv_bits_forward("), asked ? 1 : 2);
        CU_ASSERT_EQUAL(occurrences(&e, "qnn_conv_bits_accumulate("), asked ? 1 : 2);
        close_emitted(&e);
    }
}

/* Gradients: as many buffers as values are alive at once, sums only where several read a value. */
static void test_gradient_buffers(void)
{
    static const char scheme[] = "weights = binary; acts = relu; deploy = uint(4); join = int(8);";
    struct emitted chain = emit_image(
        scheme, "input u8[8, 8, 2] -> c1: conv(4, 3) -> batchnorm -> act -> c2: conv(4, 3) -> batchnorm -> act"
                " -> c3: conv(4, 3) -> batchnorm -> act -> flatten -> dense(10) -> batchnorm -> classify;");
    CU_ASSERT(chain.done && says(&chain, "float gradient1[") && !says(&chain, "gradient2"));
    CU_ASSERT(!says(&chain, "qnn_gradient_add") && !says(&chain, "qnn_add_forward"));
    close_emitted(&chain);

    struct emitted residual = emit_image(
        scheme,
        "stem = input u8[8, 8, 2] -> c1: conv(4, 3) -> batchnorm -> act;"
        "inner = stem -> c2: conv(4, 3, pad = same) -> batchnorm -> act -> c3: conv(4, 3, pad = same) -> batchnorm;"
        "add(inner, stem) -> act -> flatten -> dense(10) -> batchnorm -> classify;");
    CU_ASSERT(residual.done && residual.deployed);
    CU_ASSERT(says(&residual, "float gradient2[") && !says(&residual, "gradient3"));
    CU_ASSERT_EQUAL(occurrences(&residual, "qnn_gradient_add("), 1);
    CU_ASSERT_EQUAL(occurrences(&residual, "qnn_add_forward("), 2); /* in training and deployed */
    CU_ASSERT(says(&residual, "{\"add1.clip\"") || says(&residual, "{\"add.clip\""));
    CU_ASSERT_EQUAL(occurrences(&residual, "clip[1]; /* of both operands */"), 1);
    close_emitted(&residual);

    /* Dropout must not change what a max pool, or another reader, looks at again. */
    struct emitted dropped =
        emit_image(scheme, "a = input u8[8, 8, 2] -> c1: conv(4, 3) -> batchnorm -> act -> maxpool(2) -> dropout(0.5)"
                           " -> c2: conv(4, 1) -> batchnorm -> act -> dropout(0.25);"
                           "a -> flatten -> dense(10) -> batchnorm -> classify;");
    CU_ASSERT(dropped.done);
    CU_ASSERT_EQUAL(occurrences(&dropped, "struct qnn_dropout mask;"), 1);
    CU_ASSERT_EQUAL(occurrences(&dropped, "memcpy(net->dropout1.y"), 1);
    close_emitted(&dropped);
}

/* A pool before the batch norm takes minima where that falls; one of codes, or before a relu alone, never does. */
static void test_pool_minima(void)
{
    static const char *const bodies[] = {
        "c1: conv(4, 3) -> maxpool(2) -> batchnorm -> act",
        "c1: conv(4, 3) -> batchnorm -> maxpool(2) -> act",
        "c1: conv(4, 3) -> batchnorm -> act -> maxpool(2)",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        char statements[512];
        snprintf(statements, sizeof statements,
                 "input u8[8, 8, 2] -> %s -> flatten -> dense(10) -> batchnorm -> classify;", bodies[i]);
        struct emitted e = emit_image("weights = binary; acts = uint(2, clip = fixed(1));", statements);
        CU_ASSERT(e.done && e.deployed);
        CU_ASSERT_EQUAL(says(&e, "qnn_falling_channels("), i == 0);
        CU_ASSERT_EQUAL(says(&e, "uint8_t minimum[C1_CHANNELS]"), i == 0);
        CU_ASSERT_EQUAL(says(&e, "C1_CHANNELS, NULL, "), i != 0);
        close_emitted(&e);
    }
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
    {"a scalar that an activation learns", test_learned},
    {"learning-rate scales and bounds", test_numbers},
    {"images: sizes, geometry, padding", test_image_sizes},
    {"images: products forward", test_products},
    {"images: concatenated signs", test_concat_of_signs},
    {"images: gradient buffers", test_gradient_buffers},
    {"images: pools before the quantizer", test_pool_minima},
    {"a network too large for one block", test_too_large},
};
UNIT_MAIN("trainer emitter", cases)
