/* What loops over elements share. Private to runtime/ops. */
#ifndef QNN_OPS_ELEMENTWISE_H
#define QNN_OPS_ELEMENTWISE_H

/* Elements per thread that are worth waking one; a multiple of the cache line and of the random streams' groups. */
enum { ELEMENT_GRAIN = 16384 };

/* Before a loop over arrays that may be the same one: an element is read before it is written, and no other is
 * touched. */
#if defined(__clang__)
#define QNN_SAME_ELEMENT
#else
#define QNN_SAME_ELEMENT _Pragma("GCC ivdep")
#endif

#endif
