/*
 * The command line of qnnc, parsed from the table options.def.
 */
#ifndef QNN_DRIVER_OPTIONS_H
#define QNN_DRIVER_OPTIONS_H

#include "base/arena.h"
#include "base/text.h"
#include "model/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_id {
#define OPTION(ID, name, argument, metavariable, help) OPTION_##ID,
#include "driver/options.def"
#undef OPTION
    OPTION_COUNT
};

enum { SAMPLES_ALL = -1, SAMPLES_DEFAULT = -2, MAX_WARNING_OPTIONS = 64 };

struct options {
    bool given[OPTION_COUNT];
    const char *value[OPTION_COUNT]; /* of the last time it was given; NULL without an argument */
    long evaluate, simulate;         /* samples asked, SAMPLES_ALL or SAMPLES_DEFAULT */
    uint64_t random_seed;
    const char *program; /* the .qnn file; "-" is standard input */
    struct define *defines;
    size_t define_count, define_capacity;
    const char *warnings[MAX_WARNING_OPTIONS]; /* without "-W" */
    size_t warning_count;
};

/* False with one line in error (FILE_ERROR_SIZE bytes) where the command line is wrong. */
bool options_parse(int argc, char **argv, struct options *options, struct arena *arena, char *error);
/* What --help prints. */
void options_help(struct text *out);

#endif
