/* The sections of a file as the building finds them: each by its kind, schemes and blocks by their names. */
#ifndef QNN_MODEL_SECTIONS_H
#define QNN_MODEL_SECTIONS_H

#include "model/context.h"

/* Sorts the sections, reports duplicates, binds the parameters and --define. */
void index_sections(struct build *build, const struct define *defines, size_t define_count);
/* NULL where the program declares none of this name. */
struct declaration *find_block(struct build *build, const char *name);
struct declaration *find_scheme(struct build *build, const char *name);

#endif
