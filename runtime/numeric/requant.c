/* Fitting integers to a real staircase, and checking stored ones; the codes themselves are inline (requant.h). */
#include "runtime/numeric/requant.h"

#include <math.h>

#include "runtime/numeric/error.h"

/* Slope and offset of one channel in codes. */
struct line {
    double slope, offset;
};

static struct line line_of(float a, float b, double step, int32_t last)
{
    const double steepest = (double)last + 1.0;
    struct line line = {(double)a / step, (double)b / step + 0.5};
    if (fabs(line.slope) > steepest) {
        line.offset *= steepest / fabs(line.slope);
        line.slope = copysign(steepest, line.slope);
    }
    return line;
}

int qnn_requant_fit(size_t channels, const float *a, const float *b, float clip, int32_t last, int32_t *multiplier,
                    int64_t *addend)
{
    QNN_CHECK(last >= 1 && last < 1 << QNN_REQUANT_MAX_BITS && clip > 0.0f);
    const double step = (double)clip / (double)last;
    double steepest = 0.0;
    for (size_t c = 0; c < channels; c++) {
        QNN_CHECK(isfinite(a[c]) && isfinite(b[c]));
        steepest = fmax(steepest, fabs(line_of(a[c], b[c], step, last).slope));
    }
    int shift = QNN_REQUANT_MAX_SHIFT;
    while (rint(ldexp(steepest, shift)) > QNN_REQUANT_MULTIPLIER_MAX)
        shift--;
    QNN_CHECK(shift >= QNN_REQUANT_MIN_SHIFT);
    const double limit = (double)QNN_REQUANT_ADDEND_MAX;
    for (size_t c = 0; c < channels; c++) {
        const struct line line = line_of(a[c], b[c], step, last);
        multiplier[c] = (int32_t)rint(ldexp(line.slope, shift));
        addend[c] = (int64_t)rint(fmin(fmax(ldexp(line.offset, shift), -limit), limit));
    }
    return shift;
}

bool qnn_requant_valid(const struct qnn_requant *requant, size_t channels)
{
    if (requant->shift < QNN_REQUANT_MIN_SHIFT || requant->shift > QNN_REQUANT_MAX_SHIFT)
        return false;
    for (size_t c = 0; c < channels; c++) {
        const int32_t m = requant->multiplier[c];
        const int64_t b = requant->addend[c];
        if (m < -QNN_REQUANT_MULTIPLIER_MAX || m > QNN_REQUANT_MULTIPLIER_MAX || b < -QNN_REQUANT_ADDEND_MAX ||
            b > QNN_REQUANT_ADDEND_MAX)
            return false;
    }
    return true;
}
