/*
 * The command line of the integer C on CIFAR-10 and NPY arrays: predictions equal the interpreter's; damaged files give their
 * exit status, a message and no predictions.
 */
#include "infer_commands.h"
#include "infer_images.h"

#include "runtime/quantizers/activations.h"

enum { SAMPLES = 24, CLASSES = 5, SIDE = 32, PLANE = SIDE * SIDE, PIXELS = 3 * PLANE };

static struct arena arena;

/* Compiles a program: a scheme, a network of these statements and a data section. */
static const struct int_graph *compile(const char *network, const char *source)
{
    const char *program = arena_printf(&arena,
                                       "scheme s { weights = binary; acts = sign; }\n"
                                       "network net { %s }\nquantize { * : s; }\ndata { source = %s; }\n",
                                       network, source);
    const struct int_graph *graph = build_program(program, 3, &arena);
    CU_ASSERT_FATAL(graph != NULL);
    compile_program(graph);
    REQUIRE(command("rm -rf %s/set && mkdir %s/set", folder, folder));
    return graph;
}

/* Evaluates after each damage, a command in set/; `write` restores the files. */
static void check_damages(const char *const *damages, size_t count, void (*write)(void))
{
    for (size_t i = 0; i < count; i++) {
        write();
        CU_ASSERT_EQUAL(run("eval --data ."), 0);
        REQUIRE(command("cd %s/set && %s", folder, damages[i]));
        const int status = run("eval --data . --predictions predictions");
        if (status != 3)
            fprintf(stderr, "status %d after: %s\n", status, damages[i]);
        CU_ASSERT_EQUAL(status, 3);
        CU_ASSERT(command("cd %s && test ! -e predictions && grep -q '^net_infer: ' err", folder));
        REQUIRE(command("rm -rf %s/set && mkdir %s/set", folder, folder));
    }
}

/* ---- CIFAR-10 ---------------------------------------------------------------------------------------------------- */

static void write_cifar10(void)
{
    struct text text = {0};
    struct draw draw = draw_open(5, 31);
    for (int i = 0; i < SAMPLES; i++) {
        text_add_bytes(&text, (const char[]){(char)(i % CLASSES)}, 1);
        for (int k = 0; k < PIXELS; k++)
            text_add_bytes(&text, (const char[]){(char)draw_int(&draw, 0, 255)}, 1);
    }
    write_file("set/test_batch.bin", text.data, text.length);
    text_free(&text);
}

static void test_cifar10(void)
{
    static const char *const damages[] = {
        "truncate -s -1 test_batch.bin",
        "truncate -s 0 test_batch.bin",
        "printf x >> test_batch.bin",
        "rm test_batch.bin",
        "printf '\\005' | dd of=test_batch.bin conv=notrunc bs=1 seek=3073 status=none", /* no such class */
        "gzip test_batch.bin && truncate -s -9 test_batch.bin.gz",
    };
    const struct int_graph *graph = compile(
        "input u8[32, 32, 3] -> conv(6, 5, stride = 3) -> batchnorm -> sign -> flatten -> dense(5) -> classify;",
        "cifar10(\"set\")");
    struct text expected = {0}, again = {0};
    struct int_state *state = int_state_new(graph, &arena);
    struct draw draw = draw_open(5, 31);
    for (int i = 0; i < SAMPLES; i++) {
        int32_t values[PIXELS];
        for (int k = 0; k < PIXELS; k++)
            values[k % PLANE * 3 + k / PLANE] = draw_int(&draw, 0, 255);
        expect(graph, values, state, &expected);
    }
    text_add(&again, text_cstr(&expected));
    write_cifar10();
    CU_ASSERT_EQUAL(run("eval --data . --predictions predictions"), 0);
    check_predictions(&expected);
    REQUIRE(command("gzip %s/set/test_batch.bin", folder));
    CU_ASSERT_EQUAL(run("eval --data set --predictions predictions"), 0);
    check_predictions(&again);
    CU_ASSERT(command("grep -q 'of 24 right' %s/out", folder));
    REQUIRE(command("rm -rf %s/set && mkdir %s/set", folder, folder));
    check_damages(damages, sizeof damages / sizeof damages[0], write_cifar10);
    arena_free(&arena);
}

/* ---- NPY --------------------------------------------------------------------------------------------------------- */

/* Which arrays a case has. */
static struct npy_case {
    const char *input, *sample_type, *sample_shape, *truth_type, *truth_shape;
    bool regress;
} npy;

static void write_npy(const char *name, const char *type, const char *shape, const struct text *elements)
{
    struct text text = {0};
    char dictionary[256];
    const int length = snprintf(dictionary, sizeof dictionary,
                                "{'descr': '%s', 'fortran_order': False, 'shape': (%d, %s), }\n", type, SAMPLES, shape);
    text_add_bytes(&text, "\x93NUMPY\1\0", 8);
    text_add_bytes(&text, (const char[]){(char)length, 0}, 2);
    text_add(&text, dictionary);
    text_add_bytes(&text, elements->data, elements->length);
    write_file(name, text.data, text.length);
    text_free(&text);
}

