/*
 * The command line of the integer C: predictions equal the interpreter's for every source of samples and kind of input;
 * damaged files and wrong command lines give their exit status, a message and no predictions.
 */
#include "infer_commands.h"
#include "infer_nets.h"

#include "runtime/quantizers/activations.h"
#include "runtime/numeric/random.h"

enum { SAMPLES = 50, INPUTS = 12, CLASSES = 4, HOLDOUT = 20 };

static struct net small_net(enum net_input input, bool regress, struct data_plan data)
{
    return (struct net){.input = input,
                        .inputs = INPUTS,
                        .input_bits = 4,
                        .regress = regress,
                        .data = data,
                        .unit_count = 2,
                        .units = {{true, WEIGHT_TERNARY, 30, QNN_QUANTIZER_SIGN, 1, false},
                                  {true, WEIGHT_BINARY, CLASSES, QNN_QUANTIZER_NONE, 0, false}}};
}

static const struct int_graph *compile(const struct net *net, struct arena *arena)
{
    const struct int_graph *graph = net_build(net, 5, arena);
    compile_program(graph);
    return graph;
}

/* ---- IDX --------------------------------------------------------------------------------------------------------- */

static const struct data_plan idx_data = {.kind = DATA_IDX, .name = "set"};

static void add_big_endian(struct text *text, uint32_t value)
{
    const char bytes[] = {(char)(value >> 24), (char)(value >> 16), (char)(value >> 8), (char)value};
    text_add_bytes(text, bytes, 4);
}

/* Writes set/t10k-*; returns the interpreter's predictions. */
static struct text write_idx(const struct int_graph *graph, struct arena *arena)
{
    struct text images = {0}, labels = {0}, expected = {0};
    struct int_state *state = int_state_new(graph, arena);
    uint8_t bytes[INPUTS];
    int32_t values[INPUTS];
    add_big_endian(&images, 0x803);
    add_big_endian(&images, SAMPLES);
    add_big_endian(&images, 3);
    add_big_endian(&images, INPUTS / 3);
    add_big_endian(&labels, 0x801);
    add_big_endian(&labels, SAMPLES);
    for (uint64_t i = 0; i < SAMPLES; i++) {
        net_sample(graph, i, INPUTS, values, bytes);
        text_add_bytes(&images, (const char *)bytes, INPUTS);
        text_add_bytes(&labels, (const char[]){(char)(i % CLASSES)}, 1);
        expect(graph, values, state, &expected);
    }
    REQUIRE(command("mkdir -p %s/set", folder));
    write_file("set/t10k-images-idx3-ubyte", text_cstr(&images), images.length);
    write_file("set/t10k-labels-idx1-ubyte", text_cstr(&labels), labels.length);
    text_free(&images);
    text_free(&labels);
    return expected;
}

static void test_idx(void)
{
    struct arena arena = {0};
    const struct net net = small_net(NET_U8, false, idx_data);
    const struct int_graph *graph = compile(&net, &arena);
    struct text expected = write_idx(graph, &arena), again = {0}, third = {0};
    text_add(&again, text_cstr(&expected));
    text_add(&third, text_cstr(&expected));
    CU_ASSERT_EQUAL(run("eval --data . --predictions predictions"), 0);
    check_predictions(&expected);
    char *out = read_back("out");
    CU_ASSERT_PTR_NOT_NULL(strstr(out, "of 50 right, accuracy"));
    free(out);
    REQUIRE(command("gzip -f %s/set/*", folder));
    CU_ASSERT_EQUAL(run("eval --data set --predictions predictions"), 0);
    check_predictions(&again);
    CU_ASSERT_EQUAL(run("predict 7 --data set"), 0);
    out = read_back("out");
    CU_ASSERT_EQUAL(strncmp(out, text_cstr(&third) + 2 * 7, 2), 0);
    free(out);
    CU_ASSERT_EQUAL(run("predict 50 --data set"), 3);
    CU_ASSERT_EQUAL(run("predict -1 --data set"), 2);
    CU_ASSERT_EQUAL(run("predict x --data set"), 3);
    /* The last sample alone, from a file. */
    REQUIRE(command("cd %s/set && gzip -dc t10k-images-idx3-ubyte.gz | tail -c %d > sample", folder, INPUTS));
    CU_ASSERT_EQUAL(run("predict set/sample"), 0);
    out = read_back("out");
    CU_ASSERT_STRING_EQUAL(out, text_cstr(&third) + 2 * (SAMPLES - 1));
    free(out);
    CU_ASSERT_EQUAL(run("bench"), 0);
    text_free(&third);
    arena_free(&arena);
}

