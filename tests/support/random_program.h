/*
 * Random small programs, as text: dense networks with everything that can be deployed. Widths 1 to 70, one to four linear
 * layers, binary and ternary weights with every kind of scale, sign, uint(k), deployed relu, float activations before a
 * quantizer, quantizer behind quantizer, batch norms in every allowed place, u8, i8 and f32 inputs with scale and
 * offset, widths changed by `compress`, folds that do not divide. The same seed gives the same text, everywhere.
 */
#ifndef QNN_TESTS_SUPPORT_RANDOM_PROGRAM_H
#define QNN_TESTS_SUPPORT_RANDOM_PROGRAM_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/* Sections besides schemes, network and quantize. */
enum {
    RANDOM_PROGRAM_TRAIN = 1,    /* data (csv "samples.csv", holdout 16) and train: one epoch of small batches */
    RANDOM_PROGRAM_HARDWARE = 2, /* hardware with a fold for most layers */
    RANDOM_PROGRAM_CLASSIFY = 4, /* never regress, and at least two classes */
};

/* What a caller needs to know to make samples. */
struct random_program {
    int inputs;  /* elements of a sample */
    int outputs; /* classes, or regression outputs */
    bool regress;
    const char *element; /* "u8", "i8", "f32" */
};

struct random_program random_program(uint64_t seed, unsigned sections, struct text *text);

/*
 * The same of images: u8 or i8 [3..9, 3..9, 1..4], one to five layers out of conv and depthwise (rectangular kernels,
 * strides, every padding and pad_value, dilation, groups), max and average pools before and behind the quantizer, residual
 * blocks, two branches side by side, and an end by dense, conv or global_avgpool. Every value that is read twice is
 * quantized, and no quantizer of more than three bits has more than one affine before it. inputs is height * width *
 * channels.
 */
struct random_program random_image_program(uint64_t seed, unsigned sections, struct text *text);

#endif
