/*
 * Fits the resource model (compiler/hardware/estimate.h) to what tests/bench/estimate_sweep.sh synthesised.
 *
 *   bench_estimate_fit FOLDER rows     the rows of compiler/hardware/estimate.def
 *   bench_estimate_fit FOLDER errors   per target: errors of the fit, and of fits made without the design they are tried on
 *   bench_estimate_fit FOLDER check    the same table for the coefficients that the compiler holds now
 *   bench_estimate_fit FOLDER data     every engine with its terms and results, as CSV
 *
 * FOLDER/TARGET/NAME.qnn is compiled again (random weights 1, as in the sweep) for the terms; FOLDER/TARGET/NAME/report.json
 * has the results. Least squares of the relative error, coefficients not negative, by coordinate descent.
 */
#include "base/file.h"
#include "hardware/estimate.h"
#include "integer/integer.h"
#include "model/model.h"
#include "syntax/ast.h"
#include "transform/transform.h"

#include <cjson/cJSON.h>
#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ROWS = 1000, SWEEPS = 20000, MAX_FILE = 1 << 24 };
/* Engines smaller than this weigh as if they were as large, and errors do not count them: a few LUTs more or less on a
 * tiny one do not matter. */
static const double least_weighed = 30;
/* How much what the templates suggest counts beside the data: it decides where terms always stand together. */
static const double ridge = 0.02;

static const double suggested[ESTIMATE_TERM_COUNT][ESTIMATE_RESOURCE_COUNT] = {
#define TERM(ID, luts, flip_flops, meaning) [TERM_##ID] = {luts, flip_flops},
#include "hardware/estimate_terms.def"
#undef TERM
};

struct row {
    char design[32], layer[32];
    size_t design_index;
    double terms[ESTIMATE_TERM_COUNT];
    double found[ESTIMATE_RESOURCE_COUNT], held[ESTIMATE_RESOURCE_COUNT];
    double lutram_found, lutram_expected, blocks_found, blocks_expected;
};

struct data {
    struct row rows[MAX_ROWS];
    size_t count, designs;
};

static const enum target_part targets[] = {TARGET_XC7, TARGET_ICE40_HX8K, TARGET_ECP5, TARGET_GENERIC};
enum { TARGETS = sizeof targets / sizeof targets[0] };
static const char *const resource_names[ESTIMATE_RESOURCE_COUNT] = {"LUT", "FF"};
static const char *const result_keys[ESTIMATE_RESOURCE_COUNT] = {"luts", "flip_flops"};

_Noreturn static void fail(const char *path, const char *what)
{
    fprintf(stderr, "%s: %s\n", path, what);
    exit(1);
}

static struct hw_graph *compile(const char *path, struct arena *arena)
{
    static char error[FILE_ERROR_SIZE];
    struct source *source = ARENA_NEW(arena, struct source);
    char *text;
    size_t length;
    if (!file_read(path, MAX_FILE, &text, &length, error))
        fail(path, error);
    *source = (struct source){.name = path, .text = arena_strdup(arena, text), .length = length};
    free(text);
    struct sink *sink = sink_open(arena, DIAGNOSTICS_TEXT);
    struct ast_file *ast = ast_parse(source, arena, sink);
    struct model *model = ast ? transform_program(ast, NULL, 0, arena, sink) : NULL;
    struct int_plan *plan = model ? int_cut(model, arena, sink) : NULL;
    struct int_graph *integer = plan ? int_random(plan, 1, arena, sink) : NULL;
    struct hw_graph *graph = integer ? hw_build(integer, arena, sink) : NULL;
    if (!graph)
        fail(path, "is no program with hardware");
    return graph;
}

