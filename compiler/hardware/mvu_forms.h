/*
 * How a matrix-vector unit multiplies and adds: a row per encoding of weights, and before it the variants of it that pay on
 * some parts. Everything that folding, memory images, estimate and the Verilog emitter need to know of an encoding is here.
 *
 * A new encoding is a module rtl_templates/qnn_dot_*.v and a row in mvu_forms.c. The module has the ports x[SIMD*ABITS],
 * w[SIMD * bits of a weight], sum and carry: S of one beat of one row is sum + carry (integer/sum.h).
 */
#ifndef QNN_HARDWARE_MVU_FORMS_H
#define QNN_HARDWARE_MVU_FORMS_H

#include "hardware/estimate_terms.h"
#include "hardware/hardware.h"

enum { MVU_MAX_PARAMETERS = 4 };

struct mvu_parameter {
    const char *name; /* NULL ends the list */
    int (*value)(const struct hw_engine *engine);
};

struct mvu_form {
    enum qnn_encoding weights;
    /* Whether a variant is taken for an engine so folded; NULL: the plain form of the encoding. A variant has the sums, the
     * widths and the storage of its plain form. */
    bool (*applies)(const struct hw_engine *engine, const struct part *part);
    const char *dot; /* the module that sums one beat of one row */
    struct mvu_parameter parameters[MVU_MAX_PARAMETERS + 1];
    const char
        *input_recoder; /* the module that recodes a beat of inputs, once for all rows; NULL: inputs stay as they are */
    /* The code of a weight, weight_type.bits wide. Bit j of the SIMD codes of a row is plane j of its part of a word. */
    uint32_t (*code)(int weight);
    uint32_t filler; /* the code of a column past the matrix, whose input is 0: it adds nothing to S */
    void (*recode)(uint32_t *codes,
                   int simd); /* the codes of one row of one beat, before they are stored; NULL: nothing */
    /* Bits of one product as it is added. One with a negative weight enters with all of them turned (integer/sum.h). */
    int (*product_bits)(const struct qnn_code_type *weights, int in_bits);
    void (*add_terms)(const struct hw_engine *engine, struct estimate_terms *terms); /* of all rows' datapaths */
};

/* The form of an engine's weights: a variant that applies, else the plain one. While nothing is folded (simd 0), the plain one. */
const struct mvu_form *mvu_form_of(const struct hw_engine *engine, const struct part *part);
/* Bits of one product of the engine as it is added. */
int mvu_product_bits(const struct hw_engine *engine);

#endif
