/* Pairs LUTs into sites: first those that share a signal, then any two that are small enough together. */
#include "report/lut_sites.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAIR_INPUTS = 5,   /* signals that two LUTs of a site may read together */
    CROWDED = 400,     /* a signal with more readers than this (a clock enable, say) suggests no pairs */
    SHARED_WEIGHT = 10 /* a shared signal counts for this many unshared ones */
};

/* Readers of every signal among the small LUTs, as slices of one array. */
struct readers {
    int *signals; /* sorted distinct signal numbers */
    size_t *starts;
    int *luts;
    size_t count;
};

struct reading {
    int signal, lut;
};

static int by_signal(const void *a, const void *b)
{
    const struct reading *x = a, *y = b;
    if (x->signal != y->signal)
        return x->signal < y->signal ? -1 : 1;
    return (x->lut > y->lut) - (x->lut < y->lut);
}

static struct readers find_readers(const struct lut *luts, size_t count, struct arena *arena)
{
    struct reading *readings = arena_array(arena, count * LUT_MAX_INPUTS + 1, sizeof *readings);
    size_t total = 0;
    for (size_t i = 0; i < count; i++)
        for (int k = 0; luts[i].input_count <= PAIR_INPUTS && k < luts[i].input_count; k++)
            readings[total++] = (struct reading){luts[i].inputs[k], (int)i};
    qsort(readings, total, sizeof *readings, by_signal);
    struct readers readers = {
        .signals = arena_array(arena, total + 1, sizeof *readers.signals),
        .starts = arena_array(arena, total + 1, sizeof *readers.starts),
        .luts = arena_array(arena, total + 1, sizeof *readers.luts),
    };
    for (size_t i = 0; i < total; i++) {
        if (i == 0 || readings[i].signal != readings[i - 1].signal) {
            readers.signals[readers.count] = readings[i].signal;
            readers.starts[readers.count++] = i;
        }
        readers.luts[i] = readings[i].lut;
    }
    readers.starts[readers.count] = total;
    return readers;
}

static size_t signal_index(const struct readers *readers, int signal)
{
    size_t low = 0, high = readers->count;
    while (high - low > 1) {
        const size_t middle = (low + high) / 2;
        if (readers->signals[middle] <= signal)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static int shared_inputs(const struct lut *a, const struct lut *b)
{
    int shared = 0;
    for (int i = 0, j = 0; i < a->input_count && j < b->input_count;) {
        shared += a->inputs[i] == b->inputs[j];
        if (a->inputs[i] <= b->inputs[j])
            i++;
        else
            j++;
    }
    return shared;
}

static bool fits(const struct lut *a, const struct lut *b)
{
    return !(a->drives_carry && b->drives_carry) &&
           a->input_count + b->input_count - shared_inputs(a, b) <= PAIR_INPUTS;
}

/* The unused LUT that shares most with luts[of]; -1 where none fits. */
static int best_partner(const struct lut *luts, int of, const struct readers *readers, const bool *used)
{
    int best = -1, best_gain = INT_MIN;
    for (int k = 0; k < luts[of].input_count; k++) {
        const size_t s = signal_index(readers, luts[of].inputs[k]);
        if (readers->starts[s + 1] - readers->starts[s] > CROWDED)
            continue;
        for (size_t r = readers->starts[s]; r < readers->starts[s + 1]; r++) {
            const int other = readers->luts[r];
            if (other == of || used[other] || !fits(&luts[of], &luts[other]))
                continue;
            const int gain = SHARED_WEIGHT * shared_inputs(&luts[of], &luts[other]) + luts[other].input_count;
            if (gain > best_gain) {
                best_gain = gain;
                best = other;
            }
        }
    }
    return best;
}

/* Pairs what is left by size alone: counts[inputs][drives_carry] LUTs of each kind. */
static size_t pair_rest(size_t counts[PAIR_INPUTS + 1][2])
{
    size_t pairs = 0;
    for (int carry = 1; carry >= 0; carry--)
        for (int size = PAIR_INPUTS; size >= 0; size--)
            while (counts[size][carry] > 0) {
                counts[size][carry]--;
                int partner = PAIR_INPUTS - size;
                while (partner >= 0 && counts[partner][0] == 0)
                    partner--;
                if (partner < 0)
                    continue;
                counts[partner][0]--;
                pairs++;
            }
    return pairs;
}

size_t lut_sites(const struct lut *luts, size_t count, struct arena *arena)
{
    const struct readers readers = find_readers(luts, count, arena);
    bool *used = arena_array(arena, count + 1, sizeof *used);
    size_t pairs = 0;
    for (int size = PAIR_INPUTS; size >= 0; size--)
        for (size_t i = 0; i < count; i++) {
            if (luts[i].input_count != size || used[i])
                continue;
            const int partner = best_partner(luts, (int)i, &readers, used);
            if (partner < 0)
                continue;
            used[i] = used[partner] = true;
            pairs++;
        }
    size_t counts[PAIR_INPUTS + 1][2] = {{0}};
    for (size_t i = 0; i < count; i++)
        if (luts[i].input_count <= PAIR_INPUTS && !used[i])
            counts[luts[i].input_count][luts[i].drives_carry]++;
    return count - pairs - pair_rest(counts);
}
