/*
 * The pool of threads: workers sleep on a generation counter, the caller hands out one job at a time and takes part in
 * it.
 *
 * A training step starts some thirty jobs of a few hundred microseconds, so a worker first looks at the counter for a
 * short while (about the cost of one wake-up) before it sleeps, and so does the caller before it waits for the workers.
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
    int threads; /* the caller included; 0: no pool */
    pthread_t workers[QNN_MAX_THREADS];
    float *scratch; /* threads * QNN_SCRATCH_FLOATS */
    struct job job;
    atomic_uint generation; /* rises by one with every job and at the end */
    atomic_int running;     /* workers that have not finished the job */
    bool stop;
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

static void run_range(const struct job *job, int thread)
{
    const size_t begin = range_begin(job, (size_t)thread, (size_t)pool.threads);
    const size_t end = range_begin(job, (size_t)thread + 1, (size_t)pool.threads);
    if (begin < end)
        job->function(job->context, begin, end, thread);
}

/* Returns when the generation differs from `seen`. */
static unsigned wait_for_generation(unsigned seen)
{
    for (int i = 0; i < SPIN_LIMIT; i++) {
        const unsigned now = atomic_load_explicit(&pool.generation, memory_order_acquire);
        if (now != seen)
            return now;
        relax();
    }
    pthread_mutex_lock(&pool.lock);
    while (atomic_load(&pool.generation) == seen)
        pthread_cond_wait(&pool.started, &pool.lock);
    pthread_mutex_unlock(&pool.lock);
    return atomic_load(&pool.generation);
}

static void *work(void *argument)
{
    const int thread = (int)(intptr_t)argument;
    unsigned seen = 0;
    for (;;) {
        seen = wait_for_generation(seen);
        if (pool.stop)
            return NULL;
        run_range(&pool.job, thread);
        if (atomic_fetch_sub(&pool.running, 1) == 1) {
            pthread_mutex_lock(&pool.lock);
            pthread_cond_signal(&pool.finished);
            pthread_mutex_unlock(&pool.lock);
        }
    }
}

static void publish(int running)
{
    atomic_store(&pool.running, running);
    pthread_mutex_lock(&pool.lock);
    atomic_fetch_add(&pool.generation, 1);
    pthread_cond_broadcast(&pool.started);
    pthread_mutex_unlock(&pool.lock);
}

static void wait_for_workers(void)
{
    for (int i = 0; i < SPIN_LIMIT; i++) {
        if (atomic_load_explicit(&pool.running, memory_order_acquire) == 0)
            return;
        relax();
    }
    pthread_mutex_lock(&pool.lock);
    while (atomic_load(&pool.running) > 0)
        pthread_cond_wait(&pool.finished, &pool.lock);
    pthread_mutex_unlock(&pool.lock);
}

/* Ends workers 1 .. threads - 1 and gives the memory back. */
static void end_workers(int threads)
{
    pool.stop = true;
    publish(0);
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
    atomic_store(&pool.generation, 0);
    for (int i = 1; i < threads; i++) {
        if (pthread_create(&pool.workers[i], NULL, work, (void *)(intptr_t)i) != 0) {
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
    pool.job = (struct job){.function = function, .context = context, .count = count, .grain = grain};
    publish(pool.threads - 1);
    run_range(&pool.job, 0);
    wait_for_workers();
}
