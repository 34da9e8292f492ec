/* Parameters, expressions, defines, schemes and plans: what values come out. */
#include "program.h"

#include "model/quantizer.h"

#include "tests/unit/cunit_main.h"

#define NETWORK "network n { input u8[4] -> dense(2) -> classify; }\n"

static void test_parameters(void)
{
    static const char text[] =
        "param a = 3;\nparam b = (a + 1) * 2 - 6 / 4 * 2;\nparam q = s;\nparam act = uint(b - 3);\n"
        "scheme s { weights = ternary(delta = 1/4, scale = channel); acts = act; }\n"
        "scheme t { weights = binary; }\n"
        "block fc(units, drop = units / 10) { out = in -> dense(units) -> act -> dropout(drop); }\n"
        "network n { input u8[4] -> fc(b) -> dense(2, bias = true) -> classify; }\n"
        "quantize { * : q; }\n";
    struct program program;
    CU_ASSERT_TRUE_FATAL(program_is_clean(&program, text));
    CU_ASSERT_EQUAL(program_node(&program, "fc.dense")->dense.units, 5);
    CU_ASSERT_EQUAL(program_node(&program, "fc.dropout")->dropout.p, 0.5);
    const struct qnn_arguments ternary = program_node(&program, "fc.dense")->scheme->weights.quantizer.arguments;
    CU_ASSERT_EQUAL(ternary.number[0], 0.25);
    CU_ASSERT_EQUAL(ternary.number[1], QNN_WEIGHT_SCALE_CHANNEL);
    CU_ASSERT_EQUAL(activation_bits(&program_node(&program, "fc.act")->activation.function), 2);
    CU_ASSERT_EQUAL(activation_clip(&program_node(&program, "fc.act")->activation.function), 1);
    CU_ASSERT_TRUE(program_node(&program, "dense")->dense.bias);
    CU_ASSERT_STRING_EQUAL(program_node(&program, "fc.dense")->written, "dense(5)");
    CU_ASSERT_STRING_EQUAL(program_node(&program, "dense")->written, "dense(2, bias = true)");
    program_close(&program);

    const struct define defines[] = {{"a", "4 / 2"}, {"q", "t"}, {"act", "relu"}};
    program_open_with(&program, text, defines, 3);
    CU_ASSERT_PTR_NOT_NULL_FATAL(program.model);
    CU_ASSERT_EQUAL(sink_warnings(program.sink), 0);
    CU_ASSERT_EQUAL(program_node(&program, "fc.dense")->dense.units, 3);
    CU_ASSERT_STRING_EQUAL(program_node(&program, "dense")->scheme->name, "t");
    program_close(&program);

    CU_ASSERT_TRUE_FATAL(program_is_clean(&program, "param ratio = 200 MHz / 50000 kHz;\n"
                                                    "network n { input u8[4] -> dense(ratio) -> classify; }"));
    CU_ASSERT_EQUAL(program_node(&program, "dense")->dense.units, 4);
    CU_ASSERT_FALSE(program_node(&program, "dense")->scheme->form_bounds);
    program_close(&program);

    const struct define broken[] = {{"a", "4 +"}};
    program_open_with(&program, text, broken, 1);
    CU_ASSERT_PTR_NULL(program.model);
    CU_ASSERT_TRUE(sink_errors(program.sink) >= 1);
    program_close(&program);
}

