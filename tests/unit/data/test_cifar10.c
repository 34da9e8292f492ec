/* CIFAR-10: records against a plain reference, plain and gzip, hostile files, and the real set where QNN_DATA names it. */
#include "runtime/data/cifar10.h"

#include "runtime/data/source.h"
#include "tests/support/draw.h"
#include "tests/unit/cunit_main.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { RECORD = QNN_CIFAR10_RECORD, SIDE = QNN_CIFAR10_SIDE, COUNT = 67 }; /* more than the first allocation holds */

static char error[QNN_ERROR_SIZE];
static unsigned char records[COUNT * RECORD];

static void fill_records(void)
{
    struct draw draw = draw_open(10, 0);
    for (size_t i = 0; i < sizeof records; i++)
        records[i] = (unsigned char)(i % RECORD == 0 ? draw_int(&draw, 0, 9) : draw_int(&draw, 0, 255));
}

/* A block of exactly the given size, so that reading beyond is seen. */
static bool append(const unsigned char *bytes, size_t length, struct qnn_dataset *data)
{
    unsigned char *copy = malloc(length ? length : 1);
    memcpy(copy, bytes, length);
    const bool ok = qnn_cifar10_append("batch", copy, length, data, error);
    free(copy);
    return ok;
}

static void check_samples(const struct qnn_dataset *data, const unsigned char *from, size_t first, size_t count)
{
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        const unsigned char *record = from + i * RECORD, *sample = qnn_dataset_sample(data, first + i);
        wrong += data->labels[first + i] != record[0];
        for (size_t y = 0; y < SIDE; y++)
            for (size_t x = 0; x < SIDE; x++)
                for (size_t c = 0; c < 3; c++)
                    wrong += sample[(y * SIDE + x) * 3 + c] != record[1 + (c * SIDE + y) * SIDE + x];
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

static void test_records(void)
{
    struct qnn_dataset data = {0};
    CU_ASSERT_TRUE_FATAL(append(records, sizeof records, &data));
    CU_ASSERT_TRUE_FATAL(append(records + RECORD, 2 * RECORD, &data));
    CU_ASSERT_EQUAL_FATAL(data.count, COUNT + 2);
    CU_ASSERT_EQUAL(data.height, SIDE);
    CU_ASSERT_EQUAL(data.width, SIDE);
    CU_ASSERT_EQUAL(data.channels, 3);
    CU_ASSERT_EQUAL(data.element, QNN_U8);
    CU_ASSERT_EQUAL(data.outputs, 0);
    CU_ASSERT_EQUAL(data.classes, 10);
    check_samples(&data, records, 0, COUNT);
    check_samples(&data, records + RECORD, COUNT, 2);
    qnn_dataset_free(&data);
}

/* Compresses as gzip; returns the length. */
static size_t gzip(const unsigned char *bytes, size_t length, unsigned char *out, size_t size)
{
    z_stream stream = {0};
    unsigned char *input = malloc(length);
    memcpy(input, bytes, length);
    deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
    stream.next_in = input;
    stream.avail_in = (uInt)length;
    stream.next_out = out;
    stream.avail_out = (uInt)size;
    const int status = deflate(&stream, Z_FINISH);
    deflateEnd(&stream);
    free(input);
    return status == Z_STREAM_END ? stream.total_out : 0;
}

static void check_refused(const unsigned char *bytes, size_t length, const char *message)
{
    struct qnn_dataset data = {0};
    const bool ok = append(bytes, length, &data);
    if (ok || !strstr(error, message))
        printf("expected '%s', got '%s'\n", message, ok ? "acceptance" : error);
    CU_ASSERT(!ok && strstr(error, message));
    CU_ASSERT_PTR_NULL(data.samples);
    qnn_dataset_free(&data);
}

static void test_gzip(void)
{
    enum { PACKED = 3 * RECORD };
    static unsigned char packed[PACKED];
    const size_t length = gzip(records, 2 * RECORD, packed, PACKED);
    CU_ASSERT_FATAL(length > 0);
    struct qnn_dataset data = {0};
    CU_ASSERT_TRUE_FATAL(append(packed, length, &data));
    CU_ASSERT_EQUAL(data.count, 2);
    check_samples(&data, records, 0, 2);
    qnn_dataset_free(&data);
    check_refused(packed, length - 1, "gzip file is cut off");
    packed[length - 6] ^= 1; /* the check sum */
    check_refused(packed, length, "damaged");
    packed[length - 6] ^= 1;
    packed[length] = 0;
    check_refused(packed, length + 1, "bytes follow");
    const size_t odd = gzip(records, 2 * RECORD - 1, packed, PACKED);
    check_refused(packed, odd, "record 1 (byte 3073) has 3072 of 3073 bytes");
}

static void test_hostile(void)
{
    unsigned char changed[3 * RECORD];
    memcpy(changed, records, sizeof changed);
    check_refused(changed, 0, "is empty");
    check_refused(changed, 1, "record 0 (byte 0) has 1 of 3073 bytes");
    check_refused(changed, 2 * RECORD + 1, "record 2 (byte 6146) has 1 of 3073 bytes");
    changed[2 * RECORD] = 10;
    check_refused(changed, 3 * RECORD, "record 2 (byte 6146) has the label 10, beyond 9");
    /* What was there before is given back too. */
    struct qnn_dataset data = {0};
    CU_ASSERT_TRUE_FATAL(append(records, RECORD, &data));
    CU_ASSERT_FALSE(append(changed, 3 * RECORD, &data));
    CU_ASSERT_PTR_NULL(data.samples);
    CU_ASSERT_PTR_NULL(data.labels);
    CU_ASSERT_EQUAL(data.count, 0);
}

/* A file that inflates beyond what any batch has. */
static void test_bomb(void)
{
    const size_t length = (size_t)(QNN_CIFAR10_MOST_RECORDS + 1) * RECORD, room = length / 64;
    unsigned char *zeros = calloc(length, 1), *packed = malloc(room);
    const size_t packed_length = gzip(zeros, length, packed, room);
    CU_ASSERT_FATAL(packed_length > 0);
    check_refused(packed, packed_length, "more than 100000 records");
    free(zeros);
    free(packed);
}

/* The first pixels of the published files, and the number of samples of each class. */
static void test_real(void)
{
    const struct qnn_data_source source = {.kind = QNN_SOURCE_CIFAR10, .name = "cifar10"};
    struct qnn_dataset data;
    if (!qnn_data_load(&source, NULL, QNN_SPLIT_TEST, &data, error)) {
        CU_ASSERT_PTR_NOT_NULL(strstr(error, "--data DIR"));
        return;
    }
    size_t counts[QNN_CIFAR10_CLASSES] = {0};
    CU_ASSERT_EQUAL(data.count, 10000);
    CU_ASSERT_EQUAL(data.labels[0], 3); /* a cat */
    CU_ASSERT_EQUAL(memcmp(data.samples, (const unsigned char[]){158, 112, 49}, 3), 0);
    for (size_t i = 0; i < data.count; i++)
        counts[data.labels[i]]++;
    for (size_t i = 0; i < QNN_CIFAR10_CLASSES; i++)
        CU_ASSERT_EQUAL(counts[i], 1000);
    qnn_dataset_free(&data);
}

static const struct unit_case cases[] = {
    {"records", test_records},        {"gzip", test_gzip}, {"hostile files", test_hostile}, {"a gzip bomb", test_bomb},
    {"the published set", test_real},
};

int main(void)
{
    fill_records();
    return unit_main("data cifar10", cases, sizeof cases / sizeof *cases);
}
