/* NPY: headers as numpy writes them in every version, every type, truncation at every byte, hostile headers. */
#include "runtime/data/npy.h"

#include "tests/unit/cunit_main.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_SIZE = 1024 };

static char error[QNN_ERROR_SIZE];

struct file {
    unsigned char bytes[FILE_SIZE];
    size_t length;
};

/* A file of that version with that dictionary, padded to 64 bytes as numpy does. */
static struct file make_file(int version, const char *dictionary, const void *elements, size_t size)
{
    struct file file = {.bytes = {0x93, 'N', 'U', 'M', 'P', 'Y', (unsigned char)version, 0}};
    const size_t head = version == 1 ? 10 : 12, length = strlen(dictionary);
    const size_t padded = (head + length + 1 + 63) / 64 * 64 - head;
    for (size_t i = 8; i < head; i++)
        file.bytes[i] = (unsigned char)(padded >> 8 * (i - 8));
    memcpy(file.bytes + head, dictionary, length);
    memset(file.bytes + head + length, ' ', padded - length);
    file.bytes[head + padded - 1] = '\n';
    memcpy(file.bytes + head + padded, elements, size);
    file.length = head + padded + size;
    return file;
}

/* As numpy writes it. */
static struct file make(const char *type, const char *shape, const void *elements, size_t size)
{
    char dictionary[256];
    snprintf(dictionary, sizeof dictionary, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }", type, shape);
    return make_file(1, dictionary, elements, size);
}

/* Blocks of exactly the given size, so that reading beyond is seen. */
static bool parse(const struct file *samples, const struct file *labels, size_t outputs, struct qnn_dataset *data)
{
    unsigned char *sample_copy = malloc(samples->length + 1), *label_copy = malloc(labels->length + 1);
    memcpy(sample_copy + 1, samples->bytes, samples->length);
    memcpy(label_copy + 1, labels->bytes, labels->length);
    const bool ok = qnn_npy_parse("x.npy", sample_copy + 1, samples->length, "y.npy", label_copy + 1, labels->length,
                                  outputs, data, error);
    if (!ok)
        CU_ASSERT(!data->samples && !data->labels && !data->targets);
    free(sample_copy);
    free(label_copy);
    return ok;
}

static const unsigned char bytes[48] = {0,  1,  2,  3,  4,  5,  6,  7,   128, 129, 254, 255, 12, 13, 14, 15,
                                        16, 17, 18, 19, 20, 21, 22, 223, 24,  25,  26,  27,  28, 29, 30, 31};

static void check_shape(const char *type, enum qnn_element element, const char *shape, const size_t expected[4])
{
    const size_t count = expected[0] * expected[1] * expected[2] * expected[3];
    float reals[48];
    for (size_t i = 0; i < 48; i++)
        reals[i] = (float)i * 0.25f - 3;
    const void *elements = element == QNN_F32 ? (const void *)reals : bytes;
    const size_t size = count * qnn_element_size(element);
    const struct file samples = make(type, shape, elements, size),
                      labels = make("<i8", "(2,)", "\5\0\0\0\0\0\0\0\1\0\0\0\0\0\0", 16);
    struct qnn_dataset data;
    const bool ok = parse(&samples, &labels, 0, &data);
    if (!ok)
        printf("%s\n", error);
    CU_ASSERT_TRUE_FATAL(ok);
    CU_ASSERT_EQUAL(data.element, element);
    CU_ASSERT_EQUAL(data.count, expected[0]);
    CU_ASSERT_EQUAL(data.height, expected[1]);
    CU_ASSERT_EQUAL(data.width, expected[2]);
    CU_ASSERT_EQUAL(data.channels, expected[3]);
    CU_ASSERT_EQUAL(memcmp(data.samples, elements, size), 0);
    CU_ASSERT_EQUAL(data.labels[0], 5);
    CU_ASSERT_EQUAL(data.labels[1], 1);
    CU_ASSERT_EQUAL(data.classes, 6);
    qnn_dataset_free(&data);
}

static void test_samples(void)
{
    static const struct {
        const char *type;
        enum qnn_element element;
    } types[] = {{"|u1", QNN_U8}, {"|i1", QNN_I8}, {"<f4", QNN_F32}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        check_shape(types[i].type, types[i].element, "(2, 3, 2, 4)", (const size_t[]){2, 3, 2, 4});
        check_shape(types[i].type, types[i].element, "(2, 3, 5)", (const size_t[]){2, 3, 5, 1});
        check_shape(types[i].type, types[i].element, "(2, 7)", (const size_t[]){2, 1, 1, 7});
    }
}

