/* Augmentation: against images that are really padded, cut, moved and mirrored, step by step; and what is drawn how often. */
#include "kernel_test.h"

#include "runtime/ops/augment.h"

#include <stdint.h>

enum { SEED = 77, EPOCH = 5, MOST = 65 };

static const struct qnn_augment_step flip = {QNN_AUGMENT_FLIP, 0};

struct image {
    int height, width;
    size_t pixel, element;
    unsigned char fill[4];
    unsigned char *bytes;
};

static unsigned char *at(const struct image *image, int y, int x)
{
    return image->bytes + ((size_t)y * (size_t)image->width + (size_t)x) * image->pixel;
}

/* All fill. */
static struct image blank(const struct image *like, int height, int width)
{
    struct image image = *like;
    image.height = height;
    image.width = width;
    const size_t size = (size_t)height * (size_t)width * like->pixel;
    image.bytes = zeros(size, 1);
    for (size_t i = 0; i < size; i++)
        image.bytes[i] = like->fill[i % like->element];
    return image;
}

/* Puts a whole image at (top, left) of a larger one. */
static void paste(const struct image *from, struct image *to, int top, int left)
{
    for (int y = 0; y < from->height; y++)
        for (int x = 0; x < from->width; x++)
            memcpy(at(to, y + top, x + left), at(from, y, x), from->pixel);
}

/* The window at (top, left), in place. */
static void cut(const struct image *from, struct image *image, int top, int left)
{
    for (int y = 0; y < image->height; y++)
        for (int x = 0; x < image->width; x++)
            memcpy(at(image, y, x), at(from, y + top, x + left), from->pixel);
}

static void mirror(struct image *image)
{
    const struct image before = *image;
    image->bytes = blank(image, image->height, image->width).bytes;
    for (int y = 0; y < image->height; y++)
        for (int x = 0; x < image->width; x++)
            memcpy(at(image, y, x), at(&before, y, image->width - 1 - x), image->pixel);
    free(before.bytes);
}

static uint32_t number(uint64_t epoch, uint64_t sample, uint64_t place)
{
    const struct qnn_stream stream = {.seed = SEED, .purpose = QNN_RANDOM_AUGMENT, .index = epoch};
    return qnn_random_u32(&stream, sample * QNN_AUGMENT_DRAWS + place);
}

/* 0 .. 2 pixels; the middle along an axis of size 1. */
static int draw(uint64_t sample, uint64_t place, int pixels, int size)
{
    return size == 1 ? pixels : (int)(((uint64_t)number(EPOCH, sample, place) * (2 * (uint64_t)pixels + 1)) >> 32);
}

static void reference_step(const struct qnn_augment_step *step, uint64_t sample, struct image *image)
{
    if (step->kind == QNN_AUGMENT_FLIP) {
        if (number(EPOCH, sample, 0) & 0x80000000u)
            mirror(image);
        return;
    }
    const uint64_t place = step->kind == QNN_AUGMENT_CROP ? 2 : 4;
    const int n = step->pixels;
    struct image padded = blank(image, image->height + 2 * n, image->width + 2 * n);
    paste(image, &padded, n, n);
    cut(&padded, image, draw(sample, place, n, image->height), draw(sample, place + 1, n, image->width));
    free(padded.bytes);
}

static void check(const struct qnn_augment *augment, struct image *image, uint64_t sample)
{
    const struct qnn_image_kind kind = {.height = image->height,
                                        .width = image->width,
                                        .pixel = image->pixel,
                                        .element = image->element,
                                        .fill = {image->fill[0], image->fill[1], image->fill[2], image->fill[3]}};
    struct image got = blank(image, image->height, image->width);
    const struct qnn_augment_window window =
        qnn_augment_draw(augment, image->height, image->width, SEED, EPOCH, sample);
    qnn_augment_copy(&kind, &window, image->bytes, got.bytes);
    for (size_t i = 0; i < augment->count; i++)
        reference_step(&augment->steps[i], sample, image);
    CU_ASSERT_EQUAL(memcmp(got.bytes, image->bytes, (size_t)image->height * (size_t)image->width * image->pixel), 0);
    free(got.bytes);
}

static int limited(int wanted, int height, int width)
{
    if (height > 1 && wanted >= height)
        wanted = height - 1;
    if (width > 1 && wanted >= width)
        wanted = width - 1;
    return wanted;
}

