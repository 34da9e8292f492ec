/* Did you mean: the nearest of some names. */
#ifndef QNN_DIAGNOSTICS_NEAREST_H
#define QNN_DIAGNOSTICS_NEAREST_H

/* The name nearest to word: edit distance at most a third of its length, at least 1; ties go to the first. names ends with
 * NULL; NULL where none is near enough. */
const char *nearest_name(const char *word, const char *const *names);

#endif
