/*
 * Where a network's samples come from: the `source` of its data section, looked up below a data root.
 *
 * Root: the argument (--data DIR), else $QNN_DATA, else /usr/share/datasets. A name is looked up as ROOT/NAME, then in
 * ROOT itself. Remedies in messages speak of --data.
 */
#ifndef QNN_DATA_SOURCE_H
#define QNN_DATA_SOURCE_H

#include "runtime/data/dataset.h"

enum qnn_source_kind {
    QNN_SOURCE_IDX,     /* idx("mnist"): a folder with the four IDX files, plain or .gz */
    QNN_SOURCE_CSV,     /* csv("iris.csv", holdout = 30) or csv("train.csv", test = "test.csv") */
    QNN_SOURCE_CIFAR10, /* cifar10("cifar10"): a folder with the six files of the binary version, plain or .gz */
    QNN_SOURCE_NPY,     /* npy("mine"): a folder with four files of numpy.save, plain or .gz */
    QNN_SOURCE_COUNT
};

/* npy: the files of one split in the folder. */
struct qnn_file_pair {
    const char *samples, *labels;
};

struct qnn_data_source {
    enum qnn_source_kind kind;
    const char *name;         /* folder (idx, cifar10, npy) or file (csv) below the root */
    const char *test;         /* csv: file of the test split, or NULL */
    size_t holdout;           /* csv without test: rows drawn for the test split by a fixed permutation */
    size_t outputs;           /* csv, npy: 0 = labels; n = n targets of a sample (csv: the last n columns) */
    enum qnn_element element; /* csv: how features are stored (the others say it themselves) */
    struct qnn_file_pair files[QNN_SPLIT_COUNT]; /* npy */
};

/* The root in force; root may be NULL. The result is never NULL. */
const char *qnn_data_root(const char *root);

/* Loads one split. On failure *data is zero. The caller frees with qnn_dataset_free. */
bool qnn_data_load(const struct qnn_data_source *source, const char *root, enum qnn_split split,
                   struct qnn_dataset *data, char *error);

#endif
