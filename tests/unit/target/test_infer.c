/*
 * The generated integer C against the interpreter, bit for bit: codes of every unit, values and class, for random networks,
 * each compiled with every set of kernels that this processor runs. The C compiler is $CC or cc.
 */
#include "infer_files.h"
#include "infer_nets.h"
#include "tests/unit/cunit_main.h"

#include <dlfcn.h>

enum { SAMPLES = 40, NETS = 16 };

/* The compiler's options for each set of kernels; `runs` is asked before. */
static const struct variant {
    const char *name, *options;
    bool native;       /* needs no more than this processor has, whatever it is */
    bool avx2, avx512; /* needs these */
} variants[] = {
    {"default", "-O2", true, false, false},
    {"native", "-O3 -march=native", true, false, false},
    {"portable", "-O2 -march=native -DNET_PORTABLE", true, false, false},
    {"avx2", "-O2 -mavx2", false, true, false},
    {"avx512bw", "-O2 -mavx512f -mavx512bw", false, false, true},
};
enum { VARIANTS = sizeof variants / sizeof variants[0] };

static bool runs(const struct variant *variant)
{
#if defined(__x86_64__)
    return variant->native || (variant->avx2 && __builtin_cpu_supports("avx2")) ||
           (variant->avx512 && __builtin_cpu_supports("avx512bw"));
#else
    return variant->native;
#endif
}

static void write_glue(void)
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
    int (*class)(const void *); /* NULL: a regression has none */
    int32_t (*code)(const void *, unsigned, unsigned);
    unsigned (*channels)(unsigned);
};

static void *symbol(void *handle, const char *name)
{
    void *address = dlsym(handle, name);
    REQUIRE(address);
    return address;
}

static struct library open_library(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s.so", folder, name);
    struct library library = {.handle = dlopen(path, RTLD_NOW | RTLD_LOCAL)};
    REQUIRE(library.handle);
    *(void **)&library.size = symbol(library.handle, "glue_size");
    *(void **)&library.values = symbol(library.handle, "glue_values");
    *(void **)&library.infer = symbol(library.handle, "net_infer");
    *(void **)&library.class = dlsym(library.handle, "net_class");
    *(void **)&library.code = symbol(library.handle, "net_code");
    *(void **)&library.channels = symbol(library.handle, "net_unit_channels");
    return library;
}

/* Places where the generated code and the interpreter differ after one sample. */
static size_t differences(const struct int_graph *graph, const struct int_state *state, const struct library *library,
                          const void *memory)
{
    size_t count = 0;
    for (size_t i = 0; i < graph->unit_count; i++) {
        const struct unit_plan *plan = graph->units[i].plan;
        count += library->channels((unsigned)i) != plan->channels;
        for (size_t c = 0; plan->kind == UNIT_CODES && c < plan->channels; c++)
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

static size_t compare(const struct int_graph *graph, const struct library *library, struct arena *arena)
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

/* Compares variants first, first + step, ... */
static void check_variants(const struct int_graph *graph, const char *label, size_t first, size_t step,
                           struct arena *arena)
{
    write_sources(graph);
    write_glue();
    for (size_t i = first; i < VARIANTS; i += step) {
        if (!runs(&variants[i]))
            continue;
        const bool compiled =
            command("cd %s && %s " STRICT_C99 " -DNET_TRACE %s -fPIC -shared -o %s.so net_infer.c glue.c", folder,
                    compiler(), variants[i].options, variants[i].name);
        CU_ASSERT_FATAL(compiled);
        struct library library = open_library(variants[i].name);
        const size_t count = compare(graph, &library, arena);
        if (count > 0)
            fprintf(stderr, "%s, kernels %s: %zu differences\n", label, variants[i].name, count);
        CU_ASSERT_EQUAL(count, 0);
        dlclose(library.handle);
    }
}

static void check_net(const struct net *net, const char *label, uint64_t seed, size_t first, size_t step)
{
    struct arena arena = {0};
    check_variants(net_build(net, seed, &arena), label, first, step, &arena);
    arena_free(&arena);
}

static void test_random_networks(void)
{
    for (uint64_t seed = 1; seed <= NETS; seed++) {
        const struct net net = net_draw(seed);
        char label[32];
        snprintf(label, sizeof label, "network %d", (int)seed);
        check_net(&net, label, seed, seed % 2, 2); /* every other variant: compiling takes the time */
    }
}

/* One layer of each product and each width of codes, at sizes around the eight words of a carry-save step. */
static void test_every_kernel(void)
{
    static const size_t sizes[] = {64, 511, 512, 513, 1100};
    for (size_t i = 0; i < 2 * NET_INPUT_COUNT; i++) {
        const enum weight_kind weights = i % 2 ? WEIGHT_TERNARY : WEIGHT_BINARY;
        struct net net = {.input = (enum net_input)(i / 2),
                          .inputs = sizes[i % 5],
                          .input_bits = 4,
                          .unit_count = 5,
                          .units = {{true, weights, 65, QNN_QUANTIZER_UINT, 4, false},
                                    {true, weights, 63, QNN_QUANTIZER_UINT, 2, false},
                                    {true, weights, sizes[(i + 1) % 5], QNN_QUANTIZER_SIGN, 1, false},
                                    {true, weights, 17, QNN_QUANTIZER_UINT, 8, true},
                                    {true, weights, 10, QNN_QUANTIZER_NONE, 0, i % 3 == 0}}};
        check_net(&net, "chain", 77 + i, 0, 1);
    }
}

/* The library needs nothing: freestanding, no symbol but its own and what a compiler may call to move memory. */
static void test_freestanding(void)
{
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct arena arena = {0};
        const struct net net = net_draw(seed);
        write_sources(net_build(&net, seed, &arena));
        CU_ASSERT(command("cd %s && %s -std=c99 -Wall -Wextra -Wpedantic -Werror -O2 -ffreestanding -DNET_PORTABLE -c "
                          "net_infer.c && nm -u net_infer.o | sed 's/^ *U //' > undefined && "
                          "! grep -v -x -E 'mem(cpy|set|move)|_GLOBAL_OFFSET_TABLE_|__stack_chk_fail' undefined",
                          folder, compiler()));
        CU_ASSERT(command("cd %s && ! grep -n -w -E 'float|double|malloc|printf' net_infer.c net_infer.h", folder));
        arena_free(&arena);
    }
}

/* The same graph gives the same bytes. */
static void test_determinism(void)
{
    struct text first[3] = {{0}}, second[3] = {{0}};
    struct arena arena = {0};
    const struct net net = net_draw(3);
    emit_infer(net_build(&net, 3, &arena), &first[0], &first[1], &first[2]);
    emit_infer(net_build(&net, 3, &arena), &second[0], &second[1], &second[2]);
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_STRING_EQUAL(text_cstr(&first[i]), text_cstr(&second[i]));
        CU_ASSERT(first[i].length > 0);
        text_free(&first[i]);
        text_free(&second[i]);
    }
    arena_free(&arena);
}

static const struct unit_case cases[] = {
    {"random networks equal the interpreter", test_random_networks},
    {"every kernel equals the interpreter", test_every_kernel},
    {"freestanding", test_freestanding},
    {"determinism", test_determinism},
};

MAIN_IN_FOLDER("integer C", cases)
