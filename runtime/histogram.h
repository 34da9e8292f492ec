/* Histograms and counts over a tensor's values, for the logs. */
#ifndef QNN_HISTOGRAM_H
#define QNN_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

/* Counts count values into `bins` (>= 1) equal bins over [-range, range], range > 0; bin i begins at
 * -range + i * 2 * range / bins. Values outside go to the first or the last bin, NaN to the first. counts [bins] is
 * overwritten. */
void qnn_histogram(size_t count, const float *values, float range, int bins, uint64_t *counts);

/* Number of values with |v| == bound exactly: clipping stores the bound itself. 0 where bound is 0 (no bound). */
uint64_t qnn_count_saturated(size_t count, const float *values, float bound);

#endif
