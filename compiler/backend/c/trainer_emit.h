/*
 * The emitter of trainers from inside: the steps of the network and the helpers that its files share.
 *
 * A step is what becomes one call in each direction: a node, or a batch norm with the activation after it. Nodes that
 * compute nothing (flatten, dropout(0)) are not steps: their value is their operand's. Each operator is one file in
 * ops/ with a struct trainer_op: what it adds to each part of the output. Tensors are named by C expressions
 * ("net->h1_act.y"), sizes by enumeration constants ("H1").
 */
#ifndef QNN_BACKEND_C_TRAINER_EMIT_H
#define QNN_BACKEND_C_TRAINER_EMIT_H

#include "base/arena.h"
#include "base/text.h"
#include "integer/integer.h"
#include "model/model.h"
#include "model/table.h"

#include <stddef.h>

struct step;

/* A named size: an enumeration constant of the output. */
struct size_constant {
    const char *name;
    size_t value;
    int height, width;                        /* value = height * width * channels, where channels is not NULL */
    const struct size_constant *channels;     /* "CONV1 = 30 * 30 * CONV1_CHANNELS" */
    const struct size_constant *left, *right; /* of a concat's channels: value = left + right; else NULL */
    const struct step *weights;               /* the convolution whose weights these are; else NULL */
};

/* The value of a node in the trainer's memory. */
struct value {
    const char *place; /* "net->conv1.y" */
    struct shape shape;
    const struct size_constant *size;     /* features of a sample */
    const struct size_constant *channels; /* of a vector: its size */
    int step;                             /* number of the step that makes it; -1: the input */
};

/* Where the gradient of an operand goes; -1 = nowhere. */
struct operand_gradient {
    int buffer; /* the operator writes it here; of an add it is the one that the sum's gradient is in */
    /* What other readers of the operand made before is added to it: total = earlier + latest, one of them or neither being
     * total itself. */
    int earlier, latest, total;
};

struct step {
    const struct model_node *node;
    const struct model_node *activation; /* fused after a batch norm; NULL where there is none */
    const char *member;                  /* of the node, in the block: "h1_dense" */
    const struct value *in[2], *out;
    int in_count;
    const struct size_constant *weights; /* of a convolution: "CONV1_WEIGHTS" */
    bool learns;                         /* has parameters */
    bool learns_below;                   /* something before it learns: the gradient of an operand is needed */
    int gradient_out; /* number of the gradient buffer with d loss / d out; -1 where nothing is asked */
    struct operand_gradient gradient_in[2];
    unsigned layer; /* number of the layer, for its random streams */
};

/* Pieces of work space whose contents live for a part of a pass: each takes the memory of one that is no longer needed. */
struct buffer {
    size_t features;  /* of a sample: the most it ever holds */
    const char *size; /* the same as a C expression */
    int holders;      /* values that are in it now */
    bool wide;        /* holds sums beyond 2^24 at some time, as int32_t */
};
struct buffers {
    struct buffer *list;
    size_t count, capacity;
};

struct emitter {
    const struct model *model;
    const struct int_plan *plan; /* NULL: not to be deployed */
    struct text *out;
    struct arena arena;
    const char *file; /* the program's name without folders */
    struct size_constant **sizes;
    size_t size_count, size_capacity;
    bool spatial; /* some value has positions: sizes are spelled out */
    struct step *steps;
    size_t step_count;
    const struct value **values; /* by node id; NULL of what the output does not depend on */
    const char *output;          /* the value that the loss reads, and its size */
    const char *outputs;         /* "CLASSES" */
    struct buffers gradients;
    struct buffers codes;   /* of the deployed network */
    const char **unit_code; /* by unit: where its codes are while forward_deployed runs */
    bool stochastic;        /* some layer draws its weights */
    int moments;            /* of the optimizer, per parameter: 0, 1, 2 */
    size_t bytes;           /* of the members written so far */
};

/*
 * What an operator adds to each part of the output. Each callback is called once for every step of the kind, in the order of
 * the network (backward: against it), while that part is written, and writes lines with trainer_line; one that writes
 * nothing is NULL, but forward and backward are always there. `NET` is the block's type, `net` the pointer to it that every
 * function of the output has.
 */
