/*
 * The model graph: a .qnn program after names are resolved, blocks expanded, schemes assigned and shapes inferred.
 *
 * Nodes are in topological order: the input first, classify or regress last; a node's operands come before it. Nothing
 * here is text to be looked up again: every default is filled in, every selector applied. Compiler rooms after this one
 * and the emitter of the trainer read it; they never go back to the syntax tree, except for places in messages.
 *
 * Shapes are channel-last (H, W, C); a vector of N features is (1, 1, N). The batch is not part of a shape.
 */
#ifndef QNN_MODEL_H
#define QNN_MODEL_H

#include "base/arena.h"
#include "base/part.h"
#include "base/text.h"
#include "diagnostics/diagnostics.h"
#include "runtime/quantizers/activation_form.h"
#include "runtime/quantizers/weight_form.h"
#include "syntax/ast.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Operators --------------------------------------------------------------------------------------------------- */

/* The kinds of node, rows of ops.def. `act`, `relu`, `sign`, `hardtanh` and `quantize` are all OP_ACTIVATION: after
 * resolution they differ in `activation`. `depthwise` is an OP_CONV with as many groups as channels, `global_avgpool` an
 * OP_AVGPOOL over the whole of its operand. */
enum op_kind {
#define KIND(ID, name, step, traits) OP_##ID,
#include "model/ops.def"
    OP_KIND_COUNT
};

/* What a kind is to those who do not know it by name: the last column of its row. */
enum op_trait {
    TRAIT_INPUT = 1 << 0,              /* begins the network: no operand */
    TRAIT_OUTPUT = 1 << 1,             /* ends the network: nothing reads it */
    TRAIT_CLASSES = 1 << 2,            /* an output that answers with a class, not with numbers */
    TRAIT_JOIN = 1 << 3,               /* two operands, which deployment gives one scale */
    TRAIT_WEIGHTS = 1 << 4,            /* sums products with weights that its scheme quantizes */
    TRAIT_LEARNS = 1 << 5,             /* has parameters, of whatever kind */
    TRAIT_WINDOW = 1 << 6,             /* an output position reads a window of the operand */
    TRAIT_SUMS = 1 << 7,               /* adds values up without weights */
    TRAIT_SELECTS = 1 << 8,            /* in evaluation every value is one of its operands', unchanged */
    TRAIT_RESIZES = 1 << 9,            /* its value has a number of features that need not be an operand's */
    TRAIT_PER_CHANNEL = 1 << 10,       /* its code on images knows channels from positions, though it has no window */
    TRAIT_BEFORE_QUANTIZER = 1 << 11,  /* may lie between a layer and the quantizer that makes its codes */
    TRAIT_TRAINING_ONLY = 1 << 12,     /* evaluation leaves it out */
    TRAIT_TAKES_ACTIVATION = 1 << 13,  /* one step of the trainer with the activation that alone reads it */
    TRAIT_IN_PLACE = 1 << 14,          /* forward may write over its operand */
    TRAIT_GRADIENT_IN_PLACE = 1 << 15, /* backward may write the operand's gradient over that of its own value */
    TRAIT_GRADIENT_SHARED = 1 << 16,   /* the gradient of each operand is that of its own value: nothing is computed */
    TRAIT_VALUE_REREAD = 1 << 17       /* backward reads the value that forward wrote */
};
extern const unsigned op_traits[OP_KIND_COUNT];
/* The kind as messages and dumps write it: "conv". */
extern const char *const op_kind_names[OP_KIND_COUNT];

struct shape {
    int height, width, channels; /* each >= 1 */
};
static inline size_t shape_count(struct shape shape)
{
    return (size_t)shape.height * (size_t)shape.width * (size_t)shape.channels;
}

/* Where the taps of an output position lie in the operand: output (i, j), tap (r, s) reads row i * stride_height - pad_top +
 * r * dilation, column j * stride_width - pad_left + s * dilation; outside the operand is padding. Pools have none. */
struct model_window {
    int kernel_height, kernel_width;
    int stride_height, stride_width;
    int pad_top, pad_left;
    int dilation;
    bool pads; /* some output position has a tap outside the operand */
};

enum element_type { ELEMENT_U8, ELEMENT_I8, ELEMENT_F32, ELEMENT_TYPE_COUNT };

