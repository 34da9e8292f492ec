/* The command line of a trainer: one table of commands, one of options; --help prints both. */
#include "runtime/trainer/options.h"

#include "runtime/numeric/error.h"
#include "runtime/thread_pool.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct command_row {
    const char *name, *argument, *help;
    bool needs_argument;
};

static const struct command_row command_rows[QNN_COMMAND_COUNT] = {
    [QNN_COMMAND_TRAIN] = {"train", "", "trains; keeps the best network and a checkpoint"},
    [QNN_COMMAND_EVAL] = {"eval", "", "accuracy of the best network on the test set"},
    [QNN_COMMAND_PREDICT] = {"predict", "FILE|INDEX", "classifies a PNG file or a sample of the test set", true},
    [QNN_COMMAND_EXPORT] = {"export", "[FILE]", "freezes the last checkpoint into FILE (NAME.last.safetensors)"},
    [QNN_COMMAND_BENCH] = {"bench", "", "times training and evaluation on random samples"},
    [QNN_COMMAND_HELP] = {"--help", "", "this text"},
    [QNN_COMMAND_VERSION] = {"--version", "", "version and program"},
};

enum value_kind { VALUE_FLAG, VALUE_TEXT, VALUE_NUMBER, VALUE_BLAS };

#define ON(command) (1u << QNN_COMMAND_##command)
#define ON_ALL (ON(TRAIN) | ON(EVAL) | ON(PREDICT) | ON(EXPORT) | ON(BENCH))

struct option_row {
    const char *name, *value, *help;
    enum value_kind kind;
    unsigned commands; /* bits of the commands that take it */
    size_t offset;     /* in struct qnn_options */
    int64_t least, most;
};

static const struct option_row option_rows[] = {
    {"--data", "DIR", "root of the data sets; default $QNN_DATA, then /usr/share/datasets", VALUE_TEXT,
     ON(TRAIN) | ON(EVAL) | ON(PREDICT) | ON(EXPORT), offsetof(struct qnn_options, data), 0, 0},
    {"--out", "DIR", "folder of weights, checkpoint and logs; default: beside the program", VALUE_TEXT,
     ON(TRAIN) | ON(EVAL) | ON(PREDICT) | ON(EXPORT), offsetof(struct qnn_options, out), 0, 0},
    {"--epochs", "N", "epochs of the whole run; default: as in the program", VALUE_NUMBER, ON(TRAIN),
     offsetof(struct qnn_options, epochs), 1, 1000000},
    {"--resume", "", "goes on from the checkpoint", VALUE_FLAG, ON(TRAIN), offsetof(struct qnn_options, resume), 0, 0},
    {"--seed", "N", "seed of every random number; default: as in the program", VALUE_NUMBER, ON(TRAIN),
     offsetof(struct qnn_options, seed), 0, INT64_MAX},
    {"--limit", "N", "only the first N training samples", VALUE_NUMBER, ON(TRAIN) | ON(EXPORT),
     offsetof(struct qnn_options, limit), 1, INT32_MAX},
    {"--threads", "N", "threads; default: all processors", VALUE_NUMBER, ON_ALL, offsetof(struct qnn_options, threads),
     1, QNN_MAX_THREADS},
    {"--blas", "WHEN", "OpenBLAS for matrix products: auto (default), where it is faster; always; never", VALUE_BLAS,
     ON_ALL, offsetof(struct qnn_options, blas), 0, 0},
    {"-v", "", "says which matrix products are used", VALUE_FLAG, ON_ALL, offsetof(struct qnn_options, verbose), 0, 0},
    {"--predictions", "FILE", "writes the class of each test sample, one per line", VALUE_TEXT, ON(EVAL),
     offsetof(struct qnn_options, predictions), 0, 0},
};
enum { OPTION_COUNT = sizeof option_rows / sizeof option_rows[0] };

void qnn_options_help(const char *name, const char *source)
{
    printf("%s: the network of %s\n\nusage: %s COMMAND [OPTION...]\n\ncommands\n", name, source, name);
    for (int i = 0; i < QNN_COMMAND_COUNT; i++)
        printf("  %-10s %-12s %s\n", command_rows[i].name, command_rows[i].argument, command_rows[i].help);
    printf("\noptions\n");
    for (int i = 0; i < OPTION_COUNT; i++) {
        printf("  %-14s %-8s %s (", option_rows[i].name, option_rows[i].value, option_rows[i].help);
        const char *separator = "";
        for (int c = 0; c < QNN_COMMAND_COUNT; c++) {
            if (option_rows[i].commands & 1u << c) {
                printf("%s%s", separator, command_rows[c].name);
                separator = ", ";
            }
        }
        printf(")\n");
    }
    printf(
        "\nfiles (in --out)\n"
        "  %s.safetensors             the best network so far, frozen\n"
        "  %s.checkpoint.safetensors  all that training needs to go on\n"
        "  %s.log.jsonl               one line per epoch\n"
        "  %s.histogram.csv           everything that learns, each epoch: epoch, layer, parameter, low, high, count\n",
        name, name, name, name);
    printf("\nexit status\n"
           "  0 done   1 data or weights do not fit the program, or training diverged   2 wrong command line\n"
           "  3 a file or the system failed   130, 143 interrupted, checkpoint saved\n");
}

