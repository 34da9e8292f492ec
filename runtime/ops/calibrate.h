/*
 * Calibration: chooses the clip of `deploy = uint(k, calibrate = ...)` from the outputs of a relu, and that of a join's
 * `int(k, calibrate = ...)` from the magnitudes of its operands.
 *
 * Two passes over the same batches: first the range, then a histogram over [0, maximum]. Only a maximum and integer
 * counts are kept, so the result does not depend on the order of the batches, on their size or on the number of
 * threads.
 */
#ifndef QNN_OPS_CALIBRATE_H
#define QNN_OPS_CALIBRATE_H

#include <stddef.h>
#include <stdint.h>

enum { QNN_CALIBRATION_BINS = 4096 };

enum qnn_calibrate {
    QNN_CALIBRATE_MAX,        /* the largest value seen */
    QNN_CALIBRATE_PERCENTILE, /* the lowest bin edge with `percentile` percent of all values at or below it */
    QNN_CALIBRATE_MSE,        /* of every 16th bin edge, the one with the least squared error after quantizing */
    QNN_CALIBRATE_COUNT
};

/* Begin with all zeros. */
struct qnn_calibration {
    float maximum;                       /* of the values seen by qnn_calibration_range, at least 0 */
    uint64_t count;                      /* values in the bins; negative values count as 0 */
    uint64_t bins[QNN_CALIBRATION_BINS]; /* bin i: i <= bins * value / maximum < i + 1; the maximum is in the last */
};

/* First pass: widens the range by `count` values. Values must be finite. */
void qnn_calibration_range(struct qnn_calibration *calibration, size_t count, const float *y);

/* Second pass: counts values into bins; larger ones than the maximum count in the last bin. */
void qnn_calibration_count(struct qnn_calibration *calibration, size_t count, const float *y);

/* Both passes over magnitudes |y|. */
void qnn_calibration_range_signed(struct qnn_calibration *calibration, size_t count, const float *y);
void qnn_calibration_count_signed(struct qnn_calibration *calibration, size_t count, const float *y);

/* The clip, > 0, for uint(bits), 1 <= bits <= 16; percentile in (0, 100] is read by QNN_CALIBRATE_PERCENTILE only. 1
 * where every value was 0: the tensor is constant and any clip carries it. QNN_CALIBRATE_MAX needs the first pass
 * only. */
float qnn_calibration_clip(const struct qnn_calibration *calibration, enum qnn_calibrate method, int bits,
                           double percentile);

/* The same for int(bits), 2 <= bits <= 16, from magnitudes. */
float qnn_calibration_clip_signed(const struct qnn_calibration *calibration, enum qnn_calibrate method, int bits,
                                  double percentile);

#endif
