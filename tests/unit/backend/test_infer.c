/*
 * The generated integer C against the interpreter, bit for bit: codes of every unit, values and class, for random networks,
 * each compiled with every set of kernels that this processor runs. The C compiler is $CC or cc.
 */
#include "infer_compare.h"
#include "tests/unit/cunit_main.h"

enum { NETS = 16 };

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
        const enum weight_id weights = i % 2 ? WEIGHT_TERNARY : WEIGHT_BINARY;
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
