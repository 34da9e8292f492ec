/* The sample program of the language: every field of its model. */
#include "program.h"

#include "model/table.h"

#include "tests/unit/cunit_main.h"

static const char sample[] =
    "// BinaryConnect's permutation-invariant MNIST network\n"
    "data { source = idx(\"mnist\"); validation = 10000; }\n"
    "scheme bin { weights = binary; acts = relu; deploy = uint(8); }\n"
    "block fc(units) { out = in -> dense(units) -> batchnorm -> act -> dropout(0.0); }\n"
    "network mnist_bin {\n"
    "  input u8[28, 28, 1] scale 1/255\n"
    "    -> flatten\n"
    "    -> h1: fc(1024) -> h2: fc(1024) -> h3: fc(1024)\n"
    "    -> logits: dense(10) -> batchnorm\n"
    "    -> classify;\n"
    "}\n"
    "quantize { * : bin; }\n"
    "train { loss = square_hinge; optimizer = adam(lr = exponential(3e-3, 3e-7), weight_lr = glorot);\n"
    "        batch = 200; epochs = 50; seed = 1; }\n"
    "hardware { target = xc7; clock = 100 MHz; throughput = 10000 fps; }\n";

static void test_nodes(void)
{
    static const struct {
        const char *name, *identifier, *written;
        enum op_kind op;
        int height, width, channels;
    } expected[] = {
        {"input", "input_", "input u8[28, 28, 1]", OP_INPUT, 28, 28, 1},
        {"flatten", "flatten", "flatten", OP_FLATTEN, 1, 1, 784},
        {"h1.dense", "h1_dense", "dense(1024)", OP_DENSE, 1, 1, 1024},
        {"h1.batchnorm", "h1_batchnorm", "batchnorm", OP_BATCHNORM, 1, 1, 1024},
        {"h1.act", "h1_act", "act", OP_ACTIVATION, 1, 1, 1024},
        {"h1.dropout", "h1_dropout", "dropout(0)", OP_DROPOUT, 1, 1, 1024},
        {"h2.dense", "h2_dense", "dense(1024)", OP_DENSE, 1, 1, 1024},
        {"h2.batchnorm", "h2_batchnorm", "batchnorm", OP_BATCHNORM, 1, 1, 1024},
        {"h2.act", "h2_act", "act", OP_ACTIVATION, 1, 1, 1024},
        {"h2.dropout", "h2_dropout", "dropout(0)", OP_DROPOUT, 1, 1, 1024},
        {"h3.dense", "h3_dense", "dense(1024)", OP_DENSE, 1, 1, 1024},
        {"h3.batchnorm", "h3_batchnorm", "batchnorm", OP_BATCHNORM, 1, 1, 1024},
        {"h3.act", "h3_act", "act", OP_ACTIVATION, 1, 1, 1024},
        {"h3.dropout", "h3_dropout", "dropout(0)", OP_DROPOUT, 1, 1, 1024},
        {"logits", "logits", "dense(10)", OP_DENSE, 1, 1, 10},
        {"batchnorm", "batchnorm", "batchnorm", OP_BATCHNORM, 1, 1, 10},
        {"classify", "classify", "classify", OP_CLASSIFY, 1, 1, 10},
    };
    struct program program;
    CU_ASSERT_TRUE_FATAL(program_is_clean(&program, sample));
    const struct model *model = program.model;
    CU_ASSERT_EQUAL_FATAL(model->node_count, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < model->node_count; i++) {
        const struct model_node *node = model->nodes[i];
        CU_ASSERT_STRING_EQUAL(node->name, expected[i].name);
        CU_ASSERT_STRING_EQUAL(node->identifier, expected[i].identifier);
        CU_ASSERT_STRING_EQUAL(node->written, expected[i].written);
        CU_ASSERT_EQUAL(node->op, expected[i].op);
        CU_ASSERT_EQUAL(node->shape.height, expected[i].height);
        CU_ASSERT_EQUAL(node->shape.width, expected[i].width);
        CU_ASSERT_EQUAL(node->shape.channels, expected[i].channels);
        CU_ASSERT_EQUAL(node->input_count, i > 0);
        CU_ASSERT_EQUAL(node->user_count, i + 1 < model->node_count);
        if (i > 0)
            CU_ASSERT_PTR_EQUAL(node->inputs[0], model->nodes[i - 1]);
        CU_ASSERT_STRING_EQUAL(node->scheme->name, "bin");
        CU_ASSERT_EQUAL(node->hardware.pe, 0);
        CU_ASSERT_EQUAL(node->hardware.simd, 0);
    }
    CU_ASSERT_EQUAL(model->nodes[0]->input.type, ELEMENT_U8);
    CU_ASSERT_EQUAL(model->nodes[0]->input.scale, 1.0 / 255);
    CU_ASSERT_EQUAL(model->nodes[0]->input.offset, 0);
    CU_ASSERT_EQUAL(model->nodes[2]->dense.inputs, 784);
    CU_ASSERT_EQUAL(model->nodes[2]->dense.units, 1024);
    CU_ASSERT_FALSE(model->nodes[2]->dense.bias);
    CU_ASSERT_EQUAL(model->nodes[3]->batchnorm.eps, 1e-5);
    CU_ASSERT_EQUAL(model->nodes[3]->batchnorm.momentum, 0.1);
    CU_ASSERT_EQUAL(model->nodes[4]->activation.function.form->kind, QNN_ACTIVATION_RELU);
    CU_ASSERT_EQUAL(model->nodes[4]->activation.deploy.bits, 8);
    CU_ASSERT_EQUAL(model->nodes[4]->activation.deploy.calibrate, CALIBRATE_MAX);
    CU_ASSERT_EQUAL(model->nodes[5]->dropout.p, 0);
    CU_ASSERT_EQUAL(model->nodes[16]->output.outputs, 10);
    CU_ASSERT_EQUAL(model_line(model, model->nodes[2]->span), 4);
    CU_ASSERT_EQUAL(model_line(model, model->nodes[14]->span), 9);
    program_close(&program);
}

