/*
 * The generated integer C of convolutional and branching networks against the interpreter, bit for bit. Random programs, and
 * one for every way a layer gathers its window or a tensor is kept.
 */
#include "infer_compare.h"
#include "infer_images.h"

enum { PROGRAMS = 60 };

/* What generated files must have among them: every way to gather a window, to keep a tensor, to join and to pool. */
static const struct way {
    const char *text, *is;
} ways[] = {
    {"*window++ = from[i]", "words of a window"},
    {"*window++ = from[group", "words of a group"},
    {"append(window", "bits of a window"},
    {", i * ", "bits of a dense layer"},
    {"uint8_t code[", "codes packed"},
    {"byte_sums(conv", "products in bytes"},
    {"gather_bytes(", "bytes of a padded window"},
    {"_outside + plane", "planes of padding"},
    {"count_xor(", "signs"},
    {"count_kept_xor(", "signs times ternary weights"},
    {"binary_sums(", "codes times binary weights"},
    {"ternary_sums(", "codes times ternary weights"},
    {"weight[c] * from[c]", "depthwise"},
    {"any[i] |= from[i];", "a pool of signs"},
    {"any[i] |= from[i] ^", "a pool of signs with minima"},
    {"best[c]);", "a pool of codes"},
    {"(best[c] ^", "a pool of codes with minima"},
    {"sum[c] += from[c]", "a sum pool"},
    {"append(to, ", "bits side by side"},
    {"second[c];\n    }", "codes side by side"},
    {"first[c] + second[c]", "an addition"},
    {"pack_wide(code", "wide codes packed"},
    {"unpack_wide(input", "wide codes unpacked"},
    {"unpack(input", "codes unpacked"},
    {"int16_t *code", "an array of 16 bits"},
    {"_SHARED {", "shared memory"},
};
enum { WAYS = sizeof ways / sizeof ways[0] };
static bool met[WAYS];

static void look(void)
{
    char path[256], error[FILE_ERROR_SIZE], *source, *header;
    size_t length;
    snprintf(path, sizeof path, "%s/net_infer.c", folder);
    REQUIRE(file_read(path, 1 << 24, &source, &length, error));
    snprintf(path, sizeof path, "%s/net_infer.h", folder);
    REQUIRE(file_read(path, 1 << 24, &header, &length, error));
    const char *layers = strstr(source, "/* ---- Layers");
    REQUIRE(layers);
    for (size_t i = 0; i < WAYS; i++)
        met[i] |= strstr(layers, ways[i].text) || strstr(header, ways[i].text);
    free(source);
    free(header);
}

static void check_program(const char *program, uint64_t seed, size_t first, size_t step)
{
    struct arena arena = {0};
    const struct int_graph *graph = build_program(program, seed, &arena);
    CU_ASSERT_PTR_NOT_NULL(graph);
    if (graph && !check_variants(graph, program, first, step, &arena))
        fprintf(stderr, "seed %d\n%s\n", (int)seed, program);
    look();
    arena_free(&arena);
}

static void test_random_images(void)
{
    for (uint64_t seed = 1; seed <= PROGRAMS; seed++) {
        struct text program = {0};
        write_images(seed, &program);
        check_program(text_cstr(&program), seed, seed % VARIANTS, VARIANTS);
        text_free(&program);
    }
}

#define SCHEME(weights, rest) "scheme s { weights = " weights "; " rest " }\nquantize { * : s; }\nnetwork net { "

