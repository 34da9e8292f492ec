/* Looks a source up below its root and hands it to the reader of its kind. */
#include "runtime/data/source.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "runtime/data/csv.h"
#include "runtime/data/idx.h"

enum { PATH_SIZE = 4096 };
static const char default_root[] = "/usr/share/datasets";

static const struct {
    const char *images;
    const char *labels;
} idx_files[] = {
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

/* Joins folder, name and suffix; false where the path is too long. An absolute name stands for itself; an empty name
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
static bool find_idx(const char *folder, const char *file, char path[PATH_SIZE])
{
    return (join(path, folder, file, "") && exists(path)) || (join(path, folder, file, ".gz") && exists(path));
}

/* How to get data that are not there. */
static const char *remedy(const char *name)
{
    return strcmp(name, "fashion-mnist") == 0
               ? "name its folder with --data DIR or apt-get install dataset-fashion-mnist"
               : "name its folder with --data DIR";
}

static bool load_idx(const struct qnn_data_source *source, const char *root, enum qnn_split split,
                     struct qnn_dataset *data, char *error)
{
    char below[PATH_SIZE], images[PATH_SIZE], labels[PATH_SIZE];
    if (!join(below, root, source->name, ""))
        return qnn_error_set(error, "data set '%.100s': the path below --data is too long", source->name);
    const char *folder = find_idx(below, idx_files[split].images, images) ? below : root;
    if (folder == root && !find_idx(root, idx_files[split].images, images))
        return qnn_error_set(error, "data set '%.60s': no %s or .gz in %.120s or %.120s; %s", source->name,
                             idx_files[split].images, below, root, remedy(source->name));
    if (!find_idx(folder, idx_files[split].labels, labels))
        return qnn_error_set(error, "data set '%.60s': no %s or .gz beside %.240s", source->name,
                             idx_files[split].labels, images);
    return qnn_idx_load(images, labels, data, error);
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
                                   char *) = {[QNN_SOURCE_IDX] = load_idx, [QNN_SOURCE_CSV] = load_csv};
    _Static_assert(sizeof loaders / sizeof *loaders == QNN_SOURCE_COUNT, "one loader per kind");
    *data = (struct qnn_dataset){0};
    return loaders[source->kind](source, qnn_data_root(root), split, data, error);
}