/* ---- Quantization ------------------------------------------------------------------------------------------------ */

struct callable; /* a row of the tables (table.h) */

struct weight_scheme {
    const struct callable *row;            /* of GROUP_WEIGHTS */
    struct qnn_weight_quantizer quantizer; /* the row's form, NULL for float weights, and its arguments, not settled */
};

enum ste_kind { STE_CLIPPED, STE_RELU, STE_IDENTITY, STE_KIND_COUNT };

struct activation_scheme {
    const struct qnn_activation_form *form;
    struct qnn_arguments arguments; /* of its row */
    enum ste_kind ste;              /* of what quantizes */
};
static inline bool activation_quantizes(const struct activation_scheme *function)
{
    return function->form->quantizer != QNN_QUANTIZER_NONE;
}
/* Of one that quantizes: the width of a code, what the top code represents (sign: 0), the type of the codes. */
static inline int activation_bits(const struct activation_scheme *function)
{
    return qnn_activation_bits(function->form, &function->arguments);
}
static inline double activation_clip(const struct activation_scheme *function)
{
    return qnn_activation_clip(function->form, &function->arguments);
}
static inline struct qnn_code_type activation_type(const struct activation_scheme *function)
{
    return function->form->type(activation_bits(function));
}

enum calibrate_kind { CALIBRATE_MAX, CALIBRATE_PERCENTILE, CALIBRATE_MSE, CALIBRATE_KIND_COUNT };

/* A quantizer of deployment alone, whose clip calibration finds: how hardware carries an activation that training keeps real
 * (`deploy`), and what a join applies to each operand so that both have one scale (`join`). */
struct calibrated_scheme {
    const struct qnn_activation_form *form; /* NULL: none */
    int bits;                               /* 1..8 */
    enum calibrate_kind calibrate;
    double percentile; /* in (0, 100] */
};

struct scheme {
    const char *name; /* "float" is predefined */
    struct span span; /* where it is declared; no source for the predefined one */
    struct weight_scheme weights;
    struct activation_scheme acts; /* what `act` means; `float` uses relu */
    struct calibrated_scheme deploy;
    struct calibrated_scheme join; /* none: the scheme `float` */
    double bound;     /* latent weights are clipped to +-bound after every update; 0 = not, or by the layer's size */
    bool form_bounds; /* no bound is given and the form of the weights has one: it counts */
};

/* ---- Nodes ------------------------------------------------------------------------------------------------------- */

struct model_node {
    int id; /* index in model.nodes */
    enum op_kind op;
    const char *name;       /* dotted layer name, the ordinal left out where it may be: "h1.dense", "classify" */
    const char *identifier; /* the name as a C and Verilog identifier, unique: "h1_dense" */
    const char *written;    /* the step as written, canonical: "dense(1024)" */
    struct span span;       /* the step's place (inside a block: the place in the block's body) */
    struct model_node *inputs[2];
    int input_count;
    int user_count; /* nodes that read this one */
    struct shape shape;
    const struct scheme *scheme; /* never NULL */
    union {
        struct {
            enum element_type type;
            double scale, offset; /* real = scale * n + offset */
        } input;
        struct {
            int inputs, units;
            bool bias;
        } dense;
        struct {
            struct model_window window;
            int inputs, outputs, groups; /* channels; groups divides both */
            bool bias;
            bool depthwise;          /* as many outputs and groups as inputs, whatever these are */
            struct span groups_span; /* of the argument `groups`, or the step's */
            double pad_value;        /* what a tap outside reads, a real value; 0 where nothing pads */
            bool pad_value_given;
        } conv;
        struct {
            struct model_window window;
            bool global; /* over the whole of its operand, whatever its size */
        } pool;          /* maxpool, avgpool */
        struct {
            struct calibrated_scheme quantizer; /* its own `q`, else the scheme's */
            bool asked; /* `q` was given: also operands that share a quantizer are requantized */
        } join;         /* add, concat */
        struct {
            double eps, momentum;
        } batchnorm;
        struct {
            struct activation_scheme function;
            struct calibrated_scheme
                deploy; /* its form only where `function` is real and the deployed one has its signs */
        } activation;
        struct {
            double p; /* probability of dropping; 0 <= p < 1 */
        } dropout;
        struct {
            int outputs; /* classes, or regression outputs */
        } output;
    };
    struct {
        int outputs;      /* what a rule of `compress` asks for; 0 = none does */
        struct span span; /* of the last such rule */
    } compress;
    struct {
        int pe, simd; /* fold(pe, simd); 0 = the compiler chooses */
        struct span pe_span, simd_span;
        enum memory_style { MEMORY_AUTO, MEMORY_BLOCK, MEMORY_DISTRIBUTED, MEMORY_STYLE_COUNT } memory;
        enum operand_style { OPERANDS_AUTO, OPERANDS_DELAYED, OPERANDS_REGISTERED, OPERAND_STYLE_COUNT } operands;
        struct span span; /* of the rule that set the folding */
    } hardware;
};

