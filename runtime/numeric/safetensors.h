/*
 * safetensors: named arrays and a map of strings in one file (format: huggingface/safetensors, README "Format").
 *
 * File: 8 bytes little-endian length N of the header, N bytes of JSON, the data. The JSON maps a name to {"dtype",
 * "shape", "data_offsets": [begin, end]}, offsets counted from the end of the header, and "__metadata__" to strings. A
 * reader here holds the whole file in memory and has checked every rule before it returns: header length, JSON, known
 * dtype, sizes without overflow, offsets in range that cover the data without holes or overlaps, no name twice. Numbers
 * are little-endian, as is every machine this runs on (checked at compile time).
 */
#ifndef QNN_NUMERIC_SAFETENSORS_H
#define QNN_NUMERIC_SAFETENSORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/numeric/error.h"

enum { QNN_TENSOR_MAX_RANK = 4 };

enum qnn_dtype {
    QNN_DTYPE_F32,
    QNN_DTYPE_F64,
    QNN_DTYPE_I8,
    QNN_DTYPE_U8,
    QNN_DTYPE_I16,
    QNN_DTYPE_I32,
    QNN_DTYPE_I64,
    QNN_DTYPE_BOOL,
    QNN_DTYPE_COUNT
};

struct qnn_tensor {
    const char *name;
    enum qnn_dtype dtype;
    size_t rank;                       /* 0 (a scalar) .. QNN_TENSOR_MAX_RANK */
    size_t shape[QNN_TENSOR_MAX_RANK]; /* outermost first; only the first rank entries count */
    const void *data;                  /* aligned for its type */
};

struct qnn_metadata {
    const char *key;
    const char *value;
};

/* An open file. The fields are for reading only; everything in it lives until qnn_safetensors_close. */
struct qnn_safetensors {
    char *path; /* for messages */
    size_t tensor_count;
    struct qnn_tensor *tensors; /* in the order of the header */
    size_t metadata_count;
    struct qnn_metadata *metadata;
    void *data;   /* aligned copy of the data section */
    void *header; /* the parsed JSON, owner of the names */
};

const char *qnn_dtype_name(enum qnn_dtype dtype); /* "F32" */
size_t qnn_dtype_size(enum qnn_dtype dtype);      /* bytes of one element */
size_t qnn_tensor_elements(const struct qnn_tensor *tensor);

/* Reads a file of at most 4 GiB. On failure the file is closed and *file is zero. */
bool qnn_safetensors_open(struct qnn_safetensors *file, const char *path, char *error);

/* The same from memory; path only names it in messages. bytes may be freed afterwards. */
bool qnn_safetensors_parse(struct qnn_safetensors *file, const char *path, const void *bytes, size_t length,
                           char *error);

/* Closing a zeroed or closed file is fine. */
void qnn_safetensors_close(struct qnn_safetensors *file);

/* The tensor of that name, NULL where there is none. */
const struct qnn_tensor *qnn_safetensors_lookup(const struct qnn_safetensors *file, const char *name);

/* The data of the tensor with that name, dtype and shape, NULL with a message otherwise. */
const void *qnn_safetensors_find(const struct qnn_safetensors *file, const char *name, enum qnn_dtype dtype,
                                 size_t rank, const size_t *shape, char *error);

/* A metadata string, NULL where there is none. */
const char *qnn_safetensors_metadata(const struct qnn_safetensors *file, const char *key);

/* Writes tensors and metadata in the order given: to a temporary file in the same folder, synced, then renamed. On
 * failure an older file at path is unchanged and the temporary is gone. The same input gives the same bytes; the header
 * is padded with blanks to a multiple of 8. Data needs no alignment. Names and strings are UTF-8; names and keys are
 * unique (checked: an error). */
bool qnn_safetensors_write(const char *path, const struct qnn_tensor *tensors, size_t tensor_count,
                           const struct qnn_metadata *metadata, size_t metadata_count, char *error);

#endif
