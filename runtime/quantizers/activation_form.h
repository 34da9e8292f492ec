/*
 * An activation's form: what training, freezing, the compiler and its interpreter must know of it, written once.
 *
 * runtime/quantizers/NAME.h holds one activation. Its formulas are inline functions that the lists of activations.def call
 * by name, so that every loop made from them has the formula inside and vectorises:
 *
 *     float qnn_NAME_output(const struct qnn_activation *a, float z)              y, the real value, of z
 *     float qnn_NAME_gradient(const struct qnn_activation *a, float z, float dy)  dz: dy times the slope that training takes
 *     float qnn_NAME_value(const struct qnn_activation *a, float z)               a staircase's integer as a float; the real
 *                                                                                 value is a->step times it
 * and `qnn_NAME_form` says the rest. Output and value are monotone and never fall; they have no branch that depends on data.
 * Rounding mode to nearest, ties to even; denormals on. A staircase makes a code of a NaN too, without undefined behaviour.
 */
#ifndef QNN_QUANTIZERS_ACTIVATION_FORM_H
#define QNN_QUANTIZERS_ACTIVATION_FORM_H

#include "runtime/numeric/code_type.h"
#include "runtime/quantizers/arguments.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

/* All activations; the ids of their rows in compiler/model/quantizers.def. */
enum qnn_activation_kind {
#define QNN_ACTIVATION(NAME, name) QNN_ACTIVATION_##NAME,
#include "runtime/quantizers/activations.def"
    QNN_ACTIVATION_COUNT
};

/* What a stage of a unit does (runtime/numeric/unit.h). */
enum qnn_stage_kind {
    QNN_STAGE_AFFINE, /* y = fmaf(a[c], y, b[c]) */
#define QNN_REAL(NAME, name) QNN_STAGE_##NAME,
#include "runtime/quantizers/activations.def"
    QNN_STAGE_COUNT
};

/* What a unit ends in. */
enum qnn_quantizer_kind {
    QNN_QUANTIZER_NONE, /* a real value (the logits) */
#define QNN_STAIRCASE(NAME, name) QNN_QUANTIZER_##NAME,
#include "runtime/quantizers/activations.def"
    QNN_QUANTIZER_REQUANT, /* the codes of uint or int from an accumulator by integers: a unit without stages */
    QNN_QUANTIZER_COUNT
};

/* The backward rule of a staircase: which elements of z let the gradient pass (straight-through estimator). */
enum qnn_ste {
    QNN_STE_CLIPPED,  /* where it is not saturated: its own gate */
    QNN_STE_RELU,     /* z > 0 */
    QNN_STE_IDENTITY, /* all */
    QNN_STE_COUNT
};

/* An open interval of z in which the gradient passes. */
struct qnn_gate {
    float low, high;
};

enum { QNN_REAL_ARGUMENTS = 2 };

/* An activation with its constants, as its formulas read them: from memory, because a clip may be trained. */
struct qnn_activation {
    float clip;                         /* a staircase: what its last code represents; sign: 0 */
    float inverse_step;                 /* codes per unit of z; sign: 0 */
    float step;                         /* the real value of one code step; sign: 1 */
    float argument[QNN_REAL_ARGUMENTS]; /* a real one: the row's arguments, in order */
    struct qnn_gate gate;
};

/* A scalar that training finds, such as a clip. It never decays, and `weight_lr` is not for it. Under adam and adamw, whose
 * steps have the size of the rate, its update is multiplied by its starting value. */
struct qnn_learned {
    const char *name; /* of its tensor: "clip" */
    float (*start)(const struct qnn_arguments *arguments);
    /* The constants of its value, before the next forward pass. */
    void (*set)(struct qnn_activation *a, float value);
    /* The sum of d loss / d value over elements, in their order: z as forward had it, dy the gradient of its output. */
    double (*gradient)(const struct qnn_activation *a, size_t count, const float *z, const float *dy);
};