/* Every order of the steps that there are, alone and together. */
static void check_size(int height, int width, size_t channels, size_t element)
{
    const int far = limited(4, height, width), near = limited(2, height, width);
    const struct qnn_augment_step crop = {QNN_AUGMENT_CROP, far}, shift = {QNN_AUGMENT_SHIFT, near};
    const struct qnn_augment augments[] = {
        {{flip}, 1, 0},
        {{crop}, 1, 0},
        {{shift}, 1, 0},
        {{flip, crop}, 2, 0},
        {{crop, flip}, 2, 0},
        {{flip, crop, shift}, 3, 0},
        {{crop, shift, flip}, 3, 0},
        {{shift, flip, crop}, 3, 0},
        {{crop, shift}, 2, 0},
    };
    const size_t size = (size_t)height * (size_t)width * channels * element;
    for (size_t i = 0; i < sizeof augments / sizeof augments[0]; i++)
        for (uint64_t sample = 0; sample < 6; sample++) {
            struct image image = {height, width, channels * element, element, {200, 3, 128, 63}, zeros(size, 1)};
            for (size_t byte = 0; byte < size; byte++)
                image.bytes[byte] = (unsigned char)(byte * 31 + sample);
            check(&augments[i], &image, sample);
            free(image.bytes);
        }
}

static void test_reference(void)
{
    for (int i = 0; i < ODD_SIZE_COUNT; i++)
        for (int j = 0; j < ODD_SIZE_COUNT; j++) {
            if (odd_sizes[i] == 1 && odd_sizes[j] == 1)
                continue;
            check_size(odd_sizes[i], odd_sizes[j], (size_t)(1 + (i + j) % 3), (i + j) % 2 ? 4 : 1);
        }
}

/* A crop as large as it can be and another behind it may leave nothing to see. */
static void test_far(void)
{
    const struct qnn_augment augment = {{{QNN_AUGMENT_CROP, 2}, {QNN_AUGMENT_SHIFT, 2}, flip}, 3, 0};
    int empty = 0;
    for (uint64_t sample = 0; sample < 200; sample++) {
        struct image image = {3, 3, 1, 1, {9, 9, 9, 9}, zeros(9, 1)};
        const struct qnn_augment_window window = qnn_augment_draw(&augment, 3, 3, SEED, EPOCH, sample);
        empty += window.top >= window.bottom || window.left >= window.right;
        check(&augment, &image, sample);
        free(image.bytes);
    }
    CU_ASSERT(empty > 0 && empty < 200);
}

/* Half of the samples are mirrored; every move comes up, about as often as the others; epochs and samples differ. */
static void test_draws(void)
{
    enum { SAMPLES = 27000, MOVES = 9 };
    const struct qnn_augment augment = {{flip, {QNN_AUGMENT_CROP, 4}}, 2, 0};
    int mirrored = 0, same = 0, down[MOVES] = {0}, pairs[MOVES * MOVES] = {0};
    for (uint64_t sample = 0; sample < SAMPLES; sample++) {
        const struct qnn_augment_window window = qnn_augment_draw(&augment, 32, 32, SEED, EPOCH, sample);
        const struct qnn_augment_window later = qnn_augment_draw(&augment, 32, 32, SEED, EPOCH + 1, sample);
        const int along = window.mirrored ? 31 - window.along : window.along;
        CU_ASSERT_FATAL(window.down >= -4 && window.down <= 4 && along >= -4 && along <= 4);
        mirrored += window.mirrored;
        down[window.down + 4]++;
        pairs[(window.down + 4) * MOVES + along + 4]++;
        same += window.mirrored == later.mirrored && window.down == later.down && window.along == later.along;
    }
    CU_ASSERT(abs(mirrored - SAMPLES / 2) < 420); /* five standard deviations, here and below */
    for (int i = 0; i < MOVES; i++)
        CU_ASSERT(abs(down[i] - SAMPLES / MOVES) < 260);
    for (int i = 0; i < MOVES * MOVES; i++)
        CU_ASSERT(abs(pairs[i] - SAMPLES / (MOVES * MOVES)) < 92);
    CU_ASSERT(abs(same - SAMPLES / 162) < 65);
}

/* The draws of one kind are the same whatever other steps there are. */
static void test_independence(void)
{
    const struct qnn_augment one = {{{QNN_AUGMENT_SHIFT, 3}}, 1, 0}, two = {{{QNN_AUGMENT_SHIFT, 3}, flip}, 2, 0};
    for (uint64_t sample = 0; sample < 100; sample++) {
        const struct qnn_augment_window a = qnn_augment_draw(&one, 8, 8, SEED, EPOCH, sample);
        const struct qnn_augment_window b = qnn_augment_draw(&two, 8, 8, SEED, EPOCH, sample);
        CU_ASSERT_EQUAL(a.down, b.down);
        CU_ASSERT_EQUAL(a.along, b.mirrored ? b.along - 7 : b.along);
    }
}

static const struct unit_case cases[] = {
    {"against really moved images", test_reference},
    {"nothing left to see", test_far},
    {"shares of what is drawn", test_draws},
    {"kinds do not disturb each other", test_independence},
};

UNIT_MAIN("augment", cases)
