/* IDX: plain and gzip, hostile headers, truncation at every byte, and the real MNIST where QNN_DATA names it. */
#include "runtime/data/idx.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "tests/unit/cunit_main.h"

static char error[QNN_ERROR_SIZE];

enum { COUNT = 3, HEIGHT = 2, WIDTH = 5, IMAGE_BYTES = 16 + COUNT * HEIGHT * WIDTH, LABEL_BYTES = 8 + COUNT };

static unsigned char images[IMAGE_BYTES] = {0, 0, 8, 3, 0, 0, 0, COUNT, 0, 0, 0, HEIGHT, 0, 0, 0, WIDTH};
static const unsigned char labels[LABEL_BYTES] = {0, 0, 8, 1, 0, 0, 0, COUNT, 7, 0, 2};

static bool parse(const void *image_bytes, size_t image_length, const void *label_bytes, size_t label_length)
{
    struct qnn_dataset data;
    /* Blocks of exactly the given size, so that reading beyond is seen. */
    unsigned char *image_copy = malloc(image_length + 1), *label_copy = malloc(label_length + 1);
    memcpy(image_copy + 1, image_bytes, image_length);
    memcpy(label_copy + 1, label_bytes, label_length);
    const bool ok =
        qnn_idx_parse("images", image_copy + 1, image_length, "labels", label_copy + 1, label_length, &data, error);
    if (!ok)
        CU_ASSERT_PTR_NULL(data.samples);
    free(image_copy);
    free(label_copy);
    qnn_dataset_free(&data);
    return ok;
}

/* Compresses as gzip; returns the length. */
static size_t gzip(const void *bytes, size_t length, unsigned char *out, size_t size)
{
    z_stream stream = {0};
    unsigned char *input = malloc(length);
    memcpy(input, bytes, length);
    deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
    stream.next_in = input;
    stream.avail_in = (uInt)length;
    stream.next_out = out;
    stream.avail_out = (uInt)size;
    const int status = deflate(&stream, Z_FINISH);
    deflateEnd(&stream);
    free(input);
    return status == Z_STREAM_END ? stream.total_out : 0;
}

static void fill_images(void)
{
    for (size_t i = 16; i < IMAGE_BYTES; i++)
        images[i] = (unsigned char)(i * 37);
}

static void check_contents(const void *image_bytes, size_t image_length, const void *label_bytes, size_t label_length)
{
    struct qnn_dataset data;
    CU_ASSERT_TRUE_FATAL(
        qnn_idx_parse("images", image_bytes, image_length, "labels", label_bytes, label_length, &data, error));
    CU_ASSERT_EQUAL(data.count, COUNT);
    CU_ASSERT_EQUAL(data.height, HEIGHT);
    CU_ASSERT_EQUAL(data.width, WIDTH);
    CU_ASSERT_EQUAL(data.channels, 1);
    CU_ASSERT_EQUAL(data.element, QNN_U8);
    CU_ASSERT_EQUAL(data.classes, 8);
    CU_ASSERT_EQUAL(data.outputs, 0);
    CU_ASSERT_EQUAL(memcmp(data.samples, images + 16, IMAGE_BYTES - 16), 0);
    for (size_t i = 0; i < COUNT; i++)
        CU_ASSERT_EQUAL(data.labels[i], labels[8 + i]);
    qnn_dataset_free(&data);
}

static void test_contents(void)
{
    unsigned char packed_images[256], packed_labels[256];
    const size_t image_length = gzip(images, IMAGE_BYTES, packed_images, sizeof packed_images);
    const size_t label_length = gzip(labels, LABEL_BYTES, packed_labels, sizeof packed_labels);
    check_contents(images, IMAGE_BYTES, labels, LABEL_BYTES);
    check_contents(packed_images, image_length, packed_labels, label_length);
}

static void test_rank_four(void)
{
    static const unsigned char colour[] = {0, 0, 8, 4, 0, 0, 0, 1, 0, 0, 0, 1, 0,
                                           0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6};
    static const unsigned char label[] = {0, 0, 8, 1, 0, 0, 0, 1, 255};
    struct qnn_dataset data;
    CU_ASSERT_TRUE_FATAL(qnn_idx_parse("images", colour, sizeof colour, "labels", label, sizeof label, &data, error));
    CU_ASSERT_EQUAL(data.channels, 3);
    CU_ASSERT_EQUAL(data.width, 2);
    CU_ASSERT_EQUAL(data.classes, 256);
    qnn_dataset_free(&data);
}

