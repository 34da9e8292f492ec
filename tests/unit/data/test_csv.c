/* CSV: contents, labels, targets, held-out rows, every complaint with its line and column. */
#include "runtime/data/csv.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/cunit_main.h"

static char error[QNN_ERROR_SIZE];

/* Parses texts from blocks of exactly their size. */
static bool parse(const char *train, const char *test, struct qnn_csv_options options, enum qnn_split split,
                  struct qnn_dataset *data)
{
    const size_t train_length = strlen(train), test_length = test ? strlen(test) : 0;
    char *train_copy = malloc(train_length + 1), *test_copy = malloc(test_length + 1);
    /* NOLINTBEGIN(bugprone-not-null-terminated-result): texts need no zero */
    memcpy(train_copy + 1, train, train_length);
    memcpy(test_copy + 1, test ? test : "", test_length);
    /* NOLINTEND(bugprone-not-null-terminated-result) */
    const bool ok = qnn_csv_parse("train", train_copy + 1, train_length, "test", test ? test_copy + 1 : NULL,
                                  test_length, &options, split, data, error);
    free(train_copy);
    free(test_copy);
    return ok;
}

static const struct qnn_csv_options plain = {.element = QNN_F32};

static void test_contents(void)
{
    struct qnn_dataset data;
    static const char text[] = "\xef\xbb\xbfwidth, \"height\",kind\r\n"
                               "1.5,-2e1, setosa\r\n"
                               "\r\n"
                               " .25 ,+3.,\"a \"\"b\"\", c\"\n"
                               "\t\n"
                               "\"4\",0,setosa";
    static const float features[] = {1.5f, -20.0f, 0.25f, 3.0f, 4.0f, 0.0f};
    CU_ASSERT_TRUE_FATAL(parse(text, NULL, plain, QNN_SPLIT_TRAIN, &data));
    CU_ASSERT_EQUAL(data.count, 3);
    CU_ASSERT_EQUAL(data.channels, 2);
    CU_ASSERT_EQUAL(data.height, 1);
    CU_ASSERT_EQUAL(data.width, 1);
    CU_ASSERT_EQUAL(data.classes, 2);
    for (size_t i = 0; i < sizeof features / sizeof *features; i++)
        CU_ASSERT_EQUAL(((const float *)data.samples)[i], features[i]);
    CU_ASSERT_EQUAL(data.labels[0], 0);
    CU_ASSERT_EQUAL(data.labels[1], 1);
    CU_ASSERT_EQUAL(data.labels[2], 0);
    qnn_dataset_free(&data);
}

static void test_labels(void)
{
    struct qnn_dataset data;
    /* Names keep the numbers of the training file in the test file. */
    CU_ASSERT_TRUE_FATAL(parse("1,b\n2,a\n", "3,a\n4,b\n5,a\n", plain, QNN_SPLIT_TEST, &data));
    CU_ASSERT_EQUAL(data.count, 3);
    CU_ASSERT_EQUAL(data.labels[0], 1);
    CU_ASSERT_EQUAL(data.labels[1], 0);
    CU_ASSERT_EQUAL(data.classes, 2);
    qnn_dataset_free(&data);
    /* Whole numbers are the classes. */
    CU_ASSERT_TRUE_FATAL(parse("1,7\n2,0\n", "3,2\n", plain, QNN_SPLIT_TRAIN, &data));
    CU_ASSERT_EQUAL(data.labels[0], 7);
    CU_ASSERT_EQUAL(data.classes, 8);
    qnn_dataset_free(&data);
    /* One that is none makes them names. */
    CU_ASSERT_TRUE_FATAL(parse("1,7\n2,-1\n3,7\n", NULL, plain, QNN_SPLIT_TRAIN, &data));
    CU_ASSERT_EQUAL(data.labels[1], 1);
    CU_ASSERT_EQUAL(data.labels[2], 0);
    CU_ASSERT_EQUAL(data.classes, 2);
    qnn_dataset_free(&data);
}

static void test_targets(void)
{
    struct qnn_dataset data;
    const struct qnn_csv_options options = {.outputs = 2, .element = QNN_I8};
    CU_ASSERT_TRUE_FATAL(parse("x,y,z\n-128,1.5,2.5\n127,-1,0\n", NULL, options, QNN_SPLIT_TRAIN, &data));
    CU_ASSERT_EQUAL(data.outputs, 2);
    CU_ASSERT_PTR_NULL(data.labels);
    CU_ASSERT_EQUAL(((int8_t *)data.samples)[0], -128);
    CU_ASSERT_EQUAL(((int8_t *)data.samples)[1], 127);
    CU_ASSERT_EQUAL(data.targets[1], 2.5f);
    CU_ASSERT_EQUAL(data.targets[2], -1.0f);
    CU_ASSERT_EQUAL(data.classes, 0);
    qnn_dataset_free(&data);
}