static void test_schemes(void)
{
    struct program program;
    CU_ASSERT_TRUE_FATAL(program_is_clean(
        &program, "scheme c extends b { acts = sign; }\n"
                  "scheme b extends a { bound = 0; deploy = uint(4, calibrate = percentile(99)); }\n"
                  "scheme a { weights = binary(sampling = stochastic, h = glorot, scale = layer); ste = identity; }\n"
                  "scheme d extends float { weights = binary(h = 0.5); acts = uint(3, clip = fixed(2)); }\n"
                  "network n { input f32[4] -> quantize(uint(8, clip = fixed(4))) -> dense(3) -> act -> relu\n"
                  "  -> dense(2) -> sign -> hardtanh -> classify; }\n"
                  "quantize { * : c; dense1 : a; dense2, act : d; }\n"));
    const struct scheme *c = program_node(&program, "sign")->scheme;
    CU_ASSERT_TRUE(qnn_weight_draws(&c->weights.quantizer));
    CU_ASSERT_EQUAL(c->weights.quantizer.arguments.number[2], -1 - H_GLOROT);
    CU_ASSERT_EQUAL(c->weights.quantizer.arguments.number[1], QNN_WEIGHT_SCALE_LAYER);
    CU_ASSERT_EQUAL(c->acts.form->kind, QNN_ACTIVATION_SIGN);
    CU_ASSERT_EQUAL(c->acts.ste, STE_IDENTITY);
    CU_ASSERT_EQUAL(c->deploy.bits, 4);
    CU_ASSERT_EQUAL(c->deploy.calibrate, CALIBRATE_PERCENTILE);
    CU_ASSERT_EQUAL(c->deploy.percentile, 99);
    CU_ASSERT_EQUAL(c->bound, 0);
    CU_ASSERT_FALSE(c->form_bounds);
    const struct scheme *a = program_node(&program, "dense1")->scheme;
    CU_ASSERT_TRUE(a->form_bounds);
    CU_ASSERT_EQUAL(a->bound, 0);
    const struct scheme *d = program_node(&program, "dense2")->scheme;
    CU_ASSERT_EQUAL(d->bound, 0.5);
    CU_ASSERT_EQUAL(d->deploy.bits, 0);
    const struct model_node *act = program_node(&program, "act"), *relu = program_node(&program, "relu");
    const struct model_node *quantize = program_node(&program, "quantize");
    CU_ASSERT_EQUAL(act->activation.function.form->kind, QNN_ACTIVATION_UINT);
    CU_ASSERT_EQUAL(activation_bits(&act->activation.function), 3);
    CU_ASSERT_EQUAL(activation_clip(&act->activation.function), 2);
    CU_ASSERT_EQUAL(act->activation.function.ste, STE_CLIPPED);
    CU_ASSERT_EQUAL(act->activation.function.arguments.number[1], CLIP_FIXED);
    CU_ASSERT_EQUAL(act->activation.deploy.bits, 0);
    CU_ASSERT_EQUAL(relu->activation.function.form->kind, QNN_ACTIVATION_RELU);
    CU_ASSERT_EQUAL(relu->activation.deploy.bits, 4);
    CU_ASSERT_EQUAL(quantize->activation.function.form->kind, QNN_ACTIVATION_UINT);
    CU_ASSERT_EQUAL(activation_clip(&quantize->activation.function), 4);
    CU_ASSERT_EQUAL(quantize->activation.function.ste, STE_IDENTITY);
    CU_ASSERT_EQUAL(program_node(&program, "sign")->activation.function.form->kind, QNN_ACTIVATION_SIGN);
    CU_ASSERT_EQUAL(program_node(&program, "hardtanh")->activation.function.form->kind, QNN_ACTIVATION_HARDTANH);
    program_close(&program);
}

/* Rows print what they were given: words with arguments of their own, a word where a number may be. */
static void test_quantizer_print(void)
{
    static const struct {
        enum group group;
        const char *name;
        struct qnn_arguments arguments;
        const char *text;
    } expected[] = {
        {GROUP_ACTS, "relu", {{0}}, "relu"},
        {GROUP_ACTS, "uint", {{2, CLIP_FIXED, 1.5}}, "uint(2, clip = fixed(1.5))"},
        {GROUP_WEIGHTS, "ternary", {{0.7, QNN_WEIGHT_SCALE_NONE}}, "ternary(delta = 0.7, scale = none)"},
        {GROUP_WEIGHTS,
         "binary",
         {{0, QNN_WEIGHT_SCALE_LAYER, 0.5}},
         "binary(sampling = deterministic, scale = layer, h = 0.5)"},
        {GROUP_WEIGHTS, "binary", {{1, 0, -1}}, "binary(sampling = stochastic, scale = none, h = glorot)"},
        {GROUP_DEPLOY, "uint", {{8, CALIBRATE_PERCENTILE, 99}}, "uint(8, calibrate = percentile(99))"},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        struct text text = {0};
        quantizer_print(callable_find(expected[i].group, expected[i].name), &expected[i].arguments, &text);
        CU_ASSERT_STRING_EQUAL(text_cstr(&text), expected[i].text);
        text_free(&text);
    }
}