/* Every damage: a command on set/, after which evaluation fails with status 3 and leaves no predictions. */
static void test_damaged_idx(void)
{
    static const char *const damages[] = {
        "truncate -s -1 t10k-images-idx3-ubyte",
        "truncate -s 7 t10k-images-idx3-ubyte",
        "truncate -s 0 t10k-labels-idx1-ubyte",
        "printf x >> t10k-labels-idx1-ubyte",
        "printf x >> t10k-images-idx3-ubyte",
        "rm t10k-labels-idx1-ubyte",
        "rm t10k-images-idx3-ubyte",
        /* wrong type, rank, byte order; a count, and sizes, that the file does not have */
        "printf '\\0\\0\\015\\003' | dd of=t10k-images-idx3-ubyte conv=notrunc status=none",
        "printf '\\0\\0\\010\\001' | dd of=t10k-images-idx3-ubyte conv=notrunc status=none",
        "printf '\\003\\010\\0\\0' | dd of=t10k-images-idx3-ubyte conv=notrunc status=none",
        "printf '\\377\\377\\377\\377' | dd of=t10k-images-idx3-ubyte conv=notrunc bs=1 seek=4 status=none",
        "printf '\\377\\377\\377\\377\\377\\377\\377\\377' | dd of=t10k-images-idx3-ubyte conv=notrunc bs=1 seek=8 "
        "status=none",
        "printf '\\0\\0\\0\\0' | dd of=t10k-images-idx3-ubyte conv=notrunc bs=1 seek=4 status=none",
        "printf '\\0\\0\\0\\061' | dd of=t10k-labels-idx1-ubyte conv=notrunc bs=1 seek=4 status=none",
        "printf '\\011' | dd of=t10k-labels-idx1-ubyte conv=notrunc bs=1 seek=20 status=none", /* no such class */
        "gzip t10k-images-idx3-ubyte && truncate -s -9 t10k-images-idx3-ubyte.gz",
        "printf '\\037\\213garbage' > t10k-images-idx3-ubyte",
    };
    struct arena arena = {0};
    const struct net net = small_net(NET_U8, false, idx_data);
    const struct int_graph *graph = compile(&net, &arena);
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        REQUIRE(command("rm -rf %s/set", folder));
        struct text expected = write_idx(graph, &arena);
        text_free(&expected);
        REQUIRE(command("cd %s/set && %s", folder, damages[i]));
        const int status = run("eval --data . --predictions predictions");
        if (status != 3)
            fprintf(stderr, "status %d after: %s\n", status, damages[i]);
        CU_ASSERT_EQUAL(status, 3);
        CU_ASSERT(command("cd %s && test ! -e predictions && grep -q '^net_infer: ' err", folder));
    }
    arena_free(&arena);
}

static void test_command_line(void)
{
    static const struct {
        const char *arguments;
        int status;
    } lines[] = {{"--help", 0},
                 {"", 2},
                 {"fly", 2},
                 {"eval x", 2},
                 {"eval --data", 2},
                 {"predict", 2},
                 {"bench x", 2},
                 {"eval --fast", 2},
                 {"eval a b", 2},
                 {"bench --predictions f", 2},
                 {"eval --data no", 3},
                 {"eval --data . --predictions no/such/file", 3}};
    struct arena arena = {0};
    const struct net net = small_net(NET_U8, false, idx_data);
    REQUIRE(command("rm -rf %s/set", folder));
    struct text expected = write_idx(compile(&net, &arena), &arena);
    text_free(&expected);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        CU_ASSERT_EQUAL(run(lines[i].arguments), lines[i].status);
    CU_ASSERT(
        command("cd %s && ! ./net_infer eval --data . > /dev/full 2> err && grep -q 'cannot be written' err", folder));
    arena_free(&arena);
}

