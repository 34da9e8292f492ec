/* Prefetching: every batch of every epoch, begun anywhere, against samples augmented one by one; and ends in the middle. */
#include "kernel_test.h"

#include "runtime/trainer/prefetch.h"

#include <sched.h>

enum {
    COUNT = 53,
    HEIGHT = 5,
    WIDTH = 7,
    CHANNELS = 3,
    PIXELS = HEIGHT * WIDTH,
    FEATURES = PIXELS * CHANNELS,
    SEED = 3
};

static const struct qnn_augment augment = {
    {{QNN_AUGMENT_FLIP, 0}, {QNN_AUGMENT_CROP, 2}, {QNN_AUGMENT_SHIFT, 1}}, 3, -3};

static struct qnn_dataset make_data(enum qnn_element element)
{
    struct qnn_dataset data = {
        .count = COUNT, .height = HEIGHT, .width = WIDTH, .channels = CHANNELS, .element = element};
    const size_t size = COUNT * FEATURES * qnn_element_size(element);
    unsigned char *bytes = data.samples = zeros(size, 1);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(i * 13);
    return data;
}

static void check_batch(const struct qnn_dataset *data, const void *samples, const uint32_t *index, size_t batch,
                        const uint32_t *order, uint64_t epoch)
{
    const size_t element = qnn_element_size(data->element), bytes = FEATURES * element;
    struct qnn_image_kind kind = {.height = HEIGHT, .width = WIDTH, .pixel = CHANNELS * element, .element = element};
    const float real = -3;
    if (data->element == QNN_F32)
        memcpy(kind.fill, &real, sizeof real);
    else
        kind.fill[0] = 253; /* -3 */
    unsigned char *expected = zeros(bytes, 1);
    for (size_t i = 0; i < batch; i++) {
        const struct qnn_augment_window window = qnn_augment_draw(&augment, HEIGHT, WIDTH, SEED, epoch, order[i]);
        qnn_augment_copy(&kind, &window, qnn_dataset_sample(data, order[i]), expected);
        CU_ASSERT_EQUAL(index[i], i);
        CU_ASSERT_EQUAL(memcmp((const unsigned char *)samples + index[i] * bytes, expected, bytes), 0);
    }
    free(expected);
}

/* Reads a batch as a step does: it must not change under its hands. */
static void run_epoch(struct qnn_prefetch *prefetch, const struct qnn_dataset *data, const uint32_t *order,
                      size_t batch, uint64_t epoch, size_t first)
{
    const size_t steps = COUNT / batch;
    qnn_prefetch_begin(prefetch, order, epoch, first, steps);
    for (size_t step = first; step < steps; step++) {
        const uint32_t *index;
        const void *samples = qnn_prefetch_take(prefetch, &index);
        for (size_t i = 0; i < step % 3; i++)
            sched_yield(); /* the other buffer is filled meanwhile */
        check_batch(data, samples, index, batch, order + step * batch, epoch);
    }
}

static void check_element(enum qnn_element element, size_t batch)
{
    struct qnn_dataset data = make_data(element);
    uint32_t order[COUNT];
    struct qnn_prefetch *prefetch = qnn_prefetch_open(&augment, &data, HEIGHT, WIDTH, batch, SEED);
    CU_ASSERT_FATAL(prefetch != NULL);
    for (uint64_t epoch = 0; epoch < 8; epoch++) {
        const struct qnn_stream stream = {.seed = SEED, .purpose = QNN_RANDOM_SHUFFLE, .index = epoch};
        qnn_random_permutation(&stream, COUNT, order);
        run_epoch(prefetch, &data, order, batch, epoch,
                  epoch == 3   ? COUNT / batch
                  : epoch == 5 ? COUNT / batch / 2
                               : 0);
    }
    qnn_prefetch_close(prefetch);
    qnn_dataset_free(&data);
}

static void test_batches(void)
{
    static const size_t batches[] = {1, 2, 3, 7, 17, 53};
    for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++) {
        check_element(QNN_U8, batches[i]);
        check_element(QNN_I8, batches[i]);
        check_element(QNN_F32, batches[i]);
    }
}

/* Plain features are the image that the program makes of them. */
static void test_features(void)
{
    struct qnn_dataset data = make_data(QNN_U8);
    uint32_t order[COUNT];
    for (uint32_t i = 0; i < COUNT; i++)
        order[i] = COUNT - 1 - i;
    data.height = data.width = 1;
    data.channels = FEATURES;
    struct qnn_prefetch *prefetch = qnn_prefetch_open(&augment, &data, HEIGHT, WIDTH, 7, SEED);
    CU_ASSERT_FATAL(prefetch != NULL);
    run_epoch(prefetch, &data, order, 7, 1, 0);
    qnn_prefetch_close(prefetch);
    qnn_dataset_free(&data);
}

/* Closed before an epoch, at once after it began, and after any number of batches. */
static void test_ends(void)
{
    struct qnn_dataset data = make_data(QNN_U8);
    uint32_t order[COUNT];
    for (uint32_t i = 0; i < COUNT; i++)
        order[i] = i;
    for (int round = 0; round < 200; round++) {
        struct qnn_prefetch *prefetch = qnn_prefetch_open(&augment, &data, HEIGHT, WIDTH, 5, SEED);
        CU_ASSERT_FATAL(prefetch != NULL);
        if (round % 12 > 0)
            qnn_prefetch_begin(prefetch, order, 0, 0, 10);
        for (int taken = 1; taken < round % 12; taken++) {
            const uint32_t *index;
            const void *samples = qnn_prefetch_take(prefetch, &index);
            check_batch(&data, samples, index, 5, order + 5 * (taken - 1), 0);
        }
        qnn_prefetch_close(prefetch);
    }
    qnn_prefetch_close(NULL);
    qnn_dataset_free(&data);
}

static const struct unit_case cases[] = {
    {"batches of epochs", test_batches},
    {"features as an image", test_features},
    {"ends in the middle", test_ends},
};

UNIT_MAIN("prefetch", cases)
