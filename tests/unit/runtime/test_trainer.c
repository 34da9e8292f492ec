/*
 * What trainers share: the command line, the helpers of deployed evaluation, and checkpoints of a small program that is
 * written here by hand (files that are cut or changed at every byte must be refused or give sound values, never crash).
 */
#include "runtime/trainer/checkpoint.h"
#include "runtime/trainer/deploy.h"
#include "runtime/trainer/options.h"

#include "runtime/numeric/random.h"
#include "runtime/thread_pool.h"
#include "tests/unit/cunit_main.h"

#include <string.h>
#include <unistd.h>

/* ---- Command line ------------------------------------------------------------------------------------------------ */

static bool read_options(struct qnn_options *options, const char *a, const char *b, const char *c, const char *d)
{
    char *argv[] = {(char *)"net", (char *)a, (char *)b, (char *)c, (char *)d, NULL};
    char error[QNN_ERROR_SIZE];
    int argc = 0;
    while (argv[argc])
        argc++;
    return qnn_options_read(options, argc, argv, error);
}

static void test_options(void)
{
    struct qnn_options options;
    CU_ASSERT(read_options(&options, "train", "--epochs=7", "--seed", "0"));
    CU_ASSERT(options.command == QNN_COMMAND_TRAIN && options.epochs == 7 && options.has_seed && options.seed == 0);
    CU_ASSERT(read_options(&options, "train", "--resume", NULL, NULL) && options.resume && !options.has_seed);
    CU_ASSERT(read_options(&options, "predict", "3", "--data", "d") && strcmp(options.argument, "3") == 0);
    CU_ASSERT(read_options(&options, "eval", "--predictions", "p", NULL) && strcmp(options.predictions, "p") == 0);
    CU_ASSERT(read_options(&options, "train", "--help", NULL, NULL) && options.command == QNN_COMMAND_HELP);
    static const char *const wrong[][4] = {
        {NULL},
        {"", NULL},
        {"trains"},
        {"train", "--epochs"},
        {"train", "--epochs", ""},
        {"train", "--epochs", "-1"},
        {"train", "--epochs", "1x"},
        {"train", "--epochs", "99999999999999999999"},
        {"train", "--threads", "65"},
        {"train", "--resume=yes"},
        {"train", "--predictions", "p"},
        {"train", "more"},
        {"bench", "--data", "d"},
        {"predict"},
        {"export", "a", "b"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CU_ASSERT(!read_options(&options, wrong[i][0], wrong[i][1], wrong[i][2], wrong[i][3]));
}

/* ---- Deployed evaluation ----------------------------------------------------------------------------------------- */

/* The range against every corner: all inputs at one of their ends. */
static void test_accumulator_range(void)
{
    static const int8_t codes[3][5] = {{1, -1, 0, 1, 1}, {0, 0, 0, 0, 0}, {-1, -1, -1, -1, 1}};
    static const int32_t ranges[][2] = {{0, 255}, {-128, 127}, {-1, 1}, {0, 3}};
    for (size_t r = 0; r < sizeof ranges / sizeof ranges[0]; r++) {
        int64_t low[3], high[3], sums[3];
        qnn_accumulator_range(3, 5, &codes[0][0], ranges[r][0], ranges[r][1], low, high);
        qnn_weight_sums(3, 5, &codes[0][0], sums);
        for (int unit = 0; unit < 3; unit++) {
            int64_t least = INT64_MAX, most = INT64_MIN, sum = 0;
            for (int corner = 0; corner < 32; corner++) {
                int64_t acc = 0;
                for (int i = 0; i < 5; i++)
                    acc += codes[unit][i] * ranges[r][corner >> i & 1];
                least = acc < least ? acc : least;
                most = acc > most ? acc : most;
            }
            for (int i = 0; i < 5; i++)
                sum += codes[unit][i];
            CU_ASSERT(low[unit] == least && high[unit] == most && sums[unit] == sum);
        }
    }
}

enum { MOST_CHANNELS = 65, MOST_ELEMENTS = 1 << 15 };
static float slopes[MOST_CHANNELS], offsets[MOST_CHANNELS], reals[MOST_ELEMENTS], codes_out[MOST_ELEMENTS];
static int32_t accumulators[MOST_ELEMENTS];

/* One affine and uint(3), over rows of accumulators as integers and as floats. */
static void check_codes(int rows, size_t channels)
{
    const struct qnn_stream stream = {.seed = 1, .purpose = QNN_RANDOM_TEST};
    const size_t count = (size_t)rows * channels;
    CU_ASSERT_FATAL(count <= MOST_ELEMENTS && channels <= MOST_CHANNELS);
    for (size_t c = 0; c < channels; c++) {
        slopes[c] = (float)((int)(qnn_random_u32(&stream, c) % 9) - 4) / 8.0f;
        offsets[c] = (float)c / 16.0f;
    }
    for (size_t i = 0; i < count; i++) {
        accumulators[i] = (int32_t)(qnn_random_u32(&stream, 1000 + i) % 201) - 100;
        reals[i] = (float)accumulators[i];
    }
    struct qnn_unit unit = {
        .channels = channels, .stage_count = 1, .quantizer = qnn_quantizer(QNN_QUANTIZER_UINT, 3, 5.0f)};
    unit.stages[0] = (struct qnn_stage){.kind = QNN_STAGE_AFFINE, .a = slopes, .b = offsets};
    for (int threads = 1; threads <= 3; threads++) {
        CU_ASSERT_FATAL(qnn_threads_start(threads));
        for (int form = 0; form < 2; form++) {
            memset(codes_out, 0, sizeof codes_out);
            if (form == 0)
                qnn_deploy_codes(rows, &unit, accumulators, codes_out);
            else
                qnn_deploy_codes_of_codes(rows, &unit, reals, codes_out);
            size_t wrong = 0;
            for (size_t i = 0; i < count; i++)
                wrong += codes_out[i] != (float)qnn_unit_code(&unit, i % channels, accumulators[i]);
            CU_ASSERT_EQUAL(wrong, 0);
        }
        qnn_deploy_accumulators((int)count, accumulators, codes_out);
        CU_ASSERT(memcmp(codes_out, reals, count * sizeof *reals) == 0);
        qnn_threads_stop();
    }
}

static void test_deploy_codes(void)
{
    check_codes(7, 65);
    check_codes(1, 1);
    check_codes(5000, 3); /* positions of images: more rows than are converted at a time */
    check_codes(500, 64);
}

/* The product of the signs of the slopes behind a pool; a multiplier is the slope of a requantizer. */
static void test_falling_channels(void)
{
    enum { CHANNELS = 4 };
    static const float first[CHANNELS] = {1.0f, -1.0f, -2.0f, 0.0f}, second[CHANNELS] = {-1.0f, -1.0f, 3.0f, -1.0f};
    static const int32_t multiplier[CHANNELS] = {5, -5, 0, -1};
    static const int64_t addend[CHANNELS] = {0};
    static const uint8_t both[CHANNELS] = {1, 0, 1, 1}, last[CHANNELS] = {1, 1, 0, 1}, none[CHANNELS] = {0},
                         integers[CHANNELS] = {0, 1, 0, 1};
    uint8_t falling[CHANNELS];
    struct qnn_unit unit = {
        .channels = CHANNELS, .stage_count = 3, .quantizer = qnn_quantizer(QNN_QUANTIZER_SIGN, 1, 0)};
    unit.stages[0] = (struct qnn_stage){.kind = QNN_STAGE_AFFINE, .a = first, .b = first};
    unit.stages[1] = (struct qnn_stage){.kind = QNN_STAGE_HARDTANH};
    unit.stages[2] = (struct qnn_stage){.kind = QNN_STAGE_AFFINE, .a = second, .b = first};
    qnn_falling_channels(&unit, 0, falling);
    CU_ASSERT(memcmp(falling, both, CHANNELS) == 0);
    qnn_falling_channels(&unit, 1, falling);
    CU_ASSERT(memcmp(falling, last, CHANNELS) == 0);
    qnn_falling_channels(&unit, 3, falling);
    CU_ASSERT(memcmp(falling, none, CHANNELS) == 0);
    const struct qnn_requant requant = {.multiplier = multiplier, .addend = addend, .shift = 4, .bits = 4};
    const struct qnn_unit fixed = {.channels = CHANNELS, .quantizer = qnn_quantizer_requant(requant, 1.0f)};
    qnn_falling_channels(&fixed, 0, falling);
    CU_ASSERT(memcmp(falling, integers, CHANNELS) == 0);
    qnn_falling_channels(&fixed, 1, falling);
    CU_ASSERT(memcmp(falling, none, CHANNELS) == 0);
}

/* ---- Checkpoints ------------------------------------------------------------------------------------------------- */

struct small {
    struct qnn_optimizer optimizer;
    struct qnn_parameter learner;
    float weight[6], m[6], v[6];
};
static struct small block;

static void setup(void *net, uint64_t seed)
{
    struct small *small = net;
    small->optimizer = (struct qnn_optimizer){.kind = QNN_OPTIMIZER_ADAM, .seed = seed};
    small->learner = (struct qnn_parameter){.units = 2, .inputs = 3, .latent = small->weight};
}

static const struct qnn_stored tensors[] = {
    {"w", offsetof(struct small, weight), QNN_DTYPE_F32, 2, {2, 3}, QNN_IN_BOTH, -1, 1},
    {"w.m", offsetof(struct small, m), QNN_DTYPE_F32, 2, {2, 3}, QNN_IN_CHECKPOINT, 0, 0},
    {"w.v", offsetof(struct small, v), QNN_DTYPE_F32, 4, {1, 2, 1, 3}, QNN_IN_CHECKPOINT, 0, 1e30},
};
static const struct qnn_learner learners[] = {{"layer", "w", offsetof(struct small, learner)}};
static const struct qnn_program small_program = {
    .name = "small",
    .source = "small.qnn",
    .hash = "0123456789abcdef",
    .epochs = 3,
    .tensors = tensors,
    .tensor_count = 3,
    .learners = learners,
    .learner_count = 1,
    .net = &block,
    .optimizer_offset = offsetof(struct small, optimizer),
    .setup = setup,
};

static struct qnn_state fill(struct qnn_run *run)
{
    *run = (struct qnn_run){.program = &small_program, .seed = 11, .epochs = 3};
    snprintf(run->checkpoint, sizeof run->checkpoint, "small-%ld.checkpoint.safetensors", (long)getpid());
    setup(&block, 11);
    for (int i = 0; i < 6; i++) {
        block.weight[i] = (float)i / 8.0f - 0.5f;
        block.m[i] = (float)i;
        block.v[i] = (float)(i * i);
    }
    block.learner.flips = 42;
    return (struct qnn_state){.seed = 11,
                              .epochs = 3,
                              .samples = 500,
                              .epoch = 1,
                              .step = 4,
                              .update = 14,
                              .right = 31,
                              .seen = 80,
                              .loss = 0.1 + 0.2,
                              .best = 1.0 / 3.0,
                              .best_epoch = 0,
                              .log_bytes = 77,
                              .histogram_bytes = 78};
}

static void test_checkpoint(void)
{
    struct qnn_run run;
    const struct qnn_state written = fill(&run);
    const struct small before = block;
    CU_ASSERT(qnn_checkpoint_write(&run, &written) == QNN_OK);
    memset(&block, 0, sizeof block);
    struct qnn_state state;
    run.seed = 5;
    CU_ASSERT(qnn_checkpoint_read(&run, &state) == QNN_OK);
    CU_ASSERT(memcmp(&state, &written, sizeof state) == 0);
    CU_ASSERT(memcmp(block.weight, before.weight, sizeof before.weight) == 0);
    CU_ASSERT(memcmp(block.m, before.m, sizeof before.m) == 0 && memcmp(block.v, before.v, sizeof before.v) == 0);
    CU_ASSERT(block.learner.flips == 42 && block.optimizer.step == 14 && run.seed == 11);
    run.options = (struct qnn_options){.has_seed = true, .seed = 12};
    CU_ASSERT(qnn_checkpoint_read(&run, &state) == QNN_COMMAND_LINE);
    unlink(run.checkpoint);
    CU_ASSERT(qnn_checkpoint_read(&run, &state) == QNN_SYSTEM);
}

static void write_bytes(const char *path, const char *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    CU_ASSERT_FATAL(file != NULL);
    CU_ASSERT(fwrite(bytes, 1, length, file) == length);
    fclose(file);
}

/* Every prefix is refused; every single changed byte is refused or leaves values within their limits. */
static void test_hostile_checkpoints(void)
{
    static char bytes[1 << 14];
    struct qnn_run run;
    struct qnn_state state = fill(&run);
    CU_ASSERT_FATAL(qnn_checkpoint_write(&run, &state) == QNN_OK);
    FILE *file = fopen(run.checkpoint, "rb");
    CU_ASSERT_FATAL(file != NULL);
    const size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    for (size_t cut = 0; cut < length; cut += 13) {
        write_bytes(run.checkpoint, bytes, cut);
        CU_ASSERT(qnn_checkpoint_read(&run, &state) != QNN_OK);
    }
    for (size_t at = 0; at < length; at += 3) {
        const char before = bytes[at];
        bytes[at] = (char)(before ^ 0x55);
        write_bytes(run.checkpoint, bytes, length);
        bytes[at] = before;
        run.options = (struct qnn_options){0};
        if (qnn_checkpoint_read(&run, &state) != QNN_OK)
            continue;
        CU_ASSERT(state.epoch >= 0 && state.epoch <= state.epochs && state.step >= 0 && state.samples >= 1);
        for (int i = 0; i < 6; i++)
            CU_ASSERT(block.weight[i] >= -1.0f && block.weight[i] <= 1.0f && block.v[i] >= 0.0f);
    }
    unlink(run.checkpoint);
}

static const struct unit_case cases[] = {
    {"command line", test_options},
    {"accumulator ranges", test_accumulator_range},
    {"codes of a batch", test_deploy_codes},
    {"falling channels", test_falling_channels},
    {"checkpoint: round trip", test_checkpoint},
    {"checkpoint: hostile files", test_hostile_checkpoints},
};
UNIT_MAIN("trainer", cases)
