/* Inside the room: the line table of a source, and its lines. */
#ifndef QNN_DIAGNOSTICS_SOURCE_H
#define QNN_DIAGNOSTICS_SOURCE_H

#include "diagnostics/diagnostics.h"

/* Makes the line table, once. */
void source_index(struct source *source, struct arena *arena);
/* The half-open byte range of the line that holds offset, without its line end. */
void source_line(struct source *source, size_t offset, size_t *begin, size_t *end);

#endif
