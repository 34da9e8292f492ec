/* int_cut: where units begin and end, what they are called, and what is refused. */
#include "tests/unit/cunit_main.h"
#include "tests/unit/integer/handmade.h"

static void expect_stages(const struct unit_plan *unit, size_t count, const enum qnn_stage_kind *kinds,
                          const size_t *norms)
{
    CU_ASSERT_EQUAL_FATAL(unit->stage_count, count);
    for (size_t i = 0; i < count; i++) {
        CU_ASSERT_EQUAL(unit->stages[i].kind, kinds[i]);
        CU_ASSERT_EQUAL(unit->stages[i].norm_count, norms[i]);
    }
}

static struct int_plan *cut_and_close(struct handmade *made, enum op_kind output)
{
    handmade_output(made, output, output == OP_CLASSIFY ? "classify" : "regress");
    return int_cut(&made->model, &made->arena, made->sink);
}

/* Blocks fc(units) { dense -> batchnorm -> act -> dropout } and a last dense -> batchnorm -> classify. */
static void test_blocks(void)
{
    struct handmade made;
    handmade_open(&made, ELEMENT_U8, 4, 3, 1);
    handmade_flatten(&made);
    handmade_dense(&made, "h1.dense", 5, WEIGHT_BINARY);
    handmade_add(&made, OP_BATCHNORM, "h1.batchnorm");
    handmade_relu(&made, "h1.act", 8);
    handmade_add(&made, OP_DROPOUT, "h1.dropout");
    handmade_dense(&made, "h2.dense", 7, WEIGHT_TERNARY);
    handmade_add(&made, OP_BATCHNORM, "h2.batchnorm1");
    handmade_add(&made, OP_BATCHNORM, "h2.batchnorm2");
    handmade_sign(&made, "h2.act");
    handmade_dense(&made, "logits", 3, WEIGHT_BINARY);
    handmade_add(&made, OP_BATCHNORM, "batchnorm");
    const struct int_plan *plan = cut_and_close(&made, OP_CLASSIFY);
    CU_ASSERT_PTR_NOT_NULL_FATAL(plan);
    CU_ASSERT_EQUAL(sink_errors(made.sink), 0);
    CU_ASSERT_EQUAL_FATAL(plan->unit_count, 3);
    CU_ASSERT_PTR_NULL(plan->input_quantizer);
    const struct unit_plan *unit = plan->units;
    CU_ASSERT_STRING_EQUAL(unit[0].name, "h1");
    CU_ASSERT_STRING_EQUAL(unit[1].name, "h2");
    CU_ASSERT_STRING_EQUAL(unit[2].name, "logits");
    CU_ASSERT_EQUAL(unit[0].fan_in, 12);
    CU_ASSERT_EQUAL(unit[0].channels, 5);
    CU_ASSERT_TRUE(unit[0].calibrated);
    CU_ASSERT_EQUAL(unit[0].quantizer, QNN_QUANTIZER_UINT);
    CU_ASSERT_EQUAL(unit[0].bits, 8);
    CU_ASSERT_TRUE(unit[0].requantized);
    CU_ASSERT_FALSE(unit[1].requantized);
    CU_ASSERT_FALSE(unit[2].requantized);
    CU_ASSERT_EQUAL(unit[1].quantizer, QNN_QUANTIZER_SIGN);
    CU_ASSERT_FALSE(unit[1].calibrated);
    CU_ASSERT_EQUAL(unit[2].kind, UNIT_CLASS);
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(unit[i].index, i);
        CU_ASSERT_EQUAL(unit[i].inputs[0], i - 1);
        expect_stages(&unit[i], 1, (enum qnn_stage_kind[]){QNN_STAGE_AFFINE}, (size_t[]){i == 1 ? 2 : 1});
    }
    CU_ASSERT_STRING_EQUAL(unit[1].stages[0].norms[1]->name, "h2.batchnorm2");
    handmade_close(&made);
}