struct trainer_op {
    /* Before the block, at file scope: constant tables that the kernels take, `static const struct qnn_window M_window`. */
    void (*geometry)(struct emitter *e, const struct step *step);
    /* Inside the block: the member step->member, a struct with the step's value, parameters and descriptors. */
    void (*members)(struct emitter *e, const struct step *step);
    /* In setup(), once per run, memory all zero: fills descriptors, numbers that never change. `seed` is in scope. */
    void (*setup)(struct emitter *e, const struct step *step);
    /* In initialise(), where training begins anew: first values of parameters and statistics, from `seed`. */
    void (*initialise)(struct emitter *e, const struct step *step);
    /* In prepare(), before each epoch and after loading: what training's forward multiplies by, from the latent weights.
     * Between the steps of an epoch update() does it. */
    void (*prepare)(struct emitter *e, const struct step *step);
    /* Whether forward's lines name `mode` (enum qnn_mode). NULL: they do not. */
    bool (*uses_mode)(struct emitter *e, const struct step *step);
    /* In forward(): step->out from step->in, for BATCH samples. */
    void (*forward)(struct emitter *e, const struct step *step);
    /* In backward(), where trainer_goes_backward: from trainer_dy to trainer_dx of every operand that wants it, and to the
     * gradients of the step's parameters. The values of the forward pass are still there. */
    void (*backward)(struct emitter *e, const struct step *step);
    /* In update(), after backward: one optimizer step for each parameter, and what forward multiplies by next. */
    void (*update)(struct emitter *e, const struct step *step);
    /* In estimate(), around forward passes in QNN_ESTIMATE: clears the sums of statistics that are taken again under frozen
     * weights; makes the statistics of them. */
    void (*estimate_begin)(struct emitter *e, const struct step *step);
    void (*estimate_end)(struct emitter *e, const struct step *step);
    /* Only where some layer draws its weights (e->stochastic). In use_real_weights(): forward multiplies by the latent
     * weights and norms by the statistics that belong to them. In use_quantized_weights(): by drawn or quantized ones. */
    void (*real_view)(struct emitter *e, const struct step *step);
    void (*code_view)(struct emitter *e, const struct step *step);
    /* In use_signs(), there too, before use_quantized_weights(): quantized weights of evaluation from the latent ones. */
    void (*evaluation)(struct emitter *e, const struct step *step);
    /* In quantize_weights(), before the network is folded (e->plan): the integers and scales of weights as files store them. */
    void (*codes)(struct emitter *e, const struct step *step);
    /* In deploy(), after folding and after loading: from those integers what forward_deployed() multiplies by. */
    void (*deploy)(struct emitter *e, const struct step *step);
    /* In the table of stored tensors: a row (trainer_tensor_row) for each tensor of a checkpoint or of frozen weights. */
    void (*tensors)(struct emitter *e, const struct step *step);
    /* In the table of learners: a row (trainer_parameter_learner) for each parameter, for the log and for checks. */
    void (*learners)(struct emitter *e, const struct step *step);
};
#define HAS_STEP(name) extern const struct trainer_op trainer_##name;
#define NO_STEP(name)
#define KIND(ID, name, step, traits) step(name)
#include "model/ops.def"
#undef HAS_STEP
#undef NO_STEP
/* NULL for a kind that makes no steps. */
extern const struct trainer_op *const trainer_ops[OP_KIND_COUNT];

/* Calls one part of every step that has it, in order. */
#define EACH_STEP(e, part)                                                                        \
    do {                                                                                          \
        for (size_t step_index = 0; step_index < (e)->step_count; step_index++)                   \
            if (trainer_ops[(e)->steps[step_index].node->op]->part)                               \
                trainer_ops[(e)->steps[step_index].node->op]->part((e), &(e)->steps[step_index]); \
    } while (0)

static inline const struct model_node *input_of(const struct emitter *e)
{
    return e->model->nodes[0];
}

static inline const struct model_node *output_of(const struct emitter *e)
{
    return e->model->nodes[e->model->node_count - 1];
}

/* ---- trainer_steps.c: the network as steps ------------------------------------------------------------------------ */

void trainer_plan_steps(struct emitter *e);
/* A node's name as a member of the block: its identifier, changed where C has another use for it. */
const char *trainer_member_name(struct emitter *e, const char *identifier);
/* The step of a node, which must be one. */
const struct step *trainer_step_of(const struct emitter *e, const struct model_node *node);
/* The node whose values, all or some, a node has: after max pools and what computes nothing. */
const struct model_node *trainer_origin(const struct model_node *node);
/* Positions of a batch as a C expression: "BATCH", "BATCH * 30 * 30". */
const char *trainer_rows(struct emitter *e, struct shape shape);

/* ---- trainer_gradients.c: where gradients go ---------------------------------------------------------------------- */

void trainer_plan_gradients(struct emitter *e);
/* Whether the backward pass visits a step. */
bool trainer_goes_backward(const struct step *step);
/* d loss / d out, and d loss / d operand ("NULL" where it is not needed), as C expressions. */
const char *trainer_dy(struct emitter *e, const struct step *step);
const char *trainer_dx(struct emitter *e, const struct step *step, int operand);
/* Behind the step's own backward call: sums of the gradients of operands that several read. */
void trainer_gradient_sums(struct emitter *e, const struct step *step);

