/* Runs other people's programs: fork, exec, wait; no shell, so no quoting. */
#include "report/tool.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LAST_LINE_SIZE = 240, LOG_TAIL = 4096, EXEC_FAILED = 127 };

static const struct tool_row {
    const char *program, *package, *purpose;
} tool_rows[TOOL_COUNT] = {
#define TOOL(ID, program, package, purpose) [TOOL_##ID] = {program, package, purpose},
#include "report/tools.def"
#undef TOOL
};

static bool on_path(const char *program)
{
    if (strchr(program, '/'))
        return access(program, X_OK) == 0;
    const char *path = getenv("PATH");
    for (const char *part = path ? path : "/usr/bin:/bin"; *part;) {
        const size_t length = strcspn(part, ":");
        char candidate[4096];
        const int written = snprintf(candidate, sizeof candidate, "%.*s/%s", (int)length, part, program);
        if (written > 0 && (size_t)written < sizeof candidate && access(candidate, X_OK) == 0)
            return true;
        part += length + (part[length] == ':');
    }
    return false;
}

const char *tool_program(enum tool_id tool)
{
    return tool_rows[tool].program;
}

bool tool_found(enum tool_id tool)
{
    return on_path(tool_rows[tool].program);
}

/* Copies the last non-empty line of a log into line; "" where there is none. */
static void last_line(const char *log, char line[LAST_LINE_SIZE])
{
    line[0] = '\0';
    FILE *file = log ? fopen(log, "rb") : NULL;
    if (!file)
        return;
    char tail[LOG_TAIL + 1];
    if (fseek(file, -LOG_TAIL, SEEK_END) != 0)
        rewind(file);
    const size_t length = fread(tail, 1, LOG_TAIL, file);
    fclose(file);
    tail[length] = '\0';
    for (char *save = NULL, *part = strtok_r(tail, "\r\n", &save); part; part = strtok_r(NULL, "\r\n", &save))
        if (part[strspn(part, " \t")] != '\0')
            snprintf(line, LAST_LINE_SIZE, "%s", part);
}

/* The child's side: never returns. */
static void execute(const struct tool_run *run, const char *program, char **argv)
{
    if (run->log) {
        const int log = open(run->log, O_WRONLY | O_CREAT | O_TRUNC, 0666);
        if (log < 0 || dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0)
            _exit(EXEC_FAILED);
        close(log);
    }
    if (run->directory && chdir(run->directory) != 0)
        _exit(EXEC_FAILED);
    if (run->memory_mb) {
        const rlim_t bytes = (rlim_t)run->memory_mb << 20;
        const struct rlimit limit = {bytes, bytes};
        setrlimit(RLIMIT_AS, &limit);
    }
    execvp(program, argv);
    _exit(EXEC_FAILED);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static bool explain(const struct tool_run *run, const char *program, int status, char *error)
{
    char line[LAST_LINE_SIZE];
    last_line(run->log, line);
    if (WIFSIGNALED(status))
        snprintf(error, FILE_ERROR_SIZE, "%s was ended by signal %d", program, WTERMSIG(status));
    else if (run->log)
        snprintf(error, FILE_ERROR_SIZE, "%s failed with status %d, see %.160s: %.200s", program, WEXITSTATUS(status),
                 run->log, line);
    else
        snprintf(error, FILE_ERROR_SIZE, "%s failed with status %d", program, WEXITSTATUS(status));
    return false;
}

bool tool_run(const struct tool_run *run, double *seconds, char *error)
{
    const struct tool_row *row = &tool_rows[run->tool];
    const char *program = run->program ? run->program : row->program;
    if (!on_path(program)) {
        snprintf(error, FILE_ERROR_SIZE, "'%s' is not installed; it %s (Debian: apt-get install %s)", program,
                 row->purpose, row->package);
        return false;
    }
    size_t count = 0;
    while (run->arguments[count])
        count++;
    char **argv = calloc(count + 2, sizeof *argv);
    if (!argv) {
        snprintf(error, FILE_ERROR_SIZE, "no memory to run %s", program);
        return false;
    }
    argv[0] = (char *)program; /* execvp takes char *const[] but changes nothing */
    for (size_t i = 0; i < count; i++)
        argv[i + 1] = (char *)run->arguments[i];
    const double start = now();
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0)
        execute(run, program, argv);
    free(argv);
    int status = 0;
    if (child < 0) {
        snprintf(error, FILE_ERROR_SIZE, "cannot start %s: %s", program, strerror(errno));
        return false;
    }
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) {
            snprintf(error, FILE_ERROR_SIZE, "cannot wait for %s: %s", program, strerror(errno));
            return false;
        }
    if (seconds)
        *seconds = now() - start;
    return status == 0 || explain(run, program, status, error);
}

void tool_argument(struct tool_arguments *list, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *argument = arena_vprintf(list->arena, format, args);
    va_end(args);
    ARENA_PUSH(list->arena, list->items, list->count, list->capacity, argument);
    ARENA_PUSH(list->arena, list->items, list->count, list->capacity, NULL);
    list->count--;
}
