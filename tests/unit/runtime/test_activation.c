/* Activations: forward against the formula; backward against central differences of the function that the rule pretends
 * was there. */
#include "kernel_test.h"

#include "activation_formulas.h"

#include "runtime/ops/activation.h"

enum { COUNT = 40001 }; /* worth several threads, and not a whole vector */

typedef void forward_kernel(size_t count, const struct qnn_activation *activation, const float *z, float *y);
typedef void backward_kernel(size_t count, const struct qnn_activation *activation, const float *z, const float *dy,
                             float *dz);

static const struct {
    forward_kernel *forward;
    backward_kernel *backward;
} kernels[] = {
#define QNN_ACTIVATION(NAME, name) [QNN_ACTIVATION_##NAME] = {qnn_##name##_forward, qnn_##name##_backward},
#include "runtime/quantizers/activations.def"
};

static struct qnn_activation activation_of(const struct activation_case *c)
{
    return qnn_activation(c->kind, c->ste, c->arguments);
}

static void check_kernel(const struct activation_case *c, const float *z, const float *dy, float *y, float *dz)
{
    const double h = 1e-6;
    const struct qnn_activation activation = activation_of(c);
    bool forward = true, backward = true;
    kernels[c->kind].forward(COUNT, &activation, z, y);
    kernels[c->kind].backward(COUNT, &activation, z, dy, dz);
    for (int i = 0; i < COUNT; i++) {
        const double x = (double)z[i];
        if (!activation_is_smooth(x, 1e-5))
            continue;
        const double slope = (c->stand_in(x + h) - c->stand_in(x - h)) / (2.0 * h);
        forward &= is_close((double)y[i], c->formula(x), 1e-6);
        backward &= is_close((double)dz[i], slope * (double)dy[i], 1e-6);
    }
    CU_ASSERT(forward);
    CU_ASSERT(backward);
}

static void check_kernels(void)
{
    float *z = random_floats(1, COUNT, -3.0f, 3.0f), *dy = random_floats(2, COUNT, -1.0f, 1.0f);
    float *y = floats(COUNT), *dz = floats(COUNT);
    for (int i = 0; i < ACTIVATION_CASES; i++) {
        const struct activation_case *c = &activation_cases[i];
        const struct qnn_activation activation = activation_of(c);
        check_kernel(c, z, dy, y, dz);
        float *in_place = copy_floats(z, COUNT), *gradient = copy_floats(dy, COUNT);
        kernels[c->kind].forward(COUNT, &activation, in_place, in_place);
        kernels[c->kind].backward(COUNT, &activation, z, gradient, gradient);
        CU_ASSERT(same_bits(in_place, y, COUNT * sizeof *y));
        CU_ASSERT(same_bits(gradient, dz, COUNT * sizeof *dz));
        free(in_place);
        free(gradient);
    }
    free(z);
    free(dy);
    free(y);
    free(dz);
}

static void test_kernels(void)
{
    with_threads(check_kernels);
}

/* What happens exactly on a kink is part of the contract. */
static void check_kinks(void)
{
    const float z[] = {-1.0f, -0.0f, 0.0f, 1.0f, 1.5f, nextafterf(1.0f, 2.0f)}, dy[] = {1, 1, 1, 1, 1, 1};
    static const struct {
        enum qnn_activation_kind kind;
        enum qnn_ste ste;
        float dz[6];
    } expected[] = {
        {QNN_ACTIVATION_RELU, QNN_STE_CLIPPED, {0, 0, 0, 1, 1, 1}},
        {QNN_ACTIVATION_SIGN, QNN_STE_CLIPPED, {1, 1, 1, 1, 0, 0}},
        {QNN_ACTIVATION_SIGN, QNN_STE_RELU, {0, 0, 0, 1, 1, 1}},
        {QNN_ACTIVATION_SIGN, QNN_STE_IDENTITY, {1, 1, 1, 1, 1, 1}},
        {QNN_ACTIVATION_HARDTANH, QNN_STE_CLIPPED, {1, 1, 1, 1, 0, 0}},
        {QNN_ACTIVATION_UINT, QNN_STE_CLIPPED, {0, 0, 0, 1, 0, 1}},
        {QNN_ACTIVATION_INT, QNN_STE_CLIPPED, {1, 1, 1, 1, 0, 1}},
    };
    float out[6];
    for (size_t e = 0; e < sizeof expected / sizeof expected[0]; e++) {
        const struct qnn_activation activation =
            qnn_activation(expected[e].kind, expected[e].ste, QNN_ARGUMENTS(3, 0, 1.5));
        kernels[expected[e].kind].backward(6, &activation, z, dy, out);
        for (int i = 0; i < 6; i++)
            CU_ASSERT_EQUAL(out[i], expected[e].dz[i]);
    }
    const struct qnn_activation sign = qnn_staircase(QNN_QUANTIZER_SIGN, 1, 0, QNN_STE_CLIPPED);
    qnn_sign_forward(6, &sign, z, out);
    CU_ASSERT(out[0] == -1.0f && out[1] == 1.0f && out[2] == 1.0f);
    const float halves[] = {0.25f, 0.75f, 1.25f, 9.0f, -9.0f}, rounded[] = {0.0f, 1.0f, 1.0f, 1.5f, 0.0f};
    const struct qnn_activation uint = qnn_staircase(QNN_QUANTIZER_UINT, 2, 1.5f, QNN_STE_CLIPPED);
    qnn_uint_forward(5, &uint, halves, out);
    for (int i = 0; i < 5; i++)
        CU_ASSERT_EQUAL(out[i], rounded[i]);
}

static void test_kinks(void)
{
    with_threads(check_kinks);
}

/* A form is found by its name and says what its line of the list says. */
static void test_forms(void)
{
    for (int i = 0; i < QNN_ACTIVATION_COUNT; i++) {
        const struct qnn_activation_form *form = qnn_activation_forms[i];
        CU_ASSERT_EQUAL(form->kind, i);
        CU_ASSERT_PTR_EQUAL(qnn_activation_find(form->name), form);
        CU_ASSERT_NOT_EQUAL(form->quantizer == QNN_QUANTIZER_NONE, form->stage == QNN_STAGE_AFFINE);
        if (form->quantizer != QNN_QUANTIZER_NONE)
            CU_ASSERT_PTR_EQUAL(qnn_staircase_form(form->quantizer), form);
        CU_ASSERT_EQUAL(form->quantizer == QNN_QUANTIZER_NONE, form->type == NULL);
        bool covered = false;
        for (int c = 0; c < ACTIVATION_CASES; c++)
            covered |= activation_cases[c].kind == form->kind;
        CU_ASSERT(covered);
    }
    CU_ASSERT_PTR_NULL(qnn_activation_find("gelu"));
}

static const struct unit_case cases[] = {
    {"forward and backward", test_kernels},
    {"on the kinks", test_kinks},
    {"forms", test_forms},
};
UNIT_MAIN("activation", cases)
