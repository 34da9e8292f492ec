/*
 * CSV: one sample per line, numeric features first, then the label or the targets.
 *
 * Fields are separated by commas; a field may be quoted ("a ""b"" c") but not span lines; lines end in LF or CRLF;
 * blank lines and blanks around a field are skipped. The first line is a header where none of its feature fields
 * (regression: none of its fields) is a number. Numbers are decimal with a point whatever the locale says, and finite.
 *
 * Labels: where every label of the training file is a whole number 0 .. 4095, they are the classes themselves; else
 * they are class names, numbered in order of first appearance in the training file. A name of the test file must occur
 * in the training file. Targets (outputs > 0): the last `outputs` columns, as floats.
 */
#ifndef QNN_DATA_CSV_H
#define QNN_DATA_CSV_H

#include "runtime/data/dataset.h"

struct qnn_csv_options {
    size_t outputs;           /* 0: classification */
    enum qnn_element element; /* features: QNN_F32, or QNN_U8 / QNN_I8 for integers in range */
    size_t holdout;           /* rows of the training file that form the test split; 0 where there is a test file */
};

/* Loads one split. test_path may be NULL: then the test split is the held-out rows (stream QNN_RANDOM_HOLDOUT, seed 1),
 * and the training split the rest, both in file order. On failure *data is zero. */
bool qnn_csv_load(const char *train_path, const char *test_path, const struct qnn_csv_options *options,
                  enum qnn_split split, struct qnn_dataset *data, char *error);

/* The same from memory; test may be NULL. Names appear in messages. Texts need no terminating zero. */
bool qnn_csv_parse(const char *train_name, const char *train, size_t train_length, const char *test_name,
                   const char *test, size_t test_length, const struct qnn_csv_options *options, enum qnn_split split,
                   struct qnn_dataset *data, char *error);

#endif
