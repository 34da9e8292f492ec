/*
 * The input layer: gathers a batch from the samples in memory.
 *
 * samples [rows][features]; index [batch] holds row numbers (the caller guarantees index < rows); x [batch][features] =
 * scale * n + offset, computed in float32 (product, then sum). With scale = 1 and offset = 0, x holds the raw codes
 * exactly, which is what evaluation multiplies.
 */
#ifndef QNN_OPS_INPUT_H
#define QNN_OPS_INPUT_H

#include <stdint.h>

void qnn_input_u8(int batch, int features, const uint8_t *samples, const uint32_t *index, float scale, float offset,
                  float *x);
void qnn_input_i8(int batch, int features, const int8_t *samples, const uint32_t *index, float scale, float offset,
                  float *x);
void qnn_input_f32(int batch, int features, const float *samples, const uint32_t *index, float scale, float offset,
                   float *x);

#endif
