/* The bar of the epoch in work. */
#include "runtime/trainer/progress.h"

#include "runtime/trainer/run.h"

#include <stdio.h>
#include <unistd.h>

enum { BAR_COLUMNS = 24 };
static const double redraw_seconds = 0.1;

void qnn_progress_begin(struct qnn_progress *progress, int epoch, int epochs, size_t first_step, size_t steps,
                        size_t batch)
{
    *progress = (struct qnn_progress){
        .shown = isatty(STDERR_FILENO) != 0,
        .epoch = epoch,
        .epochs = epochs,
        .steps = steps,
        .batch = batch,
        .first_step = first_step,
        .started = qnn_seconds(),
    };
}

/* Time left in this epoch and in all. */
static void draw(const struct qnn_progress *progress, size_t done, double loss, double now)
{
    const double elapsed = now - progress->started;
    const double steps_per_second = elapsed > 0 ? (double)(done - progress->first_step) / elapsed : 0;
    const double left =
        (double)(progress->steps - done) + (double)(progress->epochs - progress->epoch) * (double)progress->steps;
    const long seconds = steps_per_second > 0 ? (long)(left / steps_per_second) : 0;
    const int filled = (int)(done * BAR_COLUMNS / progress->steps);
    char bar[BAR_COLUMNS + 1];
    for (int i = 0; i < BAR_COLUMNS; i++)
        bar[i] = i < filled ? '=' : ' ';
    bar[BAR_COLUMNS] = '\0';
    fprintf(stderr, "\repoch %d/%d [%s] %zu/%zu  %.0f samples/s  %ld:%02ld:%02ld left  loss %.4g\033[K",
            progress->epoch, progress->epochs, bar, done, progress->steps, steps_per_second * (double)progress->batch,
            seconds / 3600, seconds / 60 % 60, seconds % 60, loss);
}

void qnn_progress_step(struct qnn_progress *progress, size_t done, double loss)
{
    if (!progress->shown)
        return;
    const double now = qnn_seconds();
    if (now - progress->drawn < redraw_seconds)
        return;
    progress->drawn = now;
    draw(progress, done, loss, now);
}

void qnn_progress_end(struct qnn_progress *progress)
{
    if (progress->shown)
        fprintf(stderr, "\r\033[K");
}
