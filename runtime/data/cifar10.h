/*
 * CIFAR-10, the binary version (https://www.cs.toronto.edu/~kriz/cifar.html): a file is a row of records of 3,073 bytes,
 * a label 0 .. 9, then 1,024 red, 1,024 green and 1,024 blue values of 32 x 32 pixels, row by row. A file may be
 * gzip-compressed; contents are recognised by their first bytes, not by the name.
 *
 * Samples are channel-last, u8 [32, 32, 3].
 */
#ifndef QNN_DATA_CIFAR10_H
#define QNN_DATA_CIFAR10_H

#include "runtime/data/dataset.h"

enum {
    QNN_CIFAR10_SIDE = 32,
    QNN_CIFAR10_CHANNELS = 3,
    QNN_CIFAR10_CLASSES = 10,
    QNN_CIFAR10_RECORD = 1 + QNN_CIFAR10_CHANNELS * QNN_CIFAR10_SIDE * QNN_CIFAR10_SIDE, /* bytes */
    QNN_CIFAR10_MOST_RECORDS = 100000 /* of one file; it has 10,000 */
};

/* Loads the files one after the other. On failure *data is zero. */
bool qnn_cifar10_load(const char *const *paths, size_t count, struct qnn_dataset *data, char *error);

/* Appends the records of one file in memory (plain or gzip) to data, which is zero or holds those of other files; the name
 * only appears in messages. On failure *data is freed and zero. */
bool qnn_cifar10_append(const char *name, const void *bytes, size_t length, struct qnn_dataset *data, char *error);

#endif
