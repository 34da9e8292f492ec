/* Activations that stand alone: one loop forward for each formula, one loop backward for all of them. */
#include "runtime/ops/activation.h"

#include "runtime/ops/elementwise.h"
#include "runtime/thread_pool.h"

struct forward {
    const float *z;
    float *y;
    struct staircase staircase;
};

#define DEFINE_FORWARD(name, function)                                                                          \
    static void name(void *context, size_t begin, size_t end, int thread)                                       \
    {                                                                                                           \
        (void)thread;                                                                                           \
        const struct forward f = *(const struct forward *)context;                                              \
        QNN_SAME_ELEMENT for (size_t i = begin; i < end; i++) f.y[i] = activate(function, f.staircase, f.z[i]); \
    }
DEFINE_FORWARD(relu_forward, FUNCTION_RELU)
DEFINE_FORWARD(sign_forward, FUNCTION_SIGN)
DEFINE_FORWARD(hardtanh_forward, FUNCTION_HARDTANH)
DEFINE_FORWARD(uint_forward, FUNCTION_UINT)

struct backward {
    const float *z, *dy;
    float *dz;
    struct gate gate;
};

static void gate_backward(void *context, size_t begin, size_t end, int thread)
{
    (void)thread;
    const struct backward b = *(const struct backward *)context;
    QNN_SAME_ELEMENT
    for (size_t i = begin; i < end; i++)
        b.dz[i] = gated(b.gate, b.z[i], b.dy[i]);
}

static void run_backward(size_t count, struct gate gate, const float *z, const float *dy, float *dz)
{
    struct backward backward = {.z = z, .dy = dy, .dz = dz, .gate = gate};
    qnn_parallel(count, ELEMENT_GRAIN, gate_backward, &backward);
}

void qnn_relu_forward(size_t count, const float *z, float *y)
{
    qnn_parallel(count, ELEMENT_GRAIN, relu_forward, &(struct forward){.z = z, .y = y});
}

void qnn_relu_backward(size_t count, const float *z, const float *dy, float *dz)
{
    run_backward(count, gate_positive, z, dy, dz);
}

void qnn_sign_forward(size_t count, const float *z, float *y)
{
    qnn_parallel(count, ELEMENT_GRAIN, sign_forward, &(struct forward){.z = z, .y = y});
}

void qnn_sign_backward(size_t count, enum qnn_ste ste, const float *z, const float *dy, float *dz)
{
    run_backward(count, gate_of(ste, gate_unit), z, dy, dz);
}

void qnn_hardtanh_forward(size_t count, const float *z, float *y)
{
    qnn_parallel(count, ELEMENT_GRAIN, hardtanh_forward, &(struct forward){.z = z, .y = y});
}

void qnn_hardtanh_backward(size_t count, const float *z, const float *dy, float *dz)
{
    run_backward(count, gate_unit, z, dy, dz);
}

void qnn_uint_forward(size_t count, const struct qnn_quantizer *quantizer, const float *z, float *y)
{
    struct forward forward = {.z = z, .y = y, .staircase = staircase_of(quantizer)};
    qnn_parallel(count, ELEMENT_GRAIN, uint_forward, &forward);
}

void qnn_uint_backward(size_t count, const struct qnn_quantizer *quantizer, enum qnn_ste ste, const float *z,
                       const float *dy, float *dz)
{
    run_backward(count, gate_uint(ste, quantizer), z, dy, dz);
}