static bool read_number(const struct option_row *row, const char *text, int64_t *value, char *error)
{
    char *end;
    errno = 0;
    const long long number = strtoll(text, &end, 10);
    if (errno || end == text || *end || number < row->least || number > row->most)
        return qnn_error_set(error, "%s takes a whole number from %lld to %lld, not '%s'", row->name,
                             (long long)row->least, (long long)row->most, text);
    *value = number;
    return true;
}

static bool read_blas(const struct option_row *row, const char *text, enum qnn_blas_use *use, char *error)
{
    static const char *const names[] = {
        [QNN_BLAS_AUTO] = "auto", [QNN_BLAS_ALWAYS] = "always", [QNN_BLAS_NEVER] = "never"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], text) == 0) {
            *use = (enum qnn_blas_use)i;
            return true;
        }
    }
    return qnn_error_set(error, "%s takes auto, always or never, not '%s'", row->name, text);
}

static const struct option_row *find_option(const char *text, size_t length)
{
    for (int i = 0; i < OPTION_COUNT; i++)
        if (strlen(option_rows[i].name) == length && memcmp(option_rows[i].name, text, length) == 0)
            return &option_rows[i];
    return NULL;
}

/* One option at argv[*at], with its value after it or after '='; *at moves over both. */
static bool read_option(struct qnn_options *options, char **argv, int argc, int *at, char *error)
{
    const char *text = argv[*at], *equals = strchr(text, '=');
    const struct option_row *row = find_option(text, equals ? (size_t)(equals - text) : strlen(text));
    if (!row)
        return qnn_error_set(error, "unknown option '%s'; try --help", text);
    if (!(row->commands & 1u << options->command))
        return qnn_error_set(error, "%s does not go with %s; try --help", row->name,
                             command_rows[options->command].name);
    void *target = (char *)options + row->offset;
    if (row->kind == VALUE_FLAG) {
        if (equals)
            return qnn_error_set(error, "%s takes no value", row->name);
        *(bool *)target = true;
        return true;
    }
    const char *value = equals ? equals + 1 : *at + 1 < argc ? argv[++*at] : NULL;
    if (!value || !*value)
        return qnn_error_set(error, "%s needs a value: %s", row->name, row->value);
    if (row->kind == VALUE_NUMBER) {
        options->has_seed |= target == (void *)&options->seed;
        return read_number(row, value, target, error);
    }
    if (row->kind == VALUE_BLAS)
        return read_blas(row, value, target, error);
    *(const char **)target = value;
    return true;
}

static bool read_command(struct qnn_options *options, const char *text, char *error)
{
    if (strcmp(text, "-h") == 0)
        text = "--help";
    for (int i = 0; i < QNN_COMMAND_COUNT; i++) {
        if (strcmp(text, command_rows[i].name) == 0) {
            options->command = (enum qnn_command)i;
            return true;
        }
    }
    return qnn_error_set(error, "unknown command '%s': train, eval, predict, export, bench; try --help", text);
}

bool qnn_options_read(struct qnn_options *options, int argc, char **argv, char *error)
{
    *options = (struct qnn_options){0};
    if (argc < 2)
        return qnn_error_set(error, "a command is missing: train, eval, predict, export, bench; try --help");
    if (!read_command(options, argv[1], error))
        return false;
    const struct command_row *command = &command_rows[options->command];
    for (int at = 2; at < argc; at++) {
        if (strcmp(argv[at], "--help") == 0 || strcmp(argv[at], "-h") == 0) {
            options->command = QNN_COMMAND_HELP;
            return true;
        }
        if (argv[at][0] == '-' && argv[at][1]) {
            if (!read_option(options, argv, argc, &at, error))
                return false;
        } else if (!command->argument[0] || options->argument) {
            return qnn_error_set(error, "'%s' is one argument too many for %s", argv[at], command->name);
        } else {
            options->argument = argv[at];
        }
    }
    if (command->needs_argument && !options->argument)
        return qnn_error_set(error, "%s needs an argument: %s", command->name, command->argument);
    return true;
}
