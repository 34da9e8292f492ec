/*
 * The pool of threads: the caller publishes a job of one range per thread, and takes part in it.
 *
 * One atomic ticket holds the number of the job and the next range that nobody has taken. Whoever raises the ticket
 * owns that range, and the job cannot end before the range is done, so its description stays as it is while it is
 * read. A worker that wakes up late finds no range left, or takes one of a later job.
 *
 * A training step starts some thirty jobs of a few hundred microseconds, so a worker looks at the ticket for a short
 * while (about the cost of one wake-up) before it sleeps, and so does the caller before it waits for the workers.
 */
#include "runtime/thread_pool.h"

#include "runtime/numeric/error.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

/* Looks at a counter before sleeping: a few tens of microseconds. */
enum { SPIN_LIMIT = 4000, SCRATCH_ALIGNMENT = 64 };

struct job {
    qnn_range_function *function;
    void *context;
    size_t count, grain;
};

static struct {
    int threads; /* ranges of every job, the caller's included; 0: no pool */
    pthread_t workers[QNN_MAX_THREADS];
    float *scratch; /* threads * QNN_SCRATCH_FLOATS */
    struct job job;
    _Atomic uint64_t ticket; /* job number in the high half, ranges taken in the low half */
    atomic_int done;         /* ranges finished */
    bool stop;               /* guarded by lock */
    pthread_mutex_t lock;
    pthread_cond_t started, finished;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .started = PTHREAD_COND_INITIALIZER, .finished = PTHREAD_COND_INITIALIZER};

static inline void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

/* The first index of a thread's range: whole grains, spread evenly, the last one possibly short. */
static size_t range_begin(const struct job *job, size_t thread, size_t threads)
{
    const size_t grains = job->count / job->grain + (job->count % job->grain != 0);
    const size_t grain = grains / threads * thread + (grains % threads) * thread / threads;
    const size_t begin = grain * job->grain;
    return begin < job->count ? begin : job->count;
}

static bool has_range(uint64_t ticket)
{
    return (uint32_t)ticket < (uint32_t)pool.threads;
}

/* Takes the next range of the current job; -1 where none is left. */
static int take_range(void)
{
    uint64_t ticket = atomic_load(&pool.ticket);
    while (has_range(ticket))
        if (atomic_compare_exchange_weak(&pool.ticket, &ticket, ticket + 1))
            return (int)(uint32_t)ticket;
    return -1;
}

/* Runs ranges until none is left. True where this thread finished the last one of the job. */
static bool run_ranges(void)
{
    bool last = false;
    for (int range = take_range(); range >= 0; range = take_range()) {
        const struct job job = pool.job;
        const size_t begin = range_begin(&job, (size_t)range, (size_t)pool.threads);
        const size_t end = range_begin(&job, (size_t)range + 1, (size_t)pool.threads);
        if (begin < end)
            job.function(job.context, begin, end, range);
        last = atomic_fetch_add(&pool.done, 1) + 1 == pool.threads;
    }
    return last;
}

/* Returns true when a range can be taken, false when the pool ends. */
static bool wait_for_work(void)
{
    for (int i = 0; i < SPIN_LIMIT; i++) {
        if (has_range(atomic_load_explicit(&pool.ticket, memory_order_relaxed)))
            return true;
        relax();
    }
    pthread_mutex_lock(&pool.lock);
    while (!pool.stop && !has_range(atomic_load(&pool.ticket)))
        pthread_cond_wait(&pool.started, &pool.lock);
    const bool work = !pool.stop;
    pthread_mutex_unlock(&pool.lock);
    return work;
}

static void *work(void *argument)
{
    (void)argument;
    while (wait_for_work()) {
        if (run_ranges()) {
            pthread_mutex_lock(&pool.lock);
            pthread_cond_signal(&pool.finished);
            pthread_mutex_unlock(&pool.lock);
        }
    }
    return NULL;
}

/* Job numbers may wrap: nobody compares them, they only make every ticket different from the last ones. */
static void publish(const struct job *job)
{
    pool.job = *job;
    atomic_store(&pool.done, 0);
    pthread_mutex_lock(&pool.lock);
    atomic_store(&pool.ticket, ((atomic_load(&pool.ticket) >> 32) + 1) << 32);
    pthread_cond_broadcast(&pool.started);
    pthread_mutex_unlock(&pool.lock);
}

static void wait_for_ranges(void)
{
    for (int i = 0; i < SPIN_LIMIT; i++) {
        if (atomic_load_explicit(&pool.done, memory_order_acquire) == pool.threads)
            return;
        relax();
    }
    pthread_mutex_lock(&pool.lock);
    while (atomic_load(&pool.done) < pool.threads)
        pthread_cond_wait(&pool.finished, &pool.lock);
    pthread_mutex_unlock(&pool.lock);
}

/* Ends workers 1 .. threads - 1 and gives the memory back. */
static void end_workers(int threads)
{
    pthread_mutex_lock(&pool.lock);
    pool.stop = true;
    pthread_cond_broadcast(&pool.started);
    pthread_mutex_unlock(&pool.lock);
    for (int i = 1; i < threads; i++)
        pthread_join(pool.workers[i], NULL);
    free(pool.scratch);
    pool.scratch = NULL;
    pool.threads = 0;
}

bool qnn_threads_start(int threads)
{
    QNN_CHECK(threads >= 1 && threads <= QNN_MAX_THREADS && pool.threads == 0);
    pool.scratch = aligned_alloc(SCRATCH_ALIGNMENT, (size_t)threads * QNN_SCRATCH_FLOATS * sizeof *pool.scratch);
    if (!pool.scratch)
        return false;
    pool.stop = false;
    pool.threads = threads;
    atomic_store(&pool.ticket, (uint64_t)threads); /* no range to take */
    for (int i = 1; i < threads; i++) {
        if (pthread_create(&pool.workers[i], NULL, work, NULL) != 0) {
            end_workers(i);
            return false;
        }
    }
    return true;
}

void qnn_threads_stop(void)
{
    if (pool.threads > 0)
        end_workers(pool.threads);
}

int qnn_thread_count(void)
{
    return pool.threads > 0 ? pool.threads : 1;
}

float *qnn_thread_scratch(int thread)
{
    QNN_CHECK(thread >= 0 && thread < pool.threads);
    return pool.scratch + (size_t)thread * QNN_SCRATCH_FLOATS;
}

void qnn_parallel(size_t count, size_t grain, qnn_range_function *function, void *context)
{
    QNN_CHECK(pool.threads > 0 && grain > 0);
    if (count == 0)
        return;
    if (pool.threads == 1 || count <= grain) {
        function(context, 0, count, 0);
        return;
    }
    publish(&(struct job){.function = function, .context = context, .count = count, .grain = grain});
    run_ranges();
    wait_for_ranges();
}
