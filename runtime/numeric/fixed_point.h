/*
 * The last layer on integers: score_c = M_c * acc_c + B_c with M_c = rint(a_c * 2^F), B_c = rint(b_c * 2^F), and the
 * class is the lowest index of the largest score. These integers define the class everywhere; regression outputs the
 * scores and 2^-F.
 *
 * rint rounds half to even. a and b are the float32 values of qnn_affine_round.
 */
#ifndef QNN_NUMERIC_FIXED_POINT_H
#define QNN_NUMERIC_FIXED_POINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    QNN_FIXED_MULTIPLIER_BITS = 16, /* M is a signed 16-bit number */
    QNN_FIXED_SCORE_BITS = 63,      /* |score| and |B| stay below 2^62 */
};

struct qnn_fixed_point {
    size_t channels;
    int32_t *multiplier; /* M, channels, within signed 16 bits */
    int64_t *offset;     /* B, channels */
    int fraction_bits;   /* F; may be negative */
    int score_bits;      /* width of a signed score that holds every M_c * acc_c + B_c over the ranges */
};

/* Chooses the largest F for which every M fits 16 bits and every score over acc_c in [low_c, high_c] (and every B)
 * stays below 2^62 in magnitude; where every a is 0 the B take the limit of M. fixed->channels and its two arrays are
 * given by the caller; the rest is filled in. Returns false with a message where a value is not finite or a range is
 * empty or exceeds 32 bits. */
bool qnn_fixed_point_fit(struct qnn_fixed_point *fixed, const float *a, const float *b, const int64_t *low,
                         const int64_t *high, char *error);

/* The width of scores for given M, B and ranges: what a reader of stored constants recomputes. Aborts where a score
 * leaves 63 bits; check stored values with qnn_fixed_point_valid first. */
int qnn_fixed_point_score_bits(const struct qnn_fixed_point *fixed, const int64_t *low, const int64_t *high);

/* Whether stored M and B keep the limits above for the ranges. */
bool qnn_fixed_point_valid(const struct qnn_fixed_point *fixed, const int64_t *low, const int64_t *high);

/* The lowest index of the largest score; channels >= 1. */
size_t qnn_argmax_fixed(const struct qnn_fixed_point *fixed, const int32_t *acc);

/* scores[c] = M_c * acc_c + B_c. */
void qnn_fixed_point_scores(const struct qnn_fixed_point *fixed, const int32_t *acc, int64_t *scores);

#endif
