/*
 * Did you mean: the optimal string alignment distance (Levenshtein's with swaps of neighbours), by three rows.
 */
#include "diagnostics/nearest.h"

#include <string.h>

/* Longer words are not typing slips of ours; the bound keeps the rows on the stack. */
enum { LONGEST = 63 };

static size_t smallest(size_t a, size_t b, size_t c)
{
    const size_t least = a < b ? a : b;
    return least < c ? least : c;
}

static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][LONGEST + 1];
    for (size_t j = 0; j <= b_length; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3], *above_two = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            row[j] = smallest(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && above_two[j - 2] + 1 < row[j])
                row[j] = above_two[j - 2] + 1;
        }
    }
    return rows[a_length % 3][b_length];
}

const char *nearest_name(const char *word, const char *const *names)
{
    const size_t length = strlen(word);
    if (length == 0 || length > LONGEST)
        return NULL;
    size_t best = (length < 3 ? 1 : length / 3) + 1;
    const char *nearest = NULL;
    for (; *names; names++) {
        const size_t name_length = strlen(*names);
        if (name_length > LONGEST)
            continue;
        const size_t found = distance(word, length, *names, name_length);
        if (found < best) {
            best = found;
            nearest = *names;
        }
    }
    return nearest;
}