static void test_scheme(void)
{
    struct program program;
    program_open(&program, sample);
    CU_ASSERT_EQUAL_FATAL(program.model->scheme_count, 2);
    const struct scheme *none = program.model->schemes[0], *bin = program.model->schemes[1];
    CU_ASSERT_STRING_EQUAL(none->name, "float");
    CU_ASSERT_PTR_NULL(none->weights.quantizer.form);
    CU_ASSERT_STRING_EQUAL(none->weights.row->name, "float");
    CU_ASSERT_EQUAL(none->acts.form->kind, QNN_ACTIVATION_RELU);
    CU_ASSERT_EQUAL(none->deploy.bits, 0);
    CU_ASSERT_EQUAL(none->bound, 0);
    CU_ASSERT_PTR_EQUAL(bin->weights.quantizer.form, &qnn_weight_binary);
    CU_ASSERT_STRING_EQUAL(bin->weights.row->constant, "qnn_weight_binary");
    CU_ASSERT_FALSE(qnn_weight_draws(&bin->weights.quantizer));
    CU_ASSERT_EQUAL(bin->weights.quantizer.arguments.number[1], QNN_WEIGHT_SCALE_NONE);
    CU_ASSERT_EQUAL(bin->weights.quantizer.arguments.number[2], 1);
    CU_ASSERT_EQUAL(bin->acts.form->kind, QNN_ACTIVATION_RELU);
    CU_ASSERT_EQUAL(bin->acts.ste, STE_CLIPPED);
    CU_ASSERT_EQUAL(bin->deploy.bits, 8);
    CU_ASSERT_EQUAL(bin->bound, 1);
    CU_ASSERT_TRUE(bin->form_bounds);
    program_close(&program);
}

