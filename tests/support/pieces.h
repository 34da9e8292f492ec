/* Pieces of program text that every generator of random programs writes. */
#ifndef QNN_TESTS_SUPPORT_PIECES_H
#define QNN_TESTS_SUPPORT_PIECES_H

#include "base/text.h"
#include "tests/support/draw.h"

#include <stdbool.h>

/* True once in so many times. */
static inline bool draw_chance(struct draw *draw, int one_in)
{
    return draw_int(draw, 1, one_in) == 1;
}

/* "uint(2, clip = fixed(0.75))" of so many bits. */
void add_uint(struct draw *draw, struct text *text, int bits);
/* A value of `weights`: binary and ternary, with every kind of scale. */
void add_weights(struct draw *draw, struct text *text);
/* A value of `calibrate`. */
void add_calibrate(struct draw *draw, struct text *text);
/* " -> batchnorm", perhaps with an eps. */
void add_batchnorm(struct draw *draw, struct text *text);
/* Sections data and train: csv "samples.csv" with a holdout of 16, one epoch of small batches. */
void add_train(struct draw *draw, struct text *text, bool regress);

#endif