/* Every version, keys in any order, other quotes and blanks. */
static void test_headers(void)
{
    static const char *const dictionaries[] = {
        "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }",
        "{'shape':(2,3),\"fortran_order\":False,'descr':\"|u1\"}",
        "  { 'fortran_order' : False , 'descr' : '|u1' , 'shape' : ( 2 , 3 , ) , }  ",
    };
    const struct file labels = make("|u1", "(2,)", "\1\0", 2);
    for (int version = 1; version <= 3; version++)
        for (size_t i = 0; i < sizeof dictionaries / sizeof *dictionaries; i++) {
            const struct file samples = make_file(version, dictionaries[i], bytes, 6);
            struct qnn_dataset data;
            CU_ASSERT_TRUE_FATAL(parse(&samples, &labels, 0, &data));
            CU_ASSERT_EQUAL(data.channels, 3);
            CU_ASSERT_EQUAL(memcmp(data.samples, bytes, 6), 0);
            qnn_dataset_free(&data);
        }
}

/* The number 3 and then 1 in an integer type. */
static void check_labels(const char *type, size_t size, bool big)
{
    unsigned char elements[16] = {0};
    elements[big ? size - 1 : 0] = 3;
    elements[size + (big ? size - 1 : 0)] = 1;
    const struct file samples = make("|u1", "(2, 3)", bytes, 6), labels = make(type, "(2, 1)", elements, 2 * size);
    struct qnn_dataset data;
    CU_ASSERT_TRUE_FATAL(parse(&samples, &labels, 0, &data));
    CU_ASSERT_EQUAL(data.labels[0], 3);
    CU_ASSERT_EQUAL(data.labels[1], 1);
    CU_ASSERT_EQUAL(data.classes, 4);
    qnn_dataset_free(&data);
}

static void test_labels(void)
{
    check_labels("|u1", 1, false);
    check_labels("|i1", 1, false);
    check_labels("<u2", 2, false);
    check_labels("<i2", 2, false);
    check_labels("<u4", 4, false);
    check_labels("<i4", 4, false);
    check_labels("<u8", 8, false);
    check_labels("<i8", 8, false);
    check_labels(">i2", 2, true);
    check_labels(">u4", 4, true);
    check_labels(">i8", 8, true);
}

static void test_targets(void)
{
    const float values[] = {0.5f, -1, 2, 3};
    const struct file samples = make("|u1", "(2, 3)", bytes, 6), two = make("<f4", "(2, 2)", values, 16),
                      one = make("<f4", "(2,)", values, 8);
    struct qnn_dataset data;
    CU_ASSERT_TRUE_FATAL(parse(&samples, &two, 2, &data));
    CU_ASSERT_EQUAL(data.outputs, 2);
    CU_ASSERT_EQUAL(data.classes, 0);
    CU_ASSERT_PTR_NULL(data.labels);
    CU_ASSERT_EQUAL(memcmp(data.targets, values, 16), 0);
    qnn_dataset_free(&data);
    CU_ASSERT_TRUE_FATAL(parse(&samples, &one, 1, &data));
    CU_ASSERT_EQUAL(memcmp(data.targets, values, 8), 0);
    qnn_dataset_free(&data);
}

static void check_refused(const struct file *samples, const struct file *labels, size_t outputs, const char *message)
{
    struct qnn_dataset data;
    const bool ok = parse(samples, labels, outputs, &data);
    if (ok || !strstr(error, message))
        printf("expected '%s', got '%s'\n", message, ok ? "acceptance" : error);
    CU_ASSERT(!ok && strstr(error, message));
    qnn_dataset_free(&data);
}

static void check_samples(const char *type, const char *shape, const void *elements, size_t size, const char *message)
{
    const struct file samples = make(type, shape, elements, size), labels = make("|u1", "(2,)", "\1\0", 2);
    check_refused(&samples, &labels, 0, message);
}

static void check_truth(const char *type, const char *shape, const void *elements, size_t size, size_t outputs,
                        const char *message)
{
    const struct file samples = make("|u1", "(2, 3)", bytes, 6), labels = make(type, shape, elements, size);
    check_refused(&samples, &labels, outputs, message);
}

static void check_dictionary(const char *dictionary, const char *message)
{
    const struct file samples = make_file(1, dictionary, bytes, 6), labels = make("|u1", "(2,)", "\1\0", 2);
    check_refused(&samples, &labels, 0, message);
}