/* A relu and a hardtanh in front of a quantizer are stages; batch norms behind them open a second affine. */
static void test_stages(void)
{
    struct handmade made;
    handmade_open(&made, ELEMENT_I8, 1, 1, 4);
    handmade_dense(&made, "a", 5, WEIGHT_BINARY);
    handmade_relu(&made, "relu", 8); /* its deploy has nothing to do: uint(3) follows */
    handmade_add(&made, OP_BATCHNORM, "n1");
    handmade_add(&made, OP_BATCHNORM, "n2");
    handmade_hardtanh(&made, "hardtanh");
    handmade_uint(&made, "q", 3, 0.75);
    handmade_dense(&made, "b", 2, WEIGHT_BINARY);
    const struct int_plan *plan = cut_and_close(&made, OP_REGRESS);
    CU_ASSERT_PTR_NOT_NULL_FATAL(plan);
    CU_ASSERT_EQUAL_FATAL(plan->unit_count, 2);
    const enum qnn_stage_kind kinds[] = {QNN_STAGE_AFFINE, QNN_STAGE_RELU, QNN_STAGE_AFFINE, QNN_STAGE_HARDTANH};
    expect_stages(&plan->units[0], 4, kinds, (size_t[]){0, 0, 2, 0});
    CU_ASSERT_EQUAL(plan->units[0].bits, 3);
    CU_ASSERT_EQUAL(plan->units[0].clip, 0.75);
    CU_ASSERT_STRING_EQUAL(plan->units[0].end->name, "q");
    CU_ASSERT_STRING_EQUAL(plan->units[0].name, "a");
    CU_ASSERT_EQUAL(plan->units[1].kind, UNIT_VALUES);
    handmade_close(&made);
}

