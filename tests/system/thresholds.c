/*
 * thresholds PROGRAM.qnn WEIGHTS.safetensors [NAME=VALUE...]: folding of a trained network, checked whole: for every unit,
 * every channel and every accumulator of its proven range, the thresholds give the code that the definition gives. Where
 * the code changes, and at both ends, so does an evaluation that shares no code with the compiler or the runtime. The range
 * is proven anew from the weights. Exit status 0 where all agree.
 */
#include "base/file.h"
#include "integer/integer.h"
#include "syntax/ast.h"
#include "transform/transform.h"
#include "tests/support/reference.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEFINES = 8, MAX_BYTES = 1 << 20 };

struct count {
    long long accumulators, channels, falling;
};

/* Range of the accumulator: the sum of every product's least and greatest value. */
static bool range_is_proven(const struct int_unit *unit, size_t c)
{
    int64_t lo = 0, hi = 0;
    for (size_t i = 0; i < unit->plan->fan_in; i++) {
        const int64_t weight = unit->weights ? unit->weights[c * unit->plan->fan_in + i] : 1;
        const int64_t a = weight * unit->input.type.low, b = weight * unit->input.type.high;
        lo += a < b ? a : b;
        hi += a < b ? b : a;
    }
    return lo == unit->acc_lo[c] && hi == unit->acc_hi[c];
}

static bool reference_agrees(const struct int_unit *unit, const struct qnn_safetensors *weights, size_t c, int64_t acc,
                             int code)
{
    struct arena scratch = {0};
    const int expected = reference_code(unit->plan, weights, c, (double)acc, &scratch);
    arena_free(&scratch);
    if (code != expected)
        printf("%s, channel %zu, accumulator %lld: the thresholds give %d, the reference %d\n", unit->plan->name, c,
               (long long)acc, code, expected);
    return code == expected;
}

/* Walks the range once, counting thresholds as they are passed. */
static bool channel_agrees(const struct int_unit *unit, const struct qnn_safetensors *weights, size_t c,
                           struct count *count)
{
    const struct int_thresholds *thresholds = &unit->thresholds;
    const int64_t *row = thresholds->values + c * (size_t)thresholds->levels;
    int passed = 0, before = INT_MIN; /* no code yet */
    for (int64_t acc = unit->acc_lo[c]; acc <= unit->acc_hi[c]; acc++) {
        while (passed < thresholds->levels && row[passed] <= acc)
            passed++;
        const int code = thresholds->first + (thresholds->flip[c] ? thresholds->levels - passed : passed);
        if (code != qnn_unit_code(&unit->function, c, (int32_t)acc)) {
            printf("%s, channel %zu, accumulator %lld: the thresholds give %d, the definition %d\n", unit->plan->name,
                   c, (long long)acc, code, (int)qnn_unit_code(&unit->function, c, (int32_t)acc));
            return false;
        }
        if (code != before && before != INT_MIN && !reference_agrees(unit, weights, c, acc - 1, before))
            return false;
        if ((code != before || acc == unit->acc_hi[c]) && !reference_agrees(unit, weights, c, acc, code))
            return false;
        before = code;
    }
    count->accumulators += unit->acc_hi[c] - unit->acc_lo[c] + 1;
    count->channels++;
    count->falling += thresholds->flip[c];
    return true;
}

static bool graph_agrees(const struct int_graph *graph, const struct qnn_safetensors *weights)
{
    struct count count = {0};
    for (size_t u = 0; u < graph->unit_count; u++) {
        const struct int_unit *unit = &graph->units[u];
        if (unit->plan->node && !unit->plan->linear)
            continue; /* a pool or join: nothing trained */
        for (size_t c = 0; c < unit->plan->channels; c++) {
            if (!range_is_proven(unit, c)) {
                printf("%s, channel %zu: the range is not %lld .. %lld\n", unit->plan->name, c,
                       (long long)unit->acc_lo[c], (long long)unit->acc_hi[c]);
                return false;
            }
            if (unit->plan->quantizer != QNN_QUANTIZER_NONE && !channel_agrees(unit, weights, c, &count))
                return false;
        }
    }
    printf("thresholds: %lld accumulators of %lld channels agree (%lld falling)\n", count.accumulators, count.channels,
           count.falling);
    return count.accumulators > 0;
}

static struct int_graph *lower(const char *program, size_t length, int argc, char **argv,
                               struct qnn_safetensors *weights, struct arena *arena, struct sink *sink)
{
    struct define defines[MAX_DEFINES];
    char error[QNN_ERROR_SIZE];
    struct source source = {.name = argv[1], .text = program, .length = length};
    size_t define_count = 0;
    for (int i = 3; i < argc && define_count < MAX_DEFINES; i++) {
        char *equals = strchr(argv[i], '=');
        if (!equals)
            return NULL;
        defines[define_count++] =
            (struct define){.name = arena_strndup(arena, argv[i], (size_t)(equals - argv[i])), .value = equals + 1};
    }
    const struct model *model = transform_program(ast_parse(&source, arena, sink), defines, define_count, arena, sink);
    const struct int_plan *plan = model ? int_cut(model, arena, sink) : NULL;
    if (!plan || !qnn_safetensors_open(weights, argv[2], error))
        return NULL;
    return int_lower(plan, weights, arena, sink);
}

int main(int argc, char **argv)
{
    struct arena arena = {0};
    struct text messages = {0};
    struct qnn_safetensors weights = {0};
    char error[FILE_ERROR_SIZE], *program;
    size_t length;
    if (argc < 3 || !file_read(argv[1], MAX_BYTES, &program, &length, error)) {
        fprintf(stderr, "usage: %s PROGRAM.qnn WEIGHTS.safetensors [NAME=VALUE...]\n", argv[0]);
        return 2;
    }
    struct sink *sink = sink_open(&arena, DIAGNOSTICS_TEXT);
    const struct int_graph *graph = lower(program, length, argc, argv, &weights, &arena, sink);
    if (!graph) {
        sink_render(sink, &messages);
        fprintf(stderr, "%s: cannot be lowered with %s\n%s", argv[1], argv[2], text_cstr(&messages));
        text_free(&messages);
    }
    const int status = !graph ? 3 : graph_agrees(graph, &weights) ? 0 : 1;
    qnn_safetensors_close(&weights);
    free(program);
    arena_free(&arena);
    return status;
}
