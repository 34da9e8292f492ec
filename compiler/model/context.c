/* Notes that every step of the building adds to its messages. */
#include "model/context.h"

void note_expansion(struct build *build)
{
    for (const struct expansion *e = build->expansion; e; e = e->parent)
        sink_note(build->sink, e->call, "in block '%s', which is applied here", e->block);
}
