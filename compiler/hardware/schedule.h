/*
 * Inside the room: when each position of each tensor passes while frames follow each other at the period of the graph.
 *
 * The network's input comes evenly spread over the period and every engine works as soon as it can, into buffers without
 * end. Buffers that hold what waits in this schedule are enough for the period: the engines then keep to the schedule, and
 * a dataflow graph that works as early as possible is never later than any schedule it could keep to.
 */
#ifndef QNN_HARDWARE_SCHEDULE_H
#define QNN_HARDWARE_SCHEDULE_H

#include "hardware/hardware.h"

/* Enough for a steady state: the last one is looked at. */
enum { SCHEDULE_FRAMES = 4 };

/* Cycles at which the positions of a tensor, frame after frame, begin (at the earliest) and have passed (at the latest). */
struct schedule_flow {
    int positions; /* a frame */
    int64_t *first, *last;
};

struct schedule {
    struct schedule_flow input, *engines; /* the results of each */
};

struct schedule schedule_times(const struct hw_graph *graph, struct arena *arena);
/* Instead of cycles how much of one tensor everything needs: engines take no time, and a position of `source`'s result (-1:
 * of the network's input) is one tick. What does not come from there is there at once. */
struct schedule schedule_counts(const struct hw_graph *graph, int source, struct arena *arena);
static inline const struct schedule_flow *schedule_from(const struct schedule *schedule, int engine)
{
    return engine < 0 ? &schedule->input : &schedule->engines[engine];
}

#endif