/* Training and test rows share nothing, lose nothing and keep the order of the file. */
static void test_holdout(void)
{
    enum { ROWS = 65, HELD = 17 };
    char text[ROWS * 8] = "";
    struct qnn_csv_options options = {.element = QNN_U8, .holdout = HELD};
    struct qnn_dataset train, test;
    bool seen[ROWS] = {false};
    for (int i = 0; i < ROWS; i++)
        sprintf(text + strlen(text), "%d,%d\n", i, i % 3);
    CU_ASSERT_TRUE_FATAL(parse(text, NULL, options, QNN_SPLIT_TRAIN, &train));
    CU_ASSERT_TRUE_FATAL(parse(text, NULL, options, QNN_SPLIT_TEST, &test));
    CU_ASSERT_EQUAL(train.count, ROWS - HELD);
    CU_ASSERT_EQUAL(test.count, HELD);
    for (size_t i = 0; i < ROWS; i++) {
        const struct qnn_dataset *part = i < HELD ? &test : &train;
        const size_t at = i < HELD ? i : i - HELD;
        const uint8_t *values = part->samples;
        CU_ASSERT_FATAL(values[at] < ROWS && !seen[values[at]]);
        seen[values[at]] = true;
        CU_ASSERT_EQUAL(part->labels[at], values[at] % 3);
        CU_ASSERT(at == 0 || values[at] > values[at - 1]);
    }
    CU_ASSERT_NOT_EQUAL(((uint8_t *)test.samples)[HELD - 1], HELD - 1); /* drawn, not the first rows */
    qnn_dataset_free(&train);
    qnn_dataset_free(&test);
    options.holdout = ROWS;
    CU_ASSERT_FALSE(parse(text, NULL, options, QNN_SPLIT_TRAIN, &train));
    CU_ASSERT_PTR_NOT_NULL(strstr(error, "leaves nothing"));
}

static void test_complaints(void)
{
    static const struct {
        const char *train, *test, *message;
        size_t outputs;
        enum qnn_element element;
        enum qnn_split split;
    } rows[] = {
        {"", NULL, "has no samples", 0, QNN_F32, QNN_SPLIT_TRAIN},
        {"a,b,c\n", NULL, "has no samples", 0, QNN_F32, QNN_SPLIT_TRAIN},
        {"1\n", NULL, "train:1: has 1 fields: no feature", 0, QNN_F32, QNN_SPLIT_TRAIN},
        {"1,2\n", NULL, "train:1: has 2 fields: no feature", 2, QNN_F32, QNN_SPLIT_TRAIN},
        {"1,2,a\n\n3,a\n", NULL, "train:3: has 2 fields, expected 3", 0, QNN_F32, QNN_SPLIT_TRAIN},
        {"1,2,a\n3, x4,a\n", NULL, "train:2:4: 'x4' is not a number", 0, QNN_F32, QNN_SPLIT_TRAIN},
        {"1,2,a\n3,,a\n", NULL, "train:2:3: '' is not a number", 0, QNN_F32, QNN_SPLIT_TRAIN},
        {"1,x,a\n", NULL, "train:1:3: 'x' is not a number", 0, QNN_F32, QNN_SPLIT_TRAIN},
        {"1,nan,a\n", NULL, "train:1:3: 'nan' is not a number", 0, QNN_F32, QNN_SPLIT_TRAIN},
        {"1,inf,a\n", NULL, "'inf' is not a number", 0, QNN_F32, QNN_SPLIT_TRAIN},
        {"1,0x10,a\n", NULL, "'0x10' is not a number", 0, QNN_F32, QNN_SPLIT_TRAIN},
        {"1,1e39,a\n", NULL, "train:1:3: 1e39 is beyond the range", 0, QNN_F32, QNN_SPLIT_TRAIN},
        {"1,2,1e99\n", NULL, "train:1:5: 1e99 is beyond the range", 1, QNN_F32, QNN_SPLIT_TRAIN},
        {"1,2,\n1,2,a\n", NULL, "train:1:5: the label is empty", 0, QNN_F32, QNN_SPLIT_TRAIN},
        {"1,\"a\n2,b\"\n", NULL, "train:1:3: the quotation mark is not closed", 0, QNN_F32, QNN_SPLIT_TRAIN},
        {"1,\"a\"b\n", NULL, "train:1:6: expected a comma", 0, QNN_F32, QNN_SPLIT_TRAIN},
        {"1,a\"b\"\n", NULL, "train:1:4: expected a comma", 0, QNN_F32, QNN_SPLIT_TRAIN},
        {"1,a\n", "2,b\n", "test:1:3: the label 'b' does not occur", 0, QNN_F32, QNN_SPLIT_TEST},
        {"1,0\n", "2,b\n", "test:1:3: the label 'b' does not occur", 0, QNN_F32, QNN_SPLIT_TEST},
        {"1,a\n", "2,2,a\n", "test has 3 columns and train has 2", 0, QNN_F32, QNN_SPLIT_TEST},
        {"1,a\n", NULL, "no test split", 0, QNN_F32, QNN_SPLIT_TEST},
        {"256,a\n", NULL, "train:1:1: 256 is not a whole number 0 to 255", 0, QNN_U8, QNN_SPLIT_TRAIN},
        {"-1,a\n", NULL, "not a whole number 0 to 255, as an input of u8", 0, QNN_U8, QNN_SPLIT_TRAIN},
        {"1.5,a\n", NULL, "1.5 is not a whole number", 0, QNN_U8, QNN_SPLIT_TRAIN},
        {"128,a\n", NULL, "not a whole number -128 to 127", 0, QNN_I8, QNN_SPLIT_TRAIN},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct qnn_dataset data;
        const struct qnn_csv_options options = {.outputs = rows[i].outputs, .element = rows[i].element};
        const bool ok = parse(rows[i].train, rows[i].test, options, rows[i].split, &data);
        if (ok || !strstr(error, rows[i].message))
            printf("row %zu: expected '%s', got '%s'\n", i, rows[i].message, ok ? "acceptance" : error);
        CU_ASSERT(!ok && strstr(error, rows[i].message));
        CU_ASSERT_PTR_NULL(data.samples);
        qnn_dataset_free(&data);
    }
}