/* What is rare among random programs. */
static void test_chosen_networks(void)
{
    static const char *const programs[] = {
        /* words of 64 and 128 channels, padded, of two planes, in groups; nine words and their remainders */
        SCHEME("binary",
               "acts = sign;") "input u8[9, 7, 3] -> conv(64, 3) -> act -> conv(128, 3, pad = 1) -> act -> conv(64, 3, "
                               "stride = 2, groups = 2) -> act -> flatten -> dense(5) -> classify; }",
        SCHEME("ternary",
               "acts = uint(2, clip = fixed(1.0));") "input u8[8, 8, 2] -> conv(128, 3) -> act -> conv(9, 3, pad = 2, "
                                                     "dilation = 2, groups = 1) -> act -> conv(64, [5, 1]) -> act "
                                                     "-> flatten -> dense(5) -> regress; }",
        /* 576, 4096 products: carry-save groups and the tree */
        SCHEME("binary",
               "acts = sign;") "input f32[10, 10, 64] -> sign -> conv(70, 8) -> act -> flatten -> dense(66) -> act -> "
                               "dense(5) -> classify; }",
        /* sums of codes and of accumulators, read by layers with weights and without */
        SCHEME("binary",
               "acts = uint(8, clip = fixed(4.0));") "input u8[8, 8, 65] -> conv(65, 1) -> act -> avgpool(2) -> "
                                                     "conv(5, 3, "
                                                     "pad = 1) -> act -> global_avgpool -> dense(7) -> regress; }",
        SCHEME(
            "ternary",
            "acts = sign; join = int(8);") "x = input i8[6, 6, 3] -> conv(70, 3, pad = 1) -> act; a = x -> conv(70, 3, "
                                           "pad = 1) -> batchnorm; b = x -> conv(70, 1) -> batchnorm; y = add(a, b); "
                                           "z = y -> conv(9, 3) -> act -> avgpool(2) -> flatten -> dense(5) -> "
                                           "classify; }",
        /* a sum that a copy and a layer with weights read */
        SCHEME("binary", "acts = sign; join = int(8);") "x = input u8[6, 6, 64] -> act; a = x -> conv(64, 3, pad = 1) "
                                                        "-> batchnorm; s = "
                                                        "add(a, x); t = s -> conv(64, 1) -> act; u = s -> batchnorm -> "
                                                        "act; v = concat(t, u); v -> "
                                                        "maxpool(2) -> flatten -> dense(5) -> classify; }",
        /* flattened tensors read by a window and by a join */
        SCHEME("binary", "acts = sign; join = int(4);") "x = input u8[3, 3, 5] -> conv(5, 2) -> act -> flatten; a = x "
                                                        "-> batchnorm -> "
                                                        "act; y = concat(a, x); y -> dense(5) -> classify; }",
        SCHEME("binary", "acts = uint(2, clip = fixed(1.0));") "input u8[3, 3, 5] -> conv(5, 2) -> act -> flatten -> "
                                                               "conv(7, 1) -> act -> "
                                                               "maxpool(1) -> dense(5) -> classify; }",
        /* minima: what falls stands behind the pool, of signs in words and of codes */
        SCHEME("binary", "acts = sign;") "input u8[9, 9, 2] -> conv(70, 2) -> maxpool(2) -> batchnorm -> act -> "
                                         "conv(5, 2) -> act -> flatten "
                                         "-> dense(5) -> classify; }",
        SCHEME("ternary", "acts = uint(3, clip = fixed(2.0));") "input u8[9, 9, 2] -> conv(30, 2) -> maxpool(2) -> "
                                                                "batchnorm -> act -> "
                                                                "depthwise(2) -> batchnorm -> act -> flatten -> "
                                                                "dense(5) -> classify; }",
        /* zero is a code inside the range: padding reads it, as a byte, a sum of bytes, and channel by channel */
        SCHEME("ternary", "acts = sign;") "input u8[8, 8, 3] scale 1/128 offset -1 -> conv(5, 3, pad = 1) -> act -> "
                                          "flatten -> dense(5) -> "
                                          "classify; }",
        SCHEME("binary", "acts = sign;") "input u8[8, 8, 3] scale 1/128 offset -1 -> depthwise(3, pad = 2) -> act -> "
                                         "flatten -> dense(5) -> "
                                         "classify; }",
        SCHEME("ternary", "acts = sign;") "input u8[8, 8, 70] scale 1/128 offset -1 -> avgpool(2) -> conv(70, 3, pad = "
                                          "1) -> batchnorm -> act "
                                          "-> flatten -> dense(5) -> classify; }",
        /* a dense layer whose positions do not fill words */
        SCHEME("ternary", "acts = uint(2, clip = fixed(1.0));") "input u8[7, 7, 3] -> conv(20, 3) -> act -> flatten -> "
                                                                "dense(64) -> act -> "
                                                                "dense(5) -> classify; }",
        SCHEME("ternary(scale = channel)",
               "acts = uint(5, clip = fixed(2.0));") "input u8[7, 7, 3] -> conv(20, 3) -> batchnorm -> "
                                                     "maxpool(2) -> act -> "
                                                     "depthwise(2) -> batchnorm -> act -> flatten -> dense(5) -> "
                                                     "classify; }",
        /* bytes that a pool compares a whole vector at a time */
        SCHEME("ternary",
               "acts = uint(8, clip = fixed(4.0));") "input u8[8, 8, 3] -> conv(64, 3, pad = same) -> maxpool(2) "
                                                     "-> batchnorm -> act -> conv(64, 3, pad = same) -> act "
                                                     "-> flatten -> dense(5) -> classify; }",
    };
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++)
        check_program(programs[i], 100 + i, 0, 1);
}

static void test_ways(void)
{
    for (size_t i = 0; i < WAYS; i++) {
        if (!met[i])
            fprintf(stderr, "no network has %s\n", ways[i].is);
        CU_ASSERT(met[i]);
    }
}

static const struct unit_case cases[] = {
    {"random networks on images equal the interpreter", test_random_images},
    {"chosen networks equal the interpreter", test_chosen_networks},
    {"every way was met", test_ways},
};

MAIN_IN_FOLDER("integer C, images", cases)
