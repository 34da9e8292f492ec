/*
 * PNG: one picture as a sample, for `predict FILE`.
 */
#ifndef QNN_DATA_PNG_H
#define QNN_DATA_PNG_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/numeric/error.h"

enum { QNN_PNG_MAX_SIDE = 4096 };

/* Reads a PNG of exactly height x width pixels into out (height x width x channels bytes, channel fastest). Colour
 * becomes grey and grey becomes colour as channels (1 or 3) asks; alpha is dropped. Other depths are brought to 8 bits.
 */
bool qnn_png_load(const char *path, size_t height, size_t width, size_t channels, uint8_t *out, char *error);

#endif
