/*
 * IDX: the format of MNIST (http://yann.lecun.com/exdb/mnist). Big-endian: magic 0 0 TYPE RANK, RANK dimensions of 4
 * bytes, then the elements. Only unsigned bytes (TYPE 0x08) are read. A file may be gzip-compressed; contents are
 * recognised by their first bytes, not by the name.
 *
 * Images: rank 3 (count, rows, columns) gives H x W x 1; rank 4 (count, rows, columns, channels) gives H x W x C.
 */
#ifndef QNN_DATA_IDX_H
#define QNN_DATA_IDX_H

#include "runtime/data/dataset.h"

/* Loads a pair of image and label files with equal counts. On failure *data is zero. */
bool qnn_idx_load(const char *image_path, const char *label_path, struct qnn_dataset *data, char *error);

/* The same from memory (plain IDX bytes or gzip); the names only appear in messages. */
bool qnn_idx_parse(const char *image_name, const void *images, size_t image_length, const char *label_name,
                   const void *labels, size_t label_length, struct qnn_dataset *data, char *error);

#endif
