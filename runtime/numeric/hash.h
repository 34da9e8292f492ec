/*
 * A hash of bytes for naming programs and files: 64-bit FNV-1a (Fowler, Noll, Vo; draft-eastlake-fnv). It finds
 * accidental differences; it does not protect against intent.
 */
#ifndef QNN_NUMERIC_HASH_H
#define QNN_NUMERIC_HASH_H

#include <stddef.h>
#include <stdint.h>

#define QNN_HASH_START UINT64_C(0xcbf29ce484222325)
enum { QNN_HASH_TEXT_SIZE = 17 }; /* 16 hexadecimal digits and the zero */

/* Continues hash (QNN_HASH_START at first) over length bytes. */
uint64_t qnn_hash_bytes(uint64_t hash, const void *bytes, size_t length);

/* 16 lower-case hexadecimal digits, most significant first. */
void qnn_hash_text(uint64_t hash, char text[QNN_HASH_TEXT_SIZE]);

#endif