static void test_train(void)
{
    struct program program;
    CU_ASSERT_TRUE_FATAL(program_is_clean(
        &program, NETWORK "train { loss = square_hinge(reduction = sum); epochs = 20; patience = 3; estimate = 7;\n"
                          "optimizer = sgd(warmup(5, step(0.5, 1/2, at = [4, 9])), momentum = 0.9, nesterov = true,\n"
                          "weight_lr = glorot2, weight_decay = 1e-4); seed = 9007199254740992; }\n"));
    const struct train_plan *train = &program.model->train;
    CU_ASSERT_TRUE(train->reduction_sum);
    CU_ASSERT_EQUAL(train->optimizer, OPTIMIZER_SGD);
    CU_ASSERT_EQUAL(train->momentum, 0.9);
    CU_ASSERT_TRUE(train->nesterov);
    CU_ASSERT_EQUAL(train->weight_lr, LR_FACTOR_GLOROT2);
    CU_ASSERT_EQUAL(train->weight_decay, 1e-4);
    CU_ASSERT_EQUAL(train->batch, 100);
    CU_ASSERT_EQUAL(train->patience, 3);
    CU_ASSERT_EQUAL(train->estimate_batches, 7);
    CU_ASSERT_EQUAL(train->seed, 9007199254740992u);
    CU_ASSERT_EQUAL(train->lr.kind, SCHEDULE_WARMUP);
    CU_ASSERT_EQUAL(train->lr.epochs, 5);
    CU_ASSERT_PTR_NOT_NULL_FATAL(train->lr.then);
    CU_ASSERT_EQUAL(train->lr.then->kind, SCHEDULE_STEP);
    CU_ASSERT_EQUAL(train->lr.then->a, 0.5);
    CU_ASSERT_EQUAL(train->lr.then->b, 0.5);
    CU_ASSERT_EQUAL(train->lr.then->at_count, 2);
    CU_ASSERT_EQUAL(train->lr.then->at[1], 9);
    program_close(&program);
    CU_ASSERT_TRUE_FATAL(program_is_clean(&program, "network n { input u8[4] -> dense(1) -> regress; }\n"
                                                    "train { loss = mse; epochs = 2;\n"
                                                    "optimizer = adamw(cosine(0.1), weight_lr = 2.5); }\n"));
    CU_ASSERT_EQUAL(program.model->train.lr.kind, SCHEDULE_COSINE);
    CU_ASSERT_EQUAL(program.model->train.lr.b, 0);
    CU_ASSERT_EQUAL(program.model->train.weight_decay, 0.01);
    CU_ASSERT_EQUAL(program.model->train.weight_lr, LR_FACTOR_NUMBER);
    CU_ASSERT_EQUAL(program.model->train.weight_lr_value, 2.5);
    program_close(&program);
}

