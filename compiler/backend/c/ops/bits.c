/* Layers with weights of -1 and +1 whose inputs lie in few bits, signs or codes of one or two bits: forward, their sums are
 * counted (runtime/ops/bits.h), in memory that they share. */
#include "backend/c/trainer_emit.h"

#include "runtime/numeric/work.h"

enum { MOST_PLANES = 2 }; /* counting planes one after the other pays up to here */

static bool is_signs(const struct activation_scheme *quantizer)
{
    return activation_type(quantizer).encoding == QNN_ENCODING_SIGN;
}

static bool are_same(const struct activation_scheme *a, const struct activation_scheme *b)
{
    return a->form == b->form && activation_bits(a) == activation_bits(b) && activation_clip(a) == activation_clip(b);
}

/* The quantizer whose values a node has, in training as in the deployed network; NULL: none with few bits. */
static const struct activation_scheme *quantizer_of(const struct model_node *node)
{
    const struct model_node *origin = trainer_origin(node);
    if (node_has(origin, TRAIT_JOIN)) {
        const struct activation_scheme *a = quantizer_of(origin->inputs[0]), *b = quantizer_of(origin->inputs[1]);
        return !origin->join.asked && a && b && are_same(a, b) ? a : NULL;
    }
    if (origin->op != OP_ACTIVATION)
        return NULL;
    const struct activation_scheme *function = &origin->activation.function;
    if (!activation_quantizes(function))
        return NULL;
    const struct qnn_code_type type = activation_type(function);
    const bool few = type.encoding == QNN_ENCODING_UNSIGNED && type.bits <= MOST_PLANES;
    return few || type.encoding == QNN_ENCODING_SIGN ? function : NULL;
}

static bool has_sign_weights(const struct model_node *node)
{
    return qnn_weight_is_sign(&node->scheme->weights.quantizer);
}

static int planes_of(const struct activation_scheme *quantizer)
{
    return activation_bits(quantizer);
}

/* Whether what a tap outside reads is one of the values. */
static bool pads_in_bits(const struct model_node *node, const struct activation_scheme *quantizer)
{
    const double value = node->conv.pad_value;
    if (!node_has(node, TRAIT_WINDOW) || !node->conv.window.pads)
        return true;
    return is_signs(quantizer) ? value == 1 || value == -1 : value == 0;
}

/* What a layer reads: positions of a sample, taps of its kernel (of a dense layer one), channels of a tap. */
struct extent {
    int height, width, kernel_height, kernel_width, inputs;
};

static struct extent extent_of(const struct model_node *node)
{
    const struct shape in = node->inputs[0]->shape;
    if (!node_has(node, TRAIT_WINDOW))
        return (struct extent){1, 1, 1, 1, node->dense.inputs};
    return (struct extent){in.height, in.width, node->conv.window.kernel_height, node->conv.window.kernel_width,
                           node->conv.inputs};
}

static size_t taps_of(const struct extent *at)
{
    return (size_t)at->kernel_height * (size_t)at->kernel_width;
}

/* The quantizer of the input of a layer that counts; NULL where it does not. */
static const struct activation_scheme *counted(const struct model_node *node)
{
    const bool possible = node_has(node, TRAIT_WEIGHTS) && (!node_has(node, TRAIT_WINDOW) || node->conv.groups == 1);
    const struct activation_scheme *quantizer = possible ? quantizer_of(node->inputs[0]) : NULL;
    if (!quantizer || node_bias(node) || !has_sign_weights(node) || !pads_in_bits(node, quantizer))
        return NULL;
    const struct extent at = extent_of(node);
    const size_t window = (size_t)planes_of(quantizer) * taps_of(&at) * (((size_t)at.inputs + 63) / 64);
    return window <= QNN_BIT_WINDOW ? quantizer : NULL;
}

const char *trainer_bits(struct emitter *e, const struct model_node *node, bool codes)
{
    const struct activation_scheme *quantizer = counted(node);
    if (!quantizer)
        return NULL;
    if (is_signs(quantizer))
        return "QNN_SIGNS";
    if (codes)
        return trainer_format(e, "QNN_CODES(%d, 1.0f)", activation_bits(quantizer));
    const int bits = activation_bits(quantizer);
    return trainer_format(e, "QNN_CODES(%d, qnn_step(%s, %d))", bits, trainer_float(e, activation_clip(quantizer)),
                          (1 << bits) - 1);
}

/* ---- Work memory ------------------------------------------------------------------------------------------------- */

static size_t words(const struct emitter *e, const struct model_node *node)
{
    const struct activation_scheme *quantizer = counted(node);
    const struct extent at = extent_of(node);
    if (!quantizer)
        return 0;
    return QNN_BIT_WORK(planes_of(quantizer), (size_t)e->model->train.batch * (size_t)at.height * (size_t)at.width,
                        taps_of(&at), at.inputs, node_outputs(node));
}

static const char *work_size(struct emitter *e, const struct step *step)
{
    const struct extent at = extent_of(step->node);
    const int planes = planes_of(counted(step->node));
    if (!node_has(step->node, TRAIT_WINDOW))
        return trainer_format(e, "QNN_BIT_WORK(%d, BATCH, 1, %s, %s)", planes, step->in[0]->size->name,
                              step->out->size->name);
    return trainer_format(e, "QNN_BIT_WORK(%d, BATCH * %d * %d, %d * %d, %s, %s)", planes, at.height, at.width,
                          at.kernel_height, at.kernel_width, step->in[0]->channels->name, step->out->channels->name);
}

void trainer_bit_work(struct emitter *e)
{
    const struct step *most = NULL;
    for (size_t i = 0; i < e->step_count; i++)
        if (node_has_weights(e->steps[i].node) && words(e, e->steps[i].node) > (most ? words(e, most->node) : 0))
            most = &e->steps[i];
    if (!most)
        return;
    trainer_line(e, 1, "/* Layers that count bits pack them here, one after the other. */");
    trainer_member(e, 1, "uint64_t", "bit_work", work_size(e, most), words(e, most->node), sizeof(uint64_t));
    trainer_blank(e);
}