static void test_plans(void)
{
    struct program program;
    program_open(&program, sample);
    const struct model *model = program.model;
    CU_ASSERT_STRING_EQUAL(model->name, "mnist_bin");
    CU_ASSERT_STRING_EQUAL(model->identifier, "mnist_bin");
    CU_ASSERT_EQUAL(strlen(model->hash), 16);
    CU_ASSERT_EQUAL(model->data.kind, DATA_IDX);
    CU_ASSERT_STRING_EQUAL(model->data.name, "mnist");
    CU_ASSERT_PTR_NULL(model->data.test);
    CU_ASSERT_EQUAL(model->data.validation, 10000);
    const struct train_plan *train = &model->train;
    CU_ASSERT_TRUE(train->present);
    CU_ASSERT_EQUAL(train->loss, LOSS_SQUARE_HINGE);
    CU_ASSERT_FALSE(train->reduction_sum);
    CU_ASSERT_EQUAL(train->optimizer, OPTIMIZER_ADAM);
    CU_ASSERT_EQUAL(train->lr.kind, SCHEDULE_EXPONENTIAL);
    CU_ASSERT_EQUAL(train->lr.a, 3e-3);
    CU_ASSERT_EQUAL(train->lr.b, 3e-7);
    CU_ASSERT_EQUAL(train->weight_lr, LR_FACTOR_GLOROT);
    CU_ASSERT_EQUAL(train->weight_decay, 0);
    CU_ASSERT_EQUAL(train->beta1, 0.9);
    CU_ASSERT_EQUAL(train->beta2, 0.999);
    CU_ASSERT_EQUAL(train->eps, 1e-8);
    CU_ASSERT_EQUAL(train->batch, 200);
    CU_ASSERT_EQUAL(train->epochs, 50);
    CU_ASSERT_EQUAL(train->seed, 1);
    CU_ASSERT_EQUAL(train->patience, 0);
    CU_ASSERT_EQUAL(train->estimate_batches, 50);
    CU_ASSERT_EQUAL(model->hardware.target, TARGET_XC7);
    CU_ASSERT_EQUAL(model->hardware.clock_hz, 100e6);
    CU_ASSERT_EQUAL(model->hardware.throughput_fps, 10000);
    CU_ASSERT_FALSE(model->hardware.logits);
    CU_ASSERT_EQUAL(model->hardware.input_elements, 0);
    program_close(&program);
}

static void test_overrides(void)
{
    struct program program;
    program_open(&program, sample);
    CU_ASSERT_TRUE(model_override_target(program.model, "ecp5", program.sink));
    CU_ASSERT_EQUAL(program.model->hardware.target, TARGET_ECP5);
    CU_ASSERT_TRUE(model_override_throughput(program.model, "2.5 kfps", &program.arena, program.sink));
    CU_ASSERT_EQUAL(program.model->hardware.throughput_fps, 2500);
    CU_ASSERT_EQUAL(sink_errors(program.sink), 0);
    CU_ASSERT_FALSE(model_override_target(program.model, "ecp6", program.sink));
    CU_ASSERT_TRUE(sink_has(program.sink, DIAGNOSTIC_UNKNOWN_WORD));
    CU_ASSERT_FALSE(model_override_throughput(program.model, "2500", &program.arena, program.sink));
    CU_ASSERT_TRUE(sink_has(program.sink, DIAGNOSTIC_WRONG_UNIT));
    program_close(&program);
}

/* The canonical form is the same program: its model prints alike, lines apart. */
static void test_round_trip(void)
{
    struct program first, second;
    program_open(&first, sample);
    struct text canonical = {0};
    ast_print(first.file, &canonical);
    CU_ASSERT_TRUE_FATAL(program_is_clean(&second, text_cstr(&canonical)));
    CU_ASSERT_TRUE(ast_equal(first.file, second.file));
    CU_ASSERT_STRING_EQUAL(first.model->hash, second.model->hash);
    struct text a = {0}, b = {0};
    model_print(first.model, &a);
    program_close(&first);
    program_open(&first, sample);
    model_print(first.model, &b);
    CU_ASSERT_STRING_EQUAL(text_cstr(&a), text_cstr(&b));
    text_free(&a);
    text_free(&b);
    text_free(&canonical);
    program_close(&second);
    program_close(&first);
}

static const struct unit_case cases[] = {
    {"nodes", test_nodes},         {"scheme", test_scheme},         {"plans", test_plans},
    {"overrides", test_overrides}, {"round trip", test_round_trip},
};

UNIT_MAIN("sample", cases)
