/*
 * One run of qnnc: the options, the representations made so far, and the steps from one to the next.
 *
 * A representation is made on demand, once: asking for the integer graph reads the weights, which asks for the plan,
 * which asks for the model. Every step returns an exit status: STATUS_OK, or why the run ends. Messages about the program are
 * in the sink; a failure of the system is one line in error.
 */
#ifndef QNN_DRIVER_SESSION_H
#define QNN_DRIVER_SESSION_H

#include "base/arena.h"
#include "base/file.h"
#include "diagnostics/diagnostics.h"
#include "driver/home.h"
#include "driver/options.h"
#include "hardware/hardware.h"
#include "integer/integer.h"
#include "model/model.h"
#include "syntax/ast.h"

enum status { STATUS_OK = 0, STATUS_PROGRAM = 1, STATUS_COMMAND_LINE = 2, STATUS_SYSTEM = 3 };

struct session {
    struct arena arena;
    struct options options;
    struct sink *sink;
    const char *out; /* output folder */
    struct home home;
    struct source source;
    char *text; /* of the program; malloc'ed */
    struct ast_file *ast;
    struct model *model;
    struct int_plan *plan;
    struct qnn_safetensors weights;
    struct int_graph *graph;
    struct hw_graph *hardware;
    bool infer_written, rtl_written; /* actions that others ask for run once */
    char error[FILE_ERROR_SIZE];
};

enum status session_read(struct session *session);  /* text and AST */
enum status session_model(struct session *session); /* model, overrides applied */
enum status session_plan(struct session *session);
enum status session_graph(struct session *session); /* weights and integer graph */
enum status session_hardware(struct session *session);
void session_close(struct session *session);

/* Sets error from the format and returns STATUS_SYSTEM. */
enum status session_fail(struct session *session, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* DIR/NAME + suffix, in the arena. */
const char *session_path(struct session *session, const char *suffix);
/* The folder of the Verilog. */
const char *session_rtl(struct session *session);
/* Writes one output file; with -v says so. */
enum status session_write(struct session *session, const char *path, const struct text *text);
/* With -v: one line on stderr. */
void session_say(const struct session *session, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The actions (one file each), in the order in which they run. Each makes what it needs. */
enum status action_trainer(struct session *session);  /* C, and with no --emit-c the ready program */
enum status action_infer(struct session *session);    /* integer C and its command line */
enum status action_verilog(struct session *session);  /* RTL and memory images */
enum status action_evaluate(struct session *session); /* the interpreter on test samples */
enum status action_simulate(struct session *session); /* Verilator against the integer C */
enum status action_report(struct session *session);   /* Yosys */
/* build/Makefile: the commands of this program as targets. */
enum status write_makefile(struct session *session);

/* Runs the function on the test split of the program's data set, checked against its input; STATUS_SYSTEM where that cannot
 * be read. */
struct qnn_dataset;
enum status session_on_test_data(struct session *session,
                                 enum status (*run)(struct session *session, const struct qnn_dataset *data));
/* Element i of a sample as the integer program takes it: u8, i8 as they are; f32 as codes of the input quantizer. */
void session_codes(const struct session *session, const struct qnn_dataset *data, size_t index, int32_t *codes);

#endif