struct qnn_activation_form {
    const char *identifier; /* "RELU": NAME of activations.def, for generated C */
    const char *name;       /* as in the language, in the names of kernels and in --dump-integer */
    enum qnn_activation_kind kind;
    enum qnn_quantizer_kind quantizer; /* a staircase's; QNN_QUANTIZER_NONE of a real one */
    enum qnn_stage_kind stage;         /* a real one's */
    bool is_negative;                  /* y < 0 for some z */
    bool clamps_at_zero;               /* y = max(z, 0): codes from 0 on need no such stage before them */
    /* The gate of QNN_STE_CLIPPED, or of a real one; NULL where no gradient asks for it. */
    struct qnn_gate (*gate)(float clip);
    /* Staircases: the type of their codes; how many bits and which clip the row's arguments give. NULL: one bit, no clip. */
    struct qnn_code_type (*type)(int bits);
    int (*bits)(const struct qnn_arguments *arguments);
    double (*clip)(const struct qnn_arguments *arguments);
    const struct qnn_learned
        *learned; /* [learned_count]; such an activation is not fused with the batch norm before it */
    int learned_count;
};

enum { QNN_UINT_MAX_BITS = 16 }; /* a code then is exact in a float and a clipped y never rounds past the last code */

/* The range of a clip: within it neither step nor inverse step overflows or becomes denormal. */
#define QNN_CLIP_LEAST 0x1p-100f
#define QNN_CLIP_GREATEST 0x1p100f

/* Codes per unit of y, last / clip, divided in double and rounded once. QNN_CLIP_LEAST <= clip <= QNN_CLIP_GREATEST, here and
 * below. */
static inline float qnn_inverse_step(float clip, int last)
{
    return (float)((double)last / (double)clip);
}

/* The real value of one code step, clip / last, divided in double and rounded once: the scale of the tensor. */
static inline float qnn_step(float clip, int last)
{
    return (float)((double)clip / (double)last);
}

/* The backward rule of most: 1 inside the gate, else 0. */
static inline float qnn_gated(const struct qnn_activation *a, float z, float dy)
{
    return ((z > a->gate.low) & (z < a->gate.high)) ? dy : 0.0f;
}

#define QNN_AFTER_ONE 0x1.000002p0f /* the float after 1: |z| <= 1 as an open interval */

static inline struct qnn_gate qnn_gate_unit(float clip)
{
    (void)clip;
    return (struct qnn_gate){-QNN_AFTER_ONE, QNN_AFTER_ONE};
}

static inline struct qnn_gate qnn_gate_positive(float clip)
{
    (void)clip;
    return (struct qnn_gate){0.0f, INFINITY};
}

/* NAME(bits, clip = fixed(x)) */
static inline int qnn_first_argument_bits(const struct qnn_arguments *arguments)
{
    return (int)arguments->number[0];
}

static inline double qnn_fixed_clip(const struct qnn_arguments *arguments)
{
    return arguments->number[2];
}

/* Of a staircase, also without arguments: 1 and 0. */
static inline int qnn_activation_bits(const struct qnn_activation_form *form, const struct qnn_arguments *arguments)
{
    return form->bits ? form->bits(arguments) : 1;
}

static inline double qnn_activation_clip(const struct qnn_activation_form *form, const struct qnn_arguments *arguments)
{
    return form->clip ? form->clip(arguments) : 0.0;
}

/* By kind; by name, NULL where there is none. */
extern const struct qnn_activation_form *const qnn_activation_forms[QNN_ACTIVATION_COUNT];
const struct qnn_activation_form *qnn_activation_find(const char *name);
/* The form of a staircase by its quantizer, which must be one. */
const struct qnn_activation_form *qnn_staircase_form(enum qnn_quantizer_kind kind);

/* A staircase of so many bits up to this clip, with the gate of `ste`. Aborts for bits or a clip out of range. */
struct qnn_activation qnn_staircase(enum qnn_quantizer_kind kind, int bits, float clip, enum qnn_ste ste);
/* Any activation from its row's arguments; `ste` counts for staircases. */
struct qnn_activation qnn_activation(enum qnn_activation_kind kind, enum qnn_ste ste, struct qnn_arguments arguments);
/* qnn_activation(QNN_ACTIVATION_UINT, QNN_STE_CLIPPED, QNN_ARGUMENTS(2, 0, 1.5)) */
#define QNN_ARGUMENTS(...) ((struct qnn_arguments){{__VA_ARGS__}})

#endif
