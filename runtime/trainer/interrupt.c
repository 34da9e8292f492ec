/* Ctrl-C and SIGTERM. */
#include "runtime/trainer/interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t pending;

static void note(int number)
{
    pending = number;
}

void qnn_interrupt_watch(void)
{
    struct sigaction action = {.sa_handler = note};
    sigemptyset(&action.sa_mask);
    action.sa_flags = (int)(SA_RESTART | SA_RESETHAND);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

int qnn_interrupt_pending(void)
{
    return pending;
}
