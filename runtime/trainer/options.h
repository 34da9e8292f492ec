/*
 * The command line of a trainer.
 */
#ifndef QNN_TRAINER_OPTIONS_H
#define QNN_TRAINER_OPTIONS_H

#include "runtime/blas.h"

#include <stdbool.h>
#include <stdint.h>

enum qnn_command {
    QNN_COMMAND_TRAIN,
    QNN_COMMAND_EVAL,
    QNN_COMMAND_PREDICT,
    QNN_COMMAND_EXPORT,
    QNN_COMMAND_BENCH,
    QNN_COMMAND_HELP,
    QNN_COMMAND_VERSION,
    QNN_COMMAND_COUNT
};

struct qnn_options {
    enum qnn_command command;
    const char *argument;    /* predict: a PNG file or a test sample's number; export: the file to write, or NULL */
    const char *data;        /* root of the data, or NULL */
    const char *out;         /* folder of the files, or NULL: beside the program */
    const char *predictions; /* eval: file for the classes, or NULL */
    bool resume, verbose;
    enum qnn_blas_use blas;
    bool has_seed;
    int64_t epochs, threads, seed, limit; /* 0: not given */
};

/* Reads argv. False with one line in error (QNN_ERROR_SIZE bytes) where it cannot be understood. */
bool qnn_options_read(struct qnn_options *options, int argc, char **argv, char *error);

/* --help, to standard output. */
void qnn_options_help(const char *name, const char *source);

#endif