/* ---- Sections ---------------------------------------------------------------------------------------------------- */

enum data_kind { DATA_NONE, DATA_IDX, DATA_CSV, DATA_CIFAR10, DATA_NPY, DATA_KIND_COUNT };
enum normalize_kind { NORMALIZE_NONE, NORMALIZE_UNIT, NORMALIZE_SYMMETRIC, NORMALIZE_KIND_COUNT };

/* npy: two files in the folder. */
struct data_files {
    const char *samples, *labels; /* labels: or the targets of a regression */
};

struct data_plan {
    enum data_kind kind;           /* DATA_NONE: the program has no data section */
    const char *name;              /* idx, cifar10, npy: folder below the data root; csv: file below it */
    const char *test;              /* csv: file of test rows, or NULL */
    int holdout;                   /* csv: rows of the one file kept for testing; 0 = none */
    int validation;                /* the last n training samples */
    struct data_files files[2];    /* npy: those of training and of testing */
    enum normalize_kind normalize; /* what set the scale and offset of the input; NORMALIZE_NONE: the program itself */
    struct span span;
};

enum loss_kind { LOSS_SQUARE_HINGE, LOSS_CROSS_ENTROPY, LOSS_MSE, LOSS_KIND_COUNT };
enum optimizer_kind { OPTIMIZER_SGD, OPTIMIZER_ADAM, OPTIMIZER_ADAMW, OPTIMIZER_KIND_COUNT };
enum schedule_kind {
    SCHEDULE_CONSTANT,
    SCHEDULE_EXPONENTIAL,
    SCHEDULE_STEP,
    SCHEDULE_COSINE,
    SCHEDULE_WARMUP,
    SCHEDULE_KIND_COUNT
};

struct schedule_plan {
    enum schedule_kind kind;
    double a, b;   /* start and end; constant: a; step: a and factor in b */
    const int *at; /* step: epochs, rising */
    size_t at_count;
    int epochs;                 /* warmup: its length */
    struct schedule_plan *then; /* warmup: the schedule that follows */
};

enum lr_factor_kind { LR_FACTOR_NUMBER, LR_FACTOR_GLOROT, LR_FACTOR_GLOROT2, LR_FACTOR_KIND_COUNT };

enum augment_kind { AUGMENT_FLIP, AUGMENT_CROP, AUGMENT_SHIFT, AUGMENT_KIND_COUNT };

struct augment_plan {
    enum augment_kind kind;
    int pixels; /* crop, shift: the farthest that an image moves, >= 1 */
};

struct train_plan {
    bool present; /* the program has a train section */
    enum loss_kind loss;
    bool reduction_sum; /* square_hinge(reduction = sum) */
    enum optimizer_kind optimizer;
    struct schedule_plan lr;
    enum lr_factor_kind weight_lr; /* factor on the update of weights: a number, 1/g or 1/g^2, g = sqrt(1.5/(in+out)) */
    double weight_lr_value;
    double momentum, weight_decay, beta1, beta2, eps;
    bool nesterov;
    int batch, epochs;
    uint64_t seed;
    int patience;         /* epochs without a better validation accuracy before training ends; 0 = never */
    int estimate_batches; /* batches for batch-norm re-estimation and calibration (setting `estimate`) */
    const struct augment_plan *augment; /* in the order of their doing; each kind at most once */
    size_t augment_count;
    double augment_fill; /* the input's element for real zero, or the nearest to it: what comes in at the edges */
};

