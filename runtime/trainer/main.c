/* The program: command line, one command, exit status. The only file of the runtime that prints errors. */
#include "runtime/trainer/run.h"

#include <string.h>

static enum qnn_status (*const commands[QNN_COMMAND_COUNT])(struct qnn_run *run) = {
    [QNN_COMMAND_TRAIN] = qnn_train,   [QNN_COMMAND_EVAL] = qnn_eval,   [QNN_COMMAND_PREDICT] = qnn_predict,
    [QNN_COMMAND_EXPORT] = qnn_export, [QNN_COMMAND_BENCH] = qnn_bench,
};

static int complain(const struct qnn_program *program, const char *error, enum qnn_status status)
{
    fprintf(stderr, "%s: %s\n", program->name, error);
    return (int)status;
}

int qnn_main(const struct qnn_program *program, int argc, char **argv)
{
    char error[QNN_ERROR_SIZE];
    struct qnn_options options;
    if (!qnn_options_read(&options, argc, argv, error))
        return complain(program, error, QNN_COMMAND_LINE);
    if (options.command == QNN_COMMAND_HELP) {
        qnn_options_help(program->name, program->source);
        return QNN_OK;
    }
    if (options.command == QNN_COMMAND_VERSION) {
        printf("%s, program %s, made by qnnc %s\n", program->name, program->hash, QNN_VERSION);
        return QNN_OK;
    }
    struct qnn_run run;
    enum qnn_status status = qnn_run_open(&run, program, &options);
    if (status == QNN_OK)
        status = commands[options.command](&run);
    if (status == QNN_OK && (fflush(stdout) != 0 || ferror(stdout))) {
        qnn_error_set(run.error, "cannot write to standard output");
        status = QNN_SYSTEM;
    }
    qnn_run_close(&run);
    return status > QNN_OK && status < QNN_INTERRUPTED ? complain(program, run.error, status) : (int)status;
}
