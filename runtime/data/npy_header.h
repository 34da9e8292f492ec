/*
 * The header of an NPY file: magic, version, and a Python dictionary with `descr`, `fortran_order` and `shape`.
 */
#ifndef QNN_DATA_NPY_HEADER_H
#define QNN_DATA_NPY_HEADER_H

#include "runtime/data/byte_stream.h"

enum { NPY_MOST_DIMENSIONS = 4 };

struct npy_header {
    char order; /* '<', '>' or '|' */
    char kind;  /* 'u' and 'i' integers, 'f' floats */
    int size;   /* bytes of an element: 1, 2, 4 or 8 */
    size_t rank;
    size_t shape[NPY_MOST_DIMENSIONS];
    size_t elements; /* their product, at least 1 */
};

/* "<f4", for messages. */
void npy_type_text(const struct npy_header *header, char text[8]);

/* Reads the header; the elements follow in the stream. False with a message where it is malformed, an array of Fortran's
 * order, of another type than integers and floats, empty, or larger than its file (or 4 GiB) can be. */
bool npy_header_read(struct byte_stream *stream, struct npy_header *header, char *error);

#endif
