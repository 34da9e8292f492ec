/*
 * The emitter of trainers from inside: the steps of the network and the helpers that its files share.
 *
 * A step is what becomes one call in each direction: a node, or a batch norm with the activation behind it. Nodes that
 * compute nothing (flatten, dropout(0)) are no steps: their value is their operand's. Each operator is one file in ops/
 * with a struct trainer_op: what it adds to each part of the output. Tensors are named by C expressions ("net->h1_act.y"),
 * sizes by enumeration constants ("H1").
 */
#ifndef QNN_TARGET_C_TRAINER_EMIT_H
#define QNN_TARGET_C_TRAINER_EMIT_H

#include "base/arena.h"
#include "target/c/trainer.h"

#include <stddef.h>

/* A named size: an enumeration constant of the output. */
struct size_constant {
    const char *name;
    size_t value;
};

struct step {
    const struct model_node *node;
    const struct model_node *activation; /* fused behind a batch norm; NULL where there is none */
    const char *member;                  /* of the node, in the block: "h1_dense" */
    const char *in, *out;                /* values: "net->x" */
    const char *in_size, *size;          /* features of a sample, as constants: "INPUT", "H1" */
    size_t size_value;
    bool learns;       /* has parameters */
    bool learns_below; /* something before it learns: the gradient of its input is needed */
    int gradient_out;  /* number of the gradient buffer with d loss / d out */
    int gradient_in;   /* of the one for d loss / d in; equal: in place */
    unsigned layer;    /* number of the layer, for its random streams */
};

struct emitter {
    const struct model *model;
    const struct int_plan *plan; /* NULL: not to be deployed */
    struct text *out;
    struct arena arena;
    const char *file; /* the program's name without folders */
    struct size_constant *sizes;
    size_t size_count;
    struct step *steps;
    size_t step_count;
    const char **values; /* by node id: the C expression of its value */
    const char *output;  /* the value that the loss reads, and its size */
    const char *outputs; /* "CLASSES" */
    size_t widest;       /* features of the largest tensor behind the input */
    bool stochastic;     /* some layer draws its weights */
    int moments;         /* of the optimizer, per parameter: 0, 1, 2 */
    size_t bytes;        /* of the members written so far */
};

/* What an operator adds to each part of the file. A part it has no say in is NULL. */
struct trainer_op {
    void (*members)(struct emitter *e, const struct step *step);
    void (*setup)(struct emitter *e, const struct step *step);
    void (*initialise)(struct emitter *e, const struct step *step);
    void (*prepare)(struct emitter *e, const struct step *step);
    void (*forward)(struct emitter *e, const struct step *step);
    void (*backward)(struct emitter *e, const struct step *step);
    void (*update)(struct emitter *e, const struct step *step);
    void (*estimate_begin)(struct emitter *e, const struct step *step); /* before statistics are re-estimated */
    void (*estimate_end)(struct emitter *e, const struct step *step);
    void (*real_view)(struct emitter *e, const struct step *step);  /* stochastic nets: real weights */
    void (*code_view)(struct emitter *e, const struct step *step);  /* stochastic nets: drawn weights or codes */
    void (*evaluation)(struct emitter *e, const struct step *step); /* weights of evaluation from the latent ones */
    void (*codes)(struct emitter *e, const struct step *step);      /* integer weights from the latent ones */
    void (*deploy)(struct emitter *e, const struct step *step);     /* what deployed evaluation multiplies */
    void (*tensors)(struct emitter *e, const struct step *step);
    void (*learners)(struct emitter *e, const struct step *step);
};
extern const struct trainer_op trainer_dense, trainer_batchnorm, trainer_activation, trainer_dropout;

/* ---- trainer_steps.c: the network as steps ------------------------------------------------------------------------ */

void trainer_plan_steps(struct emitter *e);
/* A node's name as a member of the block: its identifier, changed where C has another use for it. */
const char *trainer_member_name(struct emitter *e, const char *identifier);
/* The constant that stands for a node's features. */
const char *trainer_size_of(const struct emitter *e, const struct model_node *node);

/* ---- trainer_deploy.c: the deployed network ----------------------------------------------------------------------- */

void trainer_unit_members(struct emitter *e);
void trainer_unit_setup(struct emitter *e);
void trainer_unit_tensors(struct emitter *e);
void trainer_freezing(struct emitter *e); /* quantize_weights, calibrate, fold, deploy */
void trainer_deployed(struct emitter *e); /* forward_deployed */
/* Whether some activation is calibrated: then the output has calibrate(). */
bool trainer_calibrates(const struct emitter *e);

/* ---- trainer_text.c: lines ---------------------------------------------------------------------------------------- */

/* One line of the output, indented by `level` steps of four blanks; broken behind a comma where it passes 120 columns. */
void trainer_line(struct emitter *e, int level, const char *format, ...) __attribute__((format(printf, 3, 4)));
void trainer_blank(struct emitter *e);
/* Arrays of the block: `type name[count], name[count]` for names separated by blanks, aligned where they are large; bytes
 * are counted. */
void trainer_member(struct emitter *e, int level, const char *type, const char *names, const char *count,
                    size_t elements, size_t element_size);
/* "h1.dense: dense(1024), weights = binary        mnist_bin.qnn:19", as a comment. */
void trainer_layer_comment(struct emitter *e, int level, const struct step *step);
/* Numbers and strings as C, in the emitter's arena. */
const char *trainer_float(struct emitter *e, double value);
const char *trainer_double(struct emitter *e, double value);
const char *trainer_string(struct emitter *e, const char *bytes);
const char *trainer_format(struct emitter *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- ops/parameter.c: a tensor that learns ------------------------------------------------------------------------ */

struct parameter_text {
    const char *name;   /* "weight", "gamma" */
    const char *units;  /* "H1", "1" */
    const char *inputs; /* "INPUT" */
    const char *count;  /* "H1 * INPUT" */
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
/* A row of the table of stored tensors: "LAYER.NAME" at net->MEMBER. shape: "H1" or "H1, INPUT"; limits: ", -1, 1" or "". */
void trainer_tensor_row(struct emitter *e, const char *layer, const char *name, const char *member, const char *dtype,
                        const char *shape, const char *place, const char *limits);

/* ---- ops/activation.c: what a batch norm with a fused activation needs -------------------------------------------- */

void trainer_activation_members(struct emitter *e, const struct model_node *node, const struct step *step);
void trainer_activation_setup(struct emitter *e, const struct model_node *node);
/* Arguments of the kernels with a comma behind them, or "": the quantizer of a uint, the backward rule of a quantizer. */
const char *trainer_activation_quantizer(struct emitter *e, const struct model_node *node);
const char *trainer_activation_ste(struct emitter *e, const struct model_node *node);

/* Names of the runtime's constants for the model's enums. */
extern const char *const trainer_activation_function_names[ACTIVATION_KIND_COUNT]; /* "relu", as in qnn_relu_forward */
extern const char *const trainer_weight_scale_names[SCALE_MODE_COUNT];

#endif
