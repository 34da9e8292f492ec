/*
 * A network's tensors in safetensors files: which ones, with what checks.
 */
#ifndef QNN_TRAINER_STORE_H
#define QNN_TRAINER_STORE_H

#include "runtime/program.h"

enum { QNN_STORE_METADATA = 24 }; /* most entries of metadata, "format", "program" and "name" included */

/* Writes the tensors of that place, then the extra ones, with "format", "program" and "name" before the given metadata.
 * Atomic: an older file stays whole until the new one is. */
bool qnn_store_write(const struct qnn_program *program, const char *path, enum qnn_place place,
                     const struct qnn_tensor *extra, size_t extra_count, const struct qnn_metadata *metadata,
                     size_t metadata_count, char *error);

/* Opens a file and checks that it holds this program's tensors of that place, every value within its limits. Nothing is
 * copied yet. *fits is false where the file is sound but belongs to another program or holds impossible values. */
bool qnn_store_open(const struct qnn_program *program, const char *path, enum qnn_place place,
                    struct qnn_safetensors *file, bool *fits, char *error);

/* Copies the tensors of a file opened with the same place into the network's block. */
void qnn_store_copy(const struct qnn_program *program, const struct qnn_safetensors *file, enum qnn_place place);

#endif
