/*
 * Other people's programs: found on PATH, run without a shell, their output kept in a log file.
 *
 * A missing program is reported with the Debian package that holds it. Errors fill FILE_ERROR_SIZE bytes (base/file.h).
 */
#ifndef QNN_REPORT_TOOL_H
#define QNN_REPORT_TOOL_H

#include "base/arena.h"
#include "base/text.h"

#include <stdbool.h>

enum tool_id {
#define TOOL(ID, program, package, purpose) TOOL_##ID,
#include "report/tools.def"
#undef TOOL
    TOOL_COUNT
};

/* Whether the program is on PATH. */
bool tool_found(enum tool_id tool);
const char *tool_program(enum tool_id tool);

struct tool_run {
    enum tool_id tool;
    const char *program;          /* overrides the table's program, e.g. $CC; NULL = the table's */
    const char *const *arguments; /* without the program itself; NULL-terminated */
    const char *directory;        /* where it runs; NULL = here */
    const char *log;              /* file for what it prints on both streams; NULL = inherited */
    unsigned memory_mb;           /* limit on its address space; 0 = none */
};

/* Runs and waits. False with an error line where the program is missing, cannot run, was killed or returned non-zero
 * (the error names the log and quotes its last non-empty line). Interrupts reach the program too. */
bool tool_run(const struct tool_run *run, double *seconds, char *error);

/* A NULL-terminated argument list that grows in an arena. */
struct tool_arguments {
    struct arena *arena;
    const char **items;
    size_t count, capacity;
};
void tool_argument(struct tool_arguments *list, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
