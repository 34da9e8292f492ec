/*
 * What the building of a model knows while it goes on, from the syntax tree to the last check. Internal to this room; model.h
 * is its contract.
 *
 * Order of the steps (build.c): index the sections (sections.c), bind parameters, schemes (scheme.c), expand the network
 * (expand.c, step.c, ops/), leave out what is not read (live.c), assign schemes and hardware rules (rules.c), plans
 * (plans.c), hash (print.c). Each step reports what it finds and goes on where it can; a NULL node or scheme
 * is one that was already reported.
 */
#ifndef QNN_MODEL_CONTEXT_H
#define QNN_MODEL_CONTEXT_H

#include "model/model.h"

struct arguments;
struct scope;

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

    /* Sections by kind; those that may appear once are NULL where there is none. */
    const struct ast_section *single[AST_SECTION_KIND_COUNT];
    struct declaration *schemes;
    size_t scheme_count, scheme_capacity;
    struct declaration *blocks;
    size_t block_count, block_capacity;
    struct scope *program;     /* params */
    bool defines;              /* --define was given */
    bool schemes_by_parameter; /* a rule of quantize names its scheme through a parameter */
    int depth;                 /* of names that refer to names */

    const struct expansion *expansion;
    size_t expanded_steps;
    bool expansion_stopped;
    struct node_origin *origins;
    size_t origin_count, origin_capacity, node_capacity, width_rule_capacity;
    struct model_node *input, *output;
};

/* Notes from where the block being expanded was called; after a sink_report. */
void note_expansion(struct build *build);

#endif