/* Element k of sample i: a byte, or a float whose codes tie now and then. */
static int sample_byte(int i, int k)
{
    return (i * 37 + k * 101 + i * k) % 256;
}

static float sample_float(int i, int k)
{
    return (float)sample_byte(i, k) / 64.0f - 1.0f;
}

static void write_arrays(void)
{
    struct text samples = {0}, truth = {0};
    const bool floats = strcmp(npy.sample_type, "<f4") == 0;
    const int size = npy.truth_type[2] - '0';
    for (int i = 0; i < SAMPLES; i++) {
        for (int k = 0; k < 12; k++) {
            const float value = sample_float(i, k);
            if (floats)
                text_add_bytes(&samples, (const char *)&value, sizeof value);
            else
                text_add_bytes(&samples, (const char[]){(char)sample_byte(i, k)}, 1);
        }
        for (int k = 0; npy.regress && k < CLASSES; k++) {
            const float target = (float)(i + k);
            text_add_bytes(&truth, (const char *)&target, sizeof target);
        }
        for (int k = 0; !npy.regress && k < size; k++) {
            const bool low = npy.truth_type[0] == '>' ? k == size - 1 : k == 0;
            text_add_bytes(&truth, (const char[]){(char)(low ? i % CLASSES : 0)}, 1);
        }
    }
    write_npy("set/test_images.npy", npy.sample_type, npy.sample_shape, &samples);
    write_npy("set/test_labels.npy", npy.truth_type, npy.truth_shape, &truth);
    text_free(&samples);
    text_free(&truth);
}

static int32_t code_of(const struct int_graph *graph, int i, int k)
{
    const struct qnn_quantizer *quantizer = &graph->input_quantizer;
    if (graph->input.type.encoding == QNN_ENCODING_TWOS)
        return (int8_t)sample_byte(i, k);
    if (quantizer->kind != QNN_QUANTIZER_NONE)
        return qnn_quantizer_value(quantizer, sample_float(i, k));
    return sample_byte(i, k);
}

static const struct int_graph *compile_npy(void)
{
    return compile(arena_printf(&arena, "input %s -> flatten -> dense(9) -> batchnorm -> sign -> dense(5) -> %s;",
                                npy.input, npy.regress ? "regress" : "classify"),
                   "npy(\"set\")");
}

static void check_npy(void)
{
    const struct int_graph *graph = compile_npy();
    struct text expected = {0};
    struct int_state *state = int_state_new(graph, &arena);
    for (int i = 0; i < SAMPLES; i++) {
        int32_t values[12];
        for (int k = 0; k < 12; k++)
            values[k] = code_of(graph, i, k);
        expect(graph, values, state, &expected);
    }
    write_arrays();
    CU_ASSERT_EQUAL(run("eval --data . --predictions predictions"), 0);
    check_predictions(&expected);
    CU_ASSERT(command("grep -q -E '%s' %s/out", npy.regress ? "24 samples, mean square error" : "of 24 right", folder));
    arena_free(&arena);
}

static void test_npy(void)
{
    static const struct npy_case cases[] = {
        {"u8[2, 2, 3]", "|u1", "2, 2, 3", "<i8", "", false},
        {"i8[3, 4, 1]", "|i1", "3, 4", ">i4", "1", false},
        {"f32[12] -> quantize(uint(3, clip = fixed(2.0)))", "<f4", "12", "|u1", "", false},
        {"f32[2, 6, 1] -> sign", "<f4", "2, 6, 1", "<f4", "5", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        npy = cases[i];
        check_npy();
    }
}

static void test_damaged_npy(void)
{
    static const char *const damages[] = {
        "truncate -s -1 test_images.npy",
        "truncate -s 60 test_images.npy",
        "truncate -s 0 test_labels.npy",
        "printf x >> test_labels.npy",
        "rm test_labels.npy",
        "cp test_labels.npy test_images.npy",
        "cp test_images.npy test_labels.npy",
        "sed -i 's/NUMPY/NUMPX/' test_images.npy",
        "sed -i 's/False/True /' test_images.npy",
        "sed -i 's/descr/dexcr/' test_images.npy",
        "sed -i 's/shape/descr/' test_images.npy",
        "sed -i \"s/|u1/|i1/\" test_images.npy",
        "sed -i 's/(24, /(99, /' test_images.npy",
        "sed -i 's/(24, 2, 2, 3)/(24, 2, 6, 0)/' test_images.npy",
        "sed -i 's/(24, 2, 2, 3)/(24, 2, 2, 9999999999999)/' test_images.npy",
        "sed -i 's/<i8/<f8/' test_labels.npy",
        "printf '\\005' | dd of=test_labels.npy conv=notrunc bs=1 seek=80 status=none", /* a class beyond the last */
    };
    npy = (struct npy_case){"u8[2, 2, 3]", "|u1", "2, 2, 3", "<i8", "", false};
    compile_npy();
    check_damages(damages, sizeof damages / sizeof damages[0], write_arrays);
    arena_free(&arena);
}

static const struct unit_case cases[] = {
    {"cifar10", test_cifar10},
    {"npy", test_npy},
    {"damaged npy", test_damaged_npy},
};

MAIN_IN_FOLDER("integer C, data", cases)
