/*
 * What the passes that build a model share. Internal to this room; model.h is its contract.
 *
 * Order of the passes (build.c): index the sections (sections.c), bind parameters, schemes (scheme.c), expand the network
 * (expand.c, ops/), assign schemes and hardware rules (rules.c), plans (plans.c), names, hash. Each pass reports what it
 * finds and goes on as far as that makes sense; a NULL node or scheme stands for something already reported.
 */
#ifndef QNN_MODEL_BUILD_H
#define QNN_MODEL_BUILD_H

#include "model/arguments.h"
#include "model/model.h"
#include "model/names.h"
#include "model/scope.h"

enum {
    MAX_EXPANDED_STEPS = 10000, /* operators and blocks after expansion */
    MAX_EXPANSION_DEPTH = 100,  /* blocks inside blocks */
    MAX_DECLARATIONS = 500,     /* schemes, blocks, parameters: of each */
    MAX_ARGUMENTS = 500,        /* parameters of a block, arguments of a call */
    MAX_SELECTORS = 1000,       /* of a section's rules */
    MAX_SELECTOR_LENGTH = 1000, /* characters */
    MAX_FEATURES = 1 << 24      /* elements of one tensor of one sample */
};

/* A block or scheme of the program, and what became of it. */
struct declaration {
    const struct ast_section *section;
    bool used;
    bool busy;                   /* scheme: being resolved; block: being expanded */
    struct arguments *arguments; /* scheme: its keys, those of its bases included; NULL before and after an error */
    struct scheme *scheme;
};

/* What a node was made from, until its scheme is known; index = node id. */
struct node_origin {
    const char *path; /* marked path, see names.h */
    const struct arguments *arguments;
};

/* The block or repeat whose body is being expanded: for notes. */
struct expansion {
    const struct expansion *parent;
    const char *block;
    struct span call;
};

struct build {
    struct arena *arena;
    struct sink *sink;
    const struct ast_file *file;
    struct model *model;

    /* Sections by kind; those that may stand once are NULL where there is none. */
    const struct ast_section *single[AST_SECTION_KIND_COUNT];
    struct declaration *schemes;
    size_t scheme_count, scheme_capacity;
    struct declaration *blocks;
    size_t block_count, block_capacity;
    struct scope *program;     /* params */
    bool defines;              /* --define was given */
    bool schemes_by_parameter; /* a rule of quantize names its scheme through a parameter */
    int depth;                 /* of names that stand for names */

    const struct expansion *expansion;
    size_t expanded_steps;
    bool expansion_stopped;
    struct node_origin *origins;
    size_t origin_count, origin_capacity, node_capacity;
    struct model_node *input, *output;
};

/* Notes from where the block being expanded was called; after a sink_report. */
void note_expansion(struct build *build);

/* sections.c: sorts the sections, reports duplicates, binds the parameters and --define. */
void index_sections(struct build *build, const struct define *defines, size_t define_count);
struct declaration *find_block(struct build *build, const char *name);
struct declaration *find_scheme(struct build *build, const char *name);

/* scheme.c: resolves every scheme; model->schemes gets `float` first. */
void build_schemes(struct build *build);
/* An error with a suggestion from the schemes there are. */
void report_unknown_scheme(struct build *build, const struct ast_name *name);
void weight_scheme_print(const struct weight_scheme *weights, struct text *out);
void activation_scheme_print(const struct activation_scheme *function, bool training, struct text *out);
void calibrated_scheme_print(const struct calibrated_scheme *quantizer, struct text *out);
/* quantizer.c: the arguments of a quantizer as plain numbers, and how its row prints them: "uint(2, clip = fixed(1))". */
struct qnn_arguments quantizer_arguments(const struct arguments *arguments);
void quantizer_print(const struct callable *row, const struct qnn_arguments *arguments, struct text *out);
/* Whether codes of the quantizer carry a real activation: they have its signs. */
bool quantizer_deploys(const struct qnn_activation_form *quantizer, const struct qnn_activation_form *form);
/* The quantizer that a value of GROUP_DEPLOY or GROUP_JOIN means. */
struct calibrated_scheme calibrated_from(const struct value *value);
/* The activation that a row of GROUP_ACTS means, under a scheme's backward rule. */
struct activation_scheme activation_from(const struct callable *row, const struct arguments *arguments,
                                         enum ste_kind ste);

/* expand.c: nodes of the network, shapes inferred, dead ones left out; false after an error. */
bool expand_network(struct build *build);
/* A node behind `input` (NULL for the input itself); its shape is that of its operand until the operator changes it. */
struct model_node *node_new(struct build *build, enum op_kind op, struct model_node *input, const char *path,
                            const struct arguments *arguments, struct span span);

/* rules.c */
void assign_schemes(struct build *build);
void assign_hardware(struct build *build);
bool check_hardware(const struct model *model, struct sink *sink);
void refuse_compression(struct build *build);

/* plans.c */
void build_data(struct build *build);
void build_train(struct build *build);
void build_hardware_plan(struct build *build);

/* print.c */
void model_hash(struct model *model);

#endif