/* Codes are defined on integers from three bits on, behind one affine with nothing but relus after it. */
static void test_requantized(void)
{
    static const struct {
        int bits;
        bool relu, norm_after, hardtanh, expected;
    } cases[] = {
        {2, false, false, false, false}, {3, false, false, false, true}, {8, false, false, false, true},
        {8, true, false, false, true},   {8, true, true, false, false},  {8, false, false, true, false},
        {2, true, false, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct handmade made;
        handmade_open(&made, ELEMENT_U8, 1, 1, 4);
        handmade_dense(&made, "a", 5, WEIGHT_BINARY);
        handmade_add(&made, OP_BATCHNORM, "before");
        if (cases[i].relu)
            handmade_relu(&made, "relu", 0);
        if (cases[i].norm_after)
            handmade_add(&made, OP_BATCHNORM, "after");
        if (cases[i].hardtanh)
            handmade_hardtanh(&made, "hardtanh");
        handmade_uint(&made, "q", cases[i].bits, 1);
        const struct int_plan *plan = cut_and_close(&made, OP_REGRESS);
        CU_ASSERT_PTR_NOT_NULL_FATAL(plan);
        CU_ASSERT_EQUAL(plan->units[0].requantized, cases[i].expected);
        CU_ASSERT_FALSE(plan->units[1].requantized);
        handmade_close(&made);
    }
}

/* Units without a linear part: the input under a sign, a quantizer behind a quantizer, an output right behind codes. */
static void test_without_linear(void)
{
    struct handmade made;
    handmade_open(&made, ELEMENT_U8, 2, 2, 3);
    handmade_add(&made, OP_BATCHNORM, "norm");
    handmade_uint(&made, "quantize", 4, 1);
    handmade_flatten(&made);
    handmade_sign(&made, "sign");
    const struct int_plan *plan = cut_and_close(&made, OP_CLASSIFY);
    CU_ASSERT_PTR_NOT_NULL_FATAL(plan);
    CU_ASSERT_EQUAL_FATAL(plan->unit_count, 3);
    for (size_t i = 0; i < 3; i++) {
        CU_ASSERT_PTR_NULL(plan->units[i].linear);
        CU_ASSERT_EQUAL(plan->units[i].channels * unit_positions(&plan->units[i]), 12);
        CU_ASSERT_EQUAL(plan->units[i].fan_in, 1);
        CU_ASSERT_STRING_EQUAL(plan->units[i].name, plan->units[i].end->name);
    }
    CU_ASSERT_EQUAL(plan->units[0].stages[0].norm_count, 1);
    handmade_close(&made);
}

static void test_float_input(void)
{
    struct handmade made;
    handmade_open(&made, ELEMENT_F32, 1, 1, 4);
    handmade_uint(&made, "quantize", 4, 1);
    handmade_dense(&made, "dense", 3, WEIGHT_BINARY);
    const struct int_plan *plan = cut_and_close(&made, OP_CLASSIFY);
    CU_ASSERT_PTR_NOT_NULL_FATAL(plan);
    CU_ASSERT_EQUAL(plan->unit_count, 1);
    CU_ASSERT_PTR_EQUAL(plan->input_quantizer, made.nodes[1]);
    handmade_close(&made);
}

/* Two units in one block, and "a.b" beside "a_b". */
static void test_names(void)
{
    struct handmade made;
    handmade_open(&made, ELEMENT_U8, 1, 1, 4);
    handmade_dense(&made, "s.dense1", 3, WEIGHT_BINARY);
    handmade_sign(&made, "s.act1");
    handmade_dense(&made, "s.dense2", 3, WEIGHT_BINARY);
    handmade_sign(&made, "s.act2");
    handmade_dense(&made, "s_dense2", 3, WEIGHT_BINARY);
    handmade_sign(&made, "sign");
    handmade_dense(&made, "s.t.dense", 3, WEIGHT_BINARY);
    handmade_sign(&made, "s.t.act");
    const struct int_plan *plan = cut_and_close(&made, OP_CLASSIFY);
    CU_ASSERT_PTR_NOT_NULL_FATAL(plan);
    static const char *const names[] = {"s.dense1", "s.dense2", "s_dense2", "s.t", "classify"};
    static const char *const identifiers[] = {"s_dense1", "s_dense2", "s_dense2_2", "s_t", "classify"};
    CU_ASSERT_EQUAL_FATAL(plan->unit_count, 5);
    for (size_t i = 0; i < 5; i++) {
        CU_ASSERT_STRING_EQUAL(plan->units[i].name, names[i]);
        CU_ASSERT_STRING_EQUAL(plan->units[i].identifier, identifiers[i]);
    }
    handmade_close(&made);
}

/* ---- Refusals: exactly one error, with the id -------------------------------------------------------------------- */

static void expect_refusal(struct handmade *made, enum diagnostic_id id)
{
    CU_ASSERT_PTR_NULL(cut_and_close(made, OP_CLASSIFY));
    CU_ASSERT_EQUAL(sink_errors(made->sink), 1);
    CU_ASSERT_TRUE(sink_has(made->sink, id));
    /* The verdict does not depend on what the sink already holds. */
    CU_ASSERT_PTR_NULL(int_cut(&made->model, &made->arena, made->sink));
    handmade_close(made);
}

static void test_refuses_float_weights(void)
{
    struct handmade made;
    handmade_open(&made, ELEMENT_U8, 1, 1, 4);
    handmade_dense(&made, "dense", 3, WEIGHT_FLOAT);
    expect_refusal(&made, DIAGNOSTIC_FLOAT_WEIGHTS);
}

static void test_refuses_float_activation(void)
{
    struct handmade made;
    handmade_open(&made, ELEMENT_U8, 1, 1, 4);
    handmade_dense(&made, "a", 3, WEIGHT_BINARY);
    handmade_relu(&made, "relu", 0);
    handmade_dense(&made, "b", 3, WEIGHT_BINARY);
    expect_refusal(&made, DIAGNOSTIC_FLOAT_ACTIVATION);
    handmade_open(&made, ELEMENT_U8, 1, 1, 4);
    handmade_dense(&made, "a", 3, WEIGHT_BINARY);
    handmade_hardtanh(&made, "hardtanh");
    expect_refusal(&made, DIAGNOSTIC_FLOAT_ACTIVATION);
}

static void test_refuses_float_input(void)
{
    struct handmade made;
    handmade_open(&made, ELEMENT_F32, 1, 1, 4);
    handmade_dense(&made, "a", 3, WEIGHT_BINARY);
    expect_refusal(&made, DIAGNOSTIC_FLOAT_INPUT);
    handmade_open(&made, ELEMENT_F32, 1, 1, 4);
    handmade_relu(&made, "relu", 8); /* codes of a calibrated quantizer cannot be made outside the program */
    expect_refusal(&made, DIAGNOSTIC_FLOAT_INPUT);
}

static void test_refuses_missing_quantizer(void)
{
    struct handmade made;
    handmade_open(&made, ELEMENT_U8, 1, 1, 4);
    handmade_dense(&made, "a", 3, WEIGHT_BINARY);
    handmade_add(&made, OP_BATCHNORM, "norm");
    handmade_dense(&made, "b", 3, WEIGHT_BINARY);
    expect_refusal(&made, DIAGNOSTIC_MISSING_QUANTIZER);
}

static void test_refuses_stray_batchnorm(void)
{
    struct handmade made;
    handmade_open(&made, ELEMENT_U8, 1, 1, 4);
    handmade_dense(&made, "a", 3, WEIGHT_BINARY);
    handmade_relu(&made, "relu", 4);
    handmade_add(&made, OP_BATCHNORM, "norm");
    handmade_dense(&made, "b", 3, WEIGHT_BINARY);
    expect_refusal(&made, DIAGNOSTIC_STRAY_BATCHNORM);
}

static void test_refuses_many_stages(void)
{
    struct handmade made;
    handmade_open(&made, ELEMENT_U8, 1, 1, 4);
    handmade_dense(&made, "a", 3, WEIGHT_BINARY);
    for (int i = 0; i < QNN_UNIT_MAX_STAGES; i++)
        handmade_hardtanh(&made, "hardtanh");
    handmade_sign(&made, "sign");
    expect_refusal(&made, DIAGNOSTIC_TOO_MANY_STAGES);
}

static void test_refuses_wide_accumulator(void)
{
    static const int magnitudes[] = {[ELEMENT_U8] = 255, [ELEMENT_I8] = 128};
    for (int type = ELEMENT_U8; type <= ELEMENT_I8; type++) {
        struct handmade made;
        const int limit = INT_MAX_ACCUMULATOR / magnitudes[type];
        handmade_open(&made, (enum element_type)type, 1, 1, limit);
        handmade_dense(&made, "a", 1, WEIGHT_BINARY);
        const struct int_plan *plan = cut_and_close(&made, OP_CLASSIFY);
        CU_ASSERT_PTR_NOT_NULL_FATAL(plan);
        CU_ASSERT_PTR_NOT_NULL(int_random(plan, 1, &made.arena, made.sink));
        handmade_close(&made);
        handmade_open(&made, (enum element_type)type, 1, 1, limit + 1);
        handmade_dense(&made, "a", 1, WEIGHT_BINARY);
        expect_refusal(&made, DIAGNOSTIC_WIDE_ACCUMULATOR);
    }
}

static const struct unit_case cases[] = {
    {"blocks become units", test_blocks},
    {"float activations before a quantizer are stages", test_stages},
    {"which codes are defined on integers", test_requantized},
    {"units without a linear part", test_without_linear},
    {"an f32 input is quantized outside", test_float_input},
    {"names are unique", test_names},
    {"float weights are refused", test_refuses_float_weights},
    {"a float activation is refused", test_refuses_float_activation},
    {"an f32 input without quantizer is refused", test_refuses_float_input},
    {"linear layers without a quantizer between are refused", test_refuses_missing_quantizer},
    {"a batch norm before a linear layer is refused", test_refuses_stray_batchnorm},
    {"too many stages are refused", test_refuses_many_stages},
    {"sums beyond 2^30 are refused", test_refuses_wide_accumulator},
};
UNIT_MAIN("int_cut", cases)
