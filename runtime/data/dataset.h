/*
 * A data set in memory: samples with labels (classification) or targets (regression).
 *
 * Every reader of this room fills one; readers check what they read and return false with one line of text
 * (runtime/numeric/error.h) that names the file, the place in it and the remedy.
 */
#ifndef QNN_DATA_DATASET_H
#define QNN_DATA_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/numeric/error.h"

enum qnn_element { QNN_U8, QNN_I8, QNN_F32, QNN_ELEMENT_COUNT };

enum qnn_split { QNN_SPLIT_TRAIN, QNN_SPLIT_TEST, QNN_SPLIT_COUNT };

struct qnn_dataset {
    size_t count;    /* samples */
    size_t height;   /* 1 for plain features */
    size_t width;    /* 1 for plain features */
    size_t channels; /* features of plain data; 1 or 3 of images */
    enum qnn_element element;
    void *samples;   /* count x height x width x channels, channel fastest */
    int32_t *labels; /* count, 0 .. classes - 1; NULL for regression */
    float *targets;  /* count x outputs; NULL for classification */
    size_t outputs;  /* targets of a sample; 0 for classification */
    int classes;     /* classification: number of classes seen; 0 for regression */
};

size_t qnn_element_size(enum qnn_element element);
const char *qnn_element_name(enum qnn_element element); /* "u8", as in the language */

/* height x width x channels. */
size_t qnn_dataset_features(const struct qnn_dataset *data);

/* The address of a sample, features x element size bytes. */
const void *qnn_dataset_sample(const struct qnn_dataset *data, size_t index);

/* What a network takes. */
struct qnn_dataset_need {
    enum qnn_element element;
    size_t height, width, channels; /* of the input; a vector of N is 1, 1, N */
    int classes;                    /* 0 for regression */
    size_t outputs;                 /* 0 for classification */
};

/* Whether the data fit: element, shape (a vector takes any shape of as many elements, and an image takes plain features, so
 * that u8[784] takes 28 x 28 x 1), and the labels below classes or, where outputs > 0, that many targets. name is the data
 * set's name for the message. */
bool qnn_dataset_check(const struct qnn_dataset *data, const char *name, const struct qnn_dataset_need *need,
                       char *error);

/* Moves the last count samples into *tail (validation); data keeps the rest. Both then own their memory. Fails where
 * count >= data->count. */
bool qnn_dataset_split_tail(struct qnn_dataset *data, size_t count, struct qnn_dataset *tail, char *error);

/* Frees the arrays and zeroes the struct. */
void qnn_dataset_free(struct qnn_dataset *data);

#endif
