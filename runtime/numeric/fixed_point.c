/* Fits M, B and F of the last layer, and finds the class. */
#include "runtime/numeric/fixed_point.h"

#include <math.h>

#include "runtime/numeric/error.h"

static const double multiplier_limit = 32768.0;                      /* |M| stays below: symmetric, so -M fits too */
static const int64_t score_limit = INT64_C(1) << 62;                 /* |score| and |B| stay below */
enum { FRACTION_MAX = 15 + 149, FRACTION_MIN = 14 - 127, FREE = 0 }; /* exponents of the extreme floats decide */

static bool range_valid(int64_t low, int64_t high)
{
    return low <= high && low >= INT32_MIN && high <= INT32_MAX;
}

/* The smallest and largest score of a channel. M has 16 bits, acc 32 and B 63, so nothing overflows. */
static void score_range(int32_t multiplier, int64_t offset, int64_t low, int64_t high, int64_t range[2])
{
    const int64_t from = multiplier * low + offset;
    const int64_t to = multiplier * high + offset;
    range[0] = from < to ? from : to;
    range[1] = from < to ? to : from;
}

static bool channel_valid(int32_t multiplier, int64_t offset, int64_t low, int64_t high)
{
    int64_t range[2];
    if (multiplier <= -32768 || multiplier >= 32768 || offset <= -score_limit || offset >= score_limit)
        return false;
    if (!range_valid(low, high))
        return false;
    score_range(multiplier, offset, low, high, range);
    return range[0] > -score_limit && range[1] < score_limit;
}

bool qnn_fixed_point_valid(const struct qnn_fixed_point *fixed, const int64_t *low, const int64_t *high)
{
    for (size_t c = 0; c < fixed->channels; c++)
        if (!channel_valid(fixed->multiplier[c], fixed->offset[c], low[c], high[c]))
            return false;
    return fixed->channels > 0;
}

int qnn_fixed_point_score_bits(const struct qnn_fixed_point *fixed, const int64_t *low, const int64_t *high)
{
    QNN_CHECK(qnn_fixed_point_valid(fixed, low, high));
    int64_t least = 0, greatest = 0;
    for (size_t c = 0; c < fixed->channels; c++) {
        int64_t range[2];
        score_range(fixed->multiplier[c], fixed->offset[c], low[c], high[c], range);
        least = range[0] < least ? range[0] : least;
        greatest = range[1] > greatest ? range[1] : greatest;
    }
    int bits = 1;
    while (least < -(INT64_C(1) << (bits - 1)) || greatest > (INT64_C(1) << (bits - 1)) - 1)
        bits++;
    return bits;
}

/* Fills M and B for one F; false where a limit is broken. Scaling by 2^F is exact in double: float32 values have 24
 * bits and F stays far from the ends of the exponent. */
static bool fill(struct qnn_fixed_point *fixed, int fraction, bool constant, const float *a, const float *b,
                 const int64_t *low, const int64_t *high)
{
    const double offset_limit = constant ? multiplier_limit : (double)score_limit;
    for (size_t c = 0; c < fixed->channels; c++) {
        const double multiplier = rint(ldexp((double)a[c], fraction));
        const double offset = rint(ldexp((double)b[c], fraction));
        if (fabs(multiplier) >= multiplier_limit || fabs(offset) >= offset_limit)
            return false;
        fixed->multiplier[c] = (int32_t)multiplier;
        fixed->offset[c] = (int64_t)offset;
        if (!channel_valid(fixed->multiplier[c], fixed->offset[c], low[c], high[c]))
            return false;
    }
    return true;
}

bool qnn_fixed_point_fit(struct qnn_fixed_point *fixed, const float *a, const float *b, const int64_t *low,
                         const int64_t *high, char *error)
{
    QNN_CHECK(fixed->channels > 0);
    bool constant = true, zero = true;
    for (size_t c = 0; c < fixed->channels; c++) {
        if (!isfinite(a[c]) || !isfinite(b[c]))
            return qnn_error_set(error, "output %zu: a = %g, b = %g: the folded constants are not finite", c,
                                 (double)a[c], (double)b[c]);
        if (!range_valid(low[c], high[c]))
            return qnn_error_set(error, "output %zu: accumulator range [%lld, %lld] is empty or exceeds 32 bits", c,
                                 (long long)low[c], (long long)high[c]);
        constant = constant && a[c] == 0.0f;
        zero = zero && a[c] == 0.0f && b[c] == 0.0f;
    }
    /* Fitting is monotone in F: halving every value keeps every limit. */
    int fraction = zero ? FREE : FRACTION_MAX;
    while (!fill(fixed, fraction, constant, a, b, low, high)) {
        fraction--;
        QNN_CHECK(fraction >= FRACTION_MIN);
    }
    fixed->fraction_bits = fraction;
    fixed->score_bits = qnn_fixed_point_score_bits(fixed, low, high);
    return true;
}

void qnn_fixed_point_scores(const struct qnn_fixed_point *fixed, const int32_t *acc, int64_t *scores)
{
    for (size_t c = 0; c < fixed->channels; c++)
        scores[c] = (int64_t)fixed->multiplier[c] * acc[c] + fixed->offset[c];
}

size_t qnn_argmax_fixed(const struct qnn_fixed_point *fixed, const int32_t *acc)
{
    size_t best = 0;
    int64_t best_score = INT64_MIN;
    for (size_t c = 0; c < fixed->channels; c++) {
        const int64_t score = (int64_t)fixed->multiplier[c] * acc[c] + fixed->offset[c];
        if (score > best_score) {
            best = c;
            best_score = score;
        }
    }
    return best;
}