static double number(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

static void read_design(struct data *data, const char *program, const char *name)
{
    static char error[FILE_ERROR_SIZE];
    struct arena arena = {0};
    const char *path = arena_printf(&arena, "%.*s/report.json", (int)(strlen(program) - strlen(".qnn")), program);
    char *text;
    size_t length;
    if (!file_exists(path)) {
        arena_free(&arena); /* left out by the sweep */
        return;
    }
    if (!file_read(path, MAX_FILE, &text, &length, error))
        fail(path, error);
    cJSON *json = cJSON_ParseWithLength(text, length);
    free(text);
    const cJSON *layers = cJSON_GetObjectItemCaseSensitive(json, "layers");
    const struct hw_graph *graph = compile(program, &arena);
    for (size_t e = 0; e < graph->engine_count; e++) {
        const struct hw_engine *engine = &graph->engines[e];
        const cJSON *layer = cJSON_GetArrayItem(layers, (int)e);
        if (data->count == MAX_ROWS || number(layer, "pe") != engine->pe || number(layer, "simd") != engine->simd)
            fail(path, "is not the report of its program");
        struct row *row = &data->rows[data->count++];
        const struct estimate_terms terms = estimate_terms(graph, engine);
        const struct hw_estimate held = hw_estimate_engine(graph, engine);
        *row = (struct row){.design_index = data->designs,
                            .held = {held.luts, held.flip_flops},
                            .lutram_found = number(layer, "lutram_sites"),
                            .lutram_expected = (double)terms.lutram_sites,
                            .blocks_found = number(layer, "memory_blocks"),
                            .blocks_expected = (double)terms.memory_blocks};
        snprintf(row->design, sizeof row->design, "%s", name);
        snprintf(row->layer, sizeof row->layer, "%s", engine->identifier);
        memcpy(row->terms, terms.value, sizeof row->terms);
        for (int r = 0; r < ESTIMATE_RESOURCE_COUNT; r++)
            row->found[r] = number(layer, result_keys[r]);
    }
    data->designs++;
    cJSON_Delete(json);
    arena_free(&arena);
}

static struct data *read_target(const char *folder, enum target_part target)
{
    struct data *data = calloc(1, sizeof *data);
    char pattern[4096];
    snprintf(pattern, sizeof pattern, "%s/%s/*.qnn", folder, part_of(target)->name);
    glob_t found;
    if (!data || glob(pattern, 0, NULL, &found) != 0)
        fail(pattern, "no programs");
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *slash = strrchr(found.gl_pathv[i], '/');
        char name[32];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(slash + 1, "."), slash + 1);
        read_design(data, found.gl_pathv[i], name);
    }
    globfree(&found);
    return data;
}

static double weight(double found)
{
    const double scale = found > least_weighed ? found : least_weighed;
    return 1 / (scale * scale);
}

/* Non-negative least squares over all rows but those of one design (SIZE_MAX: all rows). */
static void fit(const struct data *data, int resource, size_t without, double *k)
{
    static double a[ESTIMATE_TERM_COUNT][ESTIMATE_TERM_COUNT];
    double b[ESTIMATE_TERM_COUNT] = {0};
    memset(a, 0, sizeof a);
    for (size_t i = 0; i < data->count; i++) {
        const struct row *row = &data->rows[i];
        const double w = weight(row->found[resource]);
        if (row->design_index == without)
            continue;
        for (int s = 0; s < ESTIMATE_TERM_COUNT; s++) {
            b[s] += w * row->terms[s] * row->found[resource];
            for (int t = 0; t < ESTIMATE_TERM_COUNT; t++)
                a[s][t] += w * row->terms[s] * row->terms[t];
        }
    }
    for (int s = 0; s < ESTIMATE_TERM_COUNT; s++)
        k[s] = suggested[s][resource];
    for (int sweep = 0; sweep < SWEEPS; sweep++)
        for (int s = 0; s < ESTIMATE_TERM_COUNT; s++) {
            double rest = b[s];
            for (int t = 0; t < ESTIMATE_TERM_COUNT; t++)
                rest -= t == s ? 0 : a[s][t] * k[t];
            if (a[s][s] > 0) {
                const double best = (rest + ridge * a[s][s] * suggested[s][resource]) / (a[s][s] * (1 + ridge));
                k[s] = best > 0 ? best : 0;
            }
        }
}

static double predict(const double *k, const struct row *row)
{
    double sum = 0;
    for (int t = 0; t < ESTIMATE_TERM_COUNT; t++)
        sum += k[t] * row->terms[t];
    return sum;
}

