/* The table of activation forms, and activations made from them. */
#include "runtime/quantizers/activations.h"

#include "runtime/numeric/error.h"

#include <string.h>

const struct qnn_activation_form *const qnn_activation_forms[QNN_ACTIVATION_COUNT] = {
#define QNN_ACTIVATION(NAME, name) [QNN_ACTIVATION_##NAME] = &qnn_##name##_form,
#include "runtime/quantizers/activations.def"
};

const struct qnn_activation_form *qnn_activation_find(const char *name)
{
    for (int i = 0; i < QNN_ACTIVATION_COUNT; i++)
        if (strcmp(qnn_activation_forms[i]->name, name) == 0)
            return qnn_activation_forms[i];
    return NULL;
}

const struct qnn_activation_form *qnn_staircase_form(enum qnn_quantizer_kind kind)
{
    int i = 0;
    while (i < QNN_ACTIVATION_COUNT && qnn_activation_forms[i]->quantizer != kind)
        i++;
    QNN_CHECK(kind != QNN_QUANTIZER_NONE && i < QNN_ACTIVATION_COUNT);
    return qnn_activation_forms[i];
}

static struct qnn_gate gate_of(const struct qnn_activation_form *form, enum qnn_ste ste, float clip)
{
    static const struct qnn_gate open = {-INFINITY, INFINITY};
    if (ste == QNN_STE_CLIPPED)
        return form->gate ? form->gate(clip) : open;
    return ste == QNN_STE_RELU ? qnn_gate_positive(clip) : open;
}

struct qnn_activation qnn_staircase(enum qnn_quantizer_kind kind, int bits, float clip, enum qnn_ste ste)
{
    const struct qnn_activation_form *form = qnn_staircase_form(kind);
    QNN_CHECK(bits >= 1 && bits <= QNN_UINT_MAX_BITS);
    const struct qnn_code_type type = form->type(bits);
    struct qnn_activation result = {.step = 1.0f, .gate = gate_of(form, ste, clip)};
    QNN_CHECK(type.high > 0);
    if (type.encoding == QNN_ENCODING_SIGN)
        return result;
    QNN_CHECK(clip >= QNN_CLIP_LEAST && clip <= QNN_CLIP_GREATEST);
    result.clip = clip;
    result.inverse_step = qnn_inverse_step(clip, type.high);
    result.step = qnn_step(clip, type.high);
    return result;
}

struct qnn_activation qnn_activation(enum qnn_activation_kind kind, enum qnn_ste ste, struct qnn_arguments arguments)
{
    const struct qnn_activation_form *form = qnn_activation_forms[kind];
    if (form->quantizer != QNN_QUANTIZER_NONE)
        return qnn_staircase(form->quantizer, qnn_activation_bits(form, &arguments),
                             (float)qnn_activation_clip(form, &arguments), ste);
    struct qnn_activation result = {.gate = gate_of(form, QNN_STE_CLIPPED, 0.0f)};
    for (int i = 0; i < QNN_REAL_ARGUMENTS; i++)
        result.argument[i] = (float)arguments.number[i];
    return result;
}
