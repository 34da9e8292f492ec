/*
 * The command line of an integer inference: what a generated NAME_infer_main.c hands to the runtime.
 *
 * The generated NAME_infer.c needs no library; this program around it evaluates it on the test samples of the program's
 * data section, read by runtime/data as for every other execution, or on samples in a file, and measures its speed.
 */
#ifndef QNN_INFER_MAIN_H
#define QNN_INFER_MAIN_H

#include "runtime/data/source.h"
#include "runtime/numeric/unit.h"

struct qnn_infer_program {
    const char *name; /* of the network; messages begin with "NAME_infer: " */

    size_t height, width, channels; /* of a sample; a vector of N is 1, 1, N */
    enum qnn_element element;       /* of a sample in the data set */
    /* QNN_F32: an input is the code that the quantizer gives scale * x + offset, x an element. Otherwise elements are inputs
     * as they are, and the quantizer is QNN_QUANTIZER_NONE. */
    float scale, offset;
    enum qnn_quantizer_kind quantizer; /* its codes are 0 or more */
    int bits;                          /* of a code, at most 8 */
    float clip;                        /* what the last code represents; sign: 0 */

    int classes;    /* 0 for a regression */
    size_t outputs; /* classes, or the outputs of a regression */
    int shift;      /* regression: a real output is an integer of the last layer times 2^-shift */

    struct qnn_data_source data; /* name is NULL where the program has no data section */

    /* Runs one sample of height x width x channels elements, QNN_F32 ones as uint8_t codes. Returns the integers of the last
     * layer, [outputs], which hold until the next call. */
    const int64_t *(*infer)(const void *input);
    /* The class of the sample that ran last; NULL for a regression. */
    int (*class_of)(void);
};

/* The whole program: eval, predict, bench. Returns its exit status: 0 fine, 2 wrong command line, 3 a file or the data. */
int qnn_infer_main(const struct qnn_infer_program *program, int argc, char **argv);

#endif
