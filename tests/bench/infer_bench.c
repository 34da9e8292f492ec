/*
 * The generated integer C against OpenBLAS sgemm on the same network: 784-1024-1024-1024-10 with 1-bit weights and
 * activations, batch 200, one thread each. Two inputs: `sign` of the bytes (the published mnist_lfc), and bytes into a
 * binary first layer. Rounds alternate; medians and their ratio are printed. Results of both sides are compared first.
 *
 *     infer_bench [ROUNDS]      default 15
 */
#include "tests/unit/backend/infer_nets.h"

#include "base/file.h"
#include "base/require.h"
#include "backend/c/infer.h"

#include <cblas.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void openblas_set_num_threads(int count);

enum { BATCH = 200, INPUTS = 784, HIDDEN = 1024, CLASSES = 10, MAX_ROUNDS = 1000 };

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, by_value);
    return values[count / 2];
}

/* ---- Float side -------------------------------------------------------------------------------------------------- */

struct float_layer {
    size_t inputs, outputs;
    float *weights;             /* [outputs][inputs]; NULL without a linear part */
    float *thresholds, *rising; /* [outputs]: code = +1 where acc >= threshold, times rising (+1 or -1) */
};

struct float_net {
    const struct int_graph *graph;
    struct float_layer layers[NET_MAX_UNITS];
    float *from, *to; /* BATCH rows each */
};

static struct float_net float_net_of(const struct int_graph *graph, struct arena *arena)
{
    struct float_net net = {.graph = graph,
                            .from = ARENA_NEW_ARRAY(arena, (size_t)BATCH * HIDDEN, float),
                            .to = ARENA_NEW_ARRAY(arena, (size_t)BATCH * HIDDEN, float)};
    for (size_t i = 0; i < graph->unit_count; i++) {
        const struct int_unit *unit = &graph->units[i];
        struct float_layer *layer = &net.layers[i];
        layer->outputs = unit->plan->channels;
        layer->inputs = unit->weights ? unit->plan->fan_in : unit->plan->channels;
        if (unit->weights)
            layer->weights = ARENA_NEW_ARRAY(arena, layer->inputs * layer->outputs, float);
        for (size_t k = 0; unit->weights && k < layer->inputs * layer->outputs; k++)
            layer->weights[k] = unit->weights[k];
        if (unit->plan->kind != UNIT_CODES)
            continue;
        layer->thresholds = ARENA_NEW_ARRAY(arena, layer->outputs, float);
        layer->rising = ARENA_NEW_ARRAY(arena, layer->outputs, float);
        for (size_t c = 0; c < layer->outputs; c++) {
            layer->thresholds[c] = (float)unit->thresholds.values[c];
            layer->rising[c] = unit->thresholds.flip[c] ? -1.0f : 1.0f;
        }
    }
    return net;
}

static void float_signs(const struct float_layer *layer, const float *acc, float *out)
{
    for (size_t row = 0; row < BATCH; row++)
        for (size_t c = 0; c < layer->outputs; c++) {
            const float rising = layer->rising[c];
            out[row * layer->outputs + c] = acc[row * layer->outputs + c] >= layer->thresholds[c] ? rising : -rising;
        }
}

static int float_class(const struct int_unit *unit, const float *acc)
{
    int best = 0;
    int64_t best_value = 0;
    for (size_t c = 0; c < unit->plan->channels; c++) {
        const int64_t value = unit->multiplier[c] * (int64_t)acc[c] + unit->addend[c];
        if (c == 0 || value > best_value) {
            best = (int)c;
            best_value = value;
        }
    }
    return best;
}

static void float_run(struct float_net *net, const uint8_t *images, int *classes)
{
    for (size_t i = 0; i < (size_t)BATCH * INPUTS; i++)
        net->from[i] = images[i];
    for (size_t i = 0; i < net->graph->unit_count; i++) {
        const struct float_layer *layer = &net->layers[i];
        if (layer->weights) {
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, BATCH, (int)layer->outputs, (int)layer->inputs, 1,
                        net->from, (int)layer->inputs, layer->weights, (int)layer->inputs, 0, net->to,
                        (int)layer->outputs);
            float *swap = net->from;
            net->from = net->to;
            net->to = swap;
        }
        if (layer->thresholds)
            float_signs(layer, net->from, net->from);
    }
    const struct int_unit *last = &net->graph->units[net->graph->unit_count - 1];
    for (size_t row = 0; row < BATCH; row++)
        classes[row] = float_class(last, net->from + row * CLASSES);
}

/* ---- Integer side ------------------------------------------------------------------------------------------------ */

struct library {
    void *memory;
    void (*infer)(void *, const uint8_t *);
    int (*class)(const void *);
};

