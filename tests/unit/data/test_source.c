/* Sources: where a name is looked up, and what a missing one says. */
#include "runtime/data/source.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/cunit_main.h"

enum { PATH_SIZE = 256 };

static char error[QNN_ERROR_SIZE];
static char root[PATH_SIZE / 4];

static const unsigned char images[] = {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 5, 6};
static const unsigned char labels[] = {0, 0, 8, 1, 0, 0, 0, 1, 3};

static void place(const char *name, char path[PATH_SIZE])
{
    snprintf(path, PATH_SIZE, "%s/%s", root, name);
}

static void write_file(const char *name, const void *bytes, size_t length)
{
    char path[PATH_SIZE];
    place(name, path);
    FILE *file = fopen(path, "wb");
    CU_ASSERT_FATAL(file && fwrite(bytes, 1, length, file) == length && fclose(file) == 0);
}

static void remove_file(const char *name)
{
    char path[PATH_SIZE];
    place(name, path);
    CU_ASSERT_EQUAL(remove(path), 0);
}

static void check_loads(const struct qnn_data_source *source, const char *from, enum qnn_split split, size_t count)
{
    struct qnn_dataset data;
    const bool ok = qnn_data_load(source, from, split, &data, error);
    if (!ok)
        printf("%s\n", error);
    CU_ASSERT_TRUE_FATAL(ok);
    CU_ASSERT_EQUAL(data.count, count);
    qnn_dataset_free(&data);
}

static void check_fails(const struct qnn_data_source *source, const char *from, const char *message)
{
    struct qnn_dataset data;
    CU_ASSERT_FALSE(qnn_data_load(source, from, QNN_SPLIT_TRAIN, &data, error));
    if (!strstr(error, message))
        printf("expected '%s' in: %s\n", message, error);
    CU_ASSERT_PTR_NOT_NULL(strstr(error, message));
    CU_ASSERT_PTR_NULL(data.samples);
}

static void test_idx(void)
{
    const struct qnn_data_source source = {.kind = QNN_SOURCE_IDX, .name = "mine"};
    char folder[PATH_SIZE], tried[2 * PATH_SIZE];
    place("mine", folder);
    snprintf(tried, sizeof tried,
             "'mine': no train-images-idx3-ubyte or .gz in %s or %s; name its folder with --data DIR", folder, root);
    check_fails(&source, root, tried);
    CU_ASSERT_EQUAL_FATAL(mkdir(folder, 0777), 0);
    check_fails(&source, root, tried);
    write_file("mine/train-images-idx3-ubyte", images, sizeof images);
    check_fails(&source, root, "no train-labels-idx1-ubyte or .gz beside");
    write_file("mine/train-labels-idx1-ubyte.gz", labels, sizeof labels); /* recognised by content, not by name */
    check_loads(&source, root, QNN_SPLIT_TRAIN, 1);
    check_loads(&source, folder, QNN_SPLIT_TRAIN, 1);
    remove_file("mine/train-images-idx3-ubyte");
    remove_file("mine/train-labels-idx1-ubyte.gz");
    remove_file("mine");
}

/* One record of CIFAR-10, of that label. */
static void write_record(const char *name, unsigned char label)
{
    unsigned char record[3073] = {label};
    write_file(name, record, sizeof record);
}

static void test_cifar10(void)
{
    static const char *const batches[] = {"c/data_batch_1.bin", "c/data_batch_2.bin", "c/data_batch_3.bin.gz",
                                          "c/data_batch_4.bin", "c/data_batch_5.bin"};
    const struct qnn_data_source source = {.kind = QNN_SOURCE_CIFAR10, .name = "c"};
    char folder[PATH_SIZE];
    place("c", folder);
    check_fails(&source, root, "no data_batch_1.bin or .gz in");
    CU_ASSERT_PTR_NOT_NULL(strstr(error, "--data DIR; cifar-10-binary.tar.gz unpacks to it"));
    CU_ASSERT_EQUAL_FATAL(mkdir(folder, 0777), 0);
    for (size_t i = 0; i < 4; i++)
        write_record(batches[i], (unsigned char)i);
    check_fails(&source, root, "no data_batch_5.bin or .gz beside");
    CU_ASSERT_PTR_NOT_NULL(strstr(error, "/c/data_batch_1.bin"));
    write_record(batches[4], 9);
    check_loads(&source, root, QNN_SPLIT_TRAIN, 5);
    check_loads(&source, folder, QNN_SPLIT_TRAIN, 5);
    write_record("c/test_batch.bin", 0);
    check_loads(&source, root, QNN_SPLIT_TEST, 1);
    write_record(batches[1], 10);
    check_fails(&source, root, "data_batch_2.bin: record 0 (byte 0) has the label 10");
    for (size_t i = 0; i < 5; i++)
        remove_file(batches[i]);
    remove_file("c/test_batch.bin");
    remove_file("c");
}

