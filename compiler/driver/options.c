/* The command line: one pass over the words, driven by options.def. */
#include "driver/options.h"

#include "base/file.h"
#include "diagnostics/nearest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum argument_kind { ARGUMENT_FLAG, ARGUMENT_VALUE, ARGUMENT_COUNT, ARGUMENT_LIST };

static const struct option_row {
    const char *name;
    enum argument_kind argument;
    const char *metavariable, *help;
} option_rows[OPTION_COUNT] = {
#define OPTION(ID, name, argument, metavariable, help) [OPTION_##ID] = {name, ARGUMENT_##argument, metavariable, help},
#include "driver/options.def"
#undef OPTION
};

static bool fail(char *error, const char *format, const char *word)
{
    snprintf(error, FILE_ERROR_SIZE, format, word);
    return false;
}

static bool is_count(const char *word)
{
    return strcmp(word, "all") == 0 || (*word && strspn(word, "0123456789") == strlen(word));
}

/* The row of a word: `--name`, `--name=value`, `-oDIR`, `-Wno-x`. *inline_value is what is attached, or NULL. */
static int find_option(const char *word, const char **inline_value)
{
    *inline_value = NULL;
    for (int id = 0; id < OPTION_COUNT; id++) {
        const char *name = option_rows[id].name;
        const size_t length = strlen(name);
        if (strncmp(word, name, length) != 0)
            continue;
        const bool is_long = name[1] == '-';
        const bool takes = option_rows[id].argument != ARGUMENT_FLAG;
        if (word[length] == '\0')
            return id;
        if (takes && (is_long ? word[length] == '=' : true)) {
            *inline_value = word + length + is_long;
            return id;
        }
    }
    return -1;
}

static bool unknown_option(const char *word, char *error)
{
    static const char *const names[OPTION_COUNT + 1] = {
#define OPTION(ID, name, argument, metavariable, help) name,
#include "driver/options.def"
#undef OPTION
        NULL};
    const char *near = nearest_name(word, names);
    if (near)
        snprintf(error, FILE_ERROR_SIZE, "unknown option '%s'; did you mean '%s'?", word, near);
    else
        snprintf(error, FILE_ERROR_SIZE, "unknown option '%s'; see qnnc --help", word);
    return false;
}

static bool add_define(struct options *options, const char *text, struct arena *arena, char *error)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text || !equals[1])
        return fail(error, "--define takes NAME=VALUE, not '%s'", text);
    const struct define define = {arena_strndup(arena, text, (size_t)(equals - text)), equals + 1};
    ARENA_PUSH(arena, options->defines, options->define_count, options->define_capacity, define);
    return true;
}

static bool parse_samples(const char *value, const char *name, long *samples, char *error)
{
    if (!value) {
        *samples = SAMPLES_DEFAULT;
        return true;
    }
    if (strcmp(value, "all") == 0) {
        *samples = SAMPLES_ALL;
        return true;
    }
    char *end;
    errno = 0;
    *samples = strtol(value, &end, 10);
    if (errno || *end || *samples < 1 || *samples > 100000000) {
        snprintf(error, FILE_ERROR_SIZE, "%s takes a number of samples from 1 or 'all', not '%s'", name, value);
        return false;
    }
    return true;
}

static bool parse_seed(const char *value, uint64_t *seed, char *error)
{
    char *end;
    errno = 0;
    *seed = strtoull(value, &end, 10);
    if (errno || *end || *value < '0' || *value > '9')
        return fail(error, "--random-weights takes a whole number, not '%s'", value);
    return true;
}

static bool store(struct options *options, enum option_id id, const char *value, struct arena *arena, char *error)
{
    options->given[id] = true;
    options->value[id] = value;
    switch (id) {
    case OPTION_DEFINE:
        return add_define(options, value, arena, error);
    case OPTION_EVALUATE:
        return parse_samples(value, "--evaluate", &options->evaluate, error);
    case OPTION_SIMULATE:
        return parse_samples(value, "--simulate", &options->simulate, error);
    case OPTION_RANDOM_WEIGHTS:
        return parse_seed(value, &options->random_seed, error);
    case OPTION_WARNING:
        if (options->warning_count == MAX_WARNING_OPTIONS)
            return fail(error, "too many -W options at '%s'", value);
        options->warnings[options->warning_count++] = value;
        return true;
    case OPTION_HELP_LANGUAGE:
    case OPTION_HELP_MESSAGES:
        return !value || strcmp(value, "markdown") == 0 ||
               fail(error, "the help comes as text or as =markdown, not as '%s'", value);
    case OPTION_DIAGNOSTICS:
        return strcmp(value, "text") == 0 || strcmp(value, "json") == 0 ||
               fail(error, "--diagnostics takes text or json, not '%s'", value);
    default:
        return true;
    }
}

bool options_parse(int argc, char **argv, struct options *options, struct arena *arena, char *error)
{
    *options = (struct options){0};
    bool only_files = false;
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        if (only_files || word[0] != '-' || word[1] == '\0') {
            if (options->program)
                return fail(error, "one program at a time: '%s' is a second one", word);
            options->program = word;
            continue;
        }
        if (strcmp(word, "--") == 0) {
            only_files = true;
            continue;
        }
        const char *value;
        const int id = find_option(strcmp(word, "-h") == 0 ? "--help" : word, &value);
        if (id < 0)
            return unknown_option(word, error);
        const enum argument_kind kind = option_rows[id].argument;
        const bool has_next = i + 1 < argc;
        if (!value && has_next && (kind == ARGUMENT_VALUE || (kind == ARGUMENT_COUNT && is_count(argv[i + 1]))))
            value = argv[++i];
        if (kind == ARGUMENT_VALUE && (!value || !*value)) {
            snprintf(error, FILE_ERROR_SIZE, "%s needs its %s", option_rows[id].name, option_rows[id].metavariable);
            return false;
        }
        if (!store(options, (enum option_id)id, value, arena, error))
            return false;
    }
    return true;
}

void options_help(struct text *out)
{
    text_add(out, "usage: qnnc PROGRAM.qnn [options]\n\n"
                  "Compiles a description of a quantized neural network. Without an action it writes the training\n"
                  "program's C into the output folder, compiles it, and leaves it there ready to run.\n\n");
    for (int id = 0; id < OPTION_COUNT; id++) {
        char left[64];
        const struct option_row *row = &option_rows[id];
        snprintf(left, sizeof left, "%s%s%s", row->name,
                 row->metavariable && row->argument != ARGUMENT_LIST && row->name[1] != 'W' ? " " : "",
                 row->metavariable ? row->metavariable : "");
        text_printf(out, "  %-26s %s\n", left, row->help);
    }
    text_add(out, "\nexit status: 0 fine, 1 the program is wrong, 2 the command line is wrong, 3 the system failed "
                  "(a file, a tool).\n");
}
