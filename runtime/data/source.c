/* Looks a source up below its root and hands it to the reader of its kind. */
#include "runtime/data/source.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "runtime/data/cifar10.h"
#include "runtime/data/csv.h"
#include "runtime/data/idx.h"
#include "runtime/data/npy.h"

enum { PATH_SIZE = 4096 };
static const char default_root[] = "/usr/share/datasets";

enum { CIFAR10_BATCHES = 5 };
static const char *const cifar10_files[QNN_SPLIT_COUNT][CIFAR10_BATCHES] = {
    [QNN_SPLIT_TRAIN] = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
                         "data_batch_5.bin"},
    [QNN_SPLIT_TEST] = {"test_batch.bin"},
};

static const struct qnn_file_pair idx_files[] = {
    [QNN_SPLIT_TRAIN] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte"},
    [QNN_SPLIT_TEST] = {"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"},
};
_Static_assert(sizeof idx_files / sizeof *idx_files == QNN_SPLIT_COUNT, "one row per split");

const char *qnn_data_root(const char *root)
{
    const char *environment = getenv("QNN_DATA");
    if (root)
        return root;
    return environment && environment[0] ? environment : default_root;
}

/* Joins folder, name and suffix; false where the path is too long. An absolute name is used as it is; an empty name
 * adds nothing. */
static bool join(char path[PATH_SIZE], const char *folder, const char *name, const char *suffix)
{
    const char *prefix = name[0] == '/' ? "" : folder;
    const char *slash = prefix[0] && name[0] ? "/" : "";
    const int length = snprintf(path, PATH_SIZE, "%s%s%s%s", prefix, slash, name, suffix);
    return length >= 0 && length < PATH_SIZE;
}

static bool exists(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}

/* FILE or FILE.gz in a folder. */
static bool find_file(const char *folder, const char *file, char path[PATH_SIZE])
{
    return (join(path, folder, file, "") && exists(path)) || (join(path, folder, file, ".gz") && exists(path));
}

/* How to get data that are not there. */
static const char *remedy(const struct qnn_data_source *source)
{
    if (source->kind == QNN_SOURCE_CIFAR10)
        return "name its folder with --data DIR; cifar-10-binary.tar.gz unpacks to it";
    return strcmp(source->name, "fashion-mnist") == 0
               ? "name its folder with --data DIR or apt-get install dataset-fashion-mnist"
               : "name its folder with --data DIR";
}

/* The folder of a data set in which the file is: below the root, else the root itself. */
static bool find_folder(const struct qnn_data_source *source, const char *root, const char *file,
                        char folder[PATH_SIZE], char *error)
{
    char path[PATH_SIZE], below[PATH_SIZE];
    if (!join(below, root, source->name, ""))
        return qnn_error_set(error, "data set '%.100s': the path below --data is too long", source->name);
    if (find_file(below, file, path)) {
        memcpy(folder, below, sizeof below);
        return true;
    }
    return (find_file(root, file, path) && join(folder, root, "", "")) ||
           qnn_error_set(error, "data set '%.60s': no %.60s or .gz in %.120s or %.120s; %s", source->name, file, below,
                         root, remedy(source));
}

/* Another file of the same folder. */
static bool find_beside(const struct qnn_data_source *source, const char *folder, const char *file, const char *first,
                        char path[PATH_SIZE], char *error)
{
    return find_file(folder, file, path) ||
           qnn_error_set(error, "data set '%.60s': no %.60s or .gz beside %.160s/%.60s", source->name, file, folder,
                         first);
}

static bool load_idx(const struct qnn_data_source *source, const char *root, enum qnn_split split,
                     struct qnn_dataset *data, char *error)
{
    char folder[PATH_SIZE], images[PATH_SIZE], labels[PATH_SIZE];
    const struct qnn_file_pair *files = &idx_files[split];
    return find_folder(source, root, files->samples, folder, error) &&
           find_beside(source, folder, files->samples, files->samples, images, error) &&
           find_beside(source, folder, files->labels, files->samples, labels, error) &&
           qnn_idx_load(images, labels, data, error);
}

static bool load_npy(const struct qnn_data_source *source, const char *root, enum qnn_split split,
                     struct qnn_dataset *data, char *error)
{
    char folder[PATH_SIZE], samples[PATH_SIZE], labels[PATH_SIZE];
    const struct qnn_file_pair *files = &source->files[split];
    return find_folder(source, root, files->samples, folder, error) &&
           find_beside(source, folder, files->samples, files->samples, samples, error) &&
           find_beside(source, folder, files->labels, files->samples, labels, error) &&
           qnn_npy_load(samples, labels, source->outputs, data, error);
}

static bool load_cifar10(const struct qnn_data_source *source, const char *root, enum qnn_split split,
                         struct qnn_dataset *data, char *error)
{
    char folder[PATH_SIZE], paths[CIFAR10_BATCHES][PATH_SIZE];
    const char *batches[CIFAR10_BATCHES];
    const char *const *files = cifar10_files[split];
    size_t count = 0;
    if (!find_folder(source, root, files[0], folder, error))
        return false;
    for (; count < CIFAR10_BATCHES && files[count]; count++) {
        if (!find_beside(source, folder, files[count], files[0], paths[count], error))
            return false;
        batches[count] = paths[count];
    }
    return qnn_cifar10_load(batches, count, data, error);
}

/* A CSV file below the root. */
static bool find_csv(const char *root, const char *name, char path[PATH_SIZE], char *error)
{
    if (!join(path, root, name, ""))
        return qnn_error_set(error, "data file '%.100s': the path below --data is too long", name);
    return exists(path) ||
           qnn_error_set(error, "data file '%.60s': there is no %.240s; name its folder with --data DIR", name, path);
}

static bool load_csv(const struct qnn_data_source *source, const char *root, enum qnn_split split,
                     struct qnn_dataset *data, char *error)
{
    char train[PATH_SIZE], test[PATH_SIZE];
    const struct qnn_csv_options options = {
        .outputs = source->outputs, .element = source->element, .holdout = source->holdout};
    if (!find_csv(root, source->name, train, error))
        return false;
    if (source->test && !find_csv(root, source->test, test, error))
        return false;
    return qnn_csv_load(train, source->test ? test : NULL, &options, split, data, error);
}

bool qnn_data_load(const struct qnn_data_source *source, const char *root, enum qnn_split split,
                   struct qnn_dataset *data, char *error)
{
    static bool (*const loaders[])(const struct qnn_data_source *, const char *, enum qnn_split, struct qnn_dataset *,
                                   char *) = {
        [QNN_SOURCE_IDX] = load_idx,
        [QNN_SOURCE_CSV] = load_csv,
        [QNN_SOURCE_CIFAR10] = load_cifar10,
        [QNN_SOURCE_NPY] = load_npy,
    };
    _Static_assert(sizeof loaders / sizeof *loaders == QNN_SOURCE_COUNT, "one loader per kind");
    *data = (struct qnn_dataset){0};
    return loaders[source->kind](source, qnn_data_root(root), split, data, error);
}