/* One array of bytes; shape is that of Python. */
static void write_npy(const char *name, const char *shape, const unsigned char *bytes, size_t count)
{
    char file[256] = "\x93NUMPY\x01";
    const int length =
        snprintf(file + 10, sizeof file - 10, "{'descr': '|u1', 'fortran_order': False, 'shape': %s}\n", shape);
    file[8] = (char)length;
    memcpy(file + 10 + length, bytes, count);
    write_file(name, file, 10 + (size_t)length + count);
}

static void test_npy(void)
{
    const struct qnn_data_source source = {.kind = QNN_SOURCE_NPY,
                                           .name = "mine",
                                           .files = {{"train_images.npy", "train_labels.npy"}, {"x.npy", "y.npy"}}};
    static const unsigned char bytes[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    char folder[PATH_SIZE];
    place("mine", folder);
    check_fails(&source, root, "no train_images.npy or .gz in");
    CU_ASSERT_EQUAL_FATAL(mkdir(folder, 0777), 0);
    write_npy("mine/train_images.npy", "(2, 2, 2)", bytes, 8);
    check_fails(&source, root, "no train_labels.npy or .gz beside");
    write_npy("mine/train_labels.npy", "(2,)", bytes, 2);
    check_loads(&source, root, QNN_SPLIT_TRAIN, 2);
    write_npy("mine/x.npy", "(1, 8)", bytes, 8);
    write_npy("mine/y.npy", "(1, 1)", bytes, 1);
    check_loads(&source, folder, QNN_SPLIT_TEST, 1);
    remove_file("mine/train_images.npy");
    remove_file("mine/train_labels.npy");
    remove_file("mine/x.npy");
    remove_file("mine/y.npy");
    remove_file("mine");
}

static void test_package_hint(void)
{
    const struct qnn_data_source source = {.kind = QNN_SOURCE_IDX, .name = "fashion-mnist"};
    check_fails(&source, root, "--data DIR or apt-get install dataset-fashion-mnist");
}

static void test_csv(void)
{
    struct qnn_data_source source = {.kind = QNN_SOURCE_CSV, .name = "a.csv", .holdout = 1, .element = QNN_F32};
    check_fails(&source, root, "data file 'a.csv': there is no");
    write_file("a.csv", "1,x\n2,y\n3,x\n", 12);
    check_loads(&source, root, QNN_SPLIT_TRAIN, 2);
    check_loads(&source, root, QNN_SPLIT_TEST, 1);
    source.test = "b.csv";
    check_fails(&source, root, "data file 'b.csv': there is no");
    write_file("b.csv", "1,x\n2,y\n", 8);
    check_loads(&source, root, QNN_SPLIT_TRAIN, 3);
    check_loads(&source, root, QNN_SPLIT_TEST, 2);
    remove_file("a.csv");
    remove_file("b.csv");
}

static void test_root(void)
{
    const char *data = getenv("QNN_DATA");
    char *kept = data ? strdup(data) : NULL;
    setenv("QNN_DATA", "elsewhere", 1);
    CU_ASSERT_STRING_EQUAL(qnn_data_root("given"), "given");
    CU_ASSERT_STRING_EQUAL(qnn_data_root(NULL), "elsewhere");
    setenv("QNN_DATA", "", 1);
    CU_ASSERT_STRING_EQUAL(qnn_data_root(NULL), "/usr/share/datasets");
    unsetenv("QNN_DATA");
    CU_ASSERT_STRING_EQUAL(qnn_data_root(NULL), "/usr/share/datasets");
    if (kept)
        setenv("QNN_DATA", kept, 1);
    free(kept);
}

/* Names and roots of any length give a whole message. */
static void test_long_names(void)
{
    char name[5000];
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = '\0';
    const struct qnn_data_source idx = {.kind = QNN_SOURCE_IDX, .name = name};
    const struct qnn_data_source csv = {.kind = QNN_SOURCE_CSV, .name = name};
    check_fails(&idx, root, "too long");
    check_fails(&csv, root, "too long");
    name[3000] = '\0';
    check_fails(&idx, root, "--data DIR");
    check_fails(&csv, root, "--data DIR");
}

static const struct unit_case cases[] = {
    {"IDX below the root and in it", test_idx},
    {"the batches of CIFAR-10", test_cifar10},
    {"the files of an NPY folder", test_npy},
    {"the package of a data set", test_package_hint},
    {"CSV files", test_csv},
    {"the default root", test_root},
    {"long names", test_long_names},
};

int main(void)
{
    snprintf(root, sizeof root, "/tmp/qnn_test_XXXXXX");
    if (!mkdtemp(root))
        return 2;
    const int status = unit_main("data source", cases, sizeof cases / sizeof *cases);
    rmdir(root);
    return status;
}