/* width(n), widen(f): what a rule of the section compress does to its layers (transform/widths.c). */
struct width_rule {
    struct model_node **layers; /* dense and conv layers that the selector matches, without depthwise ones */
    size_t layer_count;
    int outputs;   /* width: of every layer; 0: widen */
    double factor; /* widen: outputs are round(factor * outputs before) */
    const char *selector;
    struct span selector_span, span;
};

struct hardware_plan {
    enum target_part target;
    double clock_hz;
    double throughput_fps; /* 0 = not asked */
    bool logits;           /* the integer logits go beside the class on the output stream */
    int input_elements;    /* elements per input beat; 0 = as many as the throughput asks */
    struct span span;
};

struct model {
    const char *name; /* of the network: also of every file made from it */
    const char *identifier;
    struct source *source;
    struct model_node **nodes;
    size_t node_count;
    struct scheme **schemes; /* in the order declared, `float` first */
    size_t scheme_count;
    struct data_plan data;
    struct train_plan train;
    struct hardware_plan hardware;
    struct width_rule *width_rules; /* in the order written */
    size_t width_rule_count;
    /* 16 hex digits over topology and quantization (not data, training, hardware): weights fit the programs that share it */
    char hash[17];
};

struct define {
    const char *name, *value; /* --define name=value: value is parsed as an expression */
};

/* Whether the node's kind has any of these traits, bits of enum op_trait. */
static inline bool node_has(const struct model_node *node, unsigned traits)
{
    return (op_traits[node->op] & traits) != 0;
}

/* Whether the node's value is its operand's as it lies in memory, in training too: nothing is computed. */
bool node_is_identity(const struct model_node *node);
/* Whether the node multiplies by trained weights. */
static inline bool node_has_weights(const struct model_node *node)
{
    return node_has(node, TRAIT_WEIGHTS);
}
/* Of a node with weights: outputs (units, output channels), products per output value, and whether it adds a bias. Its
 * weights are [outputs][products]; of a conv the products are (kernel row, kernel column, channel of the group). */
int node_outputs(const struct model_node *node);
int node_products(const struct model_node *node);
bool node_bias(const struct model_node *node);
/* Not of a depthwise node; shapes follow by model_infer_shape. */
void node_set_outputs(struct model_node *node, int outputs);

/* Infers a node's shape anew from its operands, which are inferred already: the rule by which the building infers it. False
 * after an error. */
bool model_infer_shape(struct model *model, struct model_node *node, struct arena *arena, struct sink *sink);

/* Checks and builds; transform_program adds the passes. Every error goes to the sink; NULL where there was one, also before (a tree that could not be read
 * whole is not checked). Never exits. The result and the sink's messages point into file and defines. */
struct model *model_build(const struct ast_file *file, const struct define *defines, size_t define_count,
                          struct arena *arena, struct sink *sink);
/* Whether layers and target have what the hardware rules ask for; false after an error. */
bool model_check_hardware(const struct model *model, struct sink *sink);
/* Overrides from the command line, checked like the settings they replace; false after an error. */
bool model_override_target(struct model *model, const char *target, struct sink *sink);
bool model_override_throughput(struct model *model, const char *quantity, struct arena *arena, struct sink *sink);
/* --dump-model: a line per node: name, operator, shape, scheme, parameters; then the plans. */
void model_print(const struct model *model, struct text *out);
/* Sets the hash from what the graph is now. */
void model_hash(struct model *model);
/* Broken invariants of the graph abort with the node: our mistake, not the user's. */
void model_verify(const struct model *model);
/* --help-language: every section, operator, quantizer, setting with arguments, ranges, defaults (from the tables). The
 * markdown form is the body of docs/language-reference.md. */
void model_help(struct text *out, bool markdown);

/* The activations that quantize, for hints: "sign or uint(bits)". */
const char *model_quantizer_names(struct arena *arena);
/* The words of `deploy` that carry a real activation, "" where none does. */
const char *model_deploy_names(struct arena *arena, const struct qnn_activation_form *form);
/* Last part of the source's path: what generated files name it, so that they do not depend on a folder. */
const char *model_file_name(const struct model *model);
/* 1-based line of a node, for comments in generated code. */
size_t model_line(const struct model *model, struct span span);

#endif