/* Takes the buffer that fits best, or a new one; with one holder. */
int trainer_take_buffer(struct emitter *e, struct buffers *buffers, size_t features, const char *size);

/* ---- trainer_block.c: sizes, geometry, the block ------------------------------------------------------------------ */

void trainer_head(struct emitter *e);
void trainer_block(struct emitter *e);

/* ---- trainer_tables.c: tensors, learners, schedule ---------------------------------------------------------------- */

void trainer_tables(struct emitter *e);

/* ---- trainer_units.c: the units of the deployed network ----------------------------------------------------------- */

/* The real value of an integer n of a tensor: scale * n + offset. */
struct code_scale {
    const char *scale, *offset; /* C expressions; of raw accumulators without the weight scale */
    bool has_offset;
};

void trainer_unit_members(struct emitter *e);
void trainer_unit_setup(struct emitter *e);
void trainer_unit_tensors(struct emitter *e);
const char *trainer_unit_member(struct emitter *e, const struct unit_plan *unit);
/* Channels of a unit and features of a sample, as C expressions. */
const char *trainer_unit_channels(struct emitter *e, const struct unit_plan *unit);
const char *trainer_unit_size(struct emitter *e, const struct unit_plan *unit);
/* The unit's clip as a C expression: the member that both operands of a join share. */
const char *trainer_unit_clip(struct emitter *e, const struct unit_plan *unit);
/* The unit's staircase as a C expression: "qnn_quantizer(QNN_QUANTIZER_UINT, 8, net->unit.h1.clip[0])". */
const char *trainer_unit_quantizer(struct emitter *e, const struct unit_plan *unit);
/* Whether a unit ends in integers M, B and F; whether a pool may take minima. */
bool trainer_unit_has_integers(const struct unit_plan *unit);
bool trainer_unit_has_minimum(const struct emitter *e, const struct unit_plan *unit);
/* Whether it is an operand of a join that the join quantizes. */
bool trainer_unit_is_operand(const struct unit_plan *unit);
/* Of what a unit reads; its first input. */
struct code_scale trainer_operand_scale(struct emitter *e, const struct unit_plan *unit);
const struct qnn_code_type *trainer_operand_type(const struct emitter *e, const struct unit_plan *unit);
/* Whether the codes that a unit makes (-1: the input) leave the integers that float32 holds: they are int32_t. */
bool trainer_unit_is_wide(const struct emitter *e, int index);
/* Whether a convolution pads the deployed network's codes with another number than its real pad_value. */
bool trainer_conv_pads_codes(const struct model_node *node, const struct unit_plan *unit);
/* The convolution whose training needs the most work memory (QNN_CONV_WORK); NULL where none needs any. */
const struct step *trainer_conv_work(const struct emitter *e);
/* The inputs of a dense or conv whose sums are counted in bits as a struct qnn_bits, in training or, `codes`, deployed; NULL
 * where they are not counted. The member that such layers pack their bits in, if there is one. */
const char *trainer_bits(struct emitter *e, const struct model_node *node, bool codes);
void trainer_bit_work(struct emitter *e);

/* ---- trainer_freeze.c: quantize_weights, calibrate, fold, deploy -------------------------------------------------- */

void trainer_freezing(struct emitter *e);
/* Whether some clip is calibrated: then the output has calibrate(). */
bool trainer_calibrates(const struct emitter *e);

/* ---- trainer_deploy.c: forward_deployed --------------------------------------------------------------------------- */

void trainer_plan_codes(struct emitter *e);
void trainer_deployed(struct emitter *e);

/* ---- trainer_text.c: lines ---------------------------------------------------------------------------------------- */

/* One line of the output, indented by `level` steps of four blanks; broken after a comma if over 120 columns. */
void trainer_line(struct emitter *e, int level, const char *format, ...) __attribute__((format(printf, 3, 4)));
void trainer_blank(struct emitter *e);
/* Arrays of the block: `type name[count], name[count]` for names separated by blanks, aligned where they are large; bytes
 * are counted. */
void trainer_member(struct emitter *e, int level, const char *type, const char *names, const char *count,
                    size_t elements, size_t element_size);