static void write_text(const char *folder, const char *name, struct text *text)
{
    char path[256], error[FILE_ERROR_SIZE];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    REQUIRE(file_write(path, text_cstr(text), text->length, error));
    text_free(text);
}

static struct library compile(const struct int_graph *graph)
{
    char folder[] = "/tmp/qnn_bench_XXXXXX", line[1024];
    REQUIRE(mkdtemp(folder));
    struct text text[3] = {{0}};
    emit_infer(graph, &text[0], &text[1], &text[2]);
    write_text(folder, "net_infer.h", &text[0]);
    write_text(folder, "net_infer.c", &text[1]);
    text_free(&text[2]);
    const char *cc = getenv("CC");
    snprintf(line, sizeof line,
             "cd %s && echo '#include \"net_infer.h\"\nunsigned long glue_size(void) { return sizeof(struct "
             "net_state); }' > "
             "glue.c && %s -std=c99 -O3 -march=native -fPIC -shared -o net.so net_infer.c glue.c",
             folder, cc && *cc ? cc : "cc");
    REQUIRE(system(line) == 0);
    snprintf(line, sizeof line, "%s/net.so", folder);
    void *handle = dlopen(line, RTLD_NOW);
    REQUIRE(handle);
    struct library library;
    unsigned long (*size)(void);
    *(void **)&library.infer = dlsym(handle, "net_infer");
    *(void **)&library.class = dlsym(handle, "net_class");
    *(void **)&size = dlsym(handle, "glue_size");
    library.memory = malloc(size());
    snprintf(line, sizeof line, "rm -r %s", folder);
    REQUIRE(library.memory && system(line) == 0);
    return library;
}

static void integer_run(const struct library *library, const uint8_t *images, int *classes)
{
    for (size_t row = 0; row < BATCH; row++) {
        library->infer(library->memory, images + row * INPUTS);
        classes[row] = library->class(library->memory);
    }
}

/* ---- Measurement ------------------------------------------------------------------------------------------------- */

static void measure(const struct net *net, const char *label, size_t rounds)
{
    struct arena arena = {0};
    const struct int_graph *graph = net_build(net, 1, &arena);
    struct float_net float_net = float_net_of(graph, &arena);
    struct library library = compile(graph);
    static uint8_t images[(size_t)BATCH * INPUTS];
    int32_t values[INPUTS];
    for (size_t row = 0; row < BATCH; row++)
        net_sample(graph, row + 2, INPUTS, values, images + row * INPUTS);
    static int float_classes[BATCH], integer_classes[BATCH];
    static double float_times[MAX_ROUNDS], integer_times[MAX_ROUNDS];
    for (size_t round = 0; round < rounds; round++) {
        const double start = now();
        float_run(&float_net, images, float_classes);
        const double middle = now();
        integer_run(&library, images, integer_classes);
        integer_times[round] = now() - middle;
        float_times[round] = middle - start;
        REQUIRE(memcmp(float_classes, integer_classes, sizeof float_classes) == 0);
    }
    const double by_sgemm = median(float_times, rounds), by_integers = median(integer_times, rounds);
    printf("%-22s sgemm %9.0f images/s   integer C %9.0f images/s   ratio %5.2f\n", label, BATCH / by_sgemm,
           BATCH / by_integers, by_sgemm / by_integers);
    free(library.memory);
    arena_free(&arena);
}

int main(int argc, char **argv)
{
    const long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 15;
    if (rounds < 1 || rounds > MAX_ROUNDS) {
        fprintf(stderr, "usage: infer_bench [ROUNDS], 1 to %d\n", MAX_ROUNDS);
        return 2;
    }
    openblas_set_num_threads(1);
    const struct net_unit hidden = {
        .dense = true, .channels = HIDDEN, .weights = WEIGHT_BINARY, .quantizer = QNN_QUANTIZER_SIGN, .bits = 1};
    const struct net_unit classes = {
        .dense = true, .channels = CLASSES, .weights = WEIGHT_BINARY, .quantizer = QNN_QUANTIZER_NONE};
    const struct net_unit sign = {.channels = INPUTS, .quantizer = QNN_QUANTIZER_SIGN, .bits = 1, .plain = true};
    const struct net signs = {
        .input = NET_U8, .inputs = INPUTS, .unit_count = 5, .units = {sign, hidden, hidden, hidden, classes}};
    const struct net bytes = {
        .input = NET_U8, .inputs = INPUTS, .unit_count = 4, .units = {hidden, hidden, hidden, classes}};
    measure(&signs, "input -> sign", (size_t)rounds);
    measure(&bytes, "u8 into first layer", (size_t)rounds);
    return 0;
}
