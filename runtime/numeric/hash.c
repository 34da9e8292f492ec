/* FNV-1a, 64 bits (Fowler, Noll, Vo). */
#include "runtime/numeric/hash.h"

uint64_t qnn_hash_bytes(uint64_t hash, const void *bytes, size_t length)
{
    static const uint64_t prime = UINT64_C(0x100000001b3);
    const unsigned char *at = bytes;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ at[i]) * prime;
    return hash;
}

void qnn_hash_text(uint64_t hash, char text[QNN_HASH_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < QNN_HASH_TEXT_SIZE - 1; i++)
        text[i] = digits[hash >> (60 - 4 * i) & 15];
    text[QNN_HASH_TEXT_SIZE - 1] = '\0';
}
