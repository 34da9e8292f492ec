/*
 * Inside the room: the windows in front of convolutions and pools, and how their lanes follow from a folding.
 */
#ifndef QNN_HARDWARE_WINDOW_H
#define QNN_HARDWARE_WINDOW_H

#include "hardware/hardware.h"

/* Chooses form and lanes of the window of an engine whose pe, simd and beats are set; also engine.lanes_in. */
void fold_window(struct hw_engine *engine);

/* Rows of the input, from the top, that the windows of output row y read: the row after the last one. */
int window_last_row(const struct unit_plan *plan, int y);
/* Slots of a row each that the line buffer of a window holds (rtl_templates/qnn_line_buffer.v). */
int window_slots(const struct unit_plan *plan, int row_beats, int64_t row_cycles);

#endif
