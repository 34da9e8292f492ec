/*
 * NPY: the format of numpy.save (numpy.lib.format of the NumPy manual), versions 1.0, 2.0 and 3.0. A file may be
 * gzip-compressed; contents are recognised by their first bytes, not by the name.
 *
 * Samples: |u1, |i1 or <f4 (finite) of shape [N, H, W, C], [N, H, W] (one channel) or [N, F] (plain features), in C order.
 * Labels: any integer type of shape [N] or [N, 1], 0 .. QNN_NPY_CLASSES - 1. Targets of a regression: <f4 (finite) of
 * shape [N, outputs], or [N] for one output.
 */
#ifndef QNN_DATA_NPY_H
#define QNN_DATA_NPY_H

#include "runtime/data/dataset.h"

enum { QNN_NPY_CLASSES = 65536 };

/* Loads a pair of sample and label files with equal counts. outputs: 0 for labels, else the targets of a sample. On failure
 * *data is zero. */
bool qnn_npy_load(const char *sample_path, const char *label_path, size_t outputs, struct qnn_dataset *data,
                  char *error);

/* The same from memory (plain NPY bytes or gzip); the names only appear in messages. */
bool qnn_npy_parse(const char *sample_name, const void *samples, size_t sample_length, const char *label_name,
                   const void *labels, size_t label_length, size_t outputs, struct qnn_dataset *data, char *error);

#endif
