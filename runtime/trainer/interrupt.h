/* Ctrl-C and SIGTERM: training finishes its step, saves, and ends. The same signal once more ends at once. */
#ifndef QNN_TRAINER_INTERRUPT_H
#define QNN_TRAINER_INTERRUPT_H

void qnn_interrupt_watch(void);
/* The signal that came, 0 where none did. */
int qnn_interrupt_pending(void);

#endif