static void test_data_and_hardware(void)
{
    struct program program;
    CU_ASSERT_TRUE_FATAL(program_is_clean(
        &program, "network n { input u8[4] -> h: dense(6) -> relu -> dense(2) -> classify; }\n"
                  "data { source = csv(\"iris.csv\", test = \"x.csv\"); }\n"
                  "hardware { target = xc7; clock = 12 MHz / 2; throughput = 2 * 1 kfps; logits = true;\n"
                  "input_elements = 2; h : fold(pe = 3, simd = 4), memory(distributed); * : operands(delayed);\n"
                  "dense : operands(registered); }\n"));
    CU_ASSERT_EQUAL(program.model->data.kind, DATA_CSV);
    CU_ASSERT_STRING_EQUAL(program.model->data.name, "iris.csv");
    CU_ASSERT_STRING_EQUAL(program.model->data.test, "x.csv");
    CU_ASSERT_EQUAL(program.model->data.holdout, 0);
    CU_ASSERT_EQUAL(program.model->hardware.clock_hz, 6e6);
    CU_ASSERT_EQUAL(program.model->hardware.throughput_fps, 2000);
    CU_ASSERT_TRUE(program.model->hardware.logits);
    CU_ASSERT_EQUAL(program.model->hardware.input_elements, 2);
    const struct model_node *h = program_node(&program, "h"), *dense = program_node(&program, "dense");
    CU_ASSERT_EQUAL(h->hardware.pe, 3);
    CU_ASSERT_EQUAL(h->hardware.simd, 4);
    CU_ASSERT_EQUAL(h->hardware.memory, MEMORY_DISTRIBUTED);
    CU_ASSERT_EQUAL(h->hardware.operands, OPERANDS_DELAYED);
    CU_ASSERT_EQUAL(dense->hardware.operands, OPERANDS_REGISTERED);
    CU_ASSERT_EQUAL(dense->hardware.memory, MEMORY_AUTO);
    /* The target of the command line meets the same check. */
    CU_ASSERT_FALSE(model_override_target(program.model, "ice40_up5k", program.sink));
    CU_ASSERT_TRUE(sink_has(program.sink, DIAGNOSTIC_MEMORY_MISMATCH));
    program_close(&program);
}

/* Steps in their order, what fills the edges, files by their usual names or others. */
static void test_images(void)
{
    struct program program;
    CU_ASSERT_TRUE_FATAL(program_is_clean(
        &program, "param far = 2 * 2; param steps = [shift(far), flip,];\n"
                  "network n { input u8[5, 7, 3] -> flatten -> dense(2) -> classify; }\n"
                  "data { source = npy(\"mine\", test_images = \"x.npy\"); normalize = symmetric; validation = 3; }\n"
                  "train { loss = cross_entropy; optimizer = sgd(0.1); epochs = 2; augment = steps; }\n"));
    const struct data_plan *data = &program.model->data;
    const struct train_plan *train = &program.model->train;
    CU_ASSERT_EQUAL(data->kind, DATA_NPY);
    CU_ASSERT_STRING_EQUAL(data->name, "mine");
    CU_ASSERT_STRING_EQUAL(data->files[0].samples, "train_images.npy");
    CU_ASSERT_STRING_EQUAL(data->files[0].labels, "train_labels.npy");
    CU_ASSERT_STRING_EQUAL(data->files[1].samples, "x.npy");
    CU_ASSERT_STRING_EQUAL(data->files[1].labels, "test_labels.npy");
    CU_ASSERT_EQUAL(data->normalize, NORMALIZE_SYMMETRIC);
    CU_ASSERT_EQUAL(program.model->nodes[0]->input.scale, 1.0 / 128);
    CU_ASSERT_EQUAL(program.model->nodes[0]->input.offset, -1);
    CU_ASSERT_EQUAL_FATAL(train->augment_count, 2);
    CU_ASSERT_EQUAL(train->augment[0].kind, AUGMENT_SHIFT);
    CU_ASSERT_EQUAL(train->augment[0].pixels, 4);
    CU_ASSERT_EQUAL(train->augment[1].kind, AUGMENT_FLIP);
    CU_ASSERT_EQUAL(train->augment_fill, 128);
    program_close(&program);
}

