/*
 * Plays a subject's generated Verilog in Icarus, as a user's system sees it: beats into s_axis, beats out of m_axis
 * (tb_axis.v).
 */
#ifndef QNN_TESTS_SYSTEM_PLAY_H
#define QNN_TESTS_SYSTEM_PLAY_H

#include "property.h"
#include "subject.h"

/* What a run measured in its undisturbed part, frames back to back. */
struct played {
    bool passed;   /* every class and integer is the interpreter's; else the log's last lines are printed */
    int period;    /* cycles between the last two results; 0 where the run did not get there */
    int watermark; /* the most words that stood in a FIFO between engines at one time, over all of them */
};

/* Frames that are too short end in zeros, of those that are too long the rest is dropped, and their results carry tuser;
 * every other result is the interpreter's, class and integers. clean: frames of the right length only, back to back, no
 * pauses and no reset. */
struct played play(const struct places *places, struct subject *subject, bool clean);

#endif
