/*
 * One run of a trainer: options, data, paths, and the working memory of a batch.
 *
 * Everything is allocated when the run opens; the training loop allocates nothing. Functions that can fail return an
 * exit status and leave one line in run->error.
 */
#ifndef QNN_TRAINER_RUN_H
#define QNN_TRAINER_RUN_H

#include "runtime/program.h"
#include "runtime/trainer/options.h"

#include <stdio.h>

enum qnn_status {
    QNN_OK = 0,
    QNN_WRONG = 1,        /* data or weights do not fit the program, or training diverged */
    QNN_COMMAND_LINE = 2, /* wrong command line */
    QNN_SYSTEM = 3,       /* a file or the system failed */
    QNN_INTERRUPTED = 128 /* plus the signal's number; the checkpoint is saved */
};

enum { QNN_PATH_SIZE = 4096 };

struct qnn_run {
    const struct qnn_program *program;
    struct qnn_options options;
    uint64_t seed;
    int epochs;
    struct qnn_dataset train, validation, test; /* those that the command needs */
    uint32_t *order;                            /* [training samples]: this epoch's */
    uint32_t *freezing;                         /* [training samples]: the order in which freezing takes its batches */
    uint32_t *index;                            /* [batch] of evaluation */
    int32_t *label;                             /* [batch] */
    float *target;                              /* [batch][outputs] */
    float *outputs;                             /* [batch][outputs]: deployed outputs as real values */
    struct qnn_prefetch *prefetch;              /* NULL: training samples are taken as they are */
    int lock;                                   /* the log, held while this run writes; -1: not held */
    char folder[QNN_PATH_SIZE];
    char frozen[QNN_PATH_SIZE], checkpoint[QNN_PATH_SIZE], log[QNN_PATH_SIZE], histogram[QNN_PATH_SIZE];
    char error[QNN_ERROR_SIZE];
};

/* Threads, paths, the network's block wired. */
enum qnn_status qnn_run_open(struct qnn_run *run, const struct qnn_program *program, const struct qnn_options *options);
void qnn_run_close(struct qnn_run *run);

/* Training and validation samples, with --limit; the order of freezing. */
enum qnn_status qnn_run_load_training(struct qnn_run *run);
enum qnn_status qnn_run_load_test(struct qnn_run *run);
/* The best network: NAME.safetensors into the block. */
enum qnn_status qnn_run_load_frozen(struct qnn_run *run);

/* The batch of samples at index[0 .. batch - 1], labels and targets gathered. */
struct qnn_batch qnn_run_batch(struct qnn_run *run, const struct qnn_dataset *data, const uint32_t *index);
/* What freezing looks at. */
struct qnn_batches qnn_run_batches(const struct qnn_run *run);
/* Whole batches in the training set. */
size_t qnn_run_steps(const struct qnn_run *run);
struct qnn_optimizer *qnn_run_optimizer(const struct qnn_run *run);
struct qnn_parameter *qnn_run_parameter(const struct qnn_run *run, size_t learner);

double qnn_seconds(void); /* monotonic */

/* Prints the test accuracy of the network in the block from every view it has; predictions (may be NULL) gets a line per
 * sample, as deployed where that can be. */
enum qnn_status qnn_report_test(struct qnn_run *run, FILE *predictions);

/* The commands. */
enum qnn_status qnn_train(struct qnn_run *run);
enum qnn_status qnn_eval(struct qnn_run *run);
enum qnn_status qnn_predict(struct qnn_run *run);
enum qnn_status qnn_export(struct qnn_run *run);
enum qnn_status qnn_bench(struct qnn_run *run);

#endif