/* ---- CSV --------------------------------------------------------------------------------------------------------- */

static const char *const names[CLASSES] = {"ash", "\"elm, red\"", " oak", "fir"};

/* The integer n of a field, as the interpreter is fed with it. */
static int32_t code_of(const struct int_graph *graph, enum net_input input, float field)
{
    const struct qnn_quantizer *quantizer = &graph->input_quantizer;
    if (input == NET_SIGN_CODES || input == NET_UINT_CODES)
        return qnn_quantizer_value(quantizer, field);
    return (int32_t)field;
}

static float draw_field(enum net_input input, uint64_t *state)
{
    const float unit = (float)net_below(state, 61) / 30.0f - 0.5f; /* ties of a 4-bit code among them */
    const int whole = (int)net_below(state, 256) - (input == NET_I8 ? 128 : 0);
    return input == NET_U8 || input == NET_I8 ? (float)whole : unit;
}

/* Writes a file of count rows; adds the interpreter's predictions of those that are marked. */
static void write_csv(const char *name, const struct int_graph *graph, const struct net *net, size_t count,
                      const bool *marked, struct arena *arena, struct text *expected)
{
    struct int_state *state = int_state_new(graph, arena);
    struct text text = {0};
    uint64_t random = count;
    /* A byte order mark, a header, CRLF and a blank line. */
    for (int i = 0; i < INPUTS + (net->regress ? CLASSES : 1); i++)
        text_printf(&text, "%sname %d", i ? "," : "\xef\xbb\xbf", i);
    text_add(&text, "\r\n\n");
    for (size_t row = 0; row < count; row++) {
        int32_t values[INPUTS];
        for (int i = 0; i < INPUTS; i++) {
            const float field = draw_field(net->input, &random);
            values[i] = code_of(graph, net->input, field);
            text_printf(&text, "%s%.9g", i ? " , " : "", (double)field);
        }
        for (int c = 0; net->regress && c < CLASSES; c++)
            text_printf(&text, ",%d.5", c);
        text_printf(&text, net->regress ? "\n" : ",%s\n", names[(row * 7 + 1) % CLASSES]);
        if (marked[row])
            expect(graph, values, state, expected);
    }
    write_file(name, text_cstr(&text), text.length);
    text_free(&text);
}

static void check_csv(enum net_input input, bool regress, bool test_file)
{
    struct arena arena = {0};
    const struct data_plan data = {.kind = DATA_CSV,
                                   .name = "train.csv",
                                   .test = test_file ? "test.csv" : NULL,
                                   .holdout = test_file ? 0 : HOLDOUT};
    const struct net net = small_net(input, regress, data);
    const struct int_graph *graph = compile(&net, &arena);
    struct text expected = {0};
    bool marked[SAMPLES] = {false};
    if (test_file) {
        write_csv("train.csv", graph, &net, SAMPLES, marked, &arena, &expected);
        memset(marked, true, sizeof marked);
        write_csv("test.csv", graph, &net, HOLDOUT, marked, &arena, &expected);
    } else {
        const struct qnn_stream stream = {.seed = 1, .purpose = QNN_RANDOM_HOLDOUT};
        uint32_t order[SAMPLES];
        qnn_random_permutation(&stream, SAMPLES, order);
        for (size_t i = 0; i < HOLDOUT; i++)
            marked[order[i]] = true;
        write_csv("train.csv", graph, &net, SAMPLES, marked, &arena, &expected);
    }
    CU_ASSERT_EQUAL(run("eval --data . --predictions predictions"), 0);
    check_predictions(&expected);
    CU_ASSERT(command("grep -q -E '%s' %s/out", regress ? "20 samples, mean square error" : "of 20 right", folder));
    arena_free(&arena);
}