static void test_wrong_arrays(void)
{
    const float bad[] = {0, 1, INFINITY, 3, NAN, 5};
    check_samples("<f8", "(2, 3)", bytes, 48, "has samples of type '<f8'; |u1, |i1 and <f4 are read");
    check_samples(">f4", "(2, 3)", bytes, 24, "has samples of type '>f4'");
    check_samples("<f4", "(2, 3)", bad, 24, "x.npy: element 2 of row 0 is not finite");
    check_samples("|b1", "(2, 3)", bytes, 6, "elements of type '|b1'");
    check_samples("<U1", "(2, 3)", bytes, 24, "elements of type '<U1'");
    check_samples("|u1", "(6,)", bytes, 6, "this is not a file of samples");
    check_samples("|u1", "()", bytes, 1, "has 0 dimensions");
    check_samples("|u1", "(1, 1, 1, 2, 3)", bytes, 6, "more than 4 dimensions");
    check_samples("|u1", "(2, 0)", bytes, 0, "has no elements");
    check_samples("|u1", "(2, 4)", bytes, 6, "claims more elements");
    check_samples("|u1", "(2, 2)", bytes, 6, "bytes follow");
    check_samples("|u1", "(4294967296, 4294967296)", bytes, 6, "claims more elements");
    check_samples("|u1", "(2, 99999999999999999999)", bytes, 6, "a size that is too large");
    check_truth("|u1", "(3,)", "\1\0\1", 3, 0, "2 samples and y.npy has 3 labels: they do not belong together");
    check_truth("|u1", "(2, 2)", "\1\0\1\1", 4, 0, "labels are [N, 1] or [N]");
    check_truth("|u1", "(2, 1, 1)", "\1\0", 2, 0, "has 3 dimensions");
    check_truth("<f4", "(2,)", bytes, 8, 0, "has labels of type '<f4'; classes are whole numbers");
    check_truth("|i1", "(2,)", "\1\377", 2, 0, "y.npy: label 1 is negative");
    check_truth("<i4", "(2,)", "\0\0\1\0\0\0\0\0", 8, 0, "label 0 is too large; classes are 0 to 65535");
    check_truth("|u1", "(2, 1)", "\1\0", 2, 1, "has targets of type '|u1'; <f4 is read");
    check_truth("<f4", "(2, 1)", bytes, 8, 3, "targets are [N, 3]");
    check_truth("<f4", "(2, 3)", bad, 24, 3, "y.npy: element 2 of row 0 is not finite");
}

static void test_wrong_headers(void)
{
    check_dictionary("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }", "numpy.ascontiguousarray");
    check_dictionary("{'descr': [('a', '|u1')], 'fortran_order': False, 'shape': (2, 3), }", "records with fields");
    check_dictionary("{'descr': '|u1', 'shape': (2, 3), }", "has no 'fortran_order'");
    check_dictionary("{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }", "a duplicate key");
    check_dictionary("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), 'more': 1}", "an unknown key");
    check_dictionary("{'descr': '|u1', 'fortran_order': 0, 'shape': (2, 3), }", "True or False is missing");
    check_dictionary("{'descr': '|u1', 'fortran_order': False, 'shape': (2, -3), }", "a size is missing");
    check_dictionary("{'descr': '|u1', 'fortran_order': False, 'shape': (2 3), }", "',' is missing");
    check_dictionary("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), ", "a string is missing");
    check_dictionary("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), } x", "text after");
    check_dictionary("{'descr: |u1}", "a string does not end");
    check_dictionary("x", "'{' is missing");
    struct file samples = make("|u1", "(2, 3)", bytes, 6);
    const struct file labels = make("|u1", "(2,)", "\1\0", 2);
    samples.bytes[6] = 4;
    check_refused(&samples, &labels, 0, "is of version 4.0");
    samples.bytes[6] = 2; /* the length then has four bytes, two of them from the dictionary */
    check_refused(&samples, &labels, 0, "has a header of");
    samples.bytes[0] = 'P';
    check_refused(&samples, &labels, 0, "is not an NPY file (it begins 50 4e 55 4d)");
}

static void test_cut_off(void)
{
    struct file samples = make("|u1", "(2, 3)", bytes, 6), labels = make("|u1", "(2,)", "\1\0", 2);
    const size_t sample_length = samples.length, label_length = labels.length;
    size_t accepted = 0;
    struct qnn_dataset data;
    for (samples.length = 0; samples.length < sample_length; samples.length++)
        accepted += parse(&samples, &labels, 0, &data);
    for (labels.length = 0; labels.length < label_length; labels.length++)
        accepted += parse(&samples, &labels, 0, &data);
    CU_ASSERT_EQUAL(accepted, 0);
    CU_ASSERT_TRUE(parse(&samples, &labels, 0, &data));
    qnn_dataset_free(&data);
}

static const struct unit_case cases[] = {
    {"samples of every type and rank", test_samples},
    {"headers of every version", test_headers},
    {"labels of every type", test_labels},
    {"targets", test_targets},
    {"wrong arrays", test_wrong_arrays},
    {"wrong headers", test_wrong_headers},
    {"cut-off files", test_cut_off},
};

UNIT_MAIN("data npy", cases)
