/*
 * Inside the emitter of the integer C: how weights of an encoding are multiplied bit by bit, a row of infer_products.def each.
 * A new encoding is a row, and a section of runtime/infer/kernels.h where no kernel serves it.
 */
#ifndef QNN_BACKEND_C_INFER_PRODUCTS_H
#define QNN_BACKEND_C_INFER_PRODUCTS_H

#include "runtime/numeric/code_type.h"

#include <stdbool.h>
#include <stddef.h>

enum infer_product {
    PRODUCT_NONE, /* no weights */
#define PRODUCT(ID, weights, signs, kernel, needs, parts, set, meaning, traits) PRODUCT_##ID,
#include "backend/c/infer_products.def"
#undef PRODUCT
    PRODUCT_BYTES,  /* codes and weights of any encoding as bytes */
    PRODUCT_DIRECT, /* channel by channel (ops/infer_direct.c) */
    PRODUCT_COUNT
};

/* What a kernel counts, and the arguments that it takes after block, input and words, in this order. */
enum {
    PRODUCT_COUNTS_AGREEMENTS = 1, /* a product is 1 where sign and weight agree; else weight times code */
    PRODUCT_TAKES_PLANES = 2,      /* how many bit planes the input has */
    PRODUCT_TAKES_PARTS = 4,       /* how many parts a weight has */
    PRODUCT_TAKES_TOTAL = 8,       /* the sum of all codes of the window */
};

struct infer_product_form {
    const char *kernel;
    unsigned needs; /* set of enum infer_need */
    size_t (*parts)(const struct qnn_code_type *weights);
    bool (*set)(int weight, size_t part);
    const char *meaning;
    unsigned traits;
};

/* The product in bits of weights of an encoding with an input of an encoding. */
enum infer_product infer_bit_product(enum qnn_encoding weights, enum qnn_encoding input);
/* The row of a product in bits; NULL for the others. */
const struct infer_product_form *infer_product_form(enum infer_product product);

#endif