static void test_csv(void)
{
    for (int input = 0; input < NET_INPUT_COUNT; input++)
        check_csv((enum net_input)input, input == NET_I8, input % 2);
    check_csv(NET_UINT_CODES, true, false);
}

static void test_damaged_csv(void)
{
    static const char *const damages[] = {
        ": > train.csv",
        "rm train.csv",
        "echo 1,2,3 >> train.csv",
        "echo '1,2,3,4,5,6,7,8,9,10,11,inf,ash' >> train.csv",
        "echo '1,2,3,4,5,6,7,8,9,10,11,1e99,ash' >> train.csv",
        "echo '1,2,3,4,5,6,7,8,9,10,11,12,palm' >> train.csv",
        "echo '1,2,3,4,5,6,7,8,9,10,11,12,\"ash' >> train.csv",
        "echo '1,2,3,4,5,6,7,8,9,10,11,\"12\"3,ash' >> train.csv",
        "head -c 3000 /dev/zero > train.csv",
        "head -n 12 train.csv > short && mv short train.csv",
    };
    struct arena arena = {0};
    /* The damaged rows must be among those held out: all but one are. */
    const struct data_plan data = {.kind = DATA_CSV, .name = "train.csv", .holdout = SAMPLES};
    const struct net net = small_net(NET_UINT_CODES, false, data);
    const struct int_graph *graph = compile(&net, &arena);
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        struct text expected = {0};
        const bool marked[SAMPLES] = {false};
        write_csv("train.csv", graph, &net, SAMPLES, marked, &arena, &expected);
        text_free(&expected);
        REQUIRE(command("cd %s && echo '1,2,3,4,5,6,7,8,9,10,11,12,ash' >> train.csv", folder));
        CU_ASSERT_EQUAL(run("eval --data ."), 0);
        REQUIRE(command("cd %s && sed -i '$d' train.csv && %s", folder, damages[i]));
        const int status = run("eval --data . --predictions predictions");
        if (status != 3)
            fprintf(stderr, "status %d after: %s\n", status, damages[i]);
        CU_ASSERT_EQUAL(status, 3);
        CU_ASSERT(command("cd %s && test ! -e predictions && grep -q '^net_infer: ' err", folder));
    }
    arena_free(&arena);
}

/* ---- No data section --------------------------------------------------------------------------------------------- */

static void test_raw(void)
{
    struct arena arena = {0};
    const struct net net = small_net(NET_I8, false, (struct data_plan){.kind = DATA_NONE});
    const struct int_graph *graph = compile(&net, &arena);
    struct int_state *state = int_state_new(graph, &arena);
    struct text raw = {0}, expected = {0};
    for (uint64_t i = 0; i < SAMPLES; i++) {
        uint8_t bytes[INPUTS];
        int32_t values[INPUTS];
        net_sample(graph, i, INPUTS, values, bytes);
        text_add_bytes(&raw, (const char *)bytes, INPUTS);
        expect(graph, values, state, &expected);
    }
    write_file("raw", text_cstr(&raw), raw.length);
    CU_ASSERT_EQUAL(run("predict raw"), 0);
    REQUIRE(command("cd %s && cp out predictions", folder));
    check_predictions(&expected);
    CU_ASSERT_EQUAL(run("predict 3"), 3); /* a file's name where there are no test samples */
    write_file("raw", text_cstr(&raw), raw.length - 1);
    CU_ASSERT_EQUAL(run("predict raw"), 3);
    CU_ASSERT_EQUAL(run("predict none"), 3);
    CU_ASSERT_EQUAL(run("eval"), 2);
    CU_ASSERT_EQUAL(run("bench"), 0);
    CU_ASSERT_EQUAL(run("--help"), 0);
    text_free(&raw);
    arena_free(&arena);
}

static const struct unit_case cases[] = {
    {"idx", test_idx}, {"damaged idx", test_damaged_idx}, {"command line", test_command_line},
    {"csv", test_csv}, {"damaged csv", test_damaged_csv}, {"raw samples", test_raw},
};

MAIN_IN_FOLDER("integer C, command line", cases)