/* `float y[BATCH * ...]` of a value. */
void trainer_value_member(struct emitter *e, const struct value *value);
/* "h1.dense: dense(1024), weights = binary        mnist_bin.qnn:19", as a comment. */
void trainer_layer_comment(struct emitter *e, int level, const struct step *step);
/* Numbers and strings as C, in the emitter's arena. */
const char *trainer_float(struct emitter *e, double value);
const char *trainer_double(struct emitter *e, double value);
const char *trainer_string(struct emitter *e, const char *bytes);
const char *trainer_format(struct emitter *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The fields of a struct qnn_window, `in` being the operand's shape, `out` the result's: two lines. */
void trainer_window(struct emitter *e, int level, const struct model_window *window, struct shape in, struct shape out);

/* ---- ops/parameter.c: a tensor that learns ------------------------------------------------------------------------ */

struct parameter_text {
    const char *name;   /* "weight", "gamma" */
    const char *units;  /* "H1", "1" */
    const char *inputs; /* "INPUT", "3 * 3 * CONV1_CHANNELS" */
    const char *count;  /* "H1 * INPUT" */
    const char *shape;  /* as stored: "H1, INPUT", "CONV2_CHANNELS, 3, 3, CONV1_CHANNELS" */
    size_t elements;
    const char *idle_use;  /* second name of the gradient's memory between training steps, or NULL */
    const char *effective; /* expression, or NULL */
    const char *quantizer; /* initialiser of struct qnn_weight_quantizer, or NULL */
    double lr_scale, bound;
    bool decay;
};
/* name[count], d<name>, moments, and the parameter itself. */
void trainer_parameter_members(struct emitter *e, const struct parameter_text *parameter);
void trainer_parameter_setup(struct emitter *e, const struct step *step, const struct parameter_text *parameter);
void trainer_parameter_update(struct emitter *e, const struct step *step, const char *name);
void trainer_parameter_tensors(struct emitter *e, const struct step *step, const struct parameter_text *parameter);
void trainer_parameter_learner(struct emitter *e, const struct step *step, const char *name);
/* A row of the table of stored tensors: "LAYER.NAME" at net->MEMBER. shape: "H1", "H1, INPUT"; limits: ", -1, 1" or "". */
void trainer_tensor_row(struct emitter *e, const char *layer, const char *name, const char *member, const char *dtype,
                        const char *shape, const char *place, const char *limits);

/* ---- ops/linear.c: what dense and conv share ---------------------------------------------------------------------- */

/* Every part of struct trainer_op but the passes: weights of any kind, bias, their integers. */
void trainer_linear_members(struct emitter *e, const struct step *step);
void trainer_linear_setup(struct emitter *e, const struct step *step);
void trainer_linear_initialise(struct emitter *e, const struct step *step);
void trainer_linear_prepare(struct emitter *e, const struct step *step);
void trainer_linear_update(struct emitter *e, const struct step *step);
void trainer_linear_real_view(struct emitter *e, const struct step *step);
void trainer_linear_code_view(struct emitter *e, const struct step *step);
void trainer_linear_evaluation(struct emitter *e, const struct step *step);
void trainer_linear_codes(struct emitter *e, const struct step *step);
void trainer_linear_deploy(struct emitter *e, const struct step *step);
void trainer_linear_tensors(struct emitter *e, const struct step *step);
void trainer_linear_learners(struct emitter *e, const struct step *step);
/* All of these, as initialisers of a struct trainer_op. */
#define TRAINER_LINEAR_PARTS                                                                                       \
    .members = trainer_linear_members, .setup = trainer_linear_setup, .initialise = trainer_linear_initialise,     \
    .prepare = trainer_linear_prepare, .update = trainer_linear_update, .real_view = trainer_linear_real_view,     \
    .code_view = trainer_linear_code_view, .evaluation = trainer_linear_evaluation, .codes = trainer_linear_codes, \
    .deploy = trainer_linear_deploy, .tensors = trainer_linear_tensors, .learners = trainer_linear_learners
/* Weights and products per output value as C expressions: "H1 * INPUT"; "INPUT", "3 * 3 * CONV1_CHANNELS". */
const char *trainer_linear_weight_count(struct emitter *e, const struct step *step);
const char *trainer_linear_products(struct emitter *e, const struct step *step);
/* How many weight scales a quantized layer has: "1", or the constant of its channels. */
const char *trainer_linear_scales(const struct step *step);
/* Arguments of the passes: what forward multiplies by, bias and its gradient ("NULL" where there is none). */
const char *trainer_linear_weights(struct emitter *e, const struct step *step);
const char *trainer_linear_bias(struct emitter *e, const struct step *step);
const char *trainer_linear_dbias(struct emitter *e, const struct step *step);
/* ---- ops/activation.c: what a batch norm with a fused activation needs -------------------------------------------- */

void trainer_activation_members(struct emitter *e, const struct model_node *node, const struct step *step);
void trainer_activation_setup(struct emitter *e, const struct model_node *node);
/* The constants of an activation as the kernels' argument, and as an expression that makes them. */
const char *trainer_activation_function(struct emitter *e, const struct model_node *node);
const char *trainer_activation_constants(struct emitter *e, const struct activation_scheme *function);

#endif
