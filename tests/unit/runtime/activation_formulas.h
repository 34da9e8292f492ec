/*
 * Every activation in double, straight from its formula, and the function that its backward rule pretends was there (hard tanh
 * for a clipped sign, a clamp for a clipped staircase, relu, or the identity): what kernels and their gradients are compared
 * with.
 */
#ifndef QNN_TESTS_ACTIVATION_FORMULAS_H
#define QNN_TESTS_ACTIVATION_FORMULAS_H

#include "runtime/quantizers/activation_form.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

static inline double clamp(double z, double low, double high)
{
    return z < low ? low : z > high ? high : z;
}

static inline double formula_identity(double z)
{
    return z;
}

static inline double formula_relu(double z)
{
    return z > 0.0 ? z : 0.0;
}

static inline double formula_sign(double z)
{
    return z >= 0.0 ? 1.0 : -1.0;
}

static inline double formula_hardtanh(double z)
{
    return clamp(z, -1.0, 1.0);
}

/* uint(2, clip = fixed(1.5)) and int(3, clip = fixed(1.5)): both have steps of 0.5. */
static inline double formula_uint(double z)
{
    return rint(clamp(z, 0.0, 1.5) / 0.5) * 0.5;
}

static inline double formula_int(double z)
{
    return rint(clamp(z, -1.5, 1.5) / 0.5) * 0.5;
}

static inline double clamp_uint(double z)
{
    return clamp(z, 0.0, 1.5);
}

static inline double clamp_int(double z)
{
    return clamp(z, -1.5, 1.5);
}

/* leaky(0.25) */
static inline double formula_leaky(double z)
{
    return z > 0.0 ? z : 0.25 * z;
}

struct activation_case {
    enum qnn_activation_kind kind;
    enum qnn_ste ste;
    struct qnn_arguments arguments;
    double (*formula)(double z);
    double (*stand_in)(double z);
};

static const struct activation_case activation_cases[] = {
    {QNN_ACTIVATION_RELU, QNN_STE_CLIPPED, {{0}}, formula_relu, formula_relu},
    {QNN_ACTIVATION_SIGN, QNN_STE_CLIPPED, {{0}}, formula_sign, formula_hardtanh},
    {QNN_ACTIVATION_SIGN, QNN_STE_RELU, {{0}}, formula_sign, formula_relu},
    {QNN_ACTIVATION_SIGN, QNN_STE_IDENTITY, {{0}}, formula_sign, formula_identity},
    {QNN_ACTIVATION_HARDTANH, QNN_STE_IDENTITY, {{0}}, formula_hardtanh, formula_hardtanh},
    {QNN_ACTIVATION_LEAKY, QNN_STE_CLIPPED, {{0.25}}, formula_leaky, formula_leaky},
    {QNN_ACTIVATION_UINT, QNN_STE_CLIPPED, {{2, 0, 1.5}}, formula_uint, clamp_uint},
    {QNN_ACTIVATION_UINT, QNN_STE_RELU, {{2, 0, 1.5}}, formula_uint, formula_relu},
    {QNN_ACTIVATION_UINT, QNN_STE_IDENTITY, {{2, 0, 1.5}}, formula_uint, formula_identity},
    {QNN_ACTIVATION_INT, QNN_STE_CLIPPED, {{3, 0, 1.5}}, formula_int, clamp_int},
};
enum { ACTIVATION_CASES = sizeof activation_cases / sizeof activation_cases[0] };

/* Whether z is at least `distance` from every kink of these and from every edge of their staircases. */
static inline bool activation_is_smooth(double z, double distance)
{
    static const double kinks[] = {-1.5, -1.25, -1.0, -0.75, -0.25, 0.0, 0.25, 0.75, 1.0, 1.25, 1.5};
    for (size_t i = 0; i < sizeof kinks / sizeof kinks[0]; i++)
        if (fabs(z - kinks[i]) < distance)
            return false;
    return true;
}

#endif
