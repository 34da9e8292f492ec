/* What the two halves of the convolution benchmark share: the layers, and the peer. */
#ifndef QNN_BENCH_CONV_STEP_H
#define QNN_BENCH_CONV_STEP_H

#include <stdbool.h>

/* A square image [batch][size][size][inputs], a 3x3 kernel, stride 1, padding "same". */
struct bench_layer {
    int size, inputs, outputs;
};

enum bench_pass { BENCH_FORWARD, BENCH_DX, BENCH_DWEIGHTS, BENCH_PASSES };

/* Tensors as the trainer holds them: channels last, weights [outputs][3][3][inputs]. */
struct bench_tensors {
    float *x, *weights, *y;    /* forward: y of the others */
    float *dx, *dweights, *dy; /* backward: the first two of the others */
};

/* Milliseconds since some moment. */
double bench_now(void);

/* oneDNN's direct convolution in the layouts it likes best. */
struct bench_peer;
struct bench_peer *bench_peer_make(int batch, const struct bench_layer *layer, const struct bench_tensors *tensors);
/* One pass: the time of the convolution alone, and that of the reorders from and to the trainer's layouts. */
void bench_peer_run(struct bench_peer *peer, enum bench_pass pass, double *convolution, double *reorders);
void bench_peer_free(struct bench_peer *peer);

#endif
