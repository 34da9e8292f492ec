/*
 * Joins of two branches and the forks that feed them. count is the number of elements, rows that of positions.
 */
#ifndef QNN_OPS_JOIN_H
#define QNN_OPS_JOIN_H

/* y = a + b; y may be a or b. */
void qnn_add_forward(int count, const float *a, const float *b, float *y);
/* gradient += more: a value that several read has the sum of their gradients. */
void qnn_gradient_add(int count, const float *more, float *gradient);

/* y [rows][channels_a + channels_b]: the channels of a, then those of b. Buffers do not overlap. */
void qnn_concat_forward(int rows, int channels_a, int channels_b, const float *a, const float *b, float *y);
/* The parts of dy; one that is NULL is left out. */
void qnn_concat_backward(int rows, int channels_a, int channels_b, const float *dy, float *da, float *db);

#endif