static int by_size(const void *x, const void *y)
{
    const double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

/* Median and largest absolute error in percent, and where the largest is, of engines that are no smaller than
 * least_weighed. */
static void print_errors(const struct data *data, int resource, const double *expected, const char *label)
{
    static double errors[MAX_ROWS];
    size_t count = 0;
    const struct row *worst = NULL;
    double largest = 0, worst_expected = 0;
    for (size_t i = 0; i < data->count; i++) {
        const double found = data->rows[i].found[resource];
        if (found < least_weighed)
            continue;
        const double error = 100 * (expected[i] - found) / found;
        if (!worst || fabs(error) > fabs(largest)) {
            worst = &data->rows[i];
            worst_expected = expected[i];
            largest = error;
        }
        errors[count++] = fabs(error);
    }
    if (!worst)
        return;
    qsort(errors, count, sizeof *errors, by_size);
    printf("  %-3s %-9s %3zu engines  median %4.1f %%  nine in ten within %4.1f %%  worst %+.0f %% (%s %s: %.0f for "
           "%.0f)\n",
           resource_names[resource], label, count, errors[count / 2], errors[count * 9 / 10], largest, worst->design,
           worst->layer, worst_expected, worst->found[resource]);
}

static void print_memories(const struct data *data)
{
    size_t lutram = 0, blocks = 0;
    for (size_t i = 0; i < data->count; i++) {
        /* Shift registers that Yosys makes of a LUT (SRL) are counted with them: one or two an engine. */
        lutram += fabs(data->rows[i].lutram_found - data->rows[i].lutram_expected) <= 4;
        blocks += data->rows[i].blocks_found == data->rows[i].blocks_expected;
    }
    printf("  memories: LUT sites right within 4 for %zu of %zu engines, blocks for %zu\n", lutram, data->count,
           blocks);
}

static void print_tables(const char *folder, bool held)
{
    static double expected[MAX_ROWS];
    for (int i = 0; i < TARGETS; i++) {
        struct data *data = read_target(folder, targets[i]);
        printf("%s: %zu designs, %zu engines\n", part_of(targets[i])->name, data->designs, data->count);
        for (int r = 0; r < ESTIMATE_RESOURCE_COUNT; r++) {
            double k[ESTIMATE_TERM_COUNT];
            fit(data, r, SIZE_MAX, k);
            for (size_t j = 0; j < data->count; j++)
                expected[j] = held ? data->rows[j].held[r] : predict(k, &data->rows[j]);
            print_errors(data, r, expected, held ? "held" : "fitted");
            for (size_t d = 0; !held && d < data->designs; d++) {
                fit(data, r, d, k);
                for (size_t j = 0; j < data->count; j++)
                    if (data->rows[j].design_index == d)
                        expected[j] = predict(k, &data->rows[j]);
            }
            if (!held)
                print_errors(data, r, expected, "left out");
        }
        print_memories(data);
        free(data);
    }
}

static void print_rows(const char *folder)
{
    static double k[TARGETS][ESTIMATE_RESOURCE_COUNT][ESTIMATE_TERM_COUNT];
    for (int i = 0; i < TARGETS; i++) {
        struct data *data = read_target(folder, targets[i]);
        for (int r = 0; r < ESTIMATE_RESOURCE_COUNT; r++)
            fit(data, r, SIZE_MAX, k[i][r]);
        free(data);
    }
    for (int t = 0; t < ESTIMATE_TERM_COUNT; t++) {
        printf("ESTIMATE(%s", estimate_term_names[t]);
        for (int i = 0; i < TARGETS; i++)
            printf(", %.3g, %.3g", k[i][RESOURCE_LUTS][t], k[i][RESOURCE_FLIP_FLOPS][t]);
        printf(")\n");
    }
}

static void print_data(const char *folder)
{
    printf("target,design,layer,luts,flip_flops,lutram_sites,memory_blocks");
    for (int t = 0; t < ESTIMATE_TERM_COUNT; t++)
        printf(",%s", estimate_term_names[t]);
    printf("\n");
    for (int i = 0; i < TARGETS; i++) {
        struct data *data = read_target(folder, targets[i]);
        for (size_t j = 0; j < data->count; j++) {
            const struct row *row = &data->rows[j];
            printf("%s,%s,%s,%.0f,%.0f,%.0f,%.0f", part_of(targets[i])->name, row->design, row->layer,
                   row->found[RESOURCE_LUTS], row->found[RESOURCE_FLIP_FLOPS], row->lutram_found, row->blocks_found);
            for (int t = 0; t < ESTIMATE_TERM_COUNT; t++)
                printf(",%.10g", row->terms[t]);
            printf("\n");
        }
        free(data);
    }
}

int main(int argc, char **argv)
{
    const char *what = argc == 3 ? argv[2] : "";
    if (strcmp(what, "rows") == 0)
        print_rows(argv[1]);
    else if (strcmp(what, "errors") == 0 || strcmp(what, "check") == 0)
        print_tables(argv[1], strcmp(what, "check") == 0);
    else if (strcmp(what, "data") == 0)
        print_data(argv[1]);
    else {
        fputs("usage: bench_estimate_fit FOLDER rows|errors|check|data\n", stderr);
        return 2;
    }
    return 0;
}