/* The element for real zero, or the nearest. */
static void test_augment_fill(void)
{
    static const struct {
        const char *input;
        double fill;
    } inputs[] = {
        {"u8[2, 2, 1]", 0},
        {"u8[2, 2, 1] scale 1/255 offset -0.5", 128}, /* 127.5, to the even one */
        {"u8[2, 2, 1] scale 1/256 offset -0.25", 64},
        {"u8[2, 2, 1] offset 3", 0},
        {"u8[2, 2, 1] offset -300", 255},
        {"i8[2, 2, 1] scale 0.5 offset 3", -6},
        {"i8[2, 2, 1] scale 0.5 offset -300", 127},
        {"f32[2, 2, 1] scale 2 offset 3", -1.5},
    };
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        struct program program;
        char text[512];
        snprintf(text, sizeof text,
                 "network n { input %s -> flatten -> dense(2) -> classify; }\n"
                 "train { loss = cross_entropy; optimizer = sgd(0.1); epochs = 2; augment = [crop(1)]; }\n",
                 inputs[i].input);
        CU_ASSERT_TRUE_FATAL(program_is_clean(&program, text));
        CU_ASSERT_EQUAL(program.model->train.augment_fill, inputs[i].fill);
        program_close(&program);
    }
}

/* What normalize gives is what the input's own numbers would. */
static void test_normalize_hash(void)
{
    static const char *const pairs[][2] = {
        {"input u8[4] -> dense(2) -> classify; } data { source = npy(\"a\"); normalize = unit; }",
         "input u8[4] scale 1/255 -> dense(2) -> classify; }"},
        {"input i8[4] -> dense(2) -> classify; } data { source = npy(\"a\"); normalize = symmetric; }",
         "input i8[4] scale 1/128 -> dense(2) -> classify; }"},
        {"input u8[4] -> dense(2) -> classify; } data { source = npy(\"a\"); normalize = symmetric; }",
         "input u8[4] scale 1/128 offset -1 -> dense(2) -> classify; }"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct program a, b;
        char text[2][256];
        for (int side = 0; side < 2; side++)
            snprintf(text[side], sizeof text[side], "network n { %s\n", pairs[i][side]);
        CU_ASSERT_TRUE_FATAL(program_is_clean(&a, text[0]));
        CU_ASSERT_TRUE_FATAL(program_is_clean(&b, text[1]));
        CU_ASSERT_STRING_EQUAL(a.model->hash, b.model->hash);
        program_close(&a);
        program_close(&b);
    }
}

/* One message each, with this id. */
static void test_image_errors(void)
{
    static const struct {
        const char *input, *data, *augment;
        enum diagnostic_id id;
    } wrong[] = {
        {"u8[3, 32, 32]", "cifar10(\"c\")", "[flip]", DIAGNOSTIC_INPUT_MISMATCH},
        {"u8[3071]", "cifar10(\"c\")", "[]", DIAGNOSTIC_INPUT_MISMATCH},
        {"i8[32, 32, 3]", "cifar10(\"c\")", "[]", DIAGNOSTIC_INPUT_MISMATCH},
        {"u8[8, 8, 3]", "npy(\"c\")", "[flip, crop(8)]", DIAGNOSTIC_AUGMENT_TOO_LARGE},
        {"u8[1, 8, 3]", "npy(\"c\")", "[shift(8)]", DIAGNOSTIC_AUGMENT_TOO_LARGE},
        {"u8[8, 1, 3]", "npy(\"c\")", "[shift(9)]", DIAGNOSTIC_AUGMENT_TOO_LARGE},
        {"u8[1, 1, 3]", "npy(\"c\")", "[flip]", DIAGNOSTIC_NOT_AN_IMAGE},
        {"u8[8, 8, 3]", "npy(\"c\")", "[crop(0)]", DIAGNOSTIC_OUT_OF_RANGE},
        {"u8[8, 8, 3]", "npy(\"c\")", "[crop]", DIAGNOSTIC_MISSING_ARGUMENT},
        {"u8[8, 8, 3]", "npy(\"c\")", "[flip, crop(1), flip]", DIAGNOSTIC_DUPLICATE_ARGUMENT},
        {"u8[8, 8, 3]", "npy(\"c\")", "flip", DIAGNOSTIC_WRONG_TYPE},
        {"u8[8, 8, 3]", "npy(\"c\")", "[1]", DIAGNOSTIC_WRONG_TYPE},
        {"u8[8, 8, 3]", "npy(\"c\")", "[rotate(1)]", DIAGNOSTIC_UNKNOWN_WORD},
        {"f32[8, 8, 3]", "npy(\"c\"); normalize = unit", "[]", DIAGNOSTIC_NORMALIZE_MISMATCH},
        {"i8[8, 8, 3]", "npy(\"c\"); normalize = unit", "[]", DIAGNOSTIC_NORMALIZE_MISMATCH},
        {"u8[8, 8, 3] offset 1", "npy(\"c\"); normalize = unit", "[]", DIAGNOSTIC_NORMALIZE_MISMATCH},
        {"u8[8, 8, 3]", "npy(\"c\"); normalize = [1, 2]", "[]", DIAGNOSTIC_PER_CHANNEL_NORMALIZE},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct program program;
        char text[512];
        snprintf(text, sizeof text,
                 "network n { input %s -> flatten -> dense(2) -> classify; } data { source = %s; }\n"
                 "train { loss = cross_entropy; optimizer = sgd(0.1); epochs = 2; augment = %s; }\n",
                 wrong[i].input, wrong[i].data, wrong[i].augment);
        program_open(&program, text);
        CU_ASSERT_EQUAL(sink_errors(program.sink), 1);
        CU_ASSERT_TRUE(sink_has(program.sink, wrong[i].id));
        program_close(&program);
    }
}

/* The hash sees topology and quantization, and nothing else. */
static void test_hash(void)
{
    static const struct {
        const char *text;
        bool same;
    } variants[] = {
        {"scheme x { weights = binary; acts = sign; ste = relu; bound = 2; }\n"
         "network m { a = input u8[4]; a -> h: dense(3) -> act -> dropout(0.5) -> dense(2) -> classify; }\n"
         "quantize { * : x; }\nhardware { h : fold(1, 1); }\n",
         true},
        {"scheme s { weights = ternary; acts = sign; }\n"
         "network n { input u8[4] -> h: dense(3) -> act -> dense(2) -> classify; }\nquantize { * : s; }\n",
         false},
        {"scheme s { weights = binary; acts = sign; }\n"
         "network n { input u8[4] -> g: dense(3) -> act -> dense(2) -> classify; }\nquantize { * : s; }\n",
         false},
        {"scheme s { weights = binary; acts = sign; }\n"
         "network n { input u8[4] scale 2 -> h: dense(3) -> act -> dense(2) -> classify; }\nquantize { * : s; }\n",
         false},
        {"scheme s { weights = binary; acts = uint(1); }\n"
         "network n { input u8[4] -> h: dense(3) -> act -> dense(2) -> classify; }\nquantize { * : s; }\n",
         false},
    };
    struct program first;
    CU_ASSERT_TRUE_FATAL(program_is_clean(&first, "scheme s { weights = binary; acts = sign; }\n"
                                                  "network n { input u8[4] -> h: dense(3) -> act -> dense(2) -> "
                                                  "classify; }\nquantize { * : s; }\n"));
    for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) {
        struct program other;
        CU_ASSERT_TRUE_FATAL(program_is_clean(&other, variants[i].text));
        CU_ASSERT_EQUAL(strcmp(first.model->hash, other.model->hash) == 0, variants[i].same);
        program_close(&other);
    }
    program_close(&first);
}

static const struct unit_case cases[] = {
    {"parameters", test_parameters},
    {"schemes", test_schemes},
    {"quantizers as they print", test_quantizer_print},
    {"train", test_train},
    {"data and hardware", test_data_and_hardware},
    {"images", test_images},
    {"what fills the edges", test_augment_fill},
    {"normalization is the input's scale", test_normalize_hash},
    {"wrong data and augmentation", test_image_errors},
    {"hash", test_hash},
};

UNIT_MAIN("values", cases)