static void test_cut_off(void)
{
    unsigned char packed[256];
    const size_t length = gzip(images, IMAGE_BYTES, packed, sizeof packed);
    size_t accepted = 0;
    for (size_t cut = 0; cut < IMAGE_BYTES; cut++)
        accepted += parse(images, cut, labels, LABEL_BYTES);
    for (size_t cut = 0; cut < LABEL_BYTES; cut++)
        accepted += parse(images, IMAGE_BYTES, labels, cut);
    for (size_t cut = 0; cut < length; cut++)
        accepted += parse(packed, cut, labels, LABEL_BYTES);
    CU_ASSERT_EQUAL(accepted, 0);
    packed[length] = 0;
    CU_ASSERT_FALSE(parse(packed, length + 1, labels, LABEL_BYTES));
    packed[length - 6] ^= 1; /* the check sum */
    CU_ASSERT_FALSE(parse(packed, length, labels, LABEL_BYTES));
    CU_ASSERT_PTR_NOT_NULL(strstr(error, "damaged"));
}

/* Replaces the first bytes of the images and looks for a word of the message. */
static void check_header(const unsigned char *header, size_t length, const char *message)
{
    unsigned char changed[IMAGE_BYTES];
    memcpy(changed, images, sizeof changed);
    memcpy(changed, header, length);
    const bool ok = parse(changed, sizeof changed, labels, LABEL_BYTES);
    if (ok || !strstr(error, message))
        printf("expected '%s', got '%s'\n", message, ok ? "acceptance" : error);
    CU_ASSERT(!ok && strstr(error, message));
}

static void test_headers(void)
{
    check_header((const unsigned char[]){3, 8, 0, 0}, 4, "little-endian");
    check_header((const unsigned char[]){0, 0, 8, 3, COUNT, 0, 0, 0, HEIGHT, 0, 0, 0, WIDTH, 0, 0, 0}, 16,
                 "sizes are little-endian");
    check_header((const unsigned char[]){'P', 'K', 3, 4}, 4, "not an IDX file");
    check_header((const unsigned char[]){0, 0, 0x0d, 3}, 4, "element type 0x0d");
    check_header((const unsigned char[]){0, 0, 8, 1}, 4, "not a file of images");
    check_header((const unsigned char[]){0, 0, 8, 200}, 4, "200 dimensions");
    check_header((const unsigned char[]){0, 0, 8, 3, 0, 0, 0, COUNT + 1}, 8, "claims more");
    check_header((const unsigned char[]){0, 0, 8, 3, 0, 0, 0, COUNT - 1}, 8, "bytes follow");
    check_header((const unsigned char[]){0, 0, 8, 3, 0, 0, 0, 0}, 8, "no elements");
    check_header((const unsigned char[]){0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}, 16,
                 "claims more");
    CU_ASSERT_FALSE(parse(images, IMAGE_BYTES, images, IMAGE_BYTES));
    CU_ASSERT_PTR_NOT_NULL(strstr(error, "not a file of labels"));
    static const unsigned char fewer[] = {0, 0, 8, 1, 0, 0, 0, 2, 1, 1};
    CU_ASSERT_FALSE(parse(images, IMAGE_BYTES, fewer, sizeof fewer));
    CU_ASSERT_PTR_NOT_NULL(strstr(error, "do not belong together"));
}

/* A few packed bytes that inflate to megabytes, with a header that asks for little, or for more than can be there. */
static void test_bomb(void)
{
    enum { MEGABYTE = 1 << 20, PACKED = 1 << 14 };
    unsigned char *zeros = calloc(MEGABYTE, 1), *packed = malloc(PACKED);
    memcpy(zeros, images, 16);
    size_t length = gzip(zeros, MEGABYTE, packed, PACKED);
    CU_ASSERT_FATAL(length > 0 && length < 2048);
    CU_ASSERT_FALSE(parse(packed, length, labels, LABEL_BYTES));
    CU_ASSERT_PTR_NOT_NULL(strstr(error, "bytes follow"));
    memcpy(zeros + 4, (const unsigned char[]){0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 255}, 12);
    length = gzip(zeros, MEGABYTE, packed, PACKED);
    CU_ASSERT_FALSE(parse(packed, length, labels, LABEL_BYTES));
    CU_ASSERT_PTR_NOT_NULL(strstr(error, "claims more"));
    free(zeros);
    free(packed);
}

static const struct unit_case cases[] = {
    {"plain and gzip contents", test_contents}, {"colour images", test_rank_four}, {"cut-off files", test_cut_off},
    {"hostile headers", test_headers},          {"gzip bombs", test_bomb},
};

int main(void)
{
    fill_images();
    return unit_main("data idx", cases, sizeof cases / sizeof *cases);
}
