/* Histograms and counts, once per epoch: plain loops. */
#include "runtime/histogram.h"

#include "runtime/numeric/error.h"

#include <math.h>
#include <string.h>

void qnn_histogram(size_t count, const float *values, float range, int bins, uint64_t *counts)
{
    QNN_CHECK(bins >= 1 && range > 0.0f);
    memset(counts, 0, (size_t)bins * sizeof *counts);
    const double per_unit = bins / (2.0 * (double)range), last = bins - 1;
    for (size_t i = 0; i < count; i++) {
        const double position = ((double)values[i] + (double)range) * per_unit;
        counts[(size_t)(position >= last ? last : position > 0.0 ? position : 0.0)]++;
    }
}

uint64_t qnn_count_saturated(size_t count, const float *values, float bound)
{
    uint64_t saturated = 0;
    for (size_t i = 0; i < count && bound > 0.0f; i++)
        saturated += fabsf(values[i]) == bound;
    return saturated;
}
