/* The pool: every index once, whole grains, order, and the same partition every time. */
#include "kernel_test.h"

#include "runtime/thread_pool.h"

enum { MOST = 1000 };

struct record {
    int times[MOST];
    int thread[MOST];
    size_t grain;
    int ragged; /* ranges that do not begin at a grain; written by one thread each, only ever set */
};

static void record_range(void *context, size_t begin, size_t end, int thread)
{
    struct record *record = context;
    if (begin % record->grain != 0)
        record->ragged = 1;
    for (size_t i = begin; i < end; i++) {
        record->times[i]++;
        record->thread[i] = thread;
    }
}

static void check_partition(size_t count, size_t grain, int threads)
{
    struct record record = {.grain = grain}, again = {.grain = grain};
    bool once = true, rising = true;
    qnn_parallel(count, grain, record_range, &record);
    qnn_parallel(count, grain, record_range, &again);
    for (size_t i = 0; i < count; i++) {
        once &= record.times[i] == 1;
        rising &= i == 0 || record.thread[i] >= record.thread[i - 1];
        rising &= record.thread[i] >= 0 && record.thread[i] < threads;
    }
    CU_ASSERT(once);
    CU_ASSERT(rising);
    CU_ASSERT(!record.ragged);
    CU_ASSERT(count == MOST || record.times[count] == 0);
    CU_ASSERT(same_bits(&record, &again, sizeof record));
}

static void test_partition(void)
{
    static const size_t grains[] = {1, 3, 16, 64, 1000};
    for (int threads = 1; threads <= 5; threads++) {
        CU_ASSERT_FATAL(qnn_threads_start(threads));
        CU_ASSERT_EQUAL(qnn_thread_count(), threads);
        for (size_t g = 0; g < sizeof grains / sizeof grains[0]; g++) {
            for (int s = 0; s < ODD_SIZE_COUNT; s++)
                check_partition((size_t)odd_sizes[s], grains[g], threads);
            check_partition(0, grains[g], threads);
            check_partition(MOST, grains[g], threads);
        }
        qnn_threads_stop();
    }
    CU_ASSERT_EQUAL(qnn_thread_count(), 1);
}

/* Large work is really shared: every thread gets some. */
static void test_all_threads_work(void)
{
    struct record record = {.grain = 1};
    int seen[3] = {0};
    CU_ASSERT_FATAL(qnn_threads_start(3));
    qnn_parallel(MOST, 1, record_range, &record);
    for (size_t i = 0; i < MOST; i++)
        seen[record.thread[i]]++;
    qnn_threads_stop();
    for (int thread = 0; thread < 3; thread++)
        CU_ASSERT(seen[thread] >= MOST / 3);
}

static void add_one(void *context, size_t begin, size_t end, int thread)
{
    (void)thread;
    int *values = context;
    for (size_t i = begin; i < end; i++)
        values[i]++;
}

/* Many short jobs in a row: no job is lost or run twice. */
static void test_many_jobs(void)
{
    enum { JOBS = 2000, COUNT = 8 };
    int values[COUNT] = {0};
    CU_ASSERT_FATAL(qnn_threads_start(4));
    for (int job = 0; job < JOBS; job++)
        qnn_parallel(COUNT, 1, add_one, values);
    qnn_threads_stop();
    for (int i = 0; i < COUNT; i++)
        CU_ASSERT_EQUAL(values[i], JOBS);
}

static void test_scratch_is_private(void)
{
    CU_ASSERT_FATAL(qnn_threads_start(2));
    float *first = qnn_thread_scratch(0), *second = qnn_thread_scratch(1);
    first[QNN_SCRATCH_FLOATS - 1] = 1.0f;
    second[0] = second[QNN_SCRATCH_FLOATS - 1] = 2.0f;
    CU_ASSERT_EQUAL(first[QNN_SCRATCH_FLOATS - 1], 1.0f);
    CU_ASSERT_EQUAL((uintptr_t)first % 64, 0);
    CU_ASSERT_EQUAL((uintptr_t)second % 64, 0);
    qnn_threads_stop();
    qnn_threads_stop();
}

static const struct unit_case cases[] = {
    {"partition", test_partition},
    {"all threads work", test_all_threads_work},
    {"many jobs", test_many_jobs},
    {"scratch memory", test_scratch_is_private},
};
UNIT_MAIN("thread_pool", cases)
