/*
 * The one pool of threads that every kernel of a trainer uses.
 *
 * A kernel splits its work by `qnn_parallel`; nothing else in the process starts threads that compute (the one in
 * trainer/prefetch.c only copies samples; OpenBLAS is kept to the thread that calls it).
 * The partition depends only on (count, grain, number of threads). Kernels see to it that their results do not depend on
 * the partition, so that a training gives the same bytes for any number of threads. The caller is thread 0 and works
 * too; with one thread all runs inline.
 *
 * One pool per process. Start it before any kernel, stop it at the end. Kernels are called from one thread only (the
 * one that started the pool) and do not nest. Nothing is allocated between start and stop.
 */
#ifndef QNN_THREAD_POOL_H
#define QNN_THREAD_POOL_H

#include <stdbool.h>
#include <stddef.h>

enum { QNN_MAX_THREADS = 64 };

/* Floats of scratch memory that each thread owns: two packed panels of a matrix product (gemm.c), or partial sums. */
enum { QNN_SCRATCH_FLOATS = 256 * 1024 };

/* Creates the pool, 1 <= threads <= QNN_MAX_THREADS. False where the system has no memory or threads left; nothing is
 * running then. Starting twice without a stop is a mistake and aborts. */
bool qnn_threads_start(int threads);

/* Ends the threads and frees the scratch memory. Without effect where no pool runs. */
void qnn_threads_stop(void);

/* Number of threads of the running pool, the caller included; 1 where none runs. */
int qnn_thread_count(void);

/* QNN_SCRATCH_FLOATS floats, aligned to 64 bytes, for `thread` (0 = the caller). Contents last until the kernel ends.
 * */
float *qnn_thread_scratch(int thread);

/* A piece of work: indices begin <= i < end, part number `thread`, 0 <= thread < qnn_thread_count(). */
typedef void qnn_range_function(void *context, size_t begin, size_t end, int thread);

/* Runs function over 0 <= i < count and returns when all of it is done. The work is cut into one contiguous range for
 * each thread; every range begins at a multiple of `grain` (>= 1), the smallest piece worth a thread, so that a kernel
 * can rely on whole cache lines or whole tiles. Ranges are numbered in index order; empty ones are not called. The
 * numbers, and with them the scratch memory and every result, belong to the range: a range that its thread has not
 * begun, because the machine is busy, is taken by whoever is free. */
void qnn_parallel(size_t count, size_t grain, qnn_range_function *function, void *context);

#endif
