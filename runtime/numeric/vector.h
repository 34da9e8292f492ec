/*
 * One loop body, compiled for the base processor and for AVX2 with FMA, chosen when it is called.
 *
 * Write the body as a QNN_BODY function NAME_body and then QNN_DISPATCH(NAME, (parameters), (arguments)). fmaf,
 * nearbyintf and the integer operations mean the same in both, so the bits are the same; only the speed differs
 * (without FMA, fmaf is a call). Inner loops have constant trip counts, which every optimisation level vectorises.
 * For this room and the interpreter (compiler/integer).
 */
#ifndef QNN_NUMERIC_VECTOR_H
#define QNN_NUMERIC_VECTOR_H

#define QNN_BODY static inline __attribute__((always_inline)) void

#if defined(__x86_64__)
#define QNN_DISPATCH(name, parameters, arguments)                            \
    static void name##_base parameters                                       \
    {                                                                        \
        name##_body arguments;                                               \
    }                                                                        \
    __attribute__((target("avx2,fma"))) static void name##_avx2 parameters   \
    {                                                                        \
        name##_body arguments;                                               \
    }                                                                        \
    static void name parameters                                              \
    {                                                                        \
        if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) \
            name##_avx2 arguments;                                           \
        else                                                                 \
            name##_base arguments;                                           \
    }
#else
#define QNN_DISPATCH(name, parameters, arguments) \
    static void name parameters                   \
    {                                             \
        name##_body arguments;                    \
    }
#endif

#endif
