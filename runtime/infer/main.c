/* The command line of an integer inference: one command, one exit status; the only file here that prints errors. */
#include "runtime/infer/main.h"

#include "runtime/numeric/file.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

enum status { STATUS_OK = 0, STATUS_USAGE = 2, STATUS_SYSTEM = 3 };

struct run {
    const struct qnn_infer_program *program;
    const char *data, *predictions; /* options; NULL where they are not given */
    const char *argument;           /* of predict */
    size_t features;                /* elements of a sample */
    struct qnn_quantizer quantizer; /* of an f32 input */
    uint8_t *codes;                 /* [features] of an f32 sample */
    struct qnn_dataset test;
    char error[QNN_ERROR_SIZE];
};

static enum status fail(struct run *run, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static enum status fail(struct run *run, enum status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(run->error, sizeof run->error, format, args);
    va_end(args);
    return status;
}

/* ---- Samples ----------------------------------------------------------------------------------------------------- */

static enum status load_test(struct run *run)
{
    const struct qnn_infer_program *p = run->program;
    const struct qnn_dataset_need need = {
        .element = p->element,
        .height = p->height,
        .width = p->width,
        .channels = p->channels,
        .classes = p->classes,
        .outputs = p->classes ? 0 : p->outputs,
    };
    if (!p->data.name)
        return fail(run, STATUS_USAGE, "the program has no data section, so there are no test samples");
    return qnn_data_load(&p->data, run->data, QNN_SPLIT_TEST, &run->test, run->error) &&
                   qnn_dataset_check(&run->test, p->data.name, &need, run->error)
               ? STATUS_OK
               : STATUS_SYSTEM;
}

/* Runs a test sample; the integers of the last layer. */
static const int64_t *infer_test(struct run *run, size_t index)
{
    const struct qnn_infer_program *p = run->program;
    const void *sample = qnn_dataset_sample(&run->test, index);
    if (p->element != QNN_F32)
        return p->infer(sample);
    for (size_t i = 0; i < run->features; i++) {
        const float y = p->scale * ((const float *)sample)[i] + p->offset; /* as qnn_input_f32: product, then sum */
        const int32_t value = qnn_quantizer_value(&run->quantizer, y);
        run->codes[i] = (uint8_t)(value > 0 ? value : 0); /* 0 and 1 of a sign */
    }
    return p->infer(run->codes);
}

/* ---- Results ----------------------------------------------------------------------------------------------------- */

/* A class, or the integers of a regression separated by blanks: a line. */
static void print_result(const struct qnn_infer_program *p, const int64_t *values, FILE *out)
{
    if (p->class_of) {
        fprintf(out, "%d\n", p->class_of());
        return;
    }
    for (size_t i = 0; i < p->outputs; i++)
        fprintf(out, "%" PRId64 "%s", values[i], i + 1 < p->outputs ? " " : "\n");
}

/* What evaluation adds up over samples: whether the class is right, or the mean square error of the outputs. */
static double score(const struct run *run, size_t index, const int64_t *values)
{
    const struct qnn_infer_program *p = run->program;
    if (p->class_of)
        return p->class_of() == run->test.labels[index];
    double sum = 0;
    for (size_t i = 0; i < p->outputs; i++) {
        const double error = ldexp((double)values[i], -p->shift) - (double)run->test.targets[index * p->outputs + i];
        sum += error * error;
    }
    return sum / (double)p->outputs;
}

static void print_score(const struct qnn_infer_program *p, double sum, size_t count)
{
    if (p->class_of)
        printf("integer C: %.0f of %zu right, accuracy %.2f %%\n", sum, count, 100 * sum / (double)count);
    else
        printf("integer C: %zu samples, mean square error %.6g\n", count, sum / (double)count);
}

/* ---- Commands ---------------------------------------------------------------------------------------------------- */

static enum status evaluate_into(struct run *run, FILE *predictions)
{
    double sum = 0;
    for (size_t i = 0; i < run->test.count; i++) {
        const int64_t *values = infer_test(run, i);
        sum += score(run, i, values);
        if (predictions)
            print_result(run->program, values, predictions);
    }
    /* Only a whole file of predictions is left. */
    if (predictions && (ferror(predictions) | fclose(predictions)) != 0) {
        remove(run->predictions);
        return fail(run, STATUS_SYSTEM, "%s: cannot be written", run->predictions);
    }
    print_score(run->program, sum, run->test.count);
    return STATUS_OK;
}

static enum status command_eval(struct run *run)
{
    const enum status status = load_test(run);
    if (status != STATUS_OK)
        return status;
    FILE *predictions = run->predictions ? fopen(run->predictions, "w") : NULL;
    if (run->predictions && !predictions)
        return fail(run, STATUS_SYSTEM, "%s: %s", run->predictions, strerror(errno));
    return evaluate_into(run, predictions);
}

static enum status predict_index(struct run *run)
{
    const enum status status = load_test(run);
    if (status != STATUS_OK)
        return status;
    errno = 0;
    const unsigned long long index = strtoull(run->argument, NULL, 10);
    if (errno || index >= run->test.count)
        return fail(run, STATUS_SYSTEM, "'%s' is not the index of a test sample, 0 to %zu", run->argument,
                    run->test.count - 1);
    print_result(run->program, infer_test(run, (size_t)index), stdout);
    return STATUS_OK;
}

/* Samples of one byte per element, one after the other. */
static enum status predict_file(struct run *run)
{
    enum { LIMIT = 1 << 30 };
    unsigned char *bytes;
    size_t length;
    if (!qnn_file_read(run->argument, LIMIT, &bytes, &length, run->error))
        return STATUS_SYSTEM;
    const bool whole = length % run->features == 0;
    for (size_t at = 0; whole && at < length; at += run->features)
        print_result(run->program, run->program->infer(bytes + at), stdout);
    free(bytes);
    return whole ? STATUS_OK
                 : fail(run, STATUS_SYSTEM, "%s: is not a whole number of samples of %zu bytes", run->argument,
                        run->features);
}

static enum status command_predict(struct run *run)
{
    const bool is_number = run->argument[strspn(run->argument, "0123456789")] == '\0';
    return is_number && run->program->data.name ? predict_index(run) : predict_file(run);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Samples a second, over `count` samples again and again for a fifth of a second. */
static double measure(const struct run *run, const uint8_t *inputs, size_t count)
{
    const double start = now();
    double elapsed = 0;
    size_t done = 0;
    while ((elapsed = now() - start) < 0.2) {
        for (size_t i = 0; i < count; i++)
            run->program->infer(inputs + i * run->features);
        done += count;
    }
    return (double)done / elapsed;
}

/* The best of five measurements, on samples made up on the spot. */
static enum status command_bench(struct run *run)
{
    enum { SAMPLES = 64, RUNS = 5 };
    const struct qnn_infer_program *p = run->program;
    const unsigned last =
        p->quantizer == QNN_QUANTIZER_NONE ? UINT8_MAX : (unsigned)qnn_quantizer_last_code(&run->quantizer);
    uint8_t *inputs = malloc(SAMPLES * run->features);
    double best = 0;
    uint32_t random = 1;
    if (!inputs)
        return fail(run, STATUS_SYSTEM, "no memory for %d samples", SAMPLES);
    for (size_t i = 0; i < SAMPLES * run->features; i++) {
        random = random * 1664525 + 1013904223;
        inputs[i] = (uint8_t)(random >> 24 & last);
    }
    for (int i = 0; i < RUNS; i++)
        best = fmax(best, measure(run, inputs, SAMPLES));
    free(inputs);
    printf("%.0f samples/s, %.2f us each\n", best, 1e6 / best);
    return STATUS_OK;
}

/* ---- The command line -------------------------------------------------------------------------------------------- */

static const struct command {
    const char *name;
    int arguments;
    bool predicts; /* --predictions goes with it */
    enum status (*run)(struct run *run);
} commands[] = {
    {"eval", 0, true, command_eval},
    {"predict", 1, false, command_predict},
    {"bench", 0, false, command_bench},
};

static void print_usage(const struct qnn_infer_program *p, FILE *out)
{
    const char *name = p->name;
    if (p->data.name)
        fprintf(out,
                "%s_infer eval [--data DIR] [--predictions FILE]   the test samples\n"
                "%s_infer predict INDEX [--data DIR]               one test sample\n",
                name, name);
    fprintf(out,
            "%s_infer predict FILE                             samples in a file, a byte per element\n"
            "%s_infer bench                                    speed on made-up samples\n",
            name, name);
    if (p->data.name)
        fputs("--data: root of the data sets; default $QNN_DATA, then /usr/share/datasets\n"
              "--predictions: a line per sample\n",
              out);
    fputs("Exit status: 0 fine, 2 command line, 3 system or data\n", out);
}

/* Sets *command, NULL for --help. */
static enum status read_command_line(struct run *run, int argc, char **argv, const struct command **command)
{
    enum { DATA = 1, PREDICTIONS };
    static const struct option options[] = {{"data", required_argument, NULL, DATA},
                                            {"predictions", required_argument, NULL, PREDICTIONS},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    *command = NULL;
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":h", options, NULL)) >= 0;) {
        if (option == 'h')
            return STATUS_OK;
        if (option == ':')
            return fail(run, STATUS_USAGE, "%s needs a value", argv[optind - 1]);
        if (option == '?')
            return fail(run, STATUS_USAGE, "unknown option '%s'", argv[optind - 1]);
        *(option == DATA ? &run->data : &run->predictions) = optarg;
    }
    if (optind == argc)
        return fail(run, STATUS_USAGE, "a command is missing");
    const char *name = argv[optind];
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(name, commands[i].name) == 0)
            *command = &commands[i];
    if (!*command)
        return fail(run, STATUS_USAGE, "unknown command '%s'", name);
    if (argc - optind - 1 != (*command)->arguments)
        return fail(run, STATUS_USAGE, "wrong number of arguments for %s", name);
    if (run->predictions && !(*command)->predicts)
        return fail(run, STATUS_USAGE, "--predictions does not go with %s", name);
    run->argument = argv[optind + 1];
    return STATUS_OK;
}

static enum status run_command(struct run *run, const struct command *command)
{
    run->codes = malloc(run->features);
    if (!run->codes)
        return fail(run, STATUS_SYSTEM, "no memory for a sample");
    enum status status = command->run(run);
    if (status == STATUS_OK && fflush(stdout) != 0)
        status = fail(run, STATUS_SYSTEM, "the standard output cannot be written");
    free(run->codes);
    qnn_dataset_free(&run->test);
    return status;
}

int qnn_infer_main(const struct qnn_infer_program *program, int argc, char **argv)
{
    struct run run = {
        .program = program,
        .features = program->height * program->width * program->channels,
    };
    if (program->quantizer != QNN_QUANTIZER_NONE)
        run.quantizer = qnn_quantizer(program->quantizer, program->bits, program->clip);
    const struct command *command;
    enum status status = read_command_line(&run, argc, argv, &command);
    const bool is_help = status == STATUS_OK && !command;
    if (status == STATUS_OK && command)
        status = run_command(&run, command);
    if (status != STATUS_OK)
        fprintf(stderr, "%s_infer: %s\n", program->name, run.error);
    if (is_help || status == STATUS_USAGE)
        print_usage(program, is_help ? stdout : stderr);
    return (int)status;
}
