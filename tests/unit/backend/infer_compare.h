/*
 * The generated integer C against the interpreter, bit for bit: codes of every unit, values and class, compiled with every set
 * of kernels that this processor runs. The C compiler is $CC or cc.
 */
#ifndef QNN_TESTS_INFER_COMPARE_H
#define QNN_TESTS_INFER_COMPARE_H

#include "infer_files.h"
#include "infer_nets.h"
#include "tests/unit/cunit_main.h"

#include <dlfcn.h>

enum { SAMPLES = 40 };

/* The compiler's options for each set of kernels; `runs` is asked before. */
static const struct variant {
    const char *name, *options;
    bool native;       /* needs no more than this processor has, whatever it is */
    bool avx2, avx512; /* needs these */
} variants[] = {
    {"default", "-O2", true, false, false},
    {"native", "-O3 -march=native", true, false, false},
    {"portable", "-O2 -march=native -DNET_PORTABLE", true, false, false},
    {"checked", "-O1 -march=native -fsanitize=undefined -fsanitize-undefined-trap-on-error", true, false, false},
    {"avx2", "-O2 -mavx2", false, true, false},
    {"avx512bw", "-O2 -mavx512f -mavx512bw", false, false, true},
};
enum { VARIANTS = sizeof variants / sizeof variants[0] };

static inline bool runs(const struct variant *variant)
{
#if defined(__x86_64__)
    return variant->native || (variant->avx2 && __builtin_cpu_supports("avx2")) ||
           (variant->avx512 && __builtin_cpu_supports("avx512bw"));
#else
    return variant->native;
#endif
}

static inline void write_glue(void)
{
    static const char glue[] = "#include \"net_infer.h\"\n"
                               "#include <stddef.h>\n"
                               "size_t glue_size(void);\n"
                               "const int64_t *glue_values(const struct net_state *state);\n"
                               "size_t glue_size(void) { return sizeof(struct net_state); }\n"
                               "const int64_t *glue_values(const struct net_state *state) { return state->values; }\n";
    write_file("glue.c", glue, strlen(glue));
}

/* The functions of a compiled network. */
struct library {
    void *handle;
    size_t (*size)(void);
    const int64_t *(*values)(const void *);
    void (*infer)(void *, const uint8_t *);
    int (*class)(const void *);                        /* NULL: a regression has none */
    int32_t (*code)(const void *, unsigned, unsigned); /* NULL without traces, as is channels */
    unsigned (*channels)(unsigned);
};

static inline void *symbol(void *handle, const char *name)
{
    void *address = dlsym(handle, name);
    REQUIRE(address);
    return address;
}

static inline struct library open_library(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s.so", folder, name);
    struct library library = {.handle = dlopen(path, RTLD_NOW | RTLD_LOCAL)};
    REQUIRE(library.handle);
    *(void **)&library.size = symbol(library.handle, "glue_size");
    *(void **)&library.values = symbol(library.handle, "glue_values");
    *(void **)&library.infer = symbol(library.handle, "net_infer");
    *(void **)&library.class = dlsym(library.handle, "net_class");
    *(void **)&library.code = dlsym(library.handle, "net_code");
    *(void **)&library.channels = dlsym(library.handle, "net_unit_channels");
    return library;
}

/* Places where the generated code and the interpreter differ after one sample. */
static inline size_t differences(const struct int_graph *graph, const struct int_state *state,
                                 const struct library *library, const void *memory)
{
    size_t count = 0;
    for (size_t i = 0; i < graph->unit_count; i++) {
        const struct unit_plan *plan = graph->units[i].plan;
        const bool traced = library->code && library->channels;
        count += traced && library->channels((unsigned)i) != shape_count(plan->shape);
        for (size_t c = 0; traced && plan->kind == UNIT_CODES && c < shape_count(plan->shape); c++)
            count += library->code(memory, (unsigned)i, (unsigned)c) != int_codes(state, i)[c];
        for (size_t c = 0; plan->kind != UNIT_CODES && c < plan->channels; c++)
            count += library->values(memory)[c] != int_values(state)[c];
        if (plan->kind == UNIT_CLASS)
            count += !library->class || library->class(memory) != int_class(state);
        if (plan->kind == UNIT_VALUES)
            count += library->class != NULL;
    }
    return count;
}

static inline size_t compare(const struct int_graph *graph, const struct library *library, struct arena *arena)
{
    struct int_state *state = int_state_new(graph, arena);
    const size_t inputs = shape_count(graph->input.shape);
    int32_t *values = ARENA_NEW_ARRAY(arena, inputs, int32_t);
    /* At the end of its block, so that a sanitizer sees a read beyond it. */
    uint8_t *bytes = malloc(inputs);
    void *memory = malloc(library->size());
    REQUIRE(bytes && memory);
    memset(memory, 0xa5, library->size());
    size_t count = 0;
    for (uint64_t sample = 0; sample < SAMPLES; sample++) {
        net_sample(graph, sample, inputs, values, bytes);
        int_run(graph, values, state);
        library->infer(memory, bytes);
        count += differences(graph, state, library, memory);
    }
    free(bytes);
    free(memory);
    return count;
}

/* Compiles with these options and compares; whether all agrees. */
static inline bool check_library(const struct int_graph *graph, const char *label, const char *name,
                                 const char *options, struct arena *arena)
{
    const bool compiled = command("cd %s && %s " STRICT_C99 " %s -fPIC -shared -o %s.so net_infer.c glue.c", folder,
                                  compiler(), options, name);
    CU_ASSERT(compiled);
    if (!compiled)
        return false;
    struct library library = open_library(name);
    const size_t count = compare(graph, &library, arena);
    if (count > 0)
        fprintf(stderr, "%s, kernels %s: %zu differences\n", label, name, count);
    CU_ASSERT_EQUAL(count, 0);
    dlclose(library.handle);
    return count == 0;
}

/* Compares variants first, first + step, ... with traces, and results alone without them, where tensors share memory;
 * whether all agree. */
static inline bool check_variants(const struct int_graph *graph, const char *label, size_t first, size_t step,
                                  struct arena *arena)
{
    char options[256];
    write_sources(graph);
    write_glue();
    bool agree = check_library(graph, label, "shared", "-O1", arena);
    for (size_t i = first; i < VARIANTS; i += step) {
        if (!runs(&variants[i]))
            continue;
        snprintf(options, sizeof options, "-DNET_TRACE %s", variants[i].options);
        agree = check_library(graph, label, variants[i].name, options, arena) && agree;
    }
    return agree;
}

#endif