static void test_many_labels(void)
{
    char *text = malloc(100000);
    struct qnn_dataset data;
    size_t at = 0;
    for (int i = 0; i < 5000; i++)
        at += (size_t)sprintf(text + at, "1,n%d\n", i);
    CU_ASSERT_FALSE(parse(text, NULL, plain, QNN_SPLIT_TRAIN, &data));
    CU_ASSERT_PTR_NOT_NULL(strstr(error, "train:4097:3: more than 4096 different labels"));
    free(text);
}

static void test_zero_byte(void)
{
    struct qnn_dataset data;
    CU_ASSERT_FALSE(qnn_csv_parse("train", "1,a\n2,\0\n", 8, NULL, NULL, 0, &plain, QNN_SPLIT_TRAIN, &data, error));
    CU_ASSERT_PTR_NOT_NULL(strstr(error, "train:2:3: a zero byte"));
}

/* A decimal comma of the locale changes nothing (where such a locale is installed). */
static void test_locale(void)
{
    struct qnn_dataset data;
    setlocale(LC_ALL, "de_DE.UTF-8");
    CU_ASSERT_TRUE_FATAL(parse("1.5,a\n", NULL, plain, QNN_SPLIT_TRAIN, &data));
    CU_ASSERT_EQUAL(((float *)data.samples)[0], 1.5f);
    setlocale(LC_ALL, "C");
    qnn_dataset_free(&data);
}

/* Cut off anywhere, a text gives a data set or a message, never a fault. */
static void test_cut_off(void)
{
    static const char text[] = "w,\"h\"\"\",k\r\n1.5,-2e1,\"a, \"\"b\"\"\"\r\n\n.5, 3 ,c\n";
    char part[sizeof text];
    size_t accepted = 0;
    for (size_t cut = 0; cut < sizeof text; cut++) {
        struct qnn_dataset data;
        memcpy(part, text, cut);
        part[cut] = '\0';
        accepted += parse(part, NULL, plain, QNN_SPLIT_TRAIN, &data);
        qnn_dataset_free(&data);
    }
    CU_ASSERT(accepted > 1 && accepted < sizeof text);
}

static const struct unit_case cases[] = {
    {"contents", test_contents},     {"labels", test_labels},         {"targets", test_targets},
    {"held-out rows", test_holdout}, {"complaints", test_complaints}, {"too many labels", test_many_labels},
    {"a zero byte", test_zero_byte}, {"locales", test_locale},        {"cut-off texts", test_cut_off},
};

UNIT_MAIN("data csv", cases)
