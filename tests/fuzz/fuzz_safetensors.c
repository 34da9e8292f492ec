/*
 * Fuzzes the safetensors reader. Input: a file. What is accepted must have readable, aligned data of the stated size
 * and be found again by name.
 */
#include <stddef.h>
#include <stdint.h>

#include "runtime/numeric/hash.h"
#include "runtime/numeric/safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct qnn_safetensors file;
    char error[QNN_ERROR_SIZE];
    volatile uint64_t hash = QNN_HASH_START; /* keeps the reads */
    if (!qnn_safetensors_parse(&file, "file", bytes, size, error)) {
        QNN_CHECK(!file.tensors && error[0]);
        return 0;
    }
    for (size_t i = 0; i < file.tensor_count && i < 64; i++) {
        const struct qnn_tensor *tensor = &file.tensors[i];
        const size_t length = qnn_tensor_elements(tensor) * qnn_dtype_size(tensor->dtype);
        QNN_CHECK((uintptr_t)tensor->data % 8 == 0);
        QNN_CHECK(qnn_safetensors_lookup(&file, tensor->name) == tensor);
        QNN_CHECK(qnn_safetensors_find(&file, tensor->name, tensor->dtype, tensor->rank, tensor->shape, error));
        hash = qnn_hash_bytes(hash, tensor->data, length);
    }
    qnn_safetensors_close(&file);
    return 0;
}
