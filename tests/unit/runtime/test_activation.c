/*
 * Activations: forward against the formula; backward against central differences of the function that the rule
 * pretends was there (hard tanh for a clipped sign, a clamp for a clipped staircase, relu, or the identity).
 */
#include "kernel_test.h"

#include "runtime/ops/activation.h"

enum { COUNT = 40001 }; /* worth several threads, and not a whole vector */

static const struct qnn_quantizer *uint2(void)
{
    static struct qnn_quantizer quantizer;
    quantizer = qnn_quantizer_uint(2, 1.5f);
    return &quantizer;
}

static double clamp(double z, double low, double high)
{
    return z < low ? low : z > high ? high : z;
}

/* ---- The formulas and their stand-ins -----------------------------------------------------------------------------
 * */

static double relu(double z)
{
    return z > 0.0 ? z : 0.0;
}

static double sign(double z)
{
    return z >= 0.0 ? 1.0 : -1.0;
}

static double hardtanh(double z)
{
    return clamp(z, -1.0, 1.0);
}

static double staircase(double z)
{
    return rint(clamp(z, 0.0, 1.5) / 0.5) * 0.5;
}

static double clamp_uint(double z)
{
    return clamp(z, 0.0, 1.5);
}

static double identity(double z)
{
    return z;
}

/* ---- The kernels in one shape -------------------------------------------------------------------------------------
 * */

static void sign_backward(size_t count, const float *z, const float *dy, float *dz)
{
    qnn_sign_backward(count, QNN_STE_CLIPPED, z, dy, dz);
}

static void sign_backward_relu(size_t count, const float *z, const float *dy, float *dz)
{
    qnn_sign_backward(count, QNN_STE_RELU, z, dy, dz);
}

static void sign_backward_identity(size_t count, const float *z, const float *dy, float *dz)
{
    qnn_sign_backward(count, QNN_STE_IDENTITY, z, dy, dz);
}

static void uint_forward(size_t count, const float *z, float *y)
{
    qnn_uint_forward(count, uint2(), z, y);
}

static void uint_backward(size_t count, const float *z, const float *dy, float *dz)
{
    qnn_uint_backward(count, uint2(), QNN_STE_CLIPPED, z, dy, dz);
}

static void uint_backward_relu(size_t count, const float *z, const float *dy, float *dz)
{
    qnn_uint_backward(count, uint2(), QNN_STE_RELU, z, dy, dz);
}

static void uint_backward_identity(size_t count, const float *z, const float *dy, float *dz)
{
    qnn_uint_backward(count, uint2(), QNN_STE_IDENTITY, z, dy, dz);
}

static const struct {
    void (*forward)(size_t count, const float *z, float *y);
    void (*backward)(size_t count, const float *z, const float *dy, float *dz);
    double (*formula)(double z);
    double (*stand_in)(double z);
} kernels[] = {
    {qnn_relu_forward, qnn_relu_backward, relu, relu},
    {qnn_sign_forward, sign_backward, sign, hardtanh},
    {qnn_sign_forward, sign_backward_relu, sign, relu},
    {qnn_sign_forward, sign_backward_identity, sign, identity},
    {qnn_hardtanh_forward, qnn_hardtanh_backward, hardtanh, hardtanh},
    {uint_forward, uint_backward, staircase, clamp_uint},
    {uint_forward, uint_backward_relu, staircase, relu},
    {uint_forward, uint_backward_identity, staircase, identity},
};
enum { KERNEL_COUNT = sizeof kernels / sizeof kernels[0] };

/* Far enough from every kink and from every edge of the staircase. */
static bool is_smooth(double z)
{
    static const double kinks[] = {-1.0, 0.0, 0.25, 0.75, 1.0, 1.25, 1.5};
    for (size_t i = 0; i < sizeof kinks / sizeof kinks[0]; i++)
        if (fabs(z - kinks[i]) < 1e-5)
            return false;
    return true;
}

static void check_kernel(int k, const float *z, const float *dy, float *y, float *dz)
{
    const double h = 1e-6;
    bool forward = true, backward = true;
    kernels[k].forward(COUNT, z, y);
    kernels[k].backward(COUNT, z, dy, dz);
    for (int i = 0; i < COUNT; i++) {
        const double x = (double)z[i];
        if (!is_smooth(x))
            continue;
        const double slope = (kernels[k].stand_in(x + h) - kernels[k].stand_in(x - h)) / (2.0 * h);
        forward &= is_close((double)y[i], kernels[k].formula(x), 1e-6);
        backward &= is_close((double)dz[i], slope * (double)dy[i], 1e-6);
    }
    CU_ASSERT(forward);
    CU_ASSERT(backward);
}

static void check_kernels(void)
{
    float *z = random_floats(1, COUNT, -3.0f, 3.0f), *dy = random_floats(2, COUNT, -1.0f, 1.0f);
    float *y = floats(COUNT), *dz = floats(COUNT);
    for (int k = 0; k < KERNEL_COUNT; k++) {
        check_kernel(k, z, dy, y, dz);
        float *in_place = copy_floats(z, COUNT), *gradient = copy_floats(dy, COUNT);
        kernels[k].forward(COUNT, in_place, in_place);
        kernels[k].backward(COUNT, z, gradient, gradient);
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
        int kernel;
        float dz[6];
    } expected[] = {
        {0, {0, 0, 0, 1, 1, 1}}, {1, {1, 1, 1, 1, 0, 0}}, {2, {0, 0, 0, 1, 1, 1}},
        {3, {1, 1, 1, 1, 1, 1}}, {4, {1, 1, 1, 1, 0, 0}}, {5, {0, 0, 0, 1, 0, 1}},
    };
    float out[6];
    for (size_t e = 0; e < sizeof expected / sizeof expected[0]; e++) {
        kernels[expected[e].kernel].backward(6, z, dy, out);
        for (int i = 0; i < 6; i++)
            CU_ASSERT_EQUAL(out[i], expected[e].dz[i]);
    }
    qnn_sign_forward(6, z, out);
    CU_ASSERT(out[0] == -1.0f && out[1] == 1.0f && out[2] == 1.0f);
    const float halves[] = {0.25f, 0.75f, 1.25f, 9.0f, -9.0f}, rounded[] = {0.0f, 1.0f, 1.0f, 1.5f, 0.0f};
    uint_forward(5, halves, out);
    for (int i = 0; i < 5; i++)
        CU_ASSERT_EQUAL(out[i], rounded[i]);
}

static void test_kinks(void)
{
    with_threads(check_kinks);
}

static const struct unit_case cases[] = {
    {"forward and backward", test_kernels},
    {"on the kinks", test_kinks},
};
UNIT_MAIN("activation", cases)
